"""What kafka-consumer-groups can do to offsets, done by tidemark: the cases of
Kafka's own tests, by the numbers of facts/kafka.md 6.

Where tidemark differs on purpose, the test says why.  Each case has groups
and topics of its own; one broker of each version serves them all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bed import wire
from bed.cluster import Cluster
from bed.tools import kafka_consumer_groups
from bed.wait import wait_for
from rig import Rig, offsets

Unique = Callable[[str], str]


class Bench:
    """A topic with records, and groups that stopped somewhere in it."""

    def __init__(self, rig: Rig, unique: Unique) -> None:
        self.rig, self.unique = rig, unique
        self.records = rig.repo.parent
        self.driver = rig.cluster.driver

    def topic(self, *counts: int, **more: Any) -> str:
        """A topic with so many records in each partition."""
        name = self.unique(f"t{time.monotonic_ns()}")
        self.driver.create_topic(name, len(counts))
        for partition, count in enumerate(counts):
            if count > 0:
                self.driver.produce(name, partition, count, **more)
        return name

    def group(self, at: dict[tuple[str, int], int] | None = None) -> str:
        name = self.unique(f"g{time.monotonic_ns()}")
        if at:
            self.driver.commit(name, at)
        return name

    def reset(self, group: str, *words: str, status: int = 0) -> Any:
        """Plan it, see that a dry run changes nothing, and carry it out."""
        before = offsets(self.rig.cluster, group)
        words = ("--group", group, *words)
        self.run(*words, status=status)
        self.run(*words, "--dry-run", status=status)
        assert offsets(self.rig.cluster, group) == before
        self.run(*words, "--execute", status=status)
        return offsets(self.rig.cluster, group)

    def run(self, *words: str, status: int = 0) -> Any:
        """Without a repository: none of these needs one.  Nor do they need
        the wait for simple groups that move."""
        if "--execute" in words or "--dry-run" in words:
            words = (*words, "--settle", "0s", "--record",
                     str(self.records / f"{time.monotonic_ns()}.jsonl"))
        return self.rig.tidemark("restore", "-b", self.rig.cluster.bootstrap,
                                 *words, status=status)


@pytest.fixture
def bench(rig: Rig, unique: Unique) -> Bench:
    return Bench(rig, unique)


def test_r1_a_group_that_does_not_exist(bench: Bench) -> None:
    """Kafka says nothing and exits 0; here it is refused, and 4."""
    group = bench.group()
    assert bench.reset(group, "--to-current", status=4) == {}


def test_r2_a_group_that_never_existed_gets_a_position(bench: Bench) -> None:
    topic = bench.topic(100)
    assert bench.reset(bench.group(), "--topic", topic, "--to-offset",
                       "50") == {(topic, 0): 50}


def test_r3_selected_groups(bench: Bench) -> None:
    topic = bench.topic(100)
    one, two, other = (bench.group({(topic, 0): 100}) for _ in range(3))
    bench.run("--group", one, "--group", two, "--topic", topic, "--to-offset",
              "50", "--execute")
    assert [offsets(bench.rig.cluster, each)[topic, 0]
            for each in (one, two, other)] == [50, 50, 100]


def test_r4_r5_all_groups_all_topics(make_cluster: Any, tidemark: Any,
                                     repo: Path, unique: Unique) -> None:
    """On a broker of its own, since every group is meant."""
    bench = Bench(Rig(tidemark, repo, make_cluster("4.4.0")), unique)
    first, second = bench.topic(100), bench.topic(100)
    groups = [bench.group({(first, 0): 100, (second, 0): 100})
              for _ in range(3)]
    bench.run("--all-groups", "--topic", first, "--to-offset", "50",
              "--execute")
    for group in groups:
        assert offsets(bench.rig.cluster, group) == {
            (first, 0): 50, (second, 0): 100}
    bench.run("--all-groups", "--to-offset", "40", "--execute")
    for group in groups:
        assert offsets(bench.rig.cluster, group) == {
            (first, 0): 40, (second, 0): 40}


def test_r6_a_time_without_a_zone(bench: Bench) -> None:
    """Kafka guesses UTC; here the time is refused, and the zone asked for."""
    topic = bench.topic(100)
    group = bench.group({(topic, 0): 100})
    told = bench.run("--group", group, "--to-datetime", "2026-01-01T00:00:00",
                     status=2)
    assert "zone" in told.err


def test_r7_a_time_with_a_zone(bench: Bench) -> None:
    begin = int(time.time() * 1000) - 1_000_000
    topic = bench.topic(100, start_ms=begin, step_ms=1000)
    group = bench.group({(topic, 0): 100})
    assert bench.reset(group, "--to-datetime", str(begin + 50_000)) == {
        (topic, 0): 50}


def test_r8_by_duration(bench: Bench) -> None:
    topic = bench.topic(30)
    group = bench.group({(topic, 0): 30})
    assert bench.reset(group, "--by-duration", "PT1M") == {(topic, 0): 0}


def test_r9_by_duration_with_older_records_only(bench: Bench) -> None:
    topic = bench.topic(100, start_ms=int(time.time() * 1000) - 900_000)
    group = bench.group({(topic, 0): 100})
    assert bench.reset(group, "--by-duration", "PT0.1S") == {(topic, 0): 100}


def test_r9_going_forward_by_it_must_be_allowed(bench: Bench) -> None:
    """Kafka moves the group past what it has not read; here only if told."""
    topic = bench.topic(100, start_ms=int(time.time() * 1000) - 900_000)
    group = bench.group({(topic, 0): 10})
    assert bench.reset(group, "--by-duration", "PT0.1S", status=4) == {
        (topic, 0): 10}
    assert bench.reset(group, "--by-duration", "PT0.1S",
                       "--allow-skip") == {(topic, 0): 100}


def test_r10_by_duration_on_an_empty_topic(bench: Bench) -> None:
    topic = bench.topic(0)
    told = bench.run("--group", bench.group(), "--topic", topic,
                     "--by-duration", "PT1M", "--execute")
    assert "no-record-from-then-on" in told.out


def test_r11_to_earliest(bench: Bench) -> None:
    topic = bench.topic(100)
    group = bench.group({(topic, 0): 100})
    assert bench.reset(group, "--to-earliest") == {(topic, 0): 0}


def test_r12_to_latest(bench: Bench) -> None:
    topic = bench.topic(200)
    group = bench.group({(topic, 0): 100})
    assert bench.reset(group, "--to-latest") == {(topic, 0): 200}


def test_r13_to_current(bench: Bench) -> None:
    topic = bench.topic(200)
    group = bench.group({(topic, 0): 100})
    assert bench.reset(group, "--to-current") == {(topic, 0): 100}


def test_r13_to_current_invents_no_position(bench: Bench) -> None:
    """Kafka takes the log end where there is none (verified.md 5), which
    skips records; here such a partition is left alone."""
    topic = bench.topic(20, 20)
    group = bench.group({(topic, 0): 10})
    assert bench.reset(group, "--topic", topic, "--to-current") == {
        (topic, 0): 10}


def test_r14_to_a_specific_offset(bench: Bench) -> None:
    topic = bench.topic(100)
    group = bench.group({(topic, 0): 100})
    assert bench.reset(group, "--to-offset", "1") == {(topic, 0): 1}


@pytest.mark.parametrize(("by", "after"), [("50", 150), ("-50", 50)])
def test_r15_r16_shift(bench: Bench, by: str, after: int) -> None:
    topic = bench.topic(200)
    group = bench.group({(topic, 0): 100})
    assert bench.reset(group, "--shift-by", by) == {(topic, 0): after}


def test_r17_a_shift_below_the_log_start(bench: Bench) -> None:
    """Kafka clamps in silence; here the rule is shown, and strict refuses."""
    topic = bench.topic(200)
    group = bench.group({(topic, 0): 100})
    told = bench.run("--group", group, "--shift-by", "-150")
    assert "below-log-start" in told.out
    assert bench.reset(group, "--shift-by", "-150", "--policy", "strict",
                       status=4) == {(topic, 0): 100}
    assert bench.reset(group, "--shift-by", "-150") == {(topic, 0): 0}


def test_r18_a_shift_beyond_the_log_end(bench: Bench) -> None:
    topic = bench.topic(200)
    group = bench.group({(topic, 0): 100})
    told = bench.run("--group", group, "--shift-by", "150")
    assert "above-log-end" in told.out
    assert bench.reset(group, "--shift-by", "150", "--policy", "strict",
                       status=4) == {(topic, 0): 100}
    assert bench.reset(group, "--shift-by", "150") == {(topic, 0): 200}


@pytest.mark.parametrize("kind", ["--to-offset", "--from-file"])
def test_beyond_the_log_end_skips_nothing_unasked(
        bench: Bench, tmp_path: Path, kind: str) -> None:
    """Kafka clamps to the log end, which passes over what is unread."""
    topic = bench.topic(100)
    path = tmp_path / "plan.csv"
    path.write_text(f"{topic},0,9999\n", encoding="utf-8")
    words = [kind, "9999" if kind == "--to-offset" else str(path),
             "--topic", topic]
    group, fresh = bench.group({(topic, 0): 10}), bench.group()
    assert bench.reset(group, *words, status=4) == {(topic, 0): 10}
    assert bench.reset(fresh, *words, status=4) == {}
    assert bench.reset(group, *words, "--allow-skip") == {(topic, 0): 100}


def test_a_mistyped_topic_is_told(bench: Bench) -> None:
    topic = bench.topic(10)
    group = bench.group({(topic, 0): 5})
    told = bench.run("--group", group, "--to-earliest", "--topic",
                     f"{topic}x*", status=1)
    assert "--topic takes no position" in told.err


def test_r19_r20_one_topic_and_partition(bench: Bench) -> None:
    topic = bench.topic(100, 100)
    at = {(topic, 0): 60, (topic, 1): 60}
    group = bench.group(at)
    assert bench.reset(group, "--topic", f"{topic}:1", "--to-earliest") == {
        **at, (topic, 1): 0}
    assert bench.reset(group, "--topic", topic, "--to-earliest") == {
        (topic, 0): 0, (topic, 1): 0}


def test_r21_r22_several_topics_and_partitions(bench: Bench) -> None:
    one, two, other = bench.topic(50, 50), bench.topic(50, 50), bench.topic(50)
    at = {(topic, partition): 30 for topic in (one, two)
          for partition in range(2)} | {(other, 0): 30}
    group = bench.group(at)
    assert bench.reset(group, "--topic", f"{one}:0,1", "--topic", f"{two}:1",
                       "--to-earliest") == {
        **at, (one, 0): 0, (one, 1): 0, (two, 1): 0}
    assert bench.reset(group, "--topic", one, "--topic", two,
                       "--to-earliest")[other, 0] == 30


def export(bench: Bench, path: Path, *groups: str) -> Path:
    """The CSV as Kafka's own tool writes it."""
    words = [word for group in groups for word in ("--group", group)]
    told = kafka_consumer_groups(
        bench.rig.cluster, "--reset-offsets", *words, "--all-topics",
        "--to-current", "--export", "--dry-run")
    path.write_text(told.out, encoding="utf-8")
    return path


