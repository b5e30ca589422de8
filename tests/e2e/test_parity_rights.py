"""Users with other rights and passwords: the cases S2, S3 and A1 of Kafka's
own tests, by the numbers of facts/kafka.md 6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bed.cluster import Cluster
from rig import Rig, offsets

Unique = Callable[[str], str]

TOPIC = "orders"
THEN, NOW = {(TOPIC, 0): 10, (TOPIC, 1): 20}, {(TOPIC, 0): 60, (TOPIC, 1): 70}


@pytest.fixture(scope="module", params=["3.9.2", "4.4.0"])
def guarded(request: pytest.FixtureRequest,
            _prepared: None) -> Iterator[Cluster]:
    """With ACLs; alice may see the topic."""
    with Cluster(request.param, listeners=["sasl_plain"],
                 authorizer=True) as cluster:
        cluster.driver.create_topic(TOPIC, 2)
        for partition in range(2):
            cluster.driver.produce(TOPIC, partition, 100)
        cluster.acl("alice", "DESCRIBE", "TOPIC", TOPIC)
        yield cluster


class Desk:
    """A group that moved on since the snapshot, and users who restore it."""

    def __init__(self, rig: Rig, group: str) -> None:
        self.rig, self.group = rig, group
        driver = rig.cluster.driver
        driver.commit(group, THEN)
        rig.snapshot("--group", group)
        driver.commit(group, NOW)

    def run(self, user: str, *words: str, password: str | None = None,
            status: int = 0) -> Any:
        properties = self.rig.cluster.rdkafka("sasl_plain", user,
                                              password=password)
        return self.rig.tidemark(
            *words, "-r", self.rig.repo, "--timeout", "12s", "--settle", "0s",
            *(word for name, value in properties.items()
              for word in ("-X", f"{name}={value}")), status=status)

    def restore(self, user: str, *more: str, password: str | None = None,
                status: int = 0) -> Any:
        return self.run(user, "restore", "--at", "latest", "--group",
                        self.group, *more, password=password, status=status)

    def undo(self, user: str, status: int = 0) -> Any:
        return self.run(user, "undo", "latest", "--execute", status=status)

    def now(self) -> dict[tuple[str, int], int]:
        return offsets(self.rig.cluster, self.group)


@pytest.fixture
def desk(guarded: Cluster, tidemark: Any, repo: Path, unique: Unique) -> Desk:
    return Desk(Rig(tidemark, repo, guarded), unique("g"))


def test_s2_a_wrong_password(desk: Desk) -> None:
    """Kafka's clients would try for ever; here it is told, and 1."""
    told = desk.restore("admin", "--execute", password="wrong-hunter2",
                        status=1)
    assert "uthenticat" in told.err
    assert "hunter2" not in told.out + told.err
    assert desk.now() == NOW


def test_s3_the_right_password(desk: Desk) -> None:
    desk.restore("admin", "--execute")
    assert desk.now() == THEN


def test_a1_only_the_right_to_see(desk: Desk) -> None:
    """DESCRIBE on group and topic are enough for a plan.  To carry it out is
    refused by the broker: each row with its group and the right that it
    lacks.  Nothing is half done, and with the right it goes through."""
    desk.rig.cluster.acl("alice", "DESCRIBE", "GROUP", desk.group)
    assert "2 to write" in desk.restore("alice").out
    told = desk.restore("alice", "--execute", status=1)
    rows = [line for line in told.out.splitlines()
            if line.startswith(desk.group) and " failed " in line]
    assert len(rows) == 2
    assert all("READ on the group is needed" in row for row in rows)
    assert "done" not in told.out
    assert desk.now() == NOW
    desk.rig.cluster.acl("alice", "READ", "GROUP", desk.group)
    told = desk.restore("alice", "--execute", status=1)
    assert f" {TOPIC} " in told.out
    assert "READ on the topic is needed" in told.out
    assert desk.now() == NOW
    desk.rig.cluster.acl("alice", "READ", "TOPIC", TOPIC)
    try:
        desk.restore("alice", "--execute")
    finally:
        desk.rig.cluster.acl("alice", "READ", "TOPIC", TOPIC, remove=True)
    assert desk.now() == THEN


def test_a1_not_even_that(desk: Desk) -> None:
    """Kafka's tool would say that there is no such group."""
    told = desk.restore("alice", status=4)
    assert desk.group in told.out
    assert "DESCRIBE on the group is needed" in told.out


def test_a1_undo_without_the_right_to_delete(desk: Desk) -> None:
    """What was there before is put back, what was not cannot be removed."""
    driver, group = desk.rig.cluster.driver, desk.group
    driver.delete_offsets(group, [(TOPIC, 1)])
    desk.restore("admin", "--execute")
    desk.rig.cluster.acl("alice", "READ", "GROUP", group)
    desk.rig.cluster.acl("alice", "READ", "TOPIC", TOPIC)
    try:
        told = desk.undo("alice", status=1)
    finally:
        desk.rig.cluster.acl("alice", "READ", "TOPIC", TOPIC, remove=True)
    assert "DELETE on the group is needed" in told.out
    assert desk.now() == {(TOPIC, 0): 60, (TOPIC, 1): 20}
    desk.undo("admin")
    assert desk.now() == {(TOPIC, 0): 60}
