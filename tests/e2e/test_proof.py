"""The seek proof: what tidemark says that a group's consumers will get first
is what real ones get, and it leaves no trace.

The judges are Java consumers and kafka-python's.
"""

from __future__ import annotations

import signal
import time
from calendar import timegm
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bed.cluster import Cluster
from bed.tools import kafka_consumer_groups
from bed.wait import wait_for
from rig import Rig, offsets

Unique = Callable[[str], str]

COMMITTED = {"isolation.level": "read_committed"}


def proofs(lines: list[Any]) -> dict[int, Any]:
    """What was proved of each partition, of one topic and one group."""
    return {line["partition"]: line.get("proof")
            for line in lines if line["kind"] == "position"}


def prove(rig: Rig, group: str, topic: str, *words: str,
          status: int = 0) -> dict[int, Any]:
    told = rig.restore_at_once("--group", group, "--topic", topic,
                               "--allow-skip", "--json", *words,
                               status=status)
    return proofs(told.jsonl())


def milliseconds(text: str) -> int:
    whole, fraction = text.rstrip("Z").split(".")
    parsed = time.strptime(whole + " UTC", "%Y-%m-%dT%H:%M:%S %Z")
    return timegm(parsed) * 1000 + int(fraction)


def python_first(cluster: Cluster, group: str,
                 topic: str) -> dict[int, tuple[int, int]]:
    """Offset and time of what a kafka-python consumer of GROUP gets first, in
    each partition that has something for it; it commits nothing."""
    from kafka import KafkaConsumer  # in the venv only
    from kafka.errors import KafkaError
    consumer = KafkaConsumer(
        topic, bootstrap_servers=cluster.bootstrap, group_id=group,
        enable_auto_commit=False, auto_offset_reset="none",
        isolation_level="read_committed")
    found: dict[int, tuple[int, int]] = {}

    def all_read() -> bool:
        for where, records in consumer.poll(timeout_ms=100).items():
            found.setdefault(where.partition,
                             (records[0].offset, records[0].timestamp))
        here = consumer.assignment()
        return bool(here) and all(
            where.partition in found or at_end(where) for where in here)

    def at_end(where: Any) -> bool:
        # Without a time-out it has been seen to wait for ever.
        try:
            position = consumer.position(where, timeout_ms=1000)
        except KafkaError:
            return False
        return (position is not None and
                position >= consumer.end_offsets([where])[where])

    try:
        wait_for(all_read, 30)
    finally:
        consumer.close()
    return found


@contextmanager
def transaction(cluster: Cluster, topic: str, times: list[int],
                name: str) -> Iterator[Any]:
    """Records of a transaction that is open until the block ends it, or is
    left: then it is aborted."""
    from kafka import KafkaProducer  # in the venv only
    producer = KafkaProducer(bootstrap_servers=cluster.bootstrap,
                             transactional_id=name)
    try:
        producer.init_transactions()
        producer.begin_transaction()
        for each in times:
            producer.send(topic, b"x", partition=0,
                          timestamp_ms=each).get(timeout=30)
        yield producer
        producer.abort_transaction()
    finally:
        producer.close()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


# What comes next

def test_the_next_record_is_what_real_consumers_get(
        rig: Rig, topic: str, unique: Unique) -> None:
    group, driver = unique("g"), rig.cluster.driver
    driver.commit(group, {(topic, 0): 100, (topic, 1): 100})
    told = prove(rig, group, f"{topic}:0", "--to-offset", "40")
    told |= prove(rig, group, f"{topic}:1", "--to-offset", "7")
    found = driver.first_records(group, [topic])
    again = python_first(rig.cluster, group, topic)
    for partition, offset in ((0, 40), (1, 7)):
        record = driver.record(topic, partition, offset)
        assert told[partition]["kind"] == "record"
        assert told[partition]["offset"] == record.offset == offset
        assert milliseconds(told[partition]["time"]) == record.time
        assert found[topic, partition] == record
        assert again[partition] == (offset, record.time)


def test_people_are_shown_time_and_offset(rig: Rig, topic: str,
                                          unique: Unique) -> None:
    group = unique("g")
    told = rig.restore_at_once("--group", group, "--topic", topic,
                               "--to-offset", "40")
    row = next(line for line in told.out.splitlines()
               if ", offset 40" in line).split()
    assert row[:4] == [group, topic, "0", "40"]
    record = rig.cluster.driver.record(topic, 0, 40)
    assert milliseconds(row[4].rstrip(",")) == record.time
    assert "seek proof: 2 at a record\n" in told.out
    assert told.out.index("2 positions done") < told.out.index("NEXT RECORD")


