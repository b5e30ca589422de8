"""What a snapshot holds, on real brokers: every kind of group and of name.

The judges are Java clients and raw requests, never tidemark itself.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bed import wire
from bed.cluster import Cluster
from bed.wait import wait_for

Unique = Callable[[str], str]

ODD_NAMES = ["with space", "a,b", 'say "hi"', "sl/ash", "..", "new\nline",
             "\U0001f600", "x" * 200, "\u202eevil", "tab\tbed"]


class Shown:
    """A snapshot, taken now, by group and by position.

    Of what the coordinators answer; test_offsets_topic.py shows that the
    offsets topic says the same.
    """

    def __init__(self, tidemark: Any, repo: Path, cluster: Cluster,
                 *more: str, status: int = 0) -> None:
        self.report = tidemark("snapshot", "-r", repo, "-b",
                               cluster.bootstrap, "--json", "--source", "api",
                               *more, status=status).json()
        self.lines = tidemark("show", repo / self.report["key"],
                              "--json").jsonl()
        self.groups = {line["group"]: line for line in self.lines
                       if line["kind"] == "group"}
        self.positions: dict[str, dict[tuple[str, int], Any]] = {}
        for line in self.lines:
            if line["kind"] == "position":
                self.positions.setdefault(line["group"], {})[
                    line["topic"], line["partition"]] = line

    def offsets(self, group: str) -> dict[tuple[str, int], int]:
        return {where: line["offset"]
                for where, line in self.positions.get(group, {}).items()}


@pytest.fixture
def topic(broker: Cluster, unique: Unique) -> str:
    name = unique("orders")
    broker.driver.create_topic(name, 2)
    for partition in range(2):
        broker.driver.produce(name, partition, 100)
    return name


def test_every_group_equals_what_java_reads(
        tidemark: Any, repo: Path, broker: Cluster, topic: str,
        unique: Unique) -> None:
    stem, driver = unique("many-"), broker.driver
    driver.seed(300, [(topic, 0), (topic, 1)], prefix=stem)
    shown = Shown(tidemark, repo, broker)
    assert shown.report["complete"] and shown.report["scope"] == "cluster"
    names = [f"{stem}{number}" for number in range(300)]
    for name, found in driver.all_offsets(names).items():
        assert shown.offsets(name) == {where: each.offset
                                       for where, each in found.items()}


def test_simple_and_classic_groups_are_told_apart(
        tidemark: Any, repo: Path, broker: Cluster, topic: str,
        unique: Unique) -> None:
    simple, classic, driver = unique("s"), unique("c"), broker.driver
    driver.commit(simple, {(topic, 0): 1})
    with driver.consumer(classic, [topic]):
        wait_for(lambda: driver.offsets(classic), 20)
        shown = Shown(tidemark, repo, broker)
    assert shown.groups[simple]["type"] == "classic"
    assert shown.groups[simple]["protocol_type"] == ""
    assert shown.groups[simple]["state"] == "Empty"
    assert shown.groups[classic]["type"] == "classic"
    assert shown.groups[classic]["protocol_type"] == "consumer"
    assert shown.groups[classic]["state"] == "Stable"


def test_a_connect_group_is_captured(
        tidemark: Any, repo: Path, broker: Cluster, topic: str,
        unique: Unique) -> None:
    """librdkafka's listing drops it: verified.md 2."""
    group = unique("connect")
    member = wire.Member(broker.bootstrap, group, "connect")
    member.commit([(topic, 0, 42, 0, "")])
    shown = Shown(tidemark, repo, broker)
    member.leave()
    assert shown.report["complete"]
    assert shown.groups[group]["protocol_type"] == "connect"
    assert shown.offsets(group) == {(topic, 0): 42}


def test_consumer_groups_of_kip_848_are_captured(
        tidemark: Any, repo: Path, broker_44: Cluster,
        unique: Unique) -> None:
    topic, group, driver = unique("t"), unique("g"), broker_44.driver
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 10)
    with driver.consumer(group, [topic], protocol="consumer"):
        wait_for(lambda: driver.offsets(group), 20)
        shown = Shown(tidemark, repo, broker_44)
    assert shown.groups[group]["type"] == "consumer"
    assert shown.groups[group]["state"] == "Stable"
    assert shown.offsets(group) == {(topic, 0): 10}


