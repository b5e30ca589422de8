"""make bench: the numbers of design section 10 that this version can reach.

Whole processes, side by side on one real broker, in one run; the median of
several. Nothing is asserted: a timing belongs in a report.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import peers
from bed.cluster import Cluster
from bed.driver import prepare
from measuring import BUILD, TIDEMARK, Words, in_turn, measure, median, row

TOPIC, PARTITIONS, PREFIX = "bench", 10, "bench-"
HISTORY = 4

API, SCAN = "tidemark snapshot --source api", "a bare scan of the offsets topic"
OURS = "tidemark snapshot --source offsets-topic"
FRANZ, JAVA = "franz-go, kadm.FetchManyOffsets", "Java, one AdminClient call"


def seed(cluster: Cluster, groups: int) -> None:
    cluster.driver.seed(groups, [(TOPIC, at) for at in range(PARTITIONS)],
                        prefix=PREFIX)


def capture(cluster: Cluster, repo: Path, groups: int, rounds: int,
            tool: float) -> None:
    positions = groups * PARTITIONS
    ran = in_turn({
        "bare": [BUILD / "bench" / "bare_capture", cluster.bootstrap, TOPIC,
                 str(PARTITIONS)],
        "ours": peers.by_api(cluster, repo)}, rounds)
    bare, (ours, memory) = ran["bare"][0], ran["ours"]
    archives = sorted((repo / "snapshots").rglob("*.zst"))
    size = archives[-1].stat().st_size
    print(f"\ncapture of {groups} groups, {positions} positions")
    row("kafka-consumer-groups --describe --all-groups", f"{tool:.2f} s")
    row("the bare requests", f"{bare:.2f} s")
    row(API, f"{ours:.2f} s")
    row("  times faster than kafka-consumer-groups", f"{tool / ours:.1f}",
        "20 or more")
    row("  of the bare requests' time", f"{ours / bare:.2f}", "1.5 or less")
    row("  peak memory", f"{memory:.0f} MB", "64 or less")
    row("  archive, bytes per position", f"{size / positions:.2f}",
        "14 or less")


def beside(programs: dict[str, Words | peers.Missing], rounds: int,
           records: int = 0) -> dict[str, tuple[float, float]]:
    """Measure what is there, and print a row for each; with RECORDS also how
    many of them in a second."""
    ran = in_turn({name: each for name, each in programs.items()
                   if not isinstance(each, peers.Missing)}, rounds)
    for name, each in programs.items():
        if isinstance(each, peers.Missing):
            row(name, "not measured", each.why)
            continue
        seconds, memory = ran[name]
        speed = f", {records / seconds / 1e6:.2f} M records/s"
        row(name, f"{seconds:.3f} s",
            f"{memory:.0f} MB{speed if records else ''}")
    return ran


def goals(ran: dict[str, tuple[float, float]]) -> None:
    """What the capture from the offsets topic has to reach, if it ran."""
    if OURS not in ran:
        return
    seconds, memory = ran[OURS]
    if FRANZ in ran:
        row("  times faster than franz-go", f"{ran[FRANZ][0] / seconds:.2f}",
            "more than 1")
    row("  of the bare scan's time", f"{seconds / ran[SCAN][0]:.2f}",
        "2 or less")
    row("  peak memory", f"{memory:.0f} MB", "64 or less")


def offsets_topic(cluster: Cluster, repo: Path, groups: int, rounds: int,
                  tool: float) -> None:
    """The capture that scans the offsets topic, beside the quickest that ask
    the coordinators; then again behind a longer history."""
    scan = peers.bare_scan(cluster)
    ours = peers.by_topic(cluster, repo)
    asking = {FRANZ: peers.franz_go(cluster), JAVA: peers.java(cluster)}
    for name, each in asking.items():
        if not isinstance(each, peers.Missing) and peers.count(each) != groups:
            sys.exit(f"bench: not all groups were seen by {name}")
    print(f"\ncapture of {groups} groups by the offsets topic, "
          f"{peers.count(scan)} records in it")
    ran = beside({SCAN: scan, OURS: ours, API: peers.by_api(cluster, repo),
                  **asking}, rounds)
    row("kafka-consumer-groups --describe --all-groups", f"{tool:.2f} s")
    goals(ran)
    for _ in range(HISTORY - 1):
        seed(cluster, groups)
    records = peers.count(scan)
    print(f"\nthe same groups, {records} records in the offsets topic")
    goals(beside({SCAN: scan, OURS: ours}, rounds, records))


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
    for name in ("archive", "window"):
        program = BUILD / "bench" / f"bench_{name}"
        if program.exists():
            print(f"\n{name} codec", flush=True)
            subprocess.run([program], check=True)


def series() -> None:
    subprocess.run([sys.executable, "-B",
                    Path(__file__).with_name("bench_series.py")], check=True)


def storage(rounds: int) -> None:
    """In a process of its own: a child's peak memory begins with that of its
    parent, and clients of S3 are large."""
    subprocess.run([sys.executable, "-B", Path(__file__).with_name(
        "bench_storage.py"), "--rounds", str(rounds)], check=True)


def agent(groups: int) -> None:
    """In a process of its own, for the same reason."""
    subprocess.run([sys.executable, "-B", Path(__file__).with_name(
        "bench_agent.py"), "--groups", str(groups)], check=True)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--groups", type=int, default=10_000)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--only-kafka", action="store_true",
                       help="leave out what needs no broker")
    options = words.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not options.only_kafka:
        codec()  # first: a child's peak memory begins with its parent's
        series()
        storage(options.rounds)
    repo = Path(tempfile.mkdtemp(prefix="tidemark-bench-"))
    try:
        prepare("4.4.0")
        measure([TIDEMARK, "init", "-q", "-r", repo / "r"])
        with Cluster("4.4.0", offsets_partitions=50) as cluster:
            cluster.driver.create_topic(TOPIC, PARTITIONS)
            for partition in range(PARTITIONS):
                cluster.driver.produce(TOPIC, partition, 1000)
            seed(cluster, options.groups)
            tool, _ = measure(peers.stock_tool(cluster))  # one run: it is slow
            for section in (capture, offsets_topic):
                section(cluster, repo / "r", options.groups, options.rounds,
                        tool)
            restore(cluster, repo / "r", options.groups,
                    min(options.rounds, 3))
        agent(options.groups)
    finally:
        shutil.rmtree(repo, ignore_errors=True)


if __name__ == "__main__":
    main()
