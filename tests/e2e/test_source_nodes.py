"""Captures by the offsets topic while its leaders move, on three brokers.

The rule: complete with exit status 0 means that nothing is missing and that
no position is older than what was acknowledged before the capture began;
otherwise the exit status is 3 and each hole names what is not known.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bed.cluster import Cluster
from bed.wait import wait_for

Unique = Callable[[str], str]

# With three, and so with mended: the old coordinator takes longer.
each_version = pytest.mark.parametrize(
    "three", [pytest.param("3.9.2", marks=pytest.mark.long), "4.4.0"],
    indirect=True)

GROUPS = 200
MOVING = 24


class Committers:
    """Groups that go forward, and a log of what was acknowledged."""

    def __init__(self, cluster: Cluster, topic: str, names: list[str]) -> None:
        self.cluster, self.topic, self.names = cluster, topic, names
        self.acknowledged: dict[str, int] = {}
        self.count = 0
        self.stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(names[at::2],))
            for at in range(2)]
        for thread in self._threads:
            thread.start()

    def _run(self, names: list[str]) -> None:
        number = 1000
        while not self.stop.is_set():
            number += 1
            for name in names:
                try:
                    self.cluster.driver.commit(
                        name, {(self.topic, 0): number})
                except Exception:  # a coordinator that is away: not acked
                    continue
                with self._lock:
                    self.acknowledged[name] = number
                    self.count += 1
                if self.stop.is_set():
                    return

    def so_far(self) -> dict[str, int]:
        with self._lock:
            return dict(self.acknowledged)

    def end(self) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join()


class Stage:
    """The three brokers, groups on all of them, and a repository."""

    def __init__(self, cluster: Cluster, tidemark: Any, repo: Path,
                 unique: Unique) -> None:
        self.cluster, self.tidemark, self.repo = cluster, tidemark, repo
        self.topic, stem = unique("t"), unique("g-")
        cluster.driver.create_topic(self.topic, 1)
        cluster.driver.seed(GROUPS, [(self.topic, 0)], prefix=stem, offset=1)
        self.names = [f"{stem}{number}" for number in range(GROUPS)]

    def start(self, source: str, timeout: str = "40s") -> Any:
        return self.tidemark.start(
            "snapshot", "-r", self.repo, "-b", self.cluster.bootstrap,
            "--json", "-v", "--source", source, "--timeout", timeout)

    def finish(self, process: Any) -> tuple[Any, str]:
        out, err = process.communicate(timeout=90)
        assert process.returncode in (0, 3), err.decode()
        report = json.loads(out)
        assert report["complete"] == (process.returncode == 0)
        return report, err.decode()

    def taken(self, report: Any) -> dict[str, int]:
        return {line["group"]: line["offset"] for line in self.tidemark(
            "show", self.repo / report["key"], "--json").jsonl()
            if line["kind"] == "position" and line["topic"] == self.topic}

    def check(self, ended: tuple[Any, str], before: dict[str, int]) -> bool:
        """The rule of this file; whether the snapshot is complete."""
        report, err = ended
        found = self.taken(report)
        for name, number in before.items():
            if name in found:
                assert found[name] >= number, f"{name} is older\n{err}"
        missing = {name for name in self.names if name not in found}
        if report["complete"]:
            assert not missing and not report["holes"], err
            return True
        assert report["holes"]
        count = self.cluster.offsets_partitions
        named = {hole.get("group") for hole in report["holes"]}
        numbers = {hole["partition"] for hole in report["holes"]
                   if hole["hole"] in ("leaderless", "moved", "listing",
                                       "held") and "partition" in hole}
        assert numbers <= set(range(count))
        for name in missing:
            assert (name in named or
                    self.cluster.offsets_partition(name) in numbers), name
        return False


@pytest.fixture
def stage(mended: Cluster, tidemark: Any, repo: Path,
          unique: Unique) -> Iterator[Stage]:
    made = Stage(mended, tidemark, repo, unique)
    yield made


@each_version
def test_a_rolling_restart_with_commits_going_on(stage: Stage) -> None:
    cluster = stage.cluster
    committers = Committers(cluster, stage.topic, stage.names[:MOVING])
    failures: list[Exception] = []

    def roll() -> None:
        try:
            cluster.roll([stage.topic])
        except Exception as error:
            failures.append(error)

    rolling = threading.Thread(target=roll)
    rolling.start()
    complete = captures = 0
    try:
        while rolling.is_alive() or captures == 0:
            before = committers.so_far()
            source = ("both", "offsets-topic")[captures % 2]
            ended = stage.finish(stage.start(source))
            complete += stage.check(ended, before)
            captures += 1
    finally:
        rolling.join()
        committers.end()
    assert not failures, failures
    assert committers.count > MOVING
    # Everything stands still now: both say the same.
    report, err = stage.finish(stage.start("both"))
    assert report["complete"], err
    assert report["differences"] == [], err
    assert stage.check((report, err), committers.so_far())


@each_version
def test_a_leader_that_moves_during_the_scan(stage: Stage) -> None:
    """With each source; complete within the deadline all the same."""
    cluster, name = stage.cluster, stage.names[0]
    committers = Committers(cluster, stage.topic, stage.names[:MOVING])
    try:
        for source in ("offsets-topic", "both"):
            before = committers.so_far()
            process = stage.start(source)
            cluster.move_coordinator(
                name, 1 + cluster.coordinator(name) % 3)
            assert stage.check(stage.finish(process), before)
    finally:
        committers.end()


@each_version
def test_a_leader_that_is_killed_during_the_scan(stage: Stage) -> None:
    cluster, name = stage.cluster, stage.names[0]
    committers = Committers(cluster, stage.topic, stage.names[:MOVING])
    node = cluster.coordinator(name)
    try:
        before = committers.so_far()
        process = stage.start("offsets-topic")
        cluster.kill(node)
        assert stage.check(stage.finish(process), before)
    finally:
        committers.end()


@each_version
def test_a_leader_that_freezes_and_thaws(stage: Stage) -> None:
    """A zombie tells of its old epoch and its old end."""
    cluster, name = stage.cluster, stage.names[0]
    node = cluster.coordinator(name)
    committers = Committers(cluster, stage.topic, stage.names[:MOVING])
    try:
        cluster.pause(node)
        process = stage.start("both")
        before = committers.so_far()
        wait_for(lambda: cluster.coordinator(name) not in (node, -1), 30)
        cluster.resume(node)
        assert stage.check(stage.finish(process), before)
        again = committers.so_far()
        assert stage.check(stage.finish(stage.start("offsets-topic")), again)
    finally:
        committers.end()


@pytest.mark.long
@pytest.mark.parametrize("source", ["offsets-topic", "both"])
def test_the_only_broker_restarts_meanwhile(
        make_cluster: Any, tidemark: Any, repo: Path, unique: Unique,
        source: str) -> None:
    cluster = make_cluster("4.4.0", properties={  # to come back soon
        "broker.session.timeout.ms": 1000,
        "broker.heartbeat.interval.ms": 200})
    stage = Stage(cluster, tidemark, repo, unique)
    cluster.pause(1)
    process = stage.start(source)
    cluster.kill(1)
    cluster.start(1)
    assert stage.check(stage.finish(process), {})


@pytest.mark.long
def test_contract_1_a_partition_without_a_leader_is_a_hole(
        make_cluster: Any, tidemark: Any, repo: Path, unique: Unique) -> None:
    cluster = make_cluster("4.4.0", 3, offsets_replication=1)
    stage = Stage(cluster, tidemark, repo, unique)
    assert stage.check(stage.finish(stage.start("offsets-topic")), {})
    node = cluster.coordinator(stage.names[0])
    lost = {each.number for each in cluster.metadata(
        ["__consumer_offsets"]).topics["__consumer_offsets"]
        if each.leader == node}
    cluster.kill(node)
    report, err = stage.finish(stage.start("offsets-topic", "6s"))
    assert not report["complete"], err
    assert {hole["partition"] for hole in report["holes"]
            if hole["hole"] == "leaderless"} == lost, err
    found = stage.taken(report)
    for name in stage.names:
        away = cluster.offsets_partition(name) in lost
        assert (name in found) != away
    assert not report["gone"], "unknown is not gone"
