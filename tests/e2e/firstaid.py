"""The third act of the story: a group is deleted that nobody ever took a
snapshot of, and comes back.

scripts/demo tells it, and test_firstaid.py runs it as a test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bed.cluster import Cluster
from bed.tools import kafka_consumer_groups
from bed.wait import wait_for

GROUP, TOPIC = "forgotten one", "parcels"
READ, RECORDS = 60, 90


class Tell(Protocol):
    """Runs tidemark and shows it; ends the story on another exit status."""

    def __call__(self, *words: str, status: int = 0) -> str: ...


def begin(cluster: Cluster) -> None:
    """A consumer reads what there is, and leaves; more comes."""
    driver = cluster.driver
    driver.create_topic(TOPIC, 1)
    driver.produce(TOPIC, 0, READ)
    with driver.consumer(GROUP, [TOPIC]):
        wait_for(lambda: (TOPIC, 0) in driver.offsets(GROUP) and
                 driver.offsets(GROUP)[TOPIC, 0].offset == READ, 30)
    driver.produce(TOPIC, 0, RECORDS - READ)


def lose(cluster: Cluster) -> None:
    """Kafka's own tool deletes the group."""
    kafka_consumer_groups(cluster, "--delete", "--group", GROUP)
    wait_for(lambda: not cluster.driver.offsets(GROUP), 20)


def rescue(cluster: Cluster, repo: str, tidemark: Tell,
           claim: Callable[[bool, str], None]) -> None:
    """From an empty repository to the next record."""
    words = ["-r", repo, "-b", cluster.bootstrap]
    tidemark("init", "-r", repo)
    told = tidemark("rescue", "list", *words, "--group", GROUP)
    claim("group-deleted" in told and f" {READ} " in told,
          "the offsets topic still tells what it held, and that it was "
          "deleted")
    line = next(line for line in told.splitlines()
                if "rescue snapshot" in line and "--at" in line)
    told = tidemark("rescue", "snapshot", *words, "--at", line.split()[-1])
    claim("complete, as of" in told, "it is a complete snapshot of then")
    identity = told.split("snapshot ")[1].split()[0]
    tidemark("restore", *words, "--at", identity, "--group", GROUP,
             "--execute")
    found = cluster.driver.first_records(GROUP, [TOPIC])[TOPIC, 0].offset
    claim(found == READ, f"the next record that {GROUP!r} reads is offset "
          f"{READ}, where it had stopped")
