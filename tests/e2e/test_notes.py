"""What a plan says about groups as such: what reads through them, and how long
what is restored into them lives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bed import wire
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
