"""tidemark rescue on real brokers: what is no longer committed is brought back
without any earlier snapshot, and consumers read the right next record.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bed import tools
from bed.cluster import OFFSETS, Cluster
from bed.wait import wait_for
from conftest import Tidemark, program
from rig import Rig, offsets

Unique = Callable[[str], str]
Place = tuple[str, str, int]

ODD_NAMES = ["with space", "q'uote", 'say "hi"', "com,ma", "new\nline",
             "smile \U0001f600", "glob *?[a-z]", "right \u202e left"]
GONE = {"simple": 10, "classic": 40, "consumer": 60}


def moment() -> int:
    """Now, with the next record later than that."""
    now = int(time.time() * 1000)
    wait_for(lambda: time.time() * 1000 > now + 3, 5)
    return now


def exactly(name: str) -> str:
    """The pattern that takes this name and no other."""
    return "".join("\\" + each if each in "*?[\\" else each for each in name)


def read_and_leave(cluster: Cluster, group: str, topic: str, count: int,
                   protocol: str = "classic") -> None:
    """A real consumer reads what there is in partition 0, and commits."""
    with cluster.driver.consumer(group, [topic], protocol=protocol):
        wait_for(lambda: offsets(cluster, group).get((topic, 0)) == count, 30)


class Rescue:
    """The words that every rescue needs."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.cluster = rig, rig.cluster
        self.driver = rig.cluster.driver
        self.source = ["-b", rig.cluster.bootstrap]

    def partitions(self) -> list[str]:
        """Of the offsets topic: how many there are, files do not tell."""
        return ["--partitions", str(self.cluster.offsets_partitions)]

    def run(self, *words: str | Path, status: int | None = 0) -> Any:
        return self.rig.tidemark("rescue", *words, status=status)

    def list(self, *more: str, status: int = 0) -> dict[Place, Any]:
        """What it found, by place."""
        header, *rows = self.run("list", *self.source, "--json", *more,
                                 status=status).jsonl()
        assert header["kind"] == "rescue"
        found = {(row["group"], row["topic"], row["partition"]): row
                 for row in rows}
        assert len(found) == len(rows)
        return found

    def snapshot(self, *more: str, status: int = 0) -> Any:
        return self.run("snapshot", *self.source, "-r", self.rig.repo,
                        "--json", *more, status=status).json()

    def positions(self, identity: str) -> dict[Place, int]:
        told = self.rig.tidemark("show", "-r", self.rig.repo, identity,
                                 "--json").jsonl()
        return {(row["group"], row["topic"], row["partition"]): row["offset"]
                for row in told if "partition" in row and "offset" in row}

    def next_record(self, group: str, topic: str,
                    protocol: str = "classic") -> int:
        found = self.driver.first_records(group, [topic], protocol=protocol)
        return found[topic, 0].offset


@pytest.fixture
def rescue(rig: Rig) -> Rescue:
    return Rescue(rig)


@pytest.fixture
def rescue_44(rig_44: Rig) -> Rescue:
    return Rescue(rig_44)


# What takes a minute begins first, and is looked at last.

@dataclass
class Seeds:
    topic: str
    at_ms: int


@pytest.fixture(scope="module", autouse=True)
def seeds(minute_broker: Cluster) -> Seeds:
    """Groups of three kinds that nobody is in any more."""
    driver, topic = minute_broker.driver, "rescue-expiring"
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 40)
    driver.commit("rescue-simple", {(topic, 0): (10, 0, "meta")})
    read_and_leave(minute_broker, "rescue-classic", topic, 40)
    driver.produce(topic, 0, 20)
    read_and_leave(minute_broker, "rescue-consumer", topic, 60, "consumer")
    driver.produce(topic, 0, 40)
    return Seeds(topic, moment())


# Deleted, overwritten