def test_the_end_of_the_log(rig: Rig, topic: str, unique: Unique) -> None:
    group = unique("g")
    told = prove(rig, group, topic, "--to-latest")
    assert told == {0: {"kind": "end", "offset": 100},
                    1: {"kind": "end", "offset": 100}}
    assert python_first(rig.cluster, group, topic) == {}
    shown = rig.restore_at_once("--group", group, "--topic", topic,
                                "--to-latest", "--allow-skip")
    assert "at the end of the log, 100" in shown.out


def test_a_compacted_gap(rig: Rig, unique: Unique) -> None:
    from kafka import KafkaProducer  # in the venv only
    topic, group, driver = unique("c"), unique("g"), rig.cluster.driver
    driver.create_topic(topic, 1, configs={
        "cleanup.policy": "compact", "segment.ms": 1,
        "min.cleanable.dirty.ratio": 0.001, "delete.retention.ms": 0})
    producer = KafkaProducer(bootstrap_servers=rig.cluster.bootstrap)
    for _ in range(10):
        producer.send(topic, b"v", key=b"same", partition=0).get(timeout=30)

    def compacted() -> bool:
        producer.send(topic, b"v", key=b"other", partition=0).get(timeout=30)
        return bool(driver.record(topic, 0, 3).offset > 3)

    wait_for(compacted, 60)
    producer.close()
    told = prove(rig, group, topic, "--to-offset", "3")[0]
    record = driver.record(topic, 0, 3)
    assert told["kind"] == "gap"
    assert told["offset"] == record.offset == 9
    assert milliseconds(told["time"]) == record.time
    assert driver.first_records(group, [topic])[topic, 0] == record


@pytest.mark.parametrize("position", [12, 15])
def test_a_position_in_an_aborted_run_or_at_its_marker(
        rig: Rig, unique: Unique, position: int) -> None:
    """10 records, 5 aborted ones, their marker at 15, 5 more from 16 on.  It
    is legal to stand there, and nothing is fixed."""
    topic, group, driver = unique("tx"), unique("g"), rig.cluster.driver
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 10)
    with transaction(rig.cluster, topic, [now_ms()] * 5, unique("id")):
        pass
    wait_for(lambda: driver.ends(topic)[0] == (0, 16), 20)
    driver.produce(topic, 0, 5)
    told = prove(rig, group, topic, "--to-offset", str(position))[0]
    assert offsets(rig.cluster, group) == {(topic, 0): position}
    assert (told["kind"], told["offset"]) == ("gap", 16)
    first = driver.first_records(group, [topic], config=COMMITTED)[topic, 0]
    assert (first.offset, first.time) == (16, milliseconds(told["time"]))
    assert python_first(rig.cluster, group, topic)[0][0] == 16


def test_nothing_but_an_aborted_run_is_the_end_of_the_log(
        rig: Rig, unique: Unique) -> None:
    topic, group, driver = unique("tx"), unique("g"), rig.cluster.driver
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 10)
    with transaction(rig.cluster, topic, [now_ms()] * 5, unique("id")):
        pass
    wait_for(lambda: driver.ends(topic)[0] == (0, 16), 20)
    assert prove(rig, group, topic, "--to-offset", "10")[0] == {
        "kind": "end", "offset": 16}


@pytest.mark.parametrize("position", [10, 12])
def test_an_open_transaction_holds_up_what_comes_next(
        rig: Rig, unique: Unique, position: int) -> None:
    topic, group, driver = unique("tx"), unique("g"), rig.cluster.driver
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 10)
    words = ["--to-offset", str(position)]
    with transaction(rig.cluster, topic, [now_ms()] * 5,
                     unique("id")) as producer:
        assert prove(rig, group, topic, *words)[0] == {
            "kind": "held", "offset": position}
        before = prove(rig, group, topic, "--to-offset", "9")[0]
        assert (before["kind"], before["offset"]) == ("record", 9)
        assert prove(rig, group, topic, "--to-latest")[0] == {
            "kind": "end", "offset": 15}
        producer.commit_transaction()
        producer.begin_transaction()
    wait_for(lambda: driver.ends(topic)[0][1] >= 16, 20)
    after = prove(rig, group, topic, *words)[0]
    assert (after["kind"], after["offset"]) == ("record", position)


