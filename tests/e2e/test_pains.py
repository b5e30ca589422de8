"""What hurt people (facts/peers.md B) and no other test answers; the table in
tests/README.md says which test answers what.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bed import wire
from bed.wait import wait_for
from rig import Rig, offsets

Unique = Callable[[str], str]

HERE = Path(__file__).resolve().parent
# Of peers.md B: what a restore can answer.
PAINS = [f"B1.{number}" for number in range(1, 14)] \
    + [f"B2.{number}" for number in range(14, 23)] \
    + [f"B3.{number}" for number in range(23, 30)] \
    + [f"B5.{number}" for number in range(35, 39)]


def test_the_table_names_tests_that_there_are() -> None:
    text = (HERE.parent / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (B\d\.\d+) (.*)$", text, re.MULTILINE)
    assert [number for number, _ in rows] == PAINS
    for number, row in rows:
        named = re.findall(r"`(\w+)::(\w+)`", row)
        assert named, number
        for file, name in named:
            code = (HERE / f"test_{file}.py").read_text(encoding="utf-8")
            assert f"\ndef test_{name}(" in code, (number, file, name)


@pytest.mark.long
def test_what_the_clock_took_comes_back(make_cluster: Any, tidemark: Any,
                                        repo: Path, unique: Unique) -> None:
    """B1.1 to B1.4, B1.6: all three clocks, of a minute here.  A consumer
    that assigns by hand loses its quiet partition even while it runs."""
    cluster = make_cluster("4.4.0", properties={
        "offsets.retention.minutes": 1,
        "offsets.retention.check.interval.ms": 500})
    driver, rig = cluster.driver, Rig(tidemark, repo, cluster)
    driver.create_topic("quiet", 1)
    driver.produce("quiet", 0, 50)
    ended = {"classic": "classic", "kip-848": "consumer"}
    for group, protocol in ended.items():
        with driver.consumer(group, ["quiet"], protocol=protocol):
            wait_for(lambda group=group: ("quiet", 0) in offsets(
                cluster, group), 20)
    by_hand = driver.consumer("by hand", assign=[("quiet", 0)])
    groups = [*ended, "by hand"]
    wait_for(lambda: len(driver.all_offsets(groups)) == len(groups), 20)
    rig.snapshot()
    wait_for(lambda: not driver.all_offsets(groups), 150)
    assert by_hand.status()["records"] == 50, "it runs"
    rig.restore("--at", "latest", "--all-groups", "--execute")
    driver.produce("quiet", 0, 1)
    for group in ended:
        first = driver.first_records(group, ["quiet"], reset="none")
        assert first["quiet", 0].offset == 50
    assert offsets(cluster, "by hand")["quiet", 0] >= 50


def test_a_lost_offsets_topic_is_filled_again(make_cluster: Any, tidemark: Any,
                                              repo: Path) -> None:
    """B1.9, B1.10: every group is gone at once."""
    cluster = make_cluster("4.4.0")
    driver, rig = cluster.driver, Rig(tidemark, repo, cluster)
    driver.create_topic("t", 2)
    for partition in range(2):
        driver.produce("t", partition, 1000)
    driver.seed(200, [("t", 0), ("t", 1)], prefix="g-", offset=1)
    names = [f"g-{number}" for number in range(200)]
    rig.snapshot()
    driver.delete_topics("__consumer_offsets")
    wait_for(lambda: not driver.all_offsets(names), 30)
    rig.restore_at_once("--at", "latest", "--all-groups")
    found = driver.all_offsets(names)
    for number, name in enumerate(names):
        assert {each.offset for each in found[name].values()} == {1 + number}


def test_a_group_without_positions_is_no_error(rig: Rig, topic: str,
                                               unique: Unique) -> None:
    """B1.5: it is in the snapshot and missed, but there is nothing by which
    it could be made again."""
    group, driver = unique("g"), rig.cluster.driver
    driver.first_records(group, [topic])
    rig.snapshot("--group", group)
    driver.delete_groups(group)
    told = rig.tidemark("diff", "latest", "live", "-r", rig.repo, "-b",
                        rig.cluster.bootstrap, "--group", group)
    assert "group-ended" in told.out
    told = rig.restore_at_once("--at", "latest", "--group", group)
    assert "1 group, 0 positions" in told.out
    assert group not in driver.groups()


def test_the_records_that_are_lost_are_counted(rig: Rig, topic: str,
                                               unique: Unique) -> None:
    """B2.16"""
    group, driver = unique("g"), rig.cluster.driver
    driver.commit(group, {(topic, 0): 40})
    rig.snapshot("--group", group)
    driver.delete_records({(topic, 0): 50})
    told = rig.restore("--at", "latest", "--group", group)
    assert "the log begins at 50: 10 records are gone" in told.out


def test_the_reason_is_right_and_not_in_the_data(rig: Rig,
                                                 unique: Unique) -> None:
    """B2.19: "Partition 0 is empty", in the CSV, of one that is not."""
    topic, group, driver = unique("t"), unique("g"), rig.cluster.driver
    driver.create_topic(topic, 2)
    driver.produce(topic, 0, 10, start_ms=1_600_000_000_000)
    driver.commit(group, {(topic, 0): 5, (topic, 1): 0})
    words = ["--by-duration", "1m", "--group", group, "--allow-skip"]
    rows = rig.rows(*words)
    assert rows[topic, 0]["planned"]["offset"] == 10
    assert rows[topic, 0]["rule"] == "no-record-from-then-on"
    assert "empty" not in rig.restore(*words).out


def test_topics_since_are_left_alone_and_others_left_out(
        rig: Rig, topic: str, unique: Unique) -> None:
    """B3.28, B3.29: a restore removes nothing, and --exclude-topic keeps it
    from bringing back a topic that the group gave up."""
    group, other, driver = unique("g"), unique("o"), rig.cluster.driver
    given_up, since = unique("given-up"), unique("since")
    for name in (given_up, since):
        driver.create_topic(name, 1)
        driver.produce(name, 0, 50)
    driver.commit(group, {(topic, 0): 10, (given_up, 0): 20})
    driver.commit(other, {(since, 0): 5})
    rig.snapshot("--group", group, "--group", other)
    driver.delete_groups(group)
    driver.commit(group, {(topic, 0): 60, (since, 0): 30})
    rig.restore_at_once("--at", "latest", "--group", group,
                        "--exclude-topic", given_up)
    assert offsets(rig.cluster, group) == {(topic, 0): 10, (since, 0): 30}


def test_a_topic_that_the_snapshot_does_not_know(rig: Rig, topic: str,
                                                 unique: Unique) -> None:
    """B3.29: made, or read for the first time, after the snapshot: of it the
    group had read nothing then, and --on-new-partition decides."""
    group, since, driver = unique("g"), unique("since"), rig.cluster.driver
    driver.create_topic(since, 1)
    driver.produce(since, 0, 50)
    driver.commit(group, {(topic, 0): 10})
    rig.snapshot("--group", group)
    driver.commit(group, {(topic, 0): 60, (since, 0): 30})
    words = ["--at", "latest", "--group", group]
    rig.restore_at_once(*words, "--on-new-partition=skip", status=3)
    assert offsets(rig.cluster, group) == {(topic, 0): 10, (since, 0): 30}
    told = rig.restore_at_once(*words)
    assert "the snapshot does not know the topic" in told.out
    assert offsets(rig.cluster, group) == {(topic, 0): 10, (since, 0): 0}


def test_a_group_of_another_protocol(rig: Rig, topic: str,
                                     unique: Unique) -> None:
    """B5.36: Connect's workers and the like.  (The tasks of a sink are
    consumers.)  librdkafka does not show their members: the broker's refusal
    is the check."""
    group, cluster = unique("workers"), rig.cluster
    worker = wire.Member(cluster.bootstrap, group, "connect")
    worker.commit([(topic, 0, 42, 0, "note")])
    rig.snapshot("--group", group)
    worker.commit([(topic, 0, 77, 0, "")])
    rig.restore_at_once("--at", "latest", "--group", group, status=4)
    assert offsets(cluster, group) == {(topic, 0): 77}
    worker.leave()
    rig.restore_at_once("--at", "latest", "--group", group)
    found = cluster.driver.offsets(group)[topic, 0]
    assert (found.offset, found.epoch, found.metadata) == (42, 0, "note")
