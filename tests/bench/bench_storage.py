"""The part of make bench that is about archives and S3, without Kafka."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from bed import s3dist
from bed.archive import Archive
from bed.faultproxy import FaultProxy
from bed.s3 import VersityGw
from measuring import BUILD, TIDEMARK, measure, median, row

SINGLE = "fraud-card-scorer-003333-single"  # of tests/unit/formats/modelgen.h


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


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rounds", type=int, default=5)
    rounds = words.parse_args().rounds
    scratch = Path(tempfile.mkdtemp(prefix="tidemark-bench-"))
    try:
        archive = scratch / "million.tar.zst"
        subprocess.run([BUILD / "bench" / "bench_archive", archive], check=True)
        peers_of_the_format(scratch, archive)
        object_storage(scratch, archive, rounds)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
