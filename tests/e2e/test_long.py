"""What takes longer than every change should wait for: make test-long."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bed.cluster import Cluster

Unique = Callable[[str], str]

pytestmark = pytest.mark.long

ROUNDS = 8


def test_contract_1_eight_restarts_of_a_coordinator_show_nothing_old(
        make_cluster: Any, tidemark: Any, repo: Path) -> None:
    """verified.md 1.1: a plain OffsetFetch was old or empty in 6 of 8."""
    cluster: Cluster = make_cluster("4.4.0", 3)
    driver = cluster.driver
    driver.create_topic("t", 1)
    names = [f"g-{number}" for number in range(120)]
    for turn in range(1, ROUNDS + 1):
        for name in names:
            driver.commit(name, {("t", 0): turn})
        node = cluster.coordinator(names[turn])
        process = tidemark.start("snapshot", "-r", repo, "-b",
                                 cluster.bootstrap, "--timeout", "90s",
                                 "--source", "api")
        cluster.restart(node)
        out, err = process.communicate(timeout=150)
        assert process.returncode == 0, (out, err)
        shown = tidemark("show", "latest", "-r", repo, "--json").jsonl()
        found = {line["group"]: line["offset"] for line in shown
                 if line["kind"] == "position"}
        assert found == dict.fromkeys(names, turn)
        cluster.wait_in_sync()


def test_contract_8_three_hundred_kills_tear_nothing(
        tidemark: Any, repo: Path, broker_44: Cluster,
        unique: Unique) -> None:
    topic, stem = unique("t"), unique("kill-")
    broker_44.driver.create_topic(topic, 2)
    broker_44.driver.seed(2000, [(topic, 0), (topic, 1)], prefix=stem)
    chance, finished = random.Random(3), 0
    for _ in range(300):
        process = tidemark.start("snapshot", "-r", repo, "-b",
                                 broker_44.bootstrap, "--group", f"{stem}*")
        try:
            process.wait(timeout=chance.uniform(0.0, 0.4))
            finished += 1
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
    listed = tidemark("list", "-r", repo, "--json").jsonl()
    assert len(listed) >= finished
    told = tidemark("verify", "-r", repo).out
    assert f"{len(listed)} whole, 0 damaged" in told
