"""The agent on one real broker, following and polling: what a capture costs.

A process of its own: a child's peak memory begins with that of its parent.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from bed.cluster import Cluster
from bed.driver import prepare
from bed.wait import wait_for
from measuring import TIDEMARK, row
from soak.agent import Agent

TOPIC, PARTITIONS, PREFIX = "bench", 10, "bench-"
CAPTURES, SHARE = 12, 0.15


def captures(agent: Agent) -> float:
    return agent.metrics().get("tidemark_captures_total", 0.0)


def wait_captures(agent: Agent, count: float) -> None:
    def enough() -> bool:
        agent.check_alive()
        return captures(agent) >= count

    wait_for(enough, 600, f"{count} captures", every=0.2)


def run(cluster: Cluster, scratch: Path, source: str, interval: str,
        groups: int) -> None:
    """CAPTURES of them; before each a part of the positions moves."""
    repo = scratch / source
    os.spawnv(os.P_WAIT, TIDEMARK, [TIDEMARK, "init", "-q", "-r", repo])
    agent = Agent(TIDEMARK, [
        "-b", cluster.bootstrap, "-r", str(repo), "--interval", interval,
        "--window", "24h", "--flush", "1h", "--source", source,
        "--max-requests-per-second", "100000", "--metrics", "127.0.0.1:0"],
        os.environ, scratch / f"{source}.log")
    agent.start()
    agent.wait_said("metrics at")
    wait_captures(agent, 2)
    first, cpu, seconds = captures(agent), agent.cpu_seconds(), 0.0
    while captures(agent) < first + CAPTURES:
        cluster.driver.seed(int(groups * SHARE), [
            (TOPIC, at) for at in range(PARTITIONS)], prefix=PREFIX)
        wait_captures(agent, captures(agent) + 1)
        seconds += agent.metrics()["tidemark_capture_duration_seconds"]
    made = captures(agent) - first
    used = (agent.cpu_seconds() - cpu) / made
    memory = agent.memory_kb() / 1024
    assert agent.stop()[0] == 0, agent.said()
    size = sum(each.stat().st_size
               for each in (repo / "snapshots").rglob("*.zst"))
    print(f"\nagent, {source}: {groups} groups, {groups * PARTITIONS} "
          f"positions, {SHARE:.0%} of them move before each capture")
    row("CPU of a capture", f"{used:.3f} s")
    row("a capture, mean", f"{seconds / made:.3f} s")
    row("peak memory", f"{memory:.0f} MB", "64 or less")
    row(f"a window of {first + made:.0f} captures", f"{size / 1e6:.2f} MB")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--groups", type=int, default=10_000)
    options = words.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="tidemark-bench-"))
    try:
        prepare("4.4.0")
        with Cluster("4.4.0", offsets_partitions=50) as cluster:
            cluster.driver.create_topic(TOPIC, PARTITIONS)
            for partition in range(PARTITIONS):
                cluster.driver.produce(TOPIC, partition, 1000)
            cluster.driver.seed(options.groups, [
                (TOPIC, at) for at in range(PARTITIONS)], prefix=PREFIX)
            run(cluster, scratch, "follow", "2s", options.groups)
            run(cluster, scratch, "poll", "5s", options.groups)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