@pytest.mark.parametrize("protocol", ["classic", "streams"])
def test_streams_groups_are_captured_and_never_dead(
        tidemark: Any, repo: Path, broker_44: Cluster, unique: Unique,
        protocol: str) -> None:
    topic, group, driver = unique("t"), unique("app"), broker_44.driver
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 10)
    with driver.streams(group, [topic], protocol=protocol):
        wait_for(lambda: (topic, 0) in driver.offsets(group), 40)
        shown = Shown(tidemark, repo, broker_44)
        expected = driver.offsets(group)[topic, 0].offset
    assert shown.offsets(group)[topic, 0] <= expected
    assert shown.groups[group]["state"] != "Dead"
    assert "Dead" not in {each["state"] for each in shown.groups.values()}


def test_a_share_group_is_counted_and_left_out(
        tidemark: Any, repo: Path, broker_44: Cluster,
        unique: Unique) -> None:
    topic, group, driver = unique("t"), unique("share"), broker_44.driver
    driver.create_topic(topic, 1)
    with driver.share_consumer(group, [topic]):
        wait_for(lambda: group in driver.groups(), 20)
        shown = Shown(tidemark, repo, broker_44)
    assert group not in shown.positions
    assert shown.report["share_or_empty"] >= 1 or group in shown.groups


def test_the_empty_group_id_is_captured(tidemark: Any, repo: Path,
                                        make_cluster: Any) -> None:
    cluster = make_cluster("4.4.0")
    cluster.driver.create_topic("t", 1)
    wire.offset_commit(cluster.bootstrap, "", [("t", 0, 10, -1, "m")])
    shown = Shown(tidemark, repo, cluster)
    assert shown.offsets("") == {("t", 0): 10}
    assert shown.report["counts"]["csv_skipped"] == 1


def test_names_of_any_kind_are_kept(
        tidemark: Any, repo: Path, broker: Cluster, topic: str,
        unique: Unique) -> None:
    stem = unique("n")
    for at, name in enumerate(ODD_NAMES):
        broker.driver.commit(f"{stem}{name}", {(topic, 0): at})
    shown = Shown(tidemark, repo, broker)
    for at, name in enumerate(ODD_NAMES):
        assert shown.offsets(f"{stem}{name}") == {(topic, 0): at}, name
    told = tidemark("show", repo / shown.report["key"])
    assert "\u202e" not in told.out and "\x1b" not in told.out


def test_metadata_survives_byte_for_byte(
        tidemark: Any, repo: Path, broker: Cluster, topic: str,
        unique: Unique) -> None:
    group = unique("g")
    texts = {0: "a\0b\0", 1: "\u00fc" * 4096}
    broker.driver.commit(group, {(topic, partition): (7, 0, text)
                                 for partition, text in texts.items()})
    shown = Shown(tidemark, repo, broker)
    first = shown.positions[group][topic, 0]
    assert first["metadata_b64"] == "YQBiAA=="
    assert shown.positions[group][topic, 1]["metadata"] == texts[1]


def test_a_group_with_a_thousand_long_metadata(
        tidemark: Any, repo: Path, broker_44: Cluster,
        unique: Unique) -> None:
    topic, group = unique("wide"), unique("g")
    broker_44.driver.create_topic(topic, 1000)
    text = "m" * 4096
    for start in range(0, 1000, 100):
        broker_44.driver.commit(group, {
            (topic, partition): (partition, -1, text)
            for partition in range(start, start + 100)})
    shown = Shown(tidemark, repo, broker_44, "--group", group)
    assert shown.offsets(group) == {(topic, number): number
                                    for number in range(1000)}
    assert {line["metadata"] for line in shown.positions[group].values()
            } == {text}
    tidemark("verify", repo / shown.report["key"])


def test_an_open_transaction_marks_its_position_unstable(
        tidemark: Any, repo: Path, broker: Cluster, topic: str,
        unique: Unique) -> None:
    group, driver = unique("g"), broker.driver
    driver.commit(group, {(topic, 0): 10, (topic, 1): 11})
    pending = driver.transaction(group, {(topic, 0): 50})
    shown = Shown(tidemark, repo, broker, "--group", group, "--timeout",
                  "20s")
    pending.stop(commit=False)
    assert shown.offsets(group) == {(topic, 0): 10, (topic, 1): 11}
    assert shown.positions[group][topic, 0]["unstable"] is True
    assert "unstable" not in shown.positions[group][topic, 1]
    assert shown.report["counts"]["unstable"] == 1