def test_r23_export_and_import_for_one_group(bench: Bench,
                                             tmp_path: Path) -> None:
    topic = bench.topic(2, 2)
    group = bench.group({(topic, 0): 2, (topic, 1): 2})
    path = export(bench, tmp_path / "plan.csv", group)
    bench.driver.commit(group, {(topic, 0): 0, (topic, 1): 1})
    told = bench.run("--group", group, "--from-file", str(path), status=4)
    assert "--allow-skip" in told.out
    assert bench.reset(group, "--from-file", str(path), "--allow-skip") == {
        (topic, 0): 2, (topic, 1): 2}


def test_r24_export_and_import_for_two_groups(bench: Bench,
                                              tmp_path: Path) -> None:
    one, two = bench.topic(2, 2), bench.topic(2, 2)
    at = {(topic, partition): 1 for topic in (one, two)
          for partition in range(2)}
    first, second = bench.group(at), bench.group(at)
    path = export(bench, tmp_path / "plan.csv", first, second)
    for group in (first, second):
        bench.driver.commit(group, {where: 2 for where in at})
    bench.run("--group", first, "--group", second, "--from-file", str(path),
              "--execute")
    for group in (first, second):
        assert offsets(bench.rig.cluster, group) == at
    bench.driver.commit(first, {where: 2 for where in at})
    bench.driver.commit(second, {where: 2 for where in at})
    assert bench.reset(first, "--from-file", str(path)) == at
    assert offsets(bench.rig.cluster, second) == {where: 2 for where in at}