def test_groups_deleted_by_kafkas_tool(rescue: Rescue, topic: str,
                                       unique: Unique) -> None:
    stem, driver = unique("deleted") + " ", rescue.driver
    where = {stem + name: at + 1 for at, name in enumerate(ODD_NAMES)}
    for group, offset in where.items():
        driver.commit(group, {(topic, 0): (offset, 0, f"meta {offset}")})
    member = stem + "member"
    read_and_leave(rescue.cluster, member, topic, 100)
    driver.produce(topic, 0, 10)
    where[member] = 100
    before = {group: driver.offsets(group) for group in where}
    at = moment()
    words = [word for group in where for word in ("--group", group)]
    tools.kafka_consumer_groups(rescue.cluster, "--delete", *words)
    wait_for(lambda: not driver.all_offsets(where), 20)

    found = rescue.list("--group", exactly(stem) + "*")
    assert {group: found[group, topic, 0]["offset"] for group in where} == where
    # A group that was never joined has no record that goes along, on 3.9.
    assert {row["why"] for row in found.values()} <= {
        "group-deleted", "removed"}
    assert found[member, topic, 0]["why"] == "group-deleted"
    taken = rescue.snapshot("--at", str(at))
    assert taken["complete"] and taken["as_of"] and not taken["holes"]
    patterns = [word for group in where
                for word in ("--group", exactly(group))]
    rescue.rig.restore_at_once("--at", taken["id"], *patterns)
    for group, offset in where.items():
        after = driver.offsets(group)
        assert after.keys() == before[group].keys(), group
        assert after[topic, 0].offset == offset
        if rescue.cluster.version.startswith("4"):  # there are topic ids
            assert after == before[group]
        assert rescue.next_record(group, topic) == offset


def test_overwritten_by_a_bad_deploy(rescue: Rescue, topic: str,
                                     unique: Unique) -> None:
    """Set to the end by Kafka's tool, records unread; the empty group too,
    which no tool can name."""
    group, driver = unique("jumped"), rescue.driver
    read_and_leave(rescue.cluster, group, topic, 100)
    driver.commit("", {(topic, 0): (30, 0, "")})
    driver.produce(topic, 0, 50)
    at = moment()
    tools.kafka_consumer_groups(
        rescue.cluster, "--reset-offsets", "--group", group, "--topic", topic,
        "--to-latest", "--execute")
    driver.commit("", {(topic, 0): 150})
    assert offsets(rescue.cluster, group)[topic, 0] == 150

    found = rescue.list("--topic", topic)
    row = found[group, topic, 0]
    assert (row["kind"], row["why"]) == ("overwritten", "jumped")
    assert (row["offset"], row["new_offset"]) == (100, 150)
    assert found["", topic, 0]["offset"] == 30
    taken = rescue.snapshot("--at", str(at), "--group", group, "--group", "")
    assert taken["scope"] == "named" and taken["complete"]
    told = rescue.rig.restore_at_once("--at", taken["id"], "--group", group,
                                      "--group", "", "--topic", topic)
    assert "backward" in told.out
    assert offsets(rescue.cluster, "")[topic, 0] == 30
    assert rescue.next_record(group, topic) == 100
    # Put right, it is no finding any more.
    assert (group, topic, 0) not in rescue.list("--group", group)
    history = rescue.run("list", *rescue.source, "--group", group, "--history",
                         "--json").jsonl()
    assert [line["offset"] for line in history
            if line["kind"] == "commit" and line["partition"] == 0][-3:] == [
                100, 150, 100]


def test_deleted_with_its_topic(rescue: Rescue, unique: Unique) -> None:
    """The topic was made again: a number would mean other records."""
    topic, driver = unique("remade"), rescue.driver
    group, other = unique("reader"), unique("other")
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 50)
    for each in (group, other):
        driver.commit(each, {(topic, 0): (30, 0, "")})
    at = moment()
    driver.delete_topics(topic)
    wait_for(lambda: not driver.all_offsets([group, other]), 20)
    driver.create_topic(topic, 1)
    # 3.9 puts no topic ids into commits: the records' times tell.
    driver.produce(topic, 0, 40, start_ms=moment(), step_ms=1)

    for row in rescue.list("--topic", topic).values():
        assert row["why"] == "topic-deleted" and row["offset"] == 30
    taken = rescue.snapshot("--at", str(at))
    words = ["--at", taken["id"], "--group", group]
    row, = rescue.rig.rows(*words).values()
    assert row["rule"] == "topic-recreated" and row["planned"]["offset"] == 0
    row, = rescue.rig.rows(*words, "--policy", "strict", status=4).values()
    assert row["action"] == "refuse"
    rescue.rig.restore_at_once(*words, "--on-recreated", "latest")
    assert offsets(rescue.cluster, group) == {(topic, 0): 40}


