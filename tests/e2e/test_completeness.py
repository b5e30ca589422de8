"""Contract line 1, no silent shrinking, on three real brokers and with real
rights: each way in which Kafka answers with less and error 0 (verified.md 1).

The rule of each test: complete with exit status 0 means that nothing is
missing and nothing is older than what was acknowledged before the capture;
otherwise the exit status is 3 and the holes have the right names.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bed.cluster import Cluster
from bed.wait import wait_for

Unique = Callable[[str], str]

GROUPS = 300

# How brokers lie when they are asked; test_source_nodes.py has the rest.
SNAPSHOT = ("snapshot", "--source", "api")


def taken(tidemark: Any, repo: Path, report: Any) -> dict[str, Any]:
    """{group: {(topic, partition): offset}} of a stored snapshot."""
    found: dict[str, Any] = {}
    for line in tidemark("show", repo / report["key"], "--json").jsonl():
        if line["kind"] == "position":
            found.setdefault(line["group"], {})[
                line["topic"], line["partition"]] = line["offset"]
    return found


def finish(process: Any, timeout: float = 120.0) -> tuple[int, Any, str]:
    out, err = process.communicate(timeout=timeout)
    return (process.returncode, json.loads(out) if out else None,
            err.decode())


@pytest.fixture
def spread(mended: Cluster, unique: Unique) -> tuple[Cluster, str, list[str]]:
    """Groups on all three coordinators, each with one position."""
    topic, stem = unique("t"), unique("g-")
    mended.driver.create_topic(topic, 1)
    mended.driver.seed(GROUPS, [(topic, 0)], prefix=stem, offset=1)
    return mended, topic, [f"{stem}{number}" for number in range(GROUPS)]


def check(tidemark: Any, repo: Path, names: list[str], ended: Any) -> int:
    """The rule of this file, for positions that do not move."""
    status, report, err = ended
    assert status in (0, 3), err
    found = taken(tidemark, repo, report)
    missing = [name for name in names if name not in found]
    if status == 0:
        assert report["complete"] and not report["holes"]
        assert not missing, f"{len(missing)} groups are missing: {err}"
    else:
        assert not report["complete"] and report["holes"]
        hidden = {hole.get("group") for hole in report["holes"]}
        wide = {hole["hole"] for hole in report["holes"]} & {
            "leaderless", "moved", "listing"}
        assert wide or set(missing) <= hidden
    return int(status)


def test_three_coordinators_are_all_read(tidemark: Any, repo: Path,
                                         spread: Any) -> None:
    cluster, topic, names = spread
    report = tidemark(*SNAPSHOT, "-r", repo, "-b", cluster.bootstrap,
                      "--json").json()
    found = taken(tidemark, repo, report)
    expected = cluster.driver.all_offsets(names)
    for name in names:
        assert found[name] == {where: each.offset
                               for where, each in expected[name].items()}


def test_a_broker_that_is_frozen_and_thaws(tidemark: Any, repo: Path,
                                           spread: Any) -> None:
    """Stopped in the middle, thawed as a zombie: ways 2 and 5."""
    cluster, _, names = spread
    node = cluster.coordinator(names[0])
    cluster.pause(node)
    process = tidemark.start(*SNAPSHOT, "-r", repo, "-b", cluster.bootstrap,
                             "--json", "--timeout", "60s", "-v")
    wait_for(lambda: cluster.coordinator(names[0]) != node, 30)
    cluster.resume(node)
    assert check(tidemark, repo, names, finish(process)) == 0, \
        "the cluster recovered within the deadline"


def test_a_broker_that_is_killed(tidemark: Any, repo: Path,
                                 spread: Any) -> None:
    """Its groups move to another coordinator, and are read there."""
    cluster, _, names = spread
    node = cluster.coordinator(names[0])
    process = tidemark.start(*SNAPSHOT, "-r", repo, "-b", cluster.bootstrap,
                             "--json", "--timeout", "60s")
    cluster.kill(node)
    assert check(tidemark, repo, names, finish(process)) == 0
    again = tidemark.start(*SNAPSHOT, "-r", repo, "-b", cluster.bootstrap,
                           "--json", "--timeout", "60s")
    assert check(tidemark, repo, names, finish(again)) == 0


def test_a_coordinator_that_moves(tidemark: Any, repo: Path,
                                  spread: Any) -> None:
    """Way 1: a new coordinator answers with old data and error 0."""
    cluster, _, names = spread
    node = cluster.coordinator(names[0])
    target = 1 + node % 3
    process = tidemark.start(*SNAPSHOT, "-r", repo, "-b", cluster.bootstrap,
                             "--json", "--timeout", "60s")
    cluster.move_coordinator(names[0], target)
    assert check(tidemark, repo, names, finish(process)) == 0
    report = tidemark(*SNAPSHOT, "-r", repo, "-b", cluster.bootstrap,
                      "--json").json()
    assert names[0] in taken(tidemark, repo, report)


@pytest.mark.parametrize("version", ["3.9.2", "4.4.0"])
def test_the_only_broker_restarts_meanwhile(
        make_cluster: Any, tidemark: Any, repo: Path, version: str) -> None:
    """Retries go on through a whole restart, and the capture is complete."""
    cluster = make_cluster(version)
    cluster.driver.create_topic("t", 1)
    cluster.driver.seed(GROUPS, [("t", 0)], prefix="g-", offset=1)
    names = [f"g-{number}" for number in range(GROUPS)]
    cluster.pause(1)
    process = tidemark.start(*SNAPSHOT, "-r", repo, "-b", cluster.bootstrap,
                             "--json", "--timeout", "60s")
    cluster.kill(1)
    cluster.start(1)
    assert check(tidemark, repo, names, finish(process)) == 0


def test_a_rolling_restart_with_commits_going_on(
        tidemark: Any, repo: Path, spread: Any) -> None:
    """Never an older position than one acknowledged before the capture."""
    cluster, topic, names = spread
    moving = names[:20]
    acknowledged: dict[str, int] = {}
    lock, stop = threading.Lock(), threading.Event()
    failures: list[str] = []

    def commit_on() -> None:
        number = 1000
        while not stop.is_set():
            number += 1
            for name in moving:
                try:
                    cluster.driver.commit(name, {(topic, 0): number})
                except Exception:  # a coordinator that is away: not acked
                    continue
                with lock:
                    acknowledged[name] = number
                if stop.is_set():
                    return

    def roll() -> None:
        try:
            cluster.roll([topic])
        except Exception as error:
            failures.append(str(error))
        finally:
            stop.set()

    threads = [threading.Thread(target=commit_on),
               threading.Thread(target=roll)]
    for thread in threads:
        thread.start()
    captures = 0
    while not stop.is_set() or captures == 0:
        with lock:
            before = dict(acknowledged)
        process = tidemark.start(*SNAPSHOT, "-r", repo, "-b",
                                 cluster.bootstrap, "--json", "--timeout",
                                 "60s")
        ended = finish(process)
        captures += 1
        check(tidemark, repo, names, ended)
        found = taken(tidemark, repo, ended[1])
        hidden = {hole.get("group") for hole in ended[1]["holes"]}
        for name, number in before.items():
            if name not in hidden and name in found:
                assert found[name][topic, 0] >= number, name
    for thread in threads:
        thread.join()
    assert not failures, failures


def test_groups_behind_a_leaderless_partition_are_a_hole(
        make_cluster: Any, tidemark: Any, repo: Path) -> None:
    """Way 3: their only broker is gone for good, every listing succeeds."""
    cluster = make_cluster("4.4.0", 3, offsets_replication=1)
    cluster.driver.create_topic("t", 1)
    cluster.driver.seed(GROUPS, [("t", 0)], prefix="g-", offset=1)
    whole = tidemark(*SNAPSHOT, "-r", repo, "-b", cluster.bootstrap,
                     "--json").json()
    assert whole["complete"] and whole["counts"]["groups"] == GROUPS
    node = cluster.coordinator("g-0")
    cluster.kill(node)
    told = tidemark(*SNAPSHOT, "-r", repo, "-b", cluster.bootstrap, "--json",
                    "--timeout", "15s", status=3, timeout=90).json()
    assert not told["complete"]
    assert "leaderless" in {hole["hole"] for hole in told["holes"]}
    assert told["counts"]["groups"] < GROUPS
    assert [line["complete"] for line in
            tidemark("list", "-r", repo, "--json").jsonl()] == [True, False]


class Secured:
    """A cluster with ACLs, and the user alice."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.words = ["-b", cluster.address("sasl_plain")]
        for name, value in cluster.rdkafka("sasl_plain", "alice").items():
            self.words += ["-X", f"{name}={value}"]
        driver = cluster.driver
        for topic in ("open", "shut"):
            driver.create_topic(topic, 1)
        driver.commit("mine", {("open", 0): 5, ("shut", 0): 6})
        driver.commit("theirs", {("open", 0): 7})

    def allow(self, operation: str, kind: str, name: str) -> None:
        self.cluster.acl("alice", operation, kind, name)