def test_r25_an_unknown_option(bench: Bench) -> None:
    told = bench.run("--group", "g", "--to-earliest", "--wrong", status=2)
    assert "unknown option --wrong" in told.err


def test_r28_a_partition_that_does_not_exist(bench: Bench) -> None:
    """Kafka's own spins for 30 s (verified.md 5)."""
    topic = bench.topic(10)
    group = bench.group({(topic, 0): 5})
    told = bench.run("--group", group, "--topic", f"{topic}:2,3",
                     "--to-earliest", "--policy", "strict", status=4)
    assert told.out.count("partition-missing") == 2
    assert bench.reset(group, "--topic", f"{topic}:2,3", "--to-earliest",
                       status=3) == {(topic, 0): 5}


def test_an_unknown_topic(bench: Bench) -> None:
    topic = bench.topic(10)
    told = bench.run("--group", bench.group({(topic, 0): 1}), "--topic",
                     f"{topic}-wrong", "--to-earliest", "--execute", status=3)
    assert "topic-missing" in told.out


@pytest.mark.parametrize(("text", "words"), [
    (b"group,topic,partition,offset\n", "line 1"),
    (b"t,0,1\n\nt,1,1\n", "line 2 is empty"),
    (b"t,0,1\ng,t,1,1\n", "line 2 has 4 columns"),
    (b"t,0,-1\n", "line 1"), (b"t,0,1\nt,0,2\n", "lines 1 and 2"),
    (b"t,0,9223372036854775808\n", "line 1"), (b"t,0\n", "line 1"),
    (b'"t,0,1\n', "line 1"), (b"", "no rows"), (b",0,1\n", "line 1")])
