"""make bench: the numbers of design section 10 that this version can reach.

Whole processes, side by side on one real broker, in one run; the median of
several. Nothing is asserted: a timing belongs in a report.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bed.cluster import Cluster
from bed.driver import prepare
from bed.tools import kafka_consumer_groups

TREE = Path(__file__).resolve().parents[2]
BUILD = TREE / "build" / "release"
TIDEMARK = TREE / "build" / "tidemark"
TOPIC, PARTITIONS, PREFIX = "bench", 10, "bench-"


def measure(words: list[str | Path], status: int = 0) -> tuple[float, float]:
    """Seconds and peak memory in MB of one process."""
    started = time.monotonic()
    process = subprocess.Popen([os.fspath(word) for word in words],
                               stdout=subprocess.DEVNULL)
    _, code, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(code)
    if process.returncode != status:
        sys.exit(f"bench: {words[0]} ended with {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def median(words: list[str | Path], rounds: int) -> tuple[float, float]:
    runs = [measure(words) for _ in range(rounds)]
    return (statistics.median(seconds for seconds, _ in runs),
            max(memory for _, memory in runs))


def row(what: str, value: str, goal: str = "") -> None:
    print(f"{what:<58} {value:>12}  {goal}", flush=True)


def capture(cluster: Cluster, repo: Path, groups: int, rounds: int) -> None:
    positions = groups * PARTITIONS
    bare, _ = median([BUILD / "bench" / "bare_capture", cluster.bootstrap,
                      TOPIC, str(PARTITIONS)], rounds)
    ours, memory = median([TIDEMARK, "snapshot", "-q", "-r", repo, "-b",
                           cluster.bootstrap], rounds)
    started = time.monotonic()
    kafka_consumer_groups(cluster, "--describe", "--all-groups", deadline=300)
    tool = time.monotonic() - started
    archives = sorted((repo / "snapshots").rglob("*.zst"))
    size = archives[-1].stat().st_size
    print(f"\ncapture of {groups} groups, {positions} positions")
    row("kafka-consumer-groups --describe --all-groups", f"{tool:.2f} s")
    row("the bare requests", f"{bare:.2f} s")
    row("tidemark snapshot", f"{ours:.2f} s")
    row("  times faster than kafka-consumer-groups", f"{tool / ours:.1f}",
        "20 or more")
    row("  of the bare requests' time", f"{ours / bare:.2f}", "1.5 or less")
    row("  peak memory", f"{memory:.0f} MB", "64 or less")
    row("  archive, bytes per position", f"{size / positions:.2f}",
        "14 or less")


def restore(cluster: Cluster, repo: Path, groups: int, rounds: int) -> None:
    names = [f"{PREFIX}{number}" for number in range(groups)]
    bares, ours = [], []
    for _ in range(rounds):
        cluster.driver.delete_groups(*names)
        bares.append(measure([
            BUILD / "bench" / "bare_commit", cluster.bootstrap, TOPIC,
            str(PARTITIONS), PREFIX, str(groups)])[0])
        cluster.driver.delete_groups(*names)
        ours.append(measure([
            TIDEMARK, "restore", "-q", "-r", repo, "-b", cluster.bootstrap,
            "--at", "latest", "--group", f"{PREFIX}*", "--execute"])[0])
    bare, own = statistics.median(bares), statistics.median(ours)
    print(f"\nrestore of {groups} deleted groups, read-back included")
    row("the bare commits", f"{bare:.2f} s")
    row("tidemark restore --execute", f"{own:.2f} s")
    row("  of the bare commits' time", f"{own / bare:.2f}", "3 or less")


def codec() -> None:
    """formats/'s own benchmark: speed and size without a cluster."""
    program = BUILD / "bench" / "bench_archive"
    if program.exists():
        print("\narchive codec", flush=True)
        subprocess.run([program], check=True)


def storage(rounds: int) -> None:
    """In a process of its own: a child's peak memory begins with that of its
    parent, and clients of S3 are large."""
    subprocess.run([sys.executable, "-B", Path(__file__).with_name(
        "bench_storage.py"), "--rounds", str(rounds)], check=True)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--groups", type=int, default=10_000)
    words.add_argument("--rounds", type=int, default=5)
    options = words.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    codec()  # first: a child's peak memory begins with its parent's
    storage(options.rounds)
    repo = Path(tempfile.mkdtemp(prefix="tidemark-bench-"))
    try:
        prepare("4.4.0")
        measure([TIDEMARK, "init", "-q", "-r", repo / "r"])
        with Cluster("4.4.0", offsets_partitions=50) as cluster:
            cluster.driver.create_topic(TOPIC, PARTITIONS)
            for partition in range(PARTITIONS):
                cluster.driver.produce(TOPIC, partition, 1000)
            cluster.driver.seed(options.groups, [
                (TOPIC, at) for at in range(PARTITIONS)], prefix=PREFIX)
            capture(cluster, repo / "r", options.groups, options.rounds)
            restore(cluster, repo / "r", options.groups,
                    min(options.rounds, 3))
    finally:
        shutil.rmtree(repo, ignore_errors=True)


if __name__ == "__main__":
    main()
