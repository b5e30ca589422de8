"""What kafka-consumer-groups --delete-offsets does, in tidemark a part of
undo: the cases D1 to D9 of Kafka's own tests, by the numbers of
facts/kafka.md 6.

A restore had made the positions; undoing it takes them away again.  Where
tidemark differs on purpose, the test says why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bed.driver import Running
from bed.tools import kafka_consumer_groups
from bed.wait import wait_for
from rig import Rig, offsets

Unique = Callable[[str], str]

STOOD = 90  # where the groups stand in the topic that the restore leaves


class Made:
    """A group, no simple one, in which a restore made positions.

    It stands in one topic; in the other it had no position, and the restore
    put it at its beginning.
    """

    def __init__(self, rig: Rig, unique: Unique) -> None:
        self.rig, self.driver = rig, rig.cluster.driver
        self.group = unique("g")
        self.topic, self.other = unique("made"), unique("stood")
        for topic in (self.topic, self.other):
            self.driver.create_topic(topic, 2)
            for partition in range(2):
                self.driver.produce(topic, partition, 100)
        self.before = {(self.other, 0): STOOD}
        self.driver.commit(self.group, self.before)
        self.driver.first_records(self.group, [self.other])
        assert self.driver.groups()[self.group].protocol == "consumer"

    def restore(self, *topics: str) -> None:
        """Put the group at the beginning of TOPICS."""
        words = [word for topic in topics for word in ("--topic", topic)]
        self.rig.restore_at_once("--group", self.group, *words,
                                 "--to-earliest")

    def undo(self, *words: str, status: int = 0) -> Any:
        return self.rig.tidemark(
            "undo", "latest", "-r", self.rig.repo, "-b",
            self.rig.cluster.bootstrap, "--execute", "--settle", "0s", *words,
            status=status)

    def now(self) -> dict[tuple[str, int], int]:
        return offsets(self.rig.cluster, self.group)

    def made(self) -> dict[tuple[str, int], int]:
        """What the restore of the whole topic left."""
        return {**self.before, (self.topic, 0): 0, (self.topic, 1): 0}

    def member(self, *topics: str) -> Running:
        """A member that reads nothing and commits nothing."""
        return self.driver.consumer(self.group, topics, read=False,
                                    commit=False, client_id="busy-bee")

    def forget(self) -> None:
        """Delete the topic; Kafka takes its positions away with it."""
        self.driver.delete_topics(self.topic)
        wait_for(lambda: not any(topic == self.topic
                                 for topic, _ in self.now()), 20)


@pytest.fixture
def made(rig: Rig, unique: Unique) -> Made:
    return Made(rig, unique)


def test_d1_a_group_that_does_not_exist(rig: Rig, topic: str,
                                        unique: Unique) -> None:
    """Kafka: GROUP_ID_NOT_FOUND.  Here the group is as it was before the
    restore made it, so that nothing is left to do, and 0."""
    group = unique("g")
    rig.restore_at_once("--group", group, "--topic", topic, "--to-earliest")
    assert offsets(rig.cluster, group) == {(topic, 0): 0, (topic, 1): 0}
    rig.cluster.driver.delete_groups(group)
    told = kafka_consumer_groups(rig.cluster, "--delete-offsets", "--group",
                                 group, "--topic", topic)
    assert "does not exist" in told.out + told.err
    rig.tidemark("undo", "latest", "-r", rig.repo, "-b",
                 rig.cluster.bootstrap, "--execute", "--settle", "0s")
    assert group not in rig.cluster.driver.groups()


@pytest.mark.parametrize("partitions", [":1", ""])
def test_d2_d3_a_group_with_members(made: Made, partitions: str) -> None:
    """Kafka: GROUP_SUBSCRIBED_TO_TOPIC.  Here, with the members' names."""
    made.restore(f"{made.topic}{partitions}")
    with made.member(made.topic, made.other):
        before = made.now()
        told = made.undo(status=4)
        assert "busy-bee" in told.out
        assert made.now() == before


def test_d2_d3_also_in_topics_that_no_member_reads(made: Made) -> None:
    """Kafka's tool takes these away; a group with members is never touched
    here (contract 3), since what they read may be about to change."""
    made.restore(made.topic)
    with made.member(made.other):
        made.undo(status=4)
        assert made.now() == made.made()


@pytest.mark.parametrize("partitions", [":1", ""])
def test_d4_d5_members_and_an_unknown_topic(made: Made,
                                            partitions: str) -> None:
    """Kafka: UNKNOWN_TOPIC_OR_PARTITION; here the members come first."""
    made.restore(f"{made.topic}{partitions}")
    made.forget()
    with made.member(made.other):
        made.undo(status=4)
        assert made.now() == made.before


def test_d6_an_empty_group_and_a_partition(made: Made) -> None:
    made.restore(f"{made.topic}:1")
    assert made.now() == {**made.before, (made.topic, 1): 0}
    made.undo()
    assert made.now() == made.before


def test_d7_an_empty_group_and_a_topic(made: Made) -> None:
    made.restore(made.topic)
    assert made.now() == made.made()
    made.undo()
    assert made.now() == made.before
    assert made.group in made.driver.groups()


def test_d8_an_empty_group_and_an_unknown_partition(made: Made) -> None:
    """Kafka: UNKNOWN_TOPIC_OR_PARTITION.  The topic was made anew with fewer
    partitions; nothing is there as nothing was before, and that is 0."""
    made.restore(f"{made.topic}:1")
    made.forget()
    made.driver.create_topic(made.topic, 1)
    assert "as they are" in made.undo().out
    assert made.now() == made.before


def test_d9_an_empty_group_and_an_unknown_topic(made: Made) -> None:
    """Kafka: UNKNOWN_TOPIC_OR_PARTITION.  Here as in D8."""
    made.restore(made.topic)
    made.forget()
    assert "as they are" in made.undo().out
    assert made.now() == made.before
