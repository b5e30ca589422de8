"""The second act of the story: two hundred groups are lost at once, five of
them cannot simply be put back, each for another reason.

scripts/demo tells it, and test_night.py runs it as a test.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from bed.cluster import Cluster
from bed.wait import wait_for

GROUPS = 200
PREFIX = "shop-"
TOPICS = {"baskets": 3, "returns": 1, "clicks": 1, "views": 1}
RECORDS = 300
# Which group is broken how, and the rule that has to name it.
BROKEN = {
    "shop-7": "group-has-members",
    "shop-40": "topic-recreated",
    "shop-80": "below-log-start",
    "shop-120": "partition-created-later",
    "payroll": "position-now-unknown",
}
Positions = dict[str, dict[tuple[str, int], int]]


class Tell(Protocol):
    """Runs tidemark and shows it; ends the story on another exit status."""

    def __call__(self, *words: str, status: int = 0) -> str: ...


def names() -> list[str]:
    return [f"{PREFIX}{number}" for number in range(GROUPS - 1)] + ["payroll"]


def standing(cluster: Cluster) -> Positions:
    found = cluster.driver.all_offsets(names())
    return {group: {where: each.offset for where, each in there.items()}
            for group, there in found.items() if there}


def begin(cluster: Cluster) -> None:
    """The groups, and the topics that they read."""
    driver = cluster.driver
    for topic, partitions in TOPICS.items():
        driver.create_topic(topic, partitions)
        for partition in range(partitions):
            driver.produce(topic, partition, RECORDS)
    driver.seed(GROUPS - 1, [("baskets", number) for number in range(3)],
                prefix=PREFIX, offset=50)
    for group, topic in (("shop-40", "returns"), ("shop-80", "clicks"),
                         ("shop-120", "views")):
        driver.commit(group, {(topic, 0): 20})
    driver.commit("payroll", {("baskets", 0): 77})


def allow(cluster: Cluster, path: Path) -> None:
    """The operator may touch the shop's groups, and no others."""
    for operation in ("READ", "DELETE"):
        cluster.acl("alice", operation, "GROUP", PREFIX, pattern="PREFIXED")
    for topic in TOPICS:
        cluster.acl("alice", "READ", "TOPIC", topic)
    cluster.acl("alice", "DESCRIBE", "TOPIC", "__consumer_offsets")
    cluster.acl("alice", "DESCRIBE", "CLUSTER", "kafka-cluster")
    path.write_text("".join(
        f"{name}={value}\n" for name, value in
        cluster.java_properties("sasl_plain", "alice").items()),
        encoding="utf-8")


def lose(cluster: Cluster) -> None:
    """A bad deploy sets half of them to the log end, and deletes the rest."""
    driver = cluster.driver
    ends = {("baskets", number): RECORDS for number in range(3)}
    for number, group in enumerate(names()[:-1]):
        if number % 2 == 0:
            driver.commit(group, ends)
    driver.commit("payroll", {("baskets", 0): RECORDS})
    driver.delete_groups(*names()[1:-1:2])


def spoil(cluster: Cluster) -> None:
    """What else happened that night: see BROKEN."""
    driver = cluster.driver
    driver.delete_topics("returns")
    wait_for(lambda: ("returns", 0) not in standing(cluster)["shop-40"], 30)
    driver.create_topic("returns", 1)
    driver.delete_records({("clicks", 0): 100})
    driver.add_partitions("views", 2)


def check_plan(told: str, claim: Callable[[bool, str], None]) -> None:
    """Each of the five is named with its reason."""
    for group, rule in BROKEN.items():
        claim(any(line.split()[:1] == [group] and rule in line or
                  line.startswith(f"group {group}: {rule}")
                  for line in told.splitlines()), f"{group} is named: {rule}")


def restore(cluster: Cluster, repo: str, home: Path, tidemark: Tell,
            claim: Callable[[bool, str], None]) -> None:
    """From the loss to the proof, and back again."""
    words = ["-r", repo, "-b", cluster.address("sasl_plain"),
             "--command-config", str(home / "alice.properties")]
    wanted = ["--at", "latest", "--group", f"{PREFIX}*", "--group", "payroll",
              "--policy", "strict"]
    ends = {("baskets", partition): RECORDS for partition in range(3)}
    with cluster.driver.consumer("shop-7", ["baskets"]):
        wait_for(lambda: standing(cluster).get("shop-7") == ends, 30)
        before = standing(cluster)
        told = tidemark("restore", *words, *wanted, "--summary", status=4)
        check_plan(told, claim)
        claim(standing(cluster) == before, "the plan changed nothing")
        tidemark("restore", *words, *wanted, "--summary", "--execute",
                 status=4)
        after = standing(cluster)
        healthy = [name for name in names() if name not in BROKEN]
        claim(all(after[name] == {
            ("baskets", partition): 50 + int(name[len(PREFIX):])
            for partition in range(3)} for name in healthy),
            f"{len(healthy)} groups stand where they stood")
        claim(all(after.get(name, {}).get(where) == before.get(name, {}).get(
            where) for name, where in (
                ("payroll", ("baskets", 0)), ("shop-7", ("baskets", 0)),
                ("shop-40", ("returns", 0)), ("shop-80", ("clicks", 0)),
                ("shop-120", ("views", 1)))),
            "what was refused was not touched")
        tidemark("undo", *words, "latest", "--execute", "--summary")
    claim(standing(cluster) == before, "undo brought everything back to what "
          "it was before the restore")
