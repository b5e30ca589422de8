"""A group named exactly is read out of a part of its snapshot, a pattern out of
all of it.  Both must come to the same plan.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bed.cluster import Cluster

Unique = Callable[[str], str]


def plans(tidemark: Any, repo: Path, cluster: Cluster, group: str,
          at: str) -> tuple[list[Any], list[Any]]:
    """The rows of a plan for the name, and for a pattern that means it alone."""
    found = []
    for words in (group, group[:-1] + "[" + group[-1] + "]"):
        result = tidemark("plan", "-r", repo, "-b", cluster.bootstrap, "--at",
                          at, "--group", words, "--json", status=None)
        rows = [row for row in result.jsonl() if "topic" in row]
        for row in rows:  # each plan is of its own moment
            if row["high"] and row["high"]["snapshot"] == "now":
                del row["high"]["time"]
        found.append([result.status, rows])
    return found[0], found[1]


def test_a_group_that_reads_another_topic_since(
        tidemark: Any, repo: Path, broker_44: Cluster,
        unique: Unique) -> None:
    """The snapshot knows the topic, though the group had no position in it:
    the position that is there now is left alone, not refused."""
    driver, group = broker_44.driver, unique("g")
    then, since = unique("then"), unique("since")
    for topic in (then, since):
        driver.create_topic(topic, 2)
        driver.produce(topic, 0, 50)
    other = unique("other")
    driver.commit(other, {(since, 0): 3})
    driver.commit(group, {(then, 0): 17})
    snapshot = ("snapshot", "-r", repo, "-b", broker_44.bootstrap, "--json")
    made = tidemark(*snapshot).json()
    driver.commit(group, {(since, 0): 5})
    for at in (made["id"], "latest", "now"):
        named, pattern = plans(tidemark, repo, broker_44, group, at)
        assert named == pattern
        assert named[0] == 0
        assert any(row["topic"] == since for row in named[1])
