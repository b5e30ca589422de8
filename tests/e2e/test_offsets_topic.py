"""Captures by the offsets topic, held against all who can read it: the
coordinators (through tidemark, Java and kafka-python), Kafka's own formatters
behind a consumer, and kafka-dump-log on the broker's files.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bed import offsetsjudges, tools, wire
from bed.cluster import Cluster, group_in
from bed.offsetsjudges import Key, Value
from bed.wait import wait_for
from conftest import NEW, OLD

Unique = Callable[[str], str]

ODD_NAMES = ['say "hi"', "a,b", "new\nline", "\U0001f600", "", "tab\tbed",
             "back\\slash", "x" * 200, "\u202eevil", "{}"]
ODD_METADATA = ['q"uo\n,te', "nul\0in it", "\u00e9\U0001f600", "\x01\x7f", "",
                "{\"json\": [1]} payload: null", "m" * 4096]
BUSY = 150


class World:
    """A broker on which everything happened that leaves records."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.driver = cluster, cluster.driver
        self.driver.create_topics(["orders", "payments", "doomed", "again"],
                                  3)
        # Small segments, and a cleaner that is never content.
        self.driver.set_topic_config(
            "__consumer_offsets", segment_ms=50, delete_retention_ms=100,
            min_cleanable_dirty_ratio=0.001)
        for topic in ("orders", "again"):
            for partition in range(3):
                self.driver.produce(topic, partition, 100)
        self._commit_oddly()
        self._with_members()
        self._in_transactions()
        self._remove()
        for number in range(BUSY):
            self.driver.commit("busy", {("orders", 0): number})
        offsetsjudges.compact(cluster, "busy", "orders", BUSY)
        self._after_compaction()

    def _commit_oddly(self) -> None:
        self.driver.seed(150, [("orders", 0), ("payments", 2)],
                         prefix="many-")
        for number, name in enumerate(ODD_NAMES):
            wire.offset_commit(self.cluster.at(name), name, [
                ("orders", 0, number, 0, "odd"), ("payments", 1, 7, -1, "")])
        for number, text in enumerate(ODD_METADATA):
            name = f"metadata-{number}"
            wire.offset_commit(self.cluster.at(name), name, [
                ("orders", 1, 40 + number, 3, text),
                ("orders", 2, -1, -1, None)])
        wire.offset_commit(self.cluster.at("huge"), "huge", [
            ("orders", 0, 2**63 - 1, 2**31 - 1, ""), ("orders", 1, -2, 0, "")])

    def _with_members(self) -> None:
        kept = [self.driver.consumer("classic-live", ["orders"])]
        self.driver.consumer("classic-empty", ["orders"]).stop()
        kept.append(self.driver.streams("streams-classic", ["orders"]))
        if self.cluster.version == NEW:
            kept.append(self.driver.consumer("modern-live", ["orders"],
                                             protocol="consumer"))
            self.driver.consumer("modern-empty", ["orders"],
                                 protocol="consumer").stop()
            # One that changed its type, and back.
            self.driver.consumer("changed", ["orders"]).stop()
            self.driver.consumer("changed", ["orders"],
                                 protocol="consumer").stop()
            self.driver.consumer("changed-back", ["orders"],
                                 protocol="consumer").stop()
            self.driver.consumer("changed-back", ["orders"]).stop()
            kept.append(self.driver.streams("streams-modern", ["orders"],
                                            protocol="streams"))
            kept.append(self.driver.share_consumer("shared", ["orders"]))
        self.kept = kept
        wait_for(lambda: all(self._has_read(name) for name in (
            "classic-live", "streams-classic")), 30, "positions of members")

    def _has_read(self, group: str) -> bool:
        found = self.driver.offsets(group)
        return len([where for where in found if where[0] == "orders"]) == 3

    def _in_transactions(self) -> None:
        first = {("orders", 0): 10, ("orders", 1): 11}
        self.driver.commit("tx", first)
        self.driver.transaction("tx", {("orders", 0): 50}).stop(commit=True)
        self.driver.transaction("tx", {("orders", 0): 60}).stop(commit=False)
        self.driver.transaction("tx-only", {("orders", 2): 5}).stop(
            commit=True)
        self.driver.transaction("tx-never", {("orders", 2): 6}).stop(
            commit=False)
        # A plain commit while one is open: what was written last holds.
        pending = self.driver.transaction("tx-late", {("orders", 0): 70})
        self.driver.commit("tx-late", {("orders", 0): 71, ("orders", 1): 1})
        pending.stop(commit=True)

    def _remove(self) -> None:
        self.driver.commit("deleted", {("orders", 0): 1})
        self.driver.delete_groups("deleted")
        self.driver.commit("reborn", {("orders", 0): 1, ("orders", 1): 2})
        self.driver.delete_groups("reborn")
        self.driver.commit("reborn", {("orders", 1): 3})
        self.driver.commit("pruned", {("orders", 0): 1, ("orders", 1): 2})
        self.driver.delete_offsets("pruned", [("orders", 0)])
        self.driver.commit("doomed", {("doomed", 0): 1, ("orders", 1): 2})
        self.driver.commit("only-doomed", {("doomed", 1): 1})
        self.driver.commit("again", {("again", 0): 90})
        self.driver.delete_topics("doomed", "again")
        wait_for(lambda: ("doomed", 0) not in self.driver.offsets("doomed"),
                 20, "positions on a deleted topic go")
        self.driver.create_topic("again", 1)
        self.driver.commit("again", {("again", 0): 0})

    def _after_compaction(self) -> None:
        self.driver.commit("busy", {("orders", 0): 7, ("orders", 1): 8})
        self.driver.commit("many-3", {("orders", 0): 4242})
        self.driver.delete_groups("many-4")
        self.driver.transaction("many-5", {("orders", 0): 55}).stop(
            commit=True)
        self.driver.transaction("many-6", {("orders", 0): 66}).stop(
            commit=False)