def test_what_is_last_known_is_of_no_time(rescue_44: Rescue,
                                          unique: Unique) -> None:
    """All at once; it is never taken for a moment, nor for the newest."""
    rescue, driver = rescue_44, rescue_44.driver
    topic, stem = unique("orders"), unique("last")
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 100)
    driver.commit(f"{stem}-a", {(topic, 0): 10})
    driver.delete_groups(f"{stem}-a")
    moment()
    driver.commit(f"{stem}-b", {(topic, 0): 20})
    driver.delete_groups(f"{stem}-b")
    driver.commit(f"{stem}-c", {(topic, 0): 30})
    taken = rescue.snapshot("--group", f"{stem}-*")
    assert taken["last_known"] and not taken["complete"]
    assert {group: offset for (group, _, _), offset in rescue.positions(
        taken["id"]).items()} == {f"{stem}-a": 10, f"{stem}-b": 20,
                                  f"{stem}-c": 30}
    words = ["--group", f"{stem}-a", "--group", f"{stem}-b"]
    rescue.rig.restore("--at", "latest", *words, status=4)
    rescue.rig.restore("--at", "now", *words, status=4)
    rescue.rig.restore_at_once("--at", taken["id"], *words)
    assert {group: rescue.next_record(group, topic) for group in (
        f"{stem}-a", f"{stem}-b")} == {f"{stem}-a": 10, f"{stem}-b": 20}


def test_the_lines_can_be_pasted(rescue_44: Rescue, unique: Unique) -> None:
    """Of a group that goes on only what it lost is put back."""
    rescue, driver = rescue_44, rescue_44.driver
    topic, stem = unique("orders"), unique("paste")
    whole, part = f"{stem} it's gone", f"{stem} goes on"
    driver.create_topic(topic, 2)
    for partition in range(2):
        driver.produce(topic, partition, 100)
    driver.commit(whole, {(topic, 0): 10, (topic, 1): 20})
    driver.commit(part, {(topic, 0): 30, (topic, 1): 40})
    moment()
    driver.delete_groups(whole)
    driver.delete_offsets(part, [(topic, 1)])
    driver.commit(part, {(topic, 0): 90})
    told = rescue.run("list", *rescue.source, "-r", rescue.rig.repo,
                      "--group", f"{stem}*", "--topic", topic).out
    lines = [line.strip() for line in told.splitlines()
             if line.startswith("  tidemark ")]
    snapshot, *restores, last = lines
    assert snapshot.startswith("tidemark rescue snapshot ")
    assert last.startswith("tidemark rescue snapshot ")
    assert "--at" not in last and len(restores) == 2
    done = paste(snapshot + " --json")
    identity = done.split('"id":"')[1].split('"')[0]
    for line in restores:
        paste(line.replace("--at ID", f"--at {identity}") + " --execute")
    assert offsets(rescue.cluster, whole) == {(topic, 0): 10, (topic, 1): 20}
    assert offsets(rescue.cluster, part) == {(topic, 0): 90, (topic, 1): 40}