def test_a_broken_csv_is_refused_with_its_line(
        bench: Bench, tmp_path: Path, text: bytes, words: str) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(text)
    told = bench.run("--group", "g", "--from-file", str(path), status=2)
    assert words in told.err
    assert "broken.csv" in told.err


def test_names_that_need_quotes_and_windows_lines(bench: Bench,
                                                  tmp_path: Path) -> None:
    topic = bench.topic(10)
    group = bench.unique('a "quoted", name \U0001f600')
    path = tmp_path / "plan.csv"
    quoted = group.replace('"', '""')
    path.write_bytes(f'"{quoted}",{topic},0,7\r\n\r\n'.encode())
    bench.run("--group", group, "--from-file", str(path), "--execute")
    assert offsets(bench.rig.cluster, group) == {(topic, 0): 7}


def test_a_group_without_a_row_is_missed(bench: Bench,
                                         tmp_path: Path) -> None:
    topic = bench.topic(10)
    path = tmp_path / "plan.csv"
    path.write_text(f"g,{topic},0,7\n", encoding="utf-8")
    told = bench.run("--group", "h", "--from-file", str(path), status=1)
    assert "no row for group h" in told.err


def test_three_columns_need_one_group(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text("t,0,7\n", encoding="utf-8")
    told = bench.run("--group", "a*", "--from-file", str(path), status=2)
    assert "give one --group" in told.err


def test_groups_by_pattern(bench: Bench) -> None:
    topic, stem = bench.topic(10), bench.unique("pat")
    for name in "ab":
        bench.driver.commit(f"{stem}{name}", {(topic, 0): 8})
    bench.run("--group", f"re:{stem}[a]", "--to-earliest", "--execute")
    assert offsets(bench.rig.cluster, f"{stem}a") == {(topic, 0): 0}
    assert offsets(bench.rig.cluster, f"{stem}b") == {(topic, 0): 8}
    told = bench.run("--group", f"{stem}x*", "--to-earliest", status=1)
    assert "no group matches" in told.err


def test_a_looked_up_row_carries_no_captured_epoch(bench: Bench) -> None:
    """Contract 6, for each strategy without a capture."""
    begin = int(time.time() * 1000) - 1_000_000
    topic = bench.topic(100, start_ms=begin)
    group = bench.group()
    for words in (["--to-earliest"], ["--to-latest"], ["--to-offset", "5"],
                  ["--shift-by", "3"], ["--to-datetime", str(begin + 9000)]):
        bench.driver.commit(group, {(topic, 0): (90, 0, "captured")})
        bench.run("--group", group, "--topic", topic, *words, "--execute")
        found = bench.driver.offsets(group)[topic, 0]
        assert found.metadata == ""
        assert found.epoch in (None, -1, 0)
        if words[0] in ("--to-earliest", "--to-offset", "--shift-by"):
            assert found.epoch in (None, -1), words


# By time

def test_records_of_the_future_are_found(bench: Bench) -> None:
    ahead = int(time.time() * 1000) + 3 * 86_400_000
    topic = bench.topic(10)
    bench.driver.produce(topic, 0, 1, start_ms=ahead)
    bench.driver.produce(topic, 0, 5)
    group = bench.group({(topic, 0): 16})
    told = bench.run("--group", group, "--to-datetime",
                     str(ahead - 1000), "--execute")
    assert "in the future" in told.err
    assert offsets(bench.rig.cluster, group) == {(topic, 0): 10}


def test_timestamps_that_lie_are_told(bench: Bench) -> None:
    """Held against what captures saw of the log end, where they did."""
    rig, now = bench.rig, int(time.time() * 1000)
    topic = bench.topic(20, start_ms=now - 3_600_000)
    group = bench.group({(topic, 0): 20})
    rig.snapshot()
    at = int(time.time() * 1000)
    wait_for(lambda: int(time.time() * 1000) > at + 5)
    bench.driver.produce(topic, 0, 20, start_ms=now - 3_600_000)
    rig.snapshot()
    words = ["--group", group, "--topic", topic, "--to-datetime"]
    told = rig.restore(*words, str(now - 3_590_000))
    assert "contradict" not in told.err
    bench.driver.produce(topic, 0, times=[now - 3_600_000, at + 1])
    told = rig.restore(*words, str(at), "--allow-skip")
    assert "lag behind" in told.out
    assert "in 1 of 1 partitions" in told.err


def test_no_record_that_is_appended_meanwhile_is_skipped(
        bench: Bench) -> None:
    """The log end is read before the lookup: what comes later is not passed
    over.  Seen from outside: the planned offset is never past the end that
    the plan read, however much is written."""
    topic = bench.topic(10, start_ms=int(time.time() * 1000) - 900_000)
    group = bench.group({(topic, 0): 10})
    assert bench.reset(group, "--by-duration", "1s") == {(topic, 0): 10}
    bench.driver.produce(topic, 0, 5, start_ms=1_600_000_000_000)
    assert bench.reset(group, "--by-duration", "1s", "--allow-skip") == {
        (topic, 0): 15}


def test_the_hole_that_delete_records_makes_is_not_believed(
        bench: Bench) -> None:
    """facts/kafka.md 3: after DeleteRecords inside a segment a lookup may
    find nothing although later records are there."""
    begin = int(time.time() * 1000) - 10_000_000
    topic = bench.unique("hole")
    bench.driver.create_topic(topic, 1)
    bench.driver.produce(topic, 0, times=[begin + 9_000_000])
    bench.driver.produce(topic, 0, 50, start_ms=begin)
    bench.driver.delete_records({(topic, 0): 10})
    asked = bench.driver.offsets_for_time(topic, begin + 8_000_000)
    group = bench.group({(topic, 0): 51})
    row = next(iter(bench.rig.rows(
        "--group", group, "--to-datetime", str(begin + 8_000_000)).values()))
    if asked.get(0, -1) >= 0:
        assert row["planned"]["offset"] == asked[0]
    else:
        assert row["rule"] in ("no-record-from-then-on",
                               "time-lookup-has-a-hole", "same")


# Numbers that nobody should have

def test_s1_negative_offsets_are_shown_and_never_written(
        bench: Bench, rig: Rig) -> None:
    """Brokers store any number; Java clients refuse to send these.  On the
    way back they are refused by name, and the rest is done."""
    topic = bench.topic(100, 100, 100, 100)
    group, cluster = bench.group(), rig.cluster
    wire.offset_commit(cluster.bootstrap, group, [
        (topic, 0, 40, -1, ""), (topic, 1, -1, -1, ""), (topic, 2, -2, -1, ""),
        (topic, 3, -2**63, -1, "")])
    rig.snapshot("--group", group)
    shown = rig.tidemark("show", "latest", "-r", rig.repo, "--group", group)
    assert " -9223372036854775808 " in shown.out
    cluster.driver.delete_groups(group)
    rows = rig.rows("--at", "latest", "--group", group, status=4)
    assert [rows[topic, number]["action"] for number in range(4)] == [
        "commit", "refuse", "refuse", "refuse"]
    told = rig.restore_at_once("--at", "latest", "--group", group, status=4)
    assert told.out.count("negative") >= 3
    assert offsets(cluster, group) == {(topic, 0): 40}


@pytest.mark.parametrize(("words", "status", "after"), [
    (["--to-current"], 0, {0: 40, 1: -1}),
    (["--shift-by", "-5"], 4, {0: 35, 1: -1}),
    (["--to-earliest"], 0, {0: 0, 1: 0})])
def test_s1_a_group_that_stands_at_negative_offsets(
        bench: Bench, words: list[str], status: int,
        after: dict[int, int]) -> None:
    """Such a number is no position, as clients see it: kept, not shifted,
    replaced; and undo does not write it again."""
    topic = bench.topic(100, 100)
    group, rig = bench.group(), bench.rig
    wire.offset_commit(rig.cluster.bootstrap, group, [
        (topic, 0, 40, -1, ""), (topic, 1, -1, -1, "")])

    def standing() -> dict[int, int]:
        return {row.partition: row.offset for row in
                wire.offset_fetch(rig.cluster.bootstrap, group)}

    rig.restore_at_once("--group", group, *words, status=status)
    assert standing() == after
    if after[1] >= 0:
        told = rig.tidemark("undo", "latest", "-r", rig.repo, "-b",
                            rig.cluster.bootstrap, "--execute", "--settle",
                            "0s", status=4)
        assert "never written" in told.out
        assert standing() == {0: 40, 1: 0}


# Rights and members

def test_a_group_with_members_is_refused(bench: Bench,
                                         broker: Cluster) -> None:
    topic = bench.topic(100)
    group = bench.group({(topic, 0): 10})
    with broker.driver.consumer(group, [topic]):
        wait_for(lambda: offsets(broker, group)[topic, 0] == 100, 20)
        bench.run("--group", group, "--to-earliest", "--execute", status=4)
        assert offsets(broker, group) == {(topic, 0): 100}