def test_negative_offsets_are_kept_and_reported(
        tidemark: Any, repo: Path, broker: Cluster, topic: str,
        unique: Unique) -> None:
    group = unique("g")
    wire.offset_commit(broker.bootstrap, group,
                       [(topic, 0, -1, -1, ""), (topic, 1, -2, -1, "")])
    shown = Shown(tidemark, repo, broker, "--group", group)
    assert shown.offsets(group) == {(topic, 0): -1, (topic, 1): -2}
    assert shown.report["counts"]["negative"] == 2


def test_log_ranges_are_those_of_every_partition(
        tidemark: Any, repo: Path, broker: Cluster, topic: str,
        unique: Unique) -> None:
    group, driver = unique("g"), broker.driver
    driver.delete_records({(topic, 1): 30})
    driver.commit(group, {(topic, 1): 40})
    shown = Shown(tidemark, repo, broker, "--group", group)
    line = shown.positions[group][topic, 1]
    assert (line["log_start"], line["log_end"]) == (30, 100)
    assert shown.report["counts"]["partitions"] == 2, "all of the topic's"


def test_patterns_choose_groups_and_topics(
        tidemark: Any, repo: Path, broker: Cluster, topic: str,
        unique: Unique) -> None:
    stem, driver, other = unique("p"), broker.driver, unique("other")
    driver.create_topic(other, 1)
    for name in ("a1", "a2", "b1"):
        driver.commit(f"{stem}-{name}", {(topic, 0): 1, (other, 0): 2})
    shown = Shown(tidemark, repo, broker, "--group", f"{stem}-a*",
                  "--exclude-group", "re:.*2", "--topic", topic)
    assert list(shown.groups) == [f"{stem}-a1"]
    assert shown.offsets(f"{stem}-a1") == {(topic, 0): 1}
    tidemark("snapshot", "-r", repo, "-b", broker.bootstrap, "--group",
             "re:(", status=2)


def test_contract_1_what_vanished_is_named(
        tidemark: Any, repo: Path, broker: Cluster, topic: str,
        unique: Unique) -> None:
    """Nothing vanishes from one snapshot to the next unnamed."""
    stem, driver = unique("v"), broker.driver
    driver.commit(f"{stem}-whole", {(topic, 0): 5})
    driver.commit(f"{stem}-part", {(topic, 0): 6, (topic, 1): 7})
    chosen = ["--group", f"{stem}-*"]
    first = Shown(tidemark, repo, broker, *chosen)
    driver.delete_groups(f"{stem}-whole")
    driver.delete_offsets(f"{stem}-part", [(topic, 1)])
    second = Shown(tidemark, repo, broker, *chosen)
    assert second.report["previous"] == first.report["id"]
    gone = {(line["group"], line.get("partition"))
            for line in second.report["gone"]}
    assert (f"{stem}-part", 1) in gone
    assert f"{stem}-whole" in {group for group, _ in gone}
    assert second.report["complete"]


def test_named_groups_are_their_own_scope(
        tidemark: Any, repo: Path, broker: Cluster, topic: str,
        unique: Unique) -> None:
    group, absent = unique("g"), unique("absent")
    broker.driver.commit(group, {(topic, 0): 5})
    shown = Shown(tidemark, repo, broker, "--group", group, "--group", absent)
    assert shown.report["scope"] == "named" and shown.report["complete"]
    assert shown.report["absent"] == 1
    assert shown.offsets(group) == {(topic, 0): 5}


def test_a_dry_run_stores_nothing(tidemark: Any, repo: Path,
                                  broker: Cluster) -> None:
    told = tidemark("snapshot", "-r", repo, "-b", broker.bootstrap,
                    "--dry-run")
    assert "nothing stored" in told.out
    assert tidemark("list", "-r", repo, "--json").out == ""


def test_no_broker_is_a_failure_that_stores_nothing(tidemark: Any,
                                                    repo: Path) -> None:
    told = tidemark("snapshot", "-r", repo, "-b", "127.0.0.1:1", "--timeout",
                    "3s", status=1)
    assert "127.0.0.1:1" in told.err
    assert tidemark("list", "-r", repo, "--json").out == ""