def metadata(line: Any) -> str:
    if "metadata" in line:
        return str(line["metadata"])
    return base64.b64decode(line["metadata_b64"]).decode()


class Shown:
    """A stored snapshot by groups and positions."""

    def __init__(self, tidemark: Any, repo: Path, report: Any) -> None:
        self.report = report
        lines = tidemark("show", repo / report["key"], "--json").jsonl()
        self.groups = {line["group"]: line for line in lines
                       if line["kind"] == "group"
                       and not line["group"].startswith("console-consumer-")}
        self.positions: dict[Key, Any] = {
            (line["group"], line["topic"], line["partition"]): line
            for line in lines if line["kind"] == "position"}

    def values(self) -> dict[Key, Value]:
        return {key: Value(line["offset"], line["epoch"], metadata(line),
                           line["commit_ms"])
                for key, line in self.positions.items()}

    def plain(self) -> dict[Key, tuple[int, int, str]]:
        return {key: (each.offset, each.epoch, each.metadata)
                for key, each in self.values().items()}


@pytest.fixture(scope="module", params=[OLD, NEW])
def world(request: pytest.FixtureRequest,
          _prepared: None) -> Iterator[World]:
    with Cluster(request.param) as cluster:
        yield World(cluster)


@pytest.fixture
def capture(tidemark: Any, repo: Path, world: World
            ) -> Callable[..., Shown]:
    def take(source: str, *more: str, status: int = 0) -> Shown:
        report = tidemark("snapshot", "-r", repo, "-b",
                          world.cluster.bootstrap, "--json", "--source",
                          source, *more, status=status).json()
        return Shown(tidemark, repo, report)
    return take


def test_the_topic_says_what_the_coordinators_say(
        capture: Callable[..., Shown], world: World) -> None:
    topic, asked = capture("offsets-topic"), capture("api")
    assert topic.report["complete"] and asked.report["complete"]
    assert topic.report["source"] == "offsets-topic"
    assert topic.report["scope"] == asked.report["scope"] == "cluster"
    assert topic.plain() == asked.plain()
    assert set(topic.groups) == set(asked.groups)
    for name, group in asked.groups.items():
        found = topic.groups[name]
        assert found["state"] in (group["state"], "unknown"), name
        if group["type"] != "unknown":
            assert found["type"] == group["type"], name
            assert found["protocol_type"] == group["protocol_type"], name
    # The two follow each other: nothing is gone between them.
    assert topic.report["gone"] == asked.report["gone"] == []


