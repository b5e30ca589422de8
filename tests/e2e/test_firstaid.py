"""A group without any snapshot comes back: the third act of scripts/demo, as a
test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import firstaid
from bed.cluster import Cluster


def test_a_group_comes_back_without_a_snapshot(
        broker_44: Cluster, tidemark: Any, tmp_path: Path) -> None:
    def tell(*words: str, status: int = 0) -> str:
        found: str = tidemark(*words, status=status).out
        return found

    def claim(holds: bool, text: str) -> None:
        assert holds, text

    firstaid.begin(broker_44)
    firstaid.lose(broker_44)
    firstaid.rescue(broker_44, str(tmp_path / "repo"), tell, claim)
