"""What captures the positions of all groups, each as a command line.

Where one cannot be had, a Missing says why, and its row "not measured".
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bed import dist, s3dist
from bed.cluster import Cluster
from bed.driver import CONSUMER_GROUPS, client_command
from measuring import BUILD, TIDEMARK, Words

HERE = Path(__file__).resolve().parent
GO_LEAST = (1, 26)  # of franz/go.mod


@dataclass(frozen=True)
class Missing:
    """A program that cannot be measured here."""

    why: str


@functools.cache
def has_source() -> bool:
    told = subprocess.run([TIDEMARK, "snapshot", "--help"], text=True,
                          capture_output=True, check=True).stdout
    return "--source" in told


def by_api(cluster: Cluster, repo: Path) -> Words:
    """A capture into REPO that asks the coordinators."""
    source = ["--source", "api"] if has_source() else []
    return [TIDEMARK, "snapshot", "-q", "-r", repo, "-b", cluster.bootstrap,
            *source]


def by_topic(cluster: Cluster, repo: Path) -> Words | Missing:
    """A capture into REPO that scans the offsets topic."""
    if not has_source():
        return Missing("tidemark has no --source")
    return [*by_api(cluster, repo)[:-1], "offsets-topic"]


def stock_tool(cluster: Cluster) -> Words:
    """kafka-consumer-groups, of all groups."""
    return [*client_command(cluster.version), CONSUMER_GROUPS,
            "--bootstrap-server", cluster.bootstrap, "--describe",
            "--all-groups"]


def bare_scan(cluster: Cluster) -> Words:
    return [BUILD / "bench" / "bare_scan", cluster.bootstrap]


def franz_go(cluster: Cluster) -> Words | Missing:
    """kadm.FetchManyOffsets; built each time, which costs little again."""
    compiler = s3dist.go(GO_LEAST)
    if compiler is None:
        return Missing("needs Go {}.{} or newer".format(*GO_LEAST))
    program = BUILD / "bench" / "franz"
    run = subprocess.run(
        [compiler, "build", "-trimpath", "-buildvcs=false", "-mod=readonly",
         "-o", program, "."], cwd=HERE / "franz", text=True,
        capture_output=True, check=False,
        env={**os.environ, "GOTOOLCHAIN": "local", "GOWORK": "off"})
    if run.returncode != 0:
        print(run.stderr[-3000:], file=sys.stderr)
        return Missing("Go could not build it")
    return [program, cluster.bootstrap]


def java(cluster: Cluster) -> Words | Missing:
    """AdminClient.listConsumerGroupOffsets of all groups in one call."""
    classes = BUILD / "bench" / "java"
    run = subprocess.run(
        [dist.jdk_tool("javac"), "-cp", cluster.dist.classpath(), "-d",
         classes, HERE / "java" / "AllOffsets.java"], text=True,
        capture_output=True, check=False)
    if run.returncode != 0:
        print(run.stderr[-3000:], file=sys.stderr)
        return Missing("javac could not compile it")
    *words, classpath = client_command(cluster.version)
    return [*words, f"{classpath}:{classes}", "AllOffsets", cluster.bootstrap]


def count(words: Words) -> int:
    """Run it once, outside of the measuring: the first number it prints."""
    out = subprocess.run(words, text=True, check=True,
                         stdout=subprocess.PIPE).stdout
    found = re.match(r"(\d+) ", out)
    if not found:
        sys.exit(f"bench: {words[0]} printed {out!r}")
    return int(found[1])