def test_the_line_of_a_group_that_was_set_back(rescue_44: Rescue,
                                               unique: Unique) -> None:
    """It goes forward, past what only its old number shows that it had
    read: as it is printed it is not refused."""
    rescue, driver = rescue_44, rescue_44.driver
    topic, group = unique("orders"), unique("back")
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 100)
    driver.commit(group, {(topic, 0): 70})
    moment()
    driver.commit(group, {(topic, 0): 20})
    told = rescue.run("list", *rescue.source, "-r", rescue.rig.repo,
                      "--group", group).out
    snapshot, restore = [line.strip() for line in told.splitlines()
                         if line.startswith("  tidemark ")]
    assert restore.endswith(" --allow-skip")
    identity = paste(snapshot + " --json").split('"id":"')[1].split('"')[0]
    paste(restore.replace("--at ID", f"--at {identity}") + " --execute")
    assert offsets(rescue.cluster, group) == {(topic, 0): 70}


def test_a_group_that_no_record_names(rescue_44: Rescue,
                                      unique: Unique) -> None:
    """A mistyped name is no good news."""
    rescue, group = rescue_44, unique("billing")
    topic = unique("orders")
    rescue.driver.create_topic(topic)
    rescue.driver.commit(group, {(topic, 0): 1})
    typo = group.replace("billing", "biling")
    words = [*rescue.source, "--group", typo]
    told = rescue.run("list", *words, status=3)
    assert f"group {typo}: no record of {OFFSETS} names it" in told.err
    assert "nothing is known of what was asked for" in told.out
    header, = rescue.run("list", *words, "--json", status=3).jsonl()
    assert header["not_found"] == [{"group": typo}]
    told = rescue.run("list", *words, "--group", group, status=3)
    assert "nothing is gone" in told.out
    told = rescue.run("snapshot", *words, "--group", group, "-r",
                      rescue.rig.repo, status=3)
    assert f"group {typo}: no record" in told.err and group not in told.err
    header, = rescue.run("list", *rescue.source, "--group", group,
                         "--json").jsonl()
    assert header["not_found"] == []


def paste(line: str) -> str:
    """Run a line of its output, as a person would."""
    done = subprocess.run(
        ["bash", "-c", line.replace("tidemark", f"'{program()}'", 1)],
        text=True, capture_output=True, check=False, timeout=60,
        env={**os.environ, "TIDEMARK_SETTLE": "0s"})
    assert done.returncode == 0, (line, done.stdout, done.stderr)
    return done.stdout


def test_times_that_it_cannot_answer(rescue_44: Rescue) -> None:
    rescue_44.driver.create_topic("rescue-any")
    rescue_44.driver.commit("any", {("rescue-any", 0): 1})
    told = rescue_44.run("snapshot", *rescue_44.source, "-r",
                         rescue_44.rig.repo, "--at", "2020-01-01T00:00:00Z",
                         status=4)
    assert "is before the first record" in told.err
    assert "history is exact in every partition from" in told.err
    for words, text in ((["--at", "now+1h"], "in the future"),
                        (["--at", "latest"], "a time")):
        told = rescue_44.run("snapshot", *rescue_44.source, "-r",
                             rescue_44.rig.repo, *words, status=2)
        assert text in told.err
    told = rescue_44.run("list", *rescue_44.source, "--history", status=2)
    assert "--group" in told.err


def test_without_the_right_to_read_the_topic(
        tidemark: Tidemark, minute_broker: Cluster, tmp_path: Path) -> None:
    config = tmp_path / "bob.properties"
    config.write_text("".join(
        f"{name}={value}\n" for name, value in minute_broker.java_properties(
            "sasl_plain", "bob").items()), encoding="utf-8")
    words = ["-b", minute_broker.address("sasl_plain"), "--command-config",
             config]
    told = tidemark("rescue", "list", *words, status=1)
    assert f"READ on topic {OFFSETS}" in told.err


# Segment files

