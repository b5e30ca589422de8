"""What a plan says about groups as such: what reads through them, and how long
what is restored into them lives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from bed import wire
from bed.cluster import Cluster
from bed.wait import wait_for
from rig import Rig, offsets

Unique = Callable[[str], str]


def groups(rig: Rig, *more: str, status: int | None = 0) -> dict[str, Any]:
    """The lines of the plan about groups, by name."""
    told = rig.restore(*more, "--json", status=status)
    return {line["group"]: line for line in told.jsonl() if "kind" in line}


# Kinds

def test_kinds_are_told_once_with_their_groups(rig: Rig, topic: str,
                                               unique: Unique) -> None:
    driver, stem = rig.cluster.driver, unique("connect-")
    names = [f"{stem}{number}" for number in range(7)]
    for name in [*names, unique("spark-kafka-source-"), unique("plain")]:
        driver.commit(name, {(topic, 0): 10})
    rig.snapshot()
    words = ["--at", "latest"]
    for name in [*names, unique("spark-kafka-source-"), unique("plain")]:
        words += ["--group", name]
    told = rig.restore(*words).out
    (line,) = [each for each in told.splitlines() if "/stop;" in each]
    assert line.startswith(f"groups {', '.join(names[:5])} and 2 more: ")
    assert "REST API" in line
    (line,) = [each for each in told.splitlines() if "checkpoint" in each]
    assert line.startswith(f"group {unique('spark-kafka-source-')}: ")
    (line,) = [each for each in told.splitlines() if "--settle" in each]
    assert line.startswith(f"group {unique('plain')}: ")
    kinds = {name: line["kind"] for name, line in groups(rig, *words).items()}
    assert kinds == {**dict.fromkeys(names, "connect-sink"),
                     unique("spark-kafka-source-"): "spark",
                     unique("plain"): "simple"}


def test_a_streams_program_is_known_by_what_it_left(rig: Rig, topic: str,
                                                    unique: Unique) -> None:
    app = unique("app")
    with rig.cluster.driver.streams(app, [topic]):
        wait_for(lambda: len(offsets(rig.cluster, app)) == 2, 60)
    rig.snapshot()
    line = groups(rig, "--at", "latest", "--group", app)[app]
    assert line["kind"] == "streams"
    # Also when nothing of it is left but the snapshot.
    rig.cluster.driver.delete_groups(app)
    told = rig.restore("--at", "latest", "--group", app).out
    assert "state stores and changelogs are not rewound" in told


def test_a_new_streams_group_is_known_by_its_type(rig_44: Rig,
                                                  unique: Unique) -> None:
    topic, app, driver = unique("t"), unique("app"), rig_44.cluster.driver
    driver.create_topic(topic)
    driver.produce(topic, 0, 20)
    with driver.streams(app, [topic], protocol="streams"):
        wait_for(lambda: (topic, 0) in offsets(rig_44.cluster, app), 60)
    line = groups(rig_44, "--to-earliest", "--group", app)[app]
    assert line["kind"] == "streams"


def test_connects_workers_are_told_apart_from_a_sink(
        rig: Rig, topic: str, unique: Unique) -> None:
    name = unique("connect-cluster")
    member = wire.Member(rig.cluster.at(name), name, "connect")
    try:
        line = groups(rig, "--to-earliest", "--group", name, "--topic", topic,
                      status=None)[name]
    finally:
        member.leave()
    assert line["kind"] == "connect-workers"


# Expiry

def leave_behind(cluster: Cluster, group: str, topic: str,
                 protocol: str) -> None:
    """A group whose only member has read all, and left."""
    member = cluster.driver.consumer(group, [topic], protocol=protocol)
    wait_for(lambda: (topic, 0) in offsets(cluster, group), 30)
    member.stop()
    wait_for(lambda: cluster.driver.groups()[group].state == "Empty", 20)


def expiry_lines(told: str) -> dict[str, str]:
    """By groups, what is said about until when they live."""
    lines = [each.partition(": ") for each in told.splitlines()
             if " lives for " in each or " live until " in each]
    return {names.split(" ", 1)[1]: words for names, _, words in lines}


def test_contract_12_each_way_of_counting_is_told(rig_44: Rig,
                                                  unique: Unique) -> None:
    cluster, driver, topic = rig_44.cluster, rig_44.cluster.driver, unique("t")
    driver.create_topic(topic)
    driver.produce(topic, 0, 20)
    classic, modern = unique("classic"), unique("modern")
    simple, new, busy = unique("simple"), unique("new"), unique("busy")
    leave_behind(cluster, classic, topic, "classic")
    leave_behind(cluster, modern, topic, "consumer")
    driver.commit(simple, {(topic, 0): 20})
    words = ["--to-offset", "5", "--topic", topic]
    for name in (classic, modern, simple, new):
        words += ["--group", name]
    found = groups(rig_44, *words, "--allow-skip")
    assert {name: line["expiry"] for name, line in found.items()} == {
        classic: "from-empty", modern: "from-commit",
        simple: "from-commit", new: "from-commit"}
    told = expiry_lines(rig_44.restore(*words, "--allow-skip").out)
    assert set(told) == {classic, f"{modern}, {new}, {simple}"}
    assert "for 7d at the latest" in told[classic]
    assert "delete the group" in told[classic]
    assert "for 7d from then" in told[f"{modern}, {new}, {simple}"]
    # A group with members is not written, and so nothing of it expires.
    with driver.consumer(busy, [topic]):
        told = expiry_lines(rig_44.restore(*words[:4], "--group", busy,
                                           status=4).out)
    assert told == {}


def test_contract_12_without_the_right_seven_days_are_an_assumption(
        make_cluster: Any, tidemark: Any) -> None:
    cluster = make_cluster("3.9.2", listeners=["sasl_plain"], authorizer=True)
    cluster.driver.create_topic("t")
    cluster.acl("alice", "READ", "GROUP", "g")
    cluster.acl("alice", "READ", "TOPIC", "t")
    words = ["plan", "-b", cluster.address("sasl_plain"), "--group", "g",
             "--topic", "t", "--to-earliest"]
    for name, value in cluster.rdkafka("sasl_plain", "alice").items():
        words += ["-X", f"{name}={value}"]
    told = expiry_lines(tidemark(*words).out)["g"]
    assert "for 7d from then" in told
    assert "is assumed" in told
    cluster.acl("alice", "DESCRIBE_CONFIGS", "CLUSTER", "kafka-cluster")
    told = expiry_lines(tidemark(*words).out)["g"]
    assert "is assumed" not in told


def test_contract_12_what_is_told_comes_true(make_cluster: Any,
                                             tidemark: Any) -> None:
    """Retention of a minute; all wait for the same one."""
    cluster = make_cluster("4.4.0", properties={"offsets.retention.minutes": 1})
    driver = cluster.driver
    driver.create_topic("t")
    driver.produce("t", 0, 20)
    names = ["classic", "modern", "new", "simple"]
    leave_behind(cluster, "classic", "t", "classic")
    leave_behind(cluster, "modern", "t", "consumer")
    driver.commit("simple", {("t", 0): 20})
    words = ["restore", "-b", cluster.bootstrap, "--to-offset", "5", "--topic",
             "t", "--execute", "--settle", "0s", "--json",
             "--record", tidemark.home / "record.jsonl"]
    for name in names:
        words += ["--group", name]
    lines = tidemark(*words).jsonl()
    ends = {line["group"]: datetime.fromisoformat(line["expires"])
            for line in lines if line["kind"] == "group"}
    assert sorted(ends) == names
    assert {name: found["t", 0].offset for name, found
            in driver.all_offsets(names).items()} == dict.fromkeys(names, 5)

    gone: dict[str, datetime] = {}

    def all_gone() -> bool:
        left = {name for name, found in driver.all_offsets(names).items()
                if found}
        for name in set(names) - left - set(gone):
            gone[name] = datetime.now(timezone.utc)
        return not left

    # The broker looks every second; the rest is for a busy machine.
    wait_for(all_gone, 90, "the positions to expire", every=0.2)
    for name in ("modern", "new", "simple"):
        assert gone[name] >= ends[name], name
    slack = timedelta(seconds=30)
    assert all(gone[name] <= ends[name] + slack for name in names), gone
