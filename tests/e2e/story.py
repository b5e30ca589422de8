"""The story that scripts/demo tells.  Every claim in it is checked; the first
one that does not hold ends it with status 1."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bed.cluster import Cluster  # noqa: E402
from bed.driver import Driver, prepare  # noqa: E402
from bed.tools import kafka_consumer_groups  # noqa: E402
from bed.wait import wait_for  # noqa: E402
import firstaid  # noqa: E402
import night  # noqa: E402

VERSION = "4.4.0"
TREE = Path(__file__).resolve().parents[2]
TOPIC = "orders"
RECORDS = 200
GROUPS = {"mail sender": 75, "billing": 120}  # by how far they read
BOLD, PLAIN = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")


def say(text: str) -> None:
    print(f"\n{BOLD}== {text}{PLAIN}", flush=True)


def claim(holds: bool, text: str) -> None:
    """Print a proof, or end the story."""
    if not holds:
        sys.exit(f"demo: FAILED: {text}")
    print(f"   proved: {text}", flush=True)


def shorten(text: str) -> str:
    """Two hundred groups in a page."""
    lines = text.splitlines(keepends=True)
    if len(lines) <= 40:
        return text
    return "".join([*lines[:14], f"   ... {len(lines) - 24} lines ...\n",
                    *lines[-10:]])


def tidemark(*words: str, status: int = 0) -> str:
    """Run it as a person would, and show both the command and its output."""
    print(f"$ tidemark {' '.join(map(shlex.quote, words))}", flush=True)
    done = subprocess.run([TREE / "build" / "tidemark", *words], text=True,
                          capture_output=True, check=False)
    print(shorten(done.stdout + done.stderr), end="", flush=True)
    if done.returncode != status:
        sys.exit(f"demo: FAILED: exit status {done.returncode}, not {status}")
    return done.stdout


def consume(driver: Driver, group: str, count: int) -> None:
    """A real consumer reads all that there is, and commits."""
    with driver.consumer(group, [TOPIC]):
        wait_for(lambda: (TOPIC, 0) in driver.offsets(group) and
                 driver.offsets(group)[TOPIC, 0].offset == count, 60)


def positions(driver: Driver) -> dict[str, int]:
    return {group: found[TOPIC, 0].offset
            for group, found in driver.all_offsets(GROUPS).items()}


def next_records(driver: Driver) -> dict[str, int]:
    """What a real consumer of each group reads next."""
    return {group: driver.first_records(group, [TOPIC])[TOPIC, 0].offset
            for group in GROUPS}


def tell(cluster: Cluster, repo: str) -> None:
    driver, broker = cluster.driver, cluster.bootstrap

    say("A topic, and two groups that each read what there is, and stop")
    driver.create_topic(TOPIC, 1)
    written = 0
    for group, count in GROUPS.items():
        driver.produce(TOPIC, 0, count - written)
        written = count
        consume(driver, group, count)
    driver.produce(TOPIC, 0, RECORDS - written)
    before = positions(driver)
    claim(before == GROUPS, "both have committed how far they read")
    for group, offset in before.items():
        print(f"   {group!r} has read {offset} of {RECORDS} records")

    say("Make a repository, and capture every group into it")
    tidemark("init", "-r", repo)
    tidemark("snapshot", "-r", repo, "-b", broker)
    tidemark("list", "-r", repo)
    tidemark("show", "latest", "-r", repo)

    say("The loss: both groups are deleted, by Kafka's own tool")
    for group in GROUPS:
        told = kafka_consumer_groups(cluster, "--delete", "--group", group)
        print(told.out.strip())
    wait_for(lambda: not positions(driver), 20)
    claim(positions(driver) == {}, "Kafka knows no position of them any more")

    say("What would a restore do?  The plan changes nothing")
    words = ["restore", "-r", repo, "-b", broker, "--at", "latest"]
    for group in GROUPS:
        words += ["--group", group]
    tidemark(*words)
    claim(positions(driver) == {}, "nothing was changed")

    say("Do it")
    tidemark(*words, "--execute")

    say("Proof, by Kafka's own tool and by real consumers")
    for group in GROUPS:
        told = kafka_consumer_groups(cluster, "--describe", "--group", group)
        print(told.out.strip())
    claim(positions(driver) == before, "each group stands where it stood")
    found = next_records(driver)
    for group, offset in found.items():
        print(f"   the next record that {group!r} reads: offset {offset}")
    claim(found == before, "each group reads on where it had stopped")

    say("And the archive is whole, byte by byte")
    tidemark("verify", "-r", repo)


def tell_night(cluster: Cluster, repo: str) -> None:
    """The second act: see night.py."""
    home = Path(repo).parent
    say(f"A bad night: {night.GROUPS} groups, captured; then a deploy deletes "
        "half of them and sets the others to the log end")
    night.begin(cluster)
    night.allow(cluster, home / "alice.properties")
    tidemark("snapshot", "-r", repo, "-b", cluster.bootstrap)
    night.lose(cluster)
    say("And one is running, one topic was made anew, one log was cut, one "
        "topic grew, one group is not ours to touch")
    night.spoil(cluster)
    night.restore(cluster, repo, home, tidemark, claim)


def tell_firstaid(cluster: Cluster, repo: str) -> None:
    """The third act: see firstaid.py."""
    say("No snapshot at all: a group is deleted, and the repository is empty")
    firstaid.begin(cluster)
    firstaid.lose(cluster)
    firstaid.rescue(cluster, repo, tidemark, claim)


def main() -> None:
    started = time.monotonic()
    repo = tempfile.mkdtemp(prefix="tidemark-demo-")
    try:
        say(f"Starting a throwaway Kafka {VERSION} broker (the first time it "
            "is fetched)")
        prepare(VERSION)
        with Cluster(VERSION, listeners=["sasl_plain"],
                     authorizer=True) as cluster:
            tell(cluster, f"{repo}/snapshots")
            tell_night(cluster, f"{repo}/snapshots")
            tell_firstaid(cluster, f"{repo}/rescued")
    finally:
        shutil.rmtree(repo, ignore_errors=True)
    print(f"\ndemo: all of it held, in {time.monotonic() - started:.0f} s; "
          "everything was cleaned up")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