def test_segment_files_tell_the_same(rescue_44: Rescue, tmp_path: Path,
                                     unique: Unique) -> None:
    rescue, driver = rescue_44, rescue_44.driver
    topic, stem = unique("orders"), unique("disk")
    driver.create_topic(topic, 2)
    for partition in range(2):
        driver.produce(topic, partition, 100)
    for number, name in enumerate(ODD_NAMES):
        driver.commit(f"{stem} {name}", {(topic, 0): number,
                                         (topic, 1): (number, 0, "meta")})
    # Committed twice: what is behind shows no work of the cleaner, also where
    # the transaction's marker leaves a gap.
    for _ in range(2):
        driver.commit(f"{stem} t", {(topic, 0): 5})
    with driver.transaction(f"{stem} t", {(topic, 0): 7}):
        pass  # aborted: nothing is left of it
    at = moment()
    driver.delete_groups(*(f"{stem} {name}" for name in ODD_NAMES[::2]))
    driver.commit(f"{stem} {ODD_NAMES[1]}", {(topic, 1): 90})
    copied = tmp_path / "data"
    shutil.copytree(rescue.cluster.nodes[1].directory / "data", copied)
    words = ["--group", f"{stem}*"]
    live = rescue.list(*words)
    taken = rescue.positions(rescue.snapshot("--at", str(at), *words)["id"])
    assert len(taken) == 2 * len(ODD_NAMES) + 1

    rescue.source = ["--segments", str(copied), *rescue.partitions()]
    read = rescue.list(*words)
    assert read.keys() == live.keys() and len(read) == len(ODD_NAMES) + 1
    for place, row in read.items():
        assert {key: row[key] for key in row if key not in (
            "sure", "text", "why")} == {key: live[place][key] for key in row
                                        if key not in ("sure", "text", "why")}
    again = rescue.snapshot("--at", str(at), *words)
    assert again["cluster"] == rescue.cluster.cluster_id
    assert rescue.positions(again["id"]) == taken
    told = rescue.run("snapshot", *rescue.source, "-r", rescue.rig.repo,
                      "--cluster", "another", status=2)
    assert "meta.properties" in told.err
    # How many partitions there are is never inferred.
    rescue.source = ["--segments", str(copied)]
    assert rescue.list(*words, status=3).keys() == live.keys()
    taken = rescue.snapshot("--at", str(at), status=3)
    assert not taken["complete"]
    assert "--partitions" in taken["holes"][0]["text"]


def test_segment_files_that_lack_something(
        rescue_44: Rescue, tmp_path: Path, unique: Unique) -> None:
    """One partition is not the topic; a copy ends somewhere; copies of two
    clusters are not one."""
    rescue, driver = rescue_44, rescue_44.driver
    topic, group = unique("orders"), unique("lacking")
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 100)
    driver.commit(group, {(topic, 0): 10})
    at = moment()
    driver.commit(group, {(topic, 0): 20})
    home = rescue.cluster.offsets_partition(group)
    copied = tmp_path / "one" / "data"
    data = rescue.cluster.nodes[1].directory / "data"
    shutil.copytree(data / f"{OFFSETS}-{home}", copied / f"{OFFSETS}-{home}")
    shutil.copy(data / "meta.properties", copied)

    rescue.source = ["--segments", str(copied), *rescue.partitions()]
    taken = rescue.snapshot("--at", str(at), status=3)
    others = {hole["partition"] for hole in taken["holes"]}
    assert home not in others and len(others) == rescue.cluster.offsets_partitions - 1
    # Of this group all that matters is there; who is at home elsewhere is
    # not said to be absent.
    elsewhere = next(name for name in (f"none{at}" for at in range(1000))
                     if rescue.cluster.offsets_partition(name) != home)
    taken = rescue.snapshot("--at", str(at), "--group", group)
    assert taken["complete"]
    assert rescue.positions(taken["id"]) == {(group, topic, 0): 10}
    taken = rescue.snapshot("--at", str(at), "--group", group, "--group",
                            elsewhere, status=3)
    assert taken["counts"]["groups"] == 1
    if home > 0:
        told = rescue.run("list", "--segments", str(copied), "--partitions",
                          str(home), status=2)
        assert "--partitions is" in told.err

    # As of when the copy no longer tells, and as of when only the times of
    # its files do.
    last = moment()
    for file in copied.rglob("*.log"):
        os.utime(file, times=(last / 1000, last / 1000))
    words = [*rescue.source, "-r", rescue.rig.repo, "--group", group, "--at"]
    told = rescue.run("snapshot", *words, str(last + 2), status=4)
    assert "after the last that the files tell" in told.err
    told = rescue.run("snapshot", *words, str(last - 1), "--json")
    assert "the files were written" in told.err
    assert told.json()["last_record"] < told.json()["files_written"]
    assert rescue.positions(told.json()["id"]) == {(group, topic, 0): 20}

    other = tmp_path / "one" / "other"
    shutil.copytree(copied, other)
    meta = other / "meta.properties"
    meta.write_text(meta.read_text(encoding="utf-8").replace(
        rescue.cluster.cluster_id, "another"), encoding="utf-8")
    told = rescue.run("list", "--segments", str(tmp_path / "one"), status=2)
    assert "two clusters" in told.err


