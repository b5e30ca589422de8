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

from bed import s3dist
from bed.archive import Archive
from bed.cluster import Cluster
from bed.driver import prepare
from bed.faultproxy import FaultProxy
from bed.s3 import VersityGw
from bed.tools import kafka_consumer_groups

TREE = Path(__file__).resolve().parents[2]
BUILD = TREE / "build" / "release"
TIDEMARK = TREE / "build" / "tidemark"
TOPIC, PARTITIONS, PREFIX = "bench", 10, "bench-"
SINGLE = "fraud-card-scorer-003333-single"  # of tests/unit/formats/modelgen.h


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


def shell(text: str, cwd: Path) -> float:
    """Seconds of a command line."""
    started = time.monotonic()
    subprocess.run(["bash", "-c", f"set -o pipefail; {text}"], check=True,
                   cwd=cwd)
    return time.monotonic() - started


def peers_of_the_format(scratch: Path, archive: Path) -> None:
    """What others make of the same million positions: only packing, where ours
    also makes the text, the CSV, the hashes and the index."""
    text, lines = scratch / "text", scratch / "lines.jsonl"
    text.mkdir()
    subprocess.run(["tar", "--zstd", "-xf", archive, "-C", text], check=True)
    with open(lines, "wb") as out:
        subprocess.run([TIDEMARK, "show", "--json", archive], check=True,
                       stdout=out)
    print("\nthe same million positions by other means")
    row("our archive, all of it", f"{archive.stat().st_size / 1e6:.2f} MB")
    for what, command in (
            ("tar and zstd -3 of the same text", "tar -cf - text | zstd -q -3"),
            ("a JSON line for each position, zstd -3",
             "zstd -q -3 -c lines.jsonl"),
            ("a JSON line for each position, zstd -1",
             "zstd -q -1 -c lines.jsonl")):
        spent = shell(f"{command} >packed", scratch)
        row(what, f"{(scratch / 'packed').stat().st_size / 1e6:.2f} MB",
            f"{spent:.2f} s")


def object_storage(scratch: Path, archive: Path, rounds: int) -> None:
    """One group out of a million positions, from a real S3 server."""
    if s3dist.versitygw() is None:
        print("\nS3: not measured, versitygw needs Go")
        return
    parsed = Archive.parse(archive.read_bytes()).manifest()
    begin, end = (parsed["captures"][0][name]  # type: ignore[index]
                  for name in ("start", "end"))

    def stamp(ms: int) -> str:
        return time.strftime("%Y%m%dT%H%M%S",
                             time.gmtime(ms // 1000)) + f"{ms % 1000:03}Z"

    key = (f"snapshots/bench/{time.strftime('%Y/%m/%d', time.gmtime(begin // 1000))}"
           f"/{stamp(begin)}-{parsed['id']}-{stamp(end)}-c-00000000.tar.zst")
    with VersityGw() as server, FaultProxy(server.port) as proxy:
        os.environ.update(server.environment)
        bucket = server.bucket("bench")
        place = ["-r", f"s3://{bucket}"]
        measure([TIDEMARK, "init", "-q", *place])
        body = archive.read_bytes()
        server.boto().put_object(Bucket=bucket, Key=key, Body=body)
        words = [TIDEMARK, "show", str(parsed["id"]), *place, "--json",
                 "--group", SINGLE]
        one, _ = median(words, rounds)
        whole, memory = median([TIDEMARK, "verify", "-q", *place], rounds)
        os.environ["AWS_ENDPOINT_URL_S3"] = proxy.endpoint
        measure(words)
        ranged = [each for each in proxy.requests if "range" in each.headers]
    print("\none group of one topic out of 1,000,000 positions in S3 (loopback)")
    row("tidemark show --group, the whole process", f"{one * 1000:.0f} ms",
        "50 or less")
    row("  ranged reads", str(len(ranged)), "3 or less")
    row("  bytes of them",
        str(sum(each.answer_size for each in ranged)), "200000 or less")
    row("tidemark verify of all of it", f"{whole:.2f} s")
    row("  peak memory", f"{memory:.0f} MB", "256 or less")


def storage(rounds: int) -> None:
    scratch = Path(tempfile.mkdtemp(prefix="tidemark-bench-"))
    try:
        archive = scratch / "million.tar.zst"
        subprocess.run([BUILD / "bench" / "bench_archive", archive], check=True)
        peers_of_the_format(scratch, archive)
        object_storage(scratch, archive, rounds)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


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