@pytest.fixture
def secured(make_cluster: Any) -> Secured:
    return Secured(make_cluster("4.4.0", listeners=["sasl_plain"],
                                authorizer=True))


def test_scope_visible_is_partial_unless_it_was_wanted(
        secured: Secured, tidemark: Any, repo: Path) -> None:
    """Way 4: hidden groups cannot be excluded."""
    secured.allow("READ", "GROUP", "mine")
    secured.allow("READ", "TOPIC", "open")
    words = [*SNAPSHOT, "-r", repo, *secured.words, "--json", "--timeout",
             "15s"]
    told = tidemark(*words, status=3).json()
    assert told["scope"] == "visible" and not told["complete"]
    assert [hole["hole"] for hole in told["holes"]] == ["visible-scope"]
    told = tidemark(*words, "--scope", "visible").json()
    assert told["scope"] == "visible" and told["complete"]
    assert taken(tidemark, repo, told) == {"mine": {("open", 0): 5}}


def test_scope_named_needs_no_right_on_anything_else(
        secured: Secured, tidemark: Any, repo: Path) -> None:
    secured.allow("READ", "GROUP", "mine")
    secured.allow("READ", "TOPIC", "open")
    words = [*SNAPSHOT, "-r", repo, *secured.words, "--json", "--timeout",
             "15s"]
    told = tidemark(*words, "--group", "mine").json()
    assert told["scope"] == "named" and told["complete"]
    assert taken(tidemark, repo, told) == {"mine": {("open", 0): 5}}
    told = tidemark(*words, "--group", "theirs", status=3).json()
    assert [(hole["hole"], hole["group"]) for hole in told["holes"]] == [
        ("group", "theirs")]