def test_damaged_segment_files(rescue_44: Rescue, tmp_path: Path,
                               unique: Unique) -> None:
    """What is behind the damage is read, and the damage named."""
    rescue, driver = rescue_44, rescue_44.driver
    topic, group = unique("orders"), unique("damaged")
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 100)
    for offset in (10, 20, 30):
        driver.commit(group, {(topic, 0): offset})
    name = f"{OFFSETS}-{rescue.cluster.offsets_partition(group)}"
    copied = tmp_path / name
    shutil.copytree(rescue.cluster.nodes[1].directory / "data" / name, copied)
    segment, = copied.glob("*.log")
    data = bytearray(segment.read_bytes())
    at = data.rfind(topic.encode(), 0, data.rfind(topic.encode()))
    data[at] ^= 1
    segment.write_bytes(data)
    rescue.source = ["--segments", str(copied), "--cluster",
                     rescue.cluster.cluster_id]
    taken = rescue.snapshot("--group", exactly(group), status=3)
    assert rescue.positions(taken["id"]) == {(group, topic, 0): 30}
    assert "unreadable" in {hole["hole"] for hole in taken["holes"]}
    assert any(segment.name in hole["text"] for hole in taken["holes"])
    history = rescue.run("list", *rescue.source, "--group", exactly(group),
                         "--history", "--json", status=3).jsonl()
    assert [line["offset"] for line in history if line["kind"] == "commit"
            ] == [10, 30]


# Compaction

class Diary:
    """An account of all commits that is independent of the broker's."""

    def __init__(self, cluster: Cluster, topic: str) -> None:
        self.driver, self.topic = cluster.driver, topic
        self.times: list[int] = []
        self.states: list[dict[Place, int]] = []
        self.now: dict[Place, int] = {}

    def commit(self, group: str, offset: int) -> None:
        self.driver.commit(group, {(self.topic, 0): offset})
        self.now[group, self.topic, 0] = offset

    def delete(self, group: str) -> None:
        self.driver.delete_groups(group)
        del self.now[group, self.topic, 0]

    def note(self) -> None:
        self.times.append(moment())
        self.states.append(dict(self.now))