def test_both_agree_on_all(capture: Callable[..., Shown]) -> None:
    both = capture("both")
    assert both.report["complete"] and both.report["source"] == "both"
    assert both.report["differences"] == []
    assert both.report["compare"]["agreed"] == len(both.positions)
    assert both.report["compare"]["moving"] == 0


def test_kafka_s_formatters_say_the_same(
        capture: Callable[..., Shown], world: World) -> None:
    judged = offsetsjudges.by_consumer(world.cluster)
    groups = offsetsjudges.classic_groups(world.cluster)
    topic = capture("offsets-topic")
    assert len(judged) > 300 and topic.values() == judged
    for name, group in topic.groups.items():
        if name in groups:
            protocol, members = groups[name]
            assert group["type"] == "classic"
            assert group["protocol_type"] == protocol
            assert group["state"] == ("Stable" if members else "Empty")
        elif group["type"] == "classic":
            assert group["protocol_type"] == "", name


def test_the_broker_s_files_say_the_same(
        capture: Callable[..., Shown], world: World) -> None:
    topic = capture("offsets-topic")
    judged = offsetsjudges.by_dump_log(world.cluster)
    assert len(judged) > 300 and topic.values() == judged


def test_java_and_python_read_the_same(
        capture: Callable[..., Shown], world: World) -> None:
    topic = capture("offsets-topic").plain()
    names = sorted({group for group, _, _ in topic} - {""})
    judged = {(group, *where): (each.offset, each.epoch, each.metadata)
              for group, found in world.driver.all_offsets(names).items()
              for where, each in found.items() if each.offset >= 0}
    assert judged == {key: each for key, each in topic.items()
                      if key[0] != "" and each[0] >= 0}
    for group in ("busy", "tx", 'say "hi"', "metadata-1"):
        found = tools.python_offsets(world.cluster, group)
        assert {where: what for where, what in found.items()
                if what[0] >= 0} == {
            (name, partition): (offset, text)
            for (of, name, partition), (offset, _, text) in topic.items()
            if of == group and offset >= 0}


def test_what_happened_is_what_is_told(
        capture: Callable[..., Shown]) -> None:
    """Against the numbers of this file, not of any reader."""
    found = {key: each[0] for key, each in
             capture("offsets-topic").plain().items()}
    assert found["busy", "orders", 0] == 7
    assert found["busy", "orders", 1] == 8
    assert found["tx", "orders", 0] == 50 and found["tx", "orders", 1] == 11
    assert found["tx-only", "orders", 2] == 5
    assert ("tx-never", "orders", 2) not in found
    assert found["tx-late", "orders", 0] == 71
    assert ("deleted", "orders", 0) not in found
    assert ("reborn", "orders", 0) not in found
    assert found["reborn", "orders", 1] == 3
    assert ("pruned", "orders", 0) not in found
    assert found["pruned", "orders", 1] == 2
    assert not [key for key in found if key[1] == "doomed"]
    assert found["again", "again", 0] == 0
    assert found["many-3", "orders", 0] == 4242
    assert ("many-4", "orders", 0) not in found
    assert found["many-5", "orders", 0] == 55
    assert found["many-6", "orders", 0] == 6
    assert found["huge", "orders", 0] == 2**63 - 1
    for number, name in enumerate(ODD_NAMES):
        assert found[name, "orders", 0] == number, name


