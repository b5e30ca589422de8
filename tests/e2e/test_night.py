"""Two hundred groups lost at once, five of them broken in different ways: the
second act of scripts/demo, as a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import night


def test_two_hundred_groups_five_of_them_broken(make_cluster: Any,
                                                tidemark: Any, repo: Path,
                                                tmp_path: Path) -> None:
    cluster = make_cluster("4.4.0", listeners=["sasl_plain"], authorizer=True)

    def tell(*words: str, status: int = 0) -> str:
        found: str = tidemark(*words, status=status).out
        return found

    def claim(holds: bool, text: str) -> None:
        assert holds, text

    night.begin(cluster)
    night.allow(cluster, tmp_path / "alice.properties")
    tell("snapshot", "-r", str(repo), "-b", cluster.bootstrap)
    night.lose(cluster)
    night.spoil(cluster)
    night.restore(cluster, str(repo), tmp_path, tell, claim)
