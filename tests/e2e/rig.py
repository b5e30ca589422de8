"""One broker, one repository, and the words that every restore needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bed.cluster import Cluster


class Rig:
    """What a test of restores works with."""

    def __init__(self, tidemark: Any, repo: Path, cluster: Cluster) -> None:
        self.tidemark, self.repo, self.cluster = tidemark, repo, cluster

    def snapshot(self, *more: str, status: int | None = 0) -> Any:
        return self.tidemark("snapshot", "-r", self.repo, "-b",
                             self.cluster.bootstrap, "--json", *more,
                             status=status).json()

    def restore(self, *more: str, status: int | None = 0) -> Any:
        return self.tidemark("restore", "-r", self.repo, "-b",
                             self.cluster.bootstrap, *more, status=status)

    def restore_at_once(self, *more: str, status: int | None = 0) -> Any:
        """Without the wait for simple groups that move."""
        return self.restore(*more, "--execute", "--settle", "0s",
                            status=status)

    def rows(self, *more: str, status: int | None = 0) -> dict[Any, Any]:
        """The rows of a plan by topic and partition, of one group."""
        told = self.restore(*more, "--json", status=status)
        return {(line["topic"], line["partition"]): line
                for line in told.jsonl() if "partition" in line}


def offsets(cluster: Cluster, group: str) -> dict[tuple[str, int], int]:
    return {where: each.offset
            for where, each in cluster.driver.offsets(group).items()}