def test_contract_1_a_transaction_that_stays_open(
        capture: Callable[..., Shown], world: World) -> None:
    """Its partition's groups are asked of their coordinator: what was
    committed behind it cannot be read.  Others come from the topic."""
    cluster, driver = world.cluster, world.driver
    number = cluster.offsets_partition("held")
    near = group_in(number, cluster.offsets_partitions, "near-")
    far = group_in((number + 1) % cluster.offsets_partitions,
                   cluster.offsets_partitions, "far-")
    driver.commit("held", {("orders", 0): 1})
    with driver.transaction("held", {("orders", 0): 2}):
        driver.commit(near, {("orders", 0): 20})
        driver.commit(far, {("orders", 0): 30})
        topic = capture("offsets-topic", "--timeout", "6s")
        both = capture("both", "--timeout", "6s")
    for shown in (topic, both):
        found = shown.positions
        assert shown.report["complete"]
        assert shown.report["asked_partitions"] == 1
        assert shown.report.get("differences", []) == []
        assert found[near, "orders", 0]["offset"] == 20
        assert found[near, "orders", 0]["commit_ms"] is None
        assert found[far, "orders", 0]["offset"] == 30
        assert found[far, "orders", 0]["commit_ms"] > 0
        assert found["held", "orders", 0]["offset"] == 1
        assert found["held", "orders", 0]["unstable"] is True
    again = capture("offsets-topic")
    assert again.report["asked_partitions"] == 0
    assert again.positions["held", "orders", 0]["offset"] == 1
    driver.delete_groups("held", near, far)


def test_contract_1_a_transaction_that_ends_meanwhile(
        tidemark: Any, repo: Path, world: World) -> None:
    """It is waited for, and what it committed is in the snapshot."""
    driver = world.driver
    pending = driver.transaction("ending", {("orders", 0): 9})
    process = tidemark.start("snapshot", "-r", repo, "-b",
                             world.cluster.bootstrap, "--json", "-v",
                             "--source", "offsets-topic")
    for line in process.stderr:
        if b"trying again" in line:
            break
    pending.stop(commit=True)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    shown = Shown(tidemark, repo, json.loads(out))
    assert shown.report["asked_partitions"] == 0
    assert shown.positions["ending", "orders", 0]["offset"] == 9
    driver.delete_groups("ending")


def test_auto_takes_the_topic_and_asks_for_names(
        capture: Callable[..., Shown]) -> None:
    shown = capture("auto")
    assert shown.report["source"] == "offsets-topic"
    assert "records" in shown.report["source_reason"]
    named = capture("auto", "--group", "busy", "--group", "nobody")
    assert named.report["source"] == "api"
    assert "by name" in named.report["source_reason"]
    topic = capture("offsets-topic", "--group", "busy", "--group", "nobody")
    assert topic.report["scope"] == named.report["scope"] == "named"
    assert topic.report["complete"] and named.report["complete"]
    assert topic.plain() == named.plain()
    assert set(topic.groups) == set(named.groups) == {"busy", "nobody"}


def test_contract_1_a_topic_that_was_made_larger(
        make_cluster: Any, tidemark: Any, repo: Path) -> None:
    """Until the broker restarts, groups are where they were by the old
    number; afterwards their old records mean nothing."""
    cluster = make_cluster(NEW, properties={  # to come back soon
        "broker.session.timeout.ms": 1000,
        "broker.heartbeat.interval.ms": 200})
    driver = cluster.driver
    driver.create_topic("t", 1)
    driver.seed(30, [("t", 0)], prefix="g-", offset=1)

    def agree() -> int:
        shown = [Shown(tidemark, repo, tidemark(
            "snapshot", "-r", repo, "-b", cluster.bootstrap, "--json",
            "--source", source).json()) for source in ("api", "offsets-topic")]
        assert shown[0].report["complete"] and shown[1].report["complete"]
        assert shown[0].plain() == shown[1].plain()
        assert shown[1].report["asked_partitions"] > 0
        return len(shown[0].positions)

    driver.add_partitions("__consumer_offsets", 16)
    assert agree() == 30
    cluster.offsets_partitions = 16
    cluster.kill(1)
    cluster.start(1)
    left = agree()
    assert left < 30, "the broker itself has forgotten the others"
    driver.seed(30, [("t", 0)], prefix="h-", offset=1)
    driver.seed(5, [("t", 0)], prefix="g-", offset=500)
    assert agree() >= left + 30


# Rights

