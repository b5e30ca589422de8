"""Partitions without a leader: the cases R26 and R27 of Kafka's own tests, by
the numbers of facts/kafka.md 6, on three nodes of which one is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bed.cluster import Cluster
from bed.driver import Driver
from rig import Rig, offsets

Unique = Callable[[str], str]

LOST = 3


@dataclass(frozen=True)
class Halved:
    """Partitions 0 and 1 of the topic have leaders, 2 has none."""

    cluster: Cluster
    topic: str

    @property
    def driver(self) -> Driver:
        return self.cluster.driver


@pytest.fixture(scope="module")
def halved(_prepared: None) -> Iterator[Halved]:
    with Cluster("4.4.0", nodes=3) as cluster:
        driver = cluster.driver
        driver.create_topic("t", 3, replicas=[[1], [2], [LOST]])
        for partition in range(3):
            driver.produce("t", partition, 100)
        cluster.kill(LOST)
        cluster.wait_ready()
        yield Halved(cluster, "t")


@pytest.fixture
def reset(halved: Halved, tidemark: Any, repo: Any,
          unique: Unique) -> tuple[Rig, str]:
    """A group that stands in all three partitions."""
    group = unique("g")
    halved.driver.commit(group, {("t", number): 60 for number in range(3)})
    return Rig(tidemark, repo, halved.cluster), group


def test_r26_a_partition_without_a_leader_that_is_not_meant(
        reset: tuple[Rig, str]) -> None:
    rig, group = reset
    rig.restore_at_once("--group", group, "--topic", "t:0", "--to-earliest")
    assert offsets(rig.cluster, group) == {
        ("t", 0): 0, ("t", 1): 60, ("t", 2): 60}


def test_r27_a_partition_without_a_leader(reset: tuple[Rig, str]) -> None:
    """Kafka fails as a whole (LeaderNotAvailable); here the row is refused
    and named, and the others are done."""
    rig, group = reset
    told = rig.restore_at_once("--group", group, "--topic", "t:0,1,2",
                               "--to-earliest", "--timeout", "5s", status=4)
    refused = [line.split() for line in told.out.splitlines()
               if " refused " in line and line.startswith(group)]
    assert [row[1:3] for row in refused] == [["t", "2"]]
    assert "LEADER_NOT_AVAILABLE" in refused[0]
    assert offsets(rig.cluster, group) == {
        ("t", 0): 0, ("t", 1): 0, ("t", 2): 60}


def test_r27_no_number_is_put_into_it_either(reset: tuple[Rig, str]) -> None:
    """No number is written without knowing where the log begins and ends."""
    rig, group = reset
    told = rig.restore_at_once("--group", group, "--topic", "t:2",
                               "--to-offset", "50", "--timeout", "3s",
                               status=4)
    assert "LEADER_NOT_AVAILABLE" in told.out
    assert offsets(rig.cluster, group)["t", 2] == 60
