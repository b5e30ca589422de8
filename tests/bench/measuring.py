"""Whole processes measured from outside, and the rows of the report."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
TIDEMARK = Path(os.environ.get("TIDEMARK", TREE / "build" / "tidemark"))
BUILD = TIDEMARK.parent / "release"

Words = list[str | Path]


def measure(words: Words, status: int = 0) -> tuple[float, float]:
    """Seconds and peak memory in MB of one process."""
    with tempfile.TemporaryFile("w+") as errors:
        started = time.monotonic()
        process = subprocess.Popen([os.fspath(word) for word in words],
                                   stdout=subprocess.DEVNULL, stderr=errors)
        _, code, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(code)
        if process.returncode != status:
            errors.seek(0)
            sys.exit(f"{errors.read()[-3000:]}\n"
                     f"bench: {words[0]} ended with {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def in_turn(programs: Mapping[str, Words],
            rounds: int) -> dict[str, tuple[float, float]]:
    """The median of each, one after the other in every round: what slows the
    machine meanwhile slows all of them."""
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, words in programs.items():
            runs[name].append(measure(words))
    return {name: (statistics.median(seconds for seconds, _ in each),
                   max(memory for _, memory in each))
            for name, each in runs.items()}


def median(words: Words, rounds: int) -> tuple[float, float]:
    return in_turn({"": words}, rounds)[""]


def row(what: str, value: str, goal: str = "") -> None:
    print(f"{what:<58} {value:>12}  {goal}", flush=True)