def test_many_places_behind_one_open_transaction(
        rig: Rig, unique: Unique) -> None:
    """They are not waited for one by one: there would be no end to it."""
    topic, stem, driver = unique("tx"), unique("many-"), rig.cluster.driver
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 10)
    with transaction(rig.cluster, topic, [now_ms()] * 90, unique("id")):
        driver.seed(100, [(topic, 0)], prefix=stem)
        told = rig.restore_at_once("--group", f"{stem}*", "--to-current",
                                   "--timeout", "20s", "--json").jsonl()
    found = [line for line in told if line["kind"] == "position"]
    assert len(found) == 100
    for line in found:
        offset = line["planned"]["offset"]
        assert line["proof"]["offset"] == offset
        assert line["proof"]["kind"] == ("record" if offset < 10 else "held")


# What it must not do

def test_it_joins_nothing_and_commits_nothing(rig: Rig, topic: str,
                                              unique: Unique) -> None:
    group, driver = unique("g"), rig.cluster.driver
    where = [(topic, 0), (topic, 1)]
    driver.consumer(group, [topic]).stop(commit=True)
    wait_for(lambda: driver.describe_group(group)["state"] == "Empty", 20)
    groups = set(driver.groups())
    for each in where:
        assert offsets(rig.cluster, group).get(each, 100) == 100
    told = prove(rig, group, topic, "--to-offset", "40")
    assert {each["kind"] for each in told.values()} == {"record"}
    described = driver.describe_group(group)
    assert described["state"] == "Empty" and described["members"] == []
    assert offsets(rig.cluster, group) == dict.fromkeys(where, 40)
    assert set(driver.groups()) == groups
    listed = kafka_consumer_groups(rig.cluster, "--list").out.split()
    assert group in listed and "tidemark-guard" not in listed


def test_no_proof(rig: Rig, topic: str, unique: Unique) -> None:
    group = unique("g")
    assert prove(rig, group, topic, "--to-offset", "40", "--no-proof") == {
        0: None, 1: None}
    told = rig.restore_at_once("--group", group, "--topic", topic,
                               "--to-offset", "30", "--no-proof")
    assert "2 positions done" in told.out and "seek proof" not in told.out
    told = rig.restore("--group", group, "--topic", topic, "--to-offset",
                       "30", "--dry-run")
    assert "seek proof" not in told.out


def test_a_thousand_and_no_more(rig: Rig, topic: str,
                                unique: Unique) -> None:
    """Of many only what is not plain is shown, and the numbers."""
    stem, driver = unique("many-"), rig.cluster.driver
    driver.seed(1001, [(topic, 0)], prefix=stem)
    words = ["--group", f"{stem}*", "--topic", f"{topic}:0", "--allow-skip"]
    told = rig.restore_at_once(*words, "--to-offset", "40")
    assert "seek proof: not done: 1001 positions" in told.out
    driver.delete_groups(f"{stem}1000")
    told = rig.restore_at_once(*words, "--to-offset", "41")
    assert "seek proof: 1000 at a record" in told.out
    assert "NEXT RECORD" not in told.out


def test_many_places_in_one_partition(rig: Rig, topic: str,
                                      unique: Unique) -> None:
    stem, driver = unique("many-"), rig.cluster.driver
    driver.seed(100, [(topic, 0), (topic, 1)], prefix=stem)
    told = rig.restore_at_once("--group", f"{stem}*", "--to-current",
                               "--json").jsonl()
    found = [line for line in told if line["kind"] == "position"]
    assert len(found) == 200
    for line in found:
        assert line["proof"]["kind"] == "record"
        assert line["proof"]["offset"] == line["planned"]["offset"]


def test_ctrl_c_ends_only_the_proof(rig: Rig, unique: Unique) -> None:
    """A thousand places in one partition, one after the other: it has only
    begun when the result is there."""
    topic, stem, driver = unique("t"), unique("many-"), rig.cluster.driver
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 1000)
    driver.seed(1000, [(topic, 0)], prefix=stem)
    process = rig.tidemark.start(
        "restore", "-b", rig.cluster.bootstrap, "-r", rig.repo, "--group",
        f"{stem}*", "--to-current", "--summary", "--execute", "--settle", "0s")
    told = b""
    while b"1000 positions done, read back as planned" not in told:
        line = process.stdout.readline()
        assert line, told
        told += line
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=30)
    assert process.returncode == 0, err.decode()
    assert b"not proved: interrupted" in rest
    assert rest.endswith(b" not proved\n")