def test_compaction_and_nothing_false(
        make_cluster: Callable[..., Cluster], tidemark: Tidemark, repo: Path
        ) -> None:
    """Whatever a snapshot says of a time was so; what it cannot know is a
    hole, or its partition has one."""
    cluster = make_cluster("4.4.0", offsets_partitions=2)
    rescue = Rescue(Rig(tidemark, repo, cluster))
    driver = cluster.driver
    driver.create_topic("t", 1)
    driver.produce("t", 0, 1000)
    diary = Diary(cluster, "t")

    def work(base: int) -> None:
        for step in range(4):
            for number in range(6):
                if (step + number) % 2:
                    diary.commit(f"g{number}", base + 10 * step + number)
            if step == 1:
                diary.commit("dies", base)
            if step == 2:
                diary.delete("dies")
            diary.note()

    def compacted() -> bool:
        for number in range(4):
            driver.commit(f"filler{number}", {("t", 0): 1})
        header = rescue.run("list", *rescue.source, "--json").jsonl()[0]
        return all(each["exact_from"] for each in header["partitions"])

    work(100)
    driver.set_topic_config(OFFSETS, segment_ms=50,
                            min_cleanable_dirty_ratio="0.001")
    wait_for(compacted, 60, "the cleaner", every=0.1)
    driver.set_topic_config(OFFSETS, segment_ms=604_800_000,
                            min_compaction_lag_ms=604_800_000)
    told = rescue.run("list", *rescue.source, "-r", repo).out
    header = rescue.run("list", *rescue.source, "--json").jsonl()[0]
    seen = header["overwritten_seen_from"]
    assert seen == max(each["exact_from"] for each in header["partitions"])
    assert f"what was overwritten before {seen} can no longer be seen" in told
    assert "what 1 position (?) held is compacted away" in told
    assert f"in an earlier snapshot: tidemark list -r {repo}" in told
    diary.note()
    work(500)

    bounds = exact = 0
    for at, state in zip(diary.times, diary.states, strict=True):
        result = rescue.run("snapshot", *rescue.source, "-r", repo, "--at",
                            str(at), "--json", status=None)
        if result.status == 4:  # nothing as old as that is left at all
            assert "is before the first record" in result.err
            bounds += 1
            continue
        assert result.status in (0, 3)
        taken = result.json()
        said = {place: offset for place, offset in rescue.positions(
            taken["id"]).items() if not place[0].startswith("filler")}
        for place, offset in said.items():
            assert state[place] == offset, (at, place)
        holes = {(hole["group"], hole["topic"], hole["partition"])
                 for hole in taken["holes"] if "group" in hole}
        history = {hole["partition"] for hole in taken["holes"]
                   if hole["hole"] == "history"}
        for place in state.keys() - said.keys() - holes:
            assert cluster.offsets_partition(place[0]) in history, place
        bounds += bool(history)
        if not history:
            assert taken["complete"] and said == state
            exact += 1
    # From where in each partition a key has occurred again.
    assert bounds >= 3 and exact >= 2
    # And a bound is refused, not guessed.
    holes = [hole for hole in taken_before(rescue, diary) if "group" in hole]
    assert holes and all("exact from" in hole["text"] for hole in holes)


def taken_before(rescue: Rescue, diary: Diary) -> list[Any]:
    """The holes of the latest snapshot that has bounds."""
    for at in reversed(diary.times):
        taken = rescue.run("snapshot", *rescue.source, "-r", rescue.rig.repo,
                           "--at", str(at), "--json", "--dry-run",
                           status=None)
        if taken.status == 3 and any(
                hole["hole"] == "bound" for hole in taken.json()["holes"]):
            holes: list[Any] = taken.json()["holes"]
            return [each for each in holes if each["hole"] == "bound"]
    return []


# The minute is over

def test_groups_expired_by_the_retention(
        minute_broker: Cluster, tidemark: Tidemark, repo: Path,
        seeds: Seeds) -> None:
    rescue = Rescue(Rig(tidemark, repo, minute_broker))
    groups = {f"rescue-{name}": offset for name, offset in GONE.items()}
    wait_for(lambda: not minute_broker.driver.all_offsets(groups), 90,
             "the retention", every=0.2)
    found = rescue.list("--group", "rescue-*")
    for group, offset in groups.items():
        row = found[group, seeds.topic, 0]
        assert (row["why"], row["sure"], row["offset"]) == (
            "expired", True, offset), row
    taken = rescue.snapshot("--at", str(seeds.at_ms), "--group", "rescue-*")
    assert taken["complete"]
    rescue.rig.restore_at_once("--at", taken["id"], "--group", "rescue-*")
    assert minute_broker.driver.offsets("rescue-simple")[
        seeds.topic, 0].metadata == "meta"
    for group, offset in groups.items():
        assert rescue.next_record(group, seeds.topic, "consumer" if group ==
                                  "rescue-consumer" else "classic") == offset