def test_a_hidden_offsets_topic_is_a_hole(
        secured: Secured, tidemark: Any, repo: Path) -> None:
    secured.allow("DESCRIBE", "CLUSTER", "kafka-cluster")
    for name in ("mine", "theirs"):
        secured.allow("DESCRIBE", "GROUP", name)
    for name in ("open", "shut"):
        secured.allow("DESCRIBE", "TOPIC", name)
    words = [*SNAPSHOT, "-r", repo, *secured.words, "--json", "--timeout",
             "15s"]
    told = tidemark(*words, status=3).json()
    assert told["scope"] == "cluster"
    assert [hole["hole"] for hole in told["holes"]] == ["offsets-topic-hidden"]
    secured.allow("DESCRIBE", "TOPIC", "__consumer_offsets")
    told = tidemark(*words).json()
    assert told["scope"] == "cluster" and told["complete"]
    assert set(taken(tidemark, repo, told)) == {"mine", "theirs"}


def test_a_denied_group_is_a_hole_with_its_name(
        secured: Secured, tidemark: Any, repo: Path) -> None:
    """With DESCRIBE on the cluster the group is listed, its fetch fails."""
    secured.allow("DESCRIBE", "CLUSTER", "kafka-cluster")
    secured.allow("DESCRIBE", "TOPIC", "__consumer_offsets")
    secured.allow("DESCRIBE", "TOPIC", "open")
    secured.allow("DESCRIBE", "GROUP", "mine")
    told = tidemark(*SNAPSHOT, "-r", repo, *secured.words, "--json",
                    "--timeout", "15s", status=3).json()
    assert {(hole["hole"], hole.get("group")) for hole in told["holes"]} == {
        ("group", "theirs")}


def test_positions_hidden_by_topic_rights_are_asked_for_by_name(
        secured: Secured, tidemark: Any, repo: Path) -> None:
    """What the previous snapshot had and rights hide now is a hole."""
    for name in ("open", "shut"):
        secured.allow("DESCRIBE", "TOPIC", name)
    secured.allow("DESCRIBE", "GROUP", "mine")
    words = [*SNAPSHOT, "-r", repo, *secured.words, "--json", "--timeout",
             "15s", "--group", "mine"]
    told = tidemark(*words).json()
    assert taken(tidemark, repo, told)["mine"] == {("open", 0): 5,
                                                   ("shut", 0): 6}
    secured.cluster.acl("alice", "DESCRIBE", "TOPIC", "shut", remove=True)
    told = tidemark(*words, status=3).json()
    assert [(hole["hole"], hole["group"], hole["topic"], hole["partition"])
            for hole in told["holes"]] == [("position", "mine", "shut", 0)]