def test_without_read_on_the_topic_it_is_not_proved(
        make_cluster: Any, tidemark: Any, repo: Path) -> None:
    """A position that stands there already needs only DESCRIBE; the exit
    status stays what it was."""
    cluster = make_cluster("4.4.0", listeners=["sasl_plain"], authorizer=True)
    driver = cluster.driver
    for topic in ("open", "shut"):
        driver.create_topic(topic, 1)
        driver.produce(topic, 0, 50)
    driver.commit("g", {("open", 0): 5, ("shut", 0): 6})
    cluster.acl("alice", "READ", "GROUP", "g")
    cluster.acl("alice", "READ", "TOPIC", "open")
    cluster.acl("alice", "DESCRIBE", "TOPIC", "shut")
    words = ["restore", *(word for name, value in
                          cluster.rdkafka("sasl_plain", "alice").items()
                          for word in ("-X", f"{name}={value}")),
             "--group", "g", "--to-current", "--execute", "--timeout", "20s",
             "-r", repo]
    lines = tidemark(*words, "--json").jsonl()
    told = {line["topic"]: line["proof"] for line in lines
            if line["kind"] == "position"}
    assert (told["open"]["kind"], told["open"]["offset"]) == ("record", 5)
    assert told["shut"] == {"kind": "not-proved",
                            "reason": "TOPIC_AUTHORIZATION_FAILED (29)"}
    assert (lines[-1]["status"], lines[-1]["done"]) == (0, 2)
    shown = tidemark(*words)
    assert "not proved: TOPIC_AUTHORIZATION_FAILED (29)" in shown.out
    assert "seek proof: 1 at a record, 1 not proved" in shown.out


# Plans that answer log-time

def test_log_time_holds_also_out_of_time_order(rig: Rig,
                                               unique: Unique) -> None:
    """Records of both sides of the time stand behind the position; none that
    is newer stands before it."""
    topic, group, driver = unique("o"), unique("g"), rig.cluster.driver
    at = now_ms() - 3_600_000
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, times=[at - 10, at - 5000, at - 1, at + 20,
                                    at - 30, at, at + 5, at - 2000])
    told = prove(rig, group, topic, "--to-datetime", str(at))[0]
    assert (told["kind"], told["offset"]) == ("record", 3)
    assert milliseconds(told["time"]) == at + 20
    assert "warning" not in told
    told = prove(rig, group, topic, "--to-datetime", str(at + 21))[0]
    assert told == {"kind": "end", "offset": 8}


def test_log_time_tells_what_contradicts_it(rig: Rig,
                                            unique: Unique) -> None:
    """Kafka's lookup finds an aborted record; what a consumer gets in its
    place is older than the time."""
    topic, group, driver = unique("o"), unique("g"), rig.cluster.driver
    at = now_ms() - 3_600_000
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, times=[at - 10])
    with transaction(rig.cluster, topic, [at + 5], unique("id")):
        pass
    wait_for(lambda: driver.ends(topic)[0] == (0, 3), 20)
    driver.produce(topic, 0, times=[at - 7])
    told = prove(rig, group, topic, "--to-datetime", str(at))[0]
    assert offsets(rig.cluster, group) == {(topic, 0): 1}
    assert (told["kind"], told["offset"]) == ("gap", 3)
    assert milliseconds(told["time"]) == at - 7
    assert "the record at 3 is of" in told["warning"]
    shown = rig.restore_at_once("--group", group, "--topic", topic,
                                "--to-datetime", str(at))
    assert f"warning: group {group}, topic {topic}, partition 0" in shown.out


def test_log_time_of_the_future_expects_nothing_of_what_comes(
        rig: Rig, topic: str, unique: Unique, tmp_path: Path) -> None:
    """No record had reached the time; what was written since is older, as
    was to be expected."""
    group, driver, plan = unique("g"), rig.cluster.driver, tmp_path / "plan"
    rig.tidemark("plan", "-b", rig.cluster.bootstrap, "--group", group,
                 "--topic", f"{topic}:0", "--to-datetime", "now+1h", "-o",
                 plan)
    driver.produce(topic, 0, 1)
    lines = rig.tidemark("apply", plan, "-b", rig.cluster.bootstrap, "-r", rig.repo,
                         "--settle", "0s", "--json").jsonl()
    told = proofs(lines)[0]
    assert (told["kind"], told["offset"]) == ("record", 100)
    assert "warning" not in told