class Secured:
    """A cluster with ACLs, and alice, who may read the offsets topic."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.words = ["-b", cluster.address("sasl_plain")]
        for name, value in cluster.rdkafka("sasl_plain", "alice").items():
            self.words += ["-X", f"{name}={value}"]
        cluster.driver.create_topic("open", 1)
        cluster.driver.create_topic("shut", 1)
        cluster.driver.commit("mine", {("open", 0): 5, ("shut", 0): 6})
        cluster.driver.commit("theirs", {("open", 0): 7})


@pytest.fixture(scope="module", params=[OLD, NEW])
def secured(request: pytest.FixtureRequest,
            _prepared: None) -> Iterator[Secured]:
    with Cluster(request.param, listeners=["sasl_plain"],
                 authorizer=True) as cluster:
        yield Secured(cluster)


@pytest.fixture
def ask(tidemark: Any, repo: Path, secured: Secured) -> Callable[..., Any]:
    def run(source: str, *more: str, status: int) -> Any:
        return tidemark("snapshot", "-r", repo, *secured.words, "--json",
                        "--timeout", "6s", "--source", source, *more,
                        status=status)
    return run


def test_without_read_the_topic_is_refused_and_auto_asks(
        ask: Callable[..., Any]) -> None:
    for source in ("offsets-topic", "both"):
        refused = ask(source, status=1)
        assert "READ on topic __consumer_offsets" in refused.err
        assert "--source api" in refused.err
    told = ask("auto", status=3).json()
    assert told["source"] == "api"
    assert "READ on __consumer_offsets" in told["source_reason"]


@pytest.fixture
def reader(secured: Secured) -> Iterator[Secured]:
    secured.cluster.acl("alice", "READ", "TOPIC", "__consumer_offsets")
    yield secured
    secured.cluster.acl("alice", "READ", "TOPIC", "__consumer_offsets",
                        remove=True)


def positions(tidemark: Any, repo: Path, told: Any) -> dict[Key, int]:
    return {key: each[0]
            for key, each in Shown(tidemark, repo, told).plain().items()}


ALL = {("mine", "open", 0): 5, ("mine", "shut", 0): 6,
       ("theirs", "open", 0): 7}


def test_read_on_the_topic_alone_shows_all_groups(
        ask: Callable[..., Any], tidemark: Any, repo: Path,
        reader: Secured) -> None:
    """What lacks are the topics: their holes say so, and no other."""
    for source in ("offsets-topic", "auto"):
        told = ask(source, status=3).json()
        assert told["source"] == "offsets-topic"
        assert told["scope"] == "cluster" and not told["complete"]
        assert positions(tidemark, repo, told) == ALL
        assert {(hole["hole"], hole["topic"]) for hole in told["holes"]} == {
            ("topic", "open"), ("topic", "shut")}
        assert told["duration_ms"] < 5000


def test_both_name_what_only_the_topic_shows(
        ask: Callable[..., Any], tidemark: Any, repo: Path,
        reader: Secured) -> None:
    told = ask("both", status=3).json()
    assert positions(tidemark, repo, told) == ALL
    assert {(each["kind"], each["group"], each["topic"])
            for each in told["differences"]} == {
        ("only-topic", group, topic) for group, topic, _ in ALL}
    assert {hole["hole"] for hole in told["holes"]} == {"topic"}


def test_complete_with_describe_on_the_topics(
        ask: Callable[..., Any], tidemark: Any, repo: Path,
        reader: Secured) -> None:
    for topic in ("open", "shut"):
        reader.cluster.acl("alice", "DESCRIBE", "TOPIC", topic)
    try:
        told = ask("offsets-topic", status=0).json()
    finally:
        for topic in ("open", "shut"):
            reader.cluster.acl("alice", "DESCRIBE", "TOPIC", topic,
                               remove=True)
    assert told["complete"] and told["scope"] == "cluster"
    assert positions(tidemark, repo, told) == ALL


def test_contract_1_a_held_partition_without_rights_is_a_hole(
        ask: Callable[..., Any], tidemark: Any, repo: Path,
        reader: Secured) -> None:
    cluster = reader.cluster
    number = cluster.offsets_partition("mine")
    assert cluster.offsets_partition("theirs") != number
    with cluster.driver.transaction("mine", {("open", 0): 55}):
        told = ask("offsets-topic", status=3).json()
    held = [hole for hole in told["holes"] if hole["hole"] == "held"]
    assert [hole["partition"] for hole in held] == [number]
    found = positions(tidemark, repo, told)
    assert found == {("theirs", "open", 0): 7}
    assert ("group", "mine") in {(hole["hole"], hole.get("group"))
                                 for hole in told["holes"]}
