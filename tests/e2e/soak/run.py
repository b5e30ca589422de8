"""The whole soak: `make soak`, or by hand from tests/e2e

    python -m soak.run --program ../../build/tidemark --minutes 30

and test_soak.py with three minutes.  Everything of a run stays in its
directory: what the agent said, the journal, the log of trouble, the objects.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bed.cluster import Cluster
from bed.process import spawn, tail
from bed.s3 import VersityGw
from bed.wait import wait_for
from soak import chaos, load
from soak.agent import Agent, StandIn
from soak.history import Journal
from soak.judge import Case, Reading, Rules, Verdict
from soak.reader import KEY, Shelf

TREE = Path(__file__).resolve().parents[2]
TOPICS = {f"soak-{name}": 4 for name in ("orders", "clicks", "mails", "jobs")}
# Readers in the meantime, and what is asked afterwards, give up soon.
PATIENCE = ["--s3-retry", "10s"]
SHOWN_FAILURES = 20


@dataclass(frozen=True)
class Options:
    """What a soak is to be like.

    seconds   from the first capture to the last trouble
    settle    seconds that an agent may take after trouble to be at work again
    write     seconds that a flush may take
    gap       seconds between two readings of a group where all is well
    """

    program: Path
    directory: Path
    seconds: float = 150.0
    seed: int = 1
    groups: int = 300
    times: int = 1000
    asked: int = 40
    source: str = "auto"
    interval: float = 1.0
    window: float = 60.0
    flush: float = 5.0
    settle: float = 4.0
    write: float = 2.0
    gap: float = 6.0
    stand_in: bool = False
    pace: chaos.Pace = chaos.Pace()


@dataclass
class Watcher(threading.Thread):
    """A reader beside the agent, again and again.

    While the store is away it fails, and nobody wonders; else it must not.
    """

    soak: Soak
    words: list[str]

    def __post_init__(self) -> None:
        super().__init__()
        self.runs = 0
        self.failed: list[tuple[float, float, str]] = []

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        while not self.soak.ended.wait(2.0):
            begin = chaos.now_ms()
            done = self.soak.tidemark(*self.words)
            self.runs += 1
            if done.returncode != 0:
                self.failed.append((begin, chaos.now_ms(), f"{self.words}: "
                                    f"status {done.returncode}: {done.stderr}"))

    def unexcused(self, troubles: list[chaos.Trouble]) -> list[str]:
        away = [(each.begin, each.end) for each in troubles
                if each.who == "store"]
        return [text for begin, end, text in self.failed
                if not any(begin <= high and end >= low for low, high in away)]


class Soak:
    """One run."""

    def __init__(self, options: Options, cluster: Cluster,
                 server: VersityGw) -> None:
        self.options, self.cluster, self.server = options, cluster, server
        self.directory = options.directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self.begin = time.monotonic()
        self.bucket = server.bucket("soak")
        self.repo = f"s3://{self.bucket}/team/prod"
        self.ended = threading.Event()
        self.agent = self._agent()
        self.log = chaos.Log(self.directory / "trouble.jsonl", self.say)
        self.watchers = [Watcher(self, ["list", "--json"]),
                         Watcher(self, ["show", "latest", "--json"])]
        self.load: subprocess.Popen[Any] | None = None

    def say(self, text: str) -> None:
        line = f"{time.monotonic() - self.begin:7.1f} s  {text}"
        print(line, file=sys.stderr, flush=True)

    # The program

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("TIDEMARK", "KAFKA", "AWS"))}
        return {**kept, "HOME": str(self.directory), "LC_ALL": "C.UTF-8",
                **self.server.environment}

    def tidemark(self, command: str, *words: str,
                 timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.options.program), command, *words, "-r", self.repo,
             *PATIENCE], text=True, capture_output=True, check=False,
            timeout=timeout, env=self.environment(), cwd=self.directory)

    def _agent(self) -> Agent:
        options = self.options
        common = ["-b", self.cluster.bootstrap, "-r", self.repo]
        log = self.directory / "agent.log"
        if options.stand_in:
            return StandIn(options.program, [
                *common, "--timeout", "8s", "--s3-retry", "2s"],
                self.environment(), log, options.interval)
        return Agent(options.program, [
            *common, "--interval", f"{options.interval:g}s",
            "--window", f"{options.window:g}s",
            "--flush", f"{options.flush:g}s", "--source", options.source,
            "--metrics", "127.0.0.1:0"], self.environment(), log)

    # The run

    def run(self) -> str:
        """All of it; raises AssertionError, or tells what was judged."""
        self.prepare()
        trouble = chaos.Chaos(self.cluster, self.server, self.agent, self.log,
                              self.options.seed, self.options.pace)
        try:
            self.agent.start()
            wait_for(self._objects, 60, "the first capture is durable")
            for watcher in self.watchers:
                watcher.start()
            trouble.start()
            self._endure(trouble)
            trouble.stop()
            self._quiet()
            self._end()
        finally:
            trouble.ended.set()
            self.ended.set()
            self.agent.close()
            self._end_load()
        return self.judge()

    def prepare(self) -> None:
        options, driver = self.options, self.cluster.driver
        done = self.tidemark("init")
        assert done.returncode == 0, done.stderr
        records = round(200 + 25 * (options.seconds + 60))
        for topic, partitions in TOPICS.items():
            driver.create_topic(topic, partitions)
            for number in range(partitions):
                driver.produce(topic, number, records, step_ms=10)
        config = load.Config(self.cluster.bootstrap,
                             str(self.directory / "journal.jsonl"),
                             self.cluster.offsets_partitions,
                             load.plans(options.groups, TOPICS), options.seed)
        config.write(self.directory / "load.json")
        with open(self.directory / "load.log", "ab") as log:
            self.load = spawn(
                [sys.executable, "-m", "soak.load",
                 str(self.directory / "load.json")], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, cwd=TREE / "e2e",
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        self.say("ready")

    def _objects(self) -> list[Path]:
        root = self.server.data / self.bucket
        return sorted(root.glob("team/prod/snapshots/**/*.tar.zst"))

    def _endure(self, trouble: chaos.Chaos) -> None:
        until = time.monotonic() + self.options.seconds
        while time.monotonic() < until and not trouble.ended.wait(0.5):
            self._check()

    def _check(self) -> None:
        self.agent.check_alive()
        assert self.load is not None
        assert self.load.poll() is None, tail(self.directory / "load.log")

    def _quiet(self) -> None:
        """Until everything has been captured once more, and written."""
        calm = chaos.now_ms() + 2000 * self.options.interval
        self.say("calm")

        def written() -> bool:
            self._check()
            found = [KEY.search(path.name) for path in self._objects()]
            return any(each is not None and key_ms(each["to"]) > calm
                       for each in found)

        wait_for(written, 90, "captures are written after the last trouble",
                 every=0.2)

    def _end(self) -> None:
        self.ended.set()
        for watcher in self.watchers:
            watcher.join()
        if not self.options.stand_in:
            self.say(f"this run of the agent: {self.agent.cpu_seconds():.1f} s"
                     f" of CPU in {self.agent.age():.0f} s, at most "
                     f"{self.agent.memory_kb() / 1024:.0f} MB")
            (self.directory / "metrics.txt").write_text(
                self.agent.page("/metrics"), "utf-8")
        status, seconds = self.agent.stop()
        self.say(f"the agent ended with {status} after {seconds:.1f} s")
        assert status == 0, tail(self.directory / "agent.log")
        assert seconds < 10, f"SIGTERM took {seconds:.1f} s"

    def _end_load(self) -> None:
        if self.load is not None and self.load.poll() is None:
            self.load.send_signal(signal.SIGTERM)
            try:
                self.load.wait(30)
            except subprocess.TimeoutExpired:
                self.load.kill()
                self.load.wait()

    # Afterwards

    def judge(self) -> str:
        journal = Journal.read(self.directory / "journal.jsonl")
        shelf = Shelf.read(self._objects())
        self.say(f"{journal.acknowledged} commits acknowledged, "
                 f"{journal.unsure} not; {len(shelf.windows)} windows, "
                 f"{shelf.captures} captures")
        verdict = self.verdict(journal, shelf)
        self.say(str(verdict))
        problems = [str(each) for each in verdict.failures]
        problems += self._ask(shelf)
        problems += self._look(shelf)
        (self.directory / "failures.txt").write_text(
            "\n".join(problems) + "\n" if problems else "", "utf-8")
        if problems:
            shown = "\n".join(problems[:SHOWN_FAILURES])
            shutil.copytree(self.server.data / self.bucket,
                            self.directory / "objects", dirs_exist_ok=True)
            raise AssertionError(
                f"{len(problems)} failures, all in {self.directory}/"
                f"failures.txt, and the objects; seed {self.options.seed}\n"
                f"{shown}\n\n"
                + "\n".join(map(str, self.log.troubles)))
        return str(verdict)

    def rules(self) -> Rules:
        options = self.options
        return Rules(options.times, options.gap * 1000, tuple(chaos.excuses(
            self.log.troubles, flush_ms=options.flush * 1000,
            write_ms=options.write * 1000, settle_ms=options.settle * 1000,
            kept_while_away=self.agent.keeps)), options.seed)

    def verdict(self, journal: Journal, shelf: Shelf) -> Verdict:
        total, rules = Verdict(), self.rules()
        for group in sorted(journal.changes):
            readings = shelf.readings(group, self.cluster.offsets_partitions)
            total.add(Case(group, journal.of(group), readings, rules).judge())
        return total

    def _look(self, shelf: Shelf) -> list[str]:
        """What the program itself has to say of the repository, and readers
        in the meantime."""
        problems = []
        done = self.tidemark("verify", timeout=600)
        if done.returncode != 0:
            problems.append(f"verify: status {done.returncode}\n{done.stdout}"
                            f"{done.stderr}")
        versions: dict[str, int] = {}
        for name in shelf.leftovers:
            found = KEY.search(name)
            assert found is not None
            versions[found["id"]] = versions.get(found["id"], 0) + 1
        problems += [f"{count} smaller versions of window {which} are left"
                     for which, count in versions.items() if count > 1]
        for watcher in self.watchers:
            problems += watcher.unexcused(self.log.troubles)
            self.say(f"{watcher.words[0]}: {watcher.runs} times, "
                     f"{len(watcher.failed)} failed, "
                     f"{len(watcher.unexcused(self.log.troubles))} of these "
                     "with the store in place")
        self.say(f"{len(shelf.leftovers)} smaller versions left")
        return problems

    def _ask(self, shelf: Shelf) -> list[str]:
        """The same of the program: plan --at T, and show ID@T."""
        draw = random.Random(f"{self.options.seed} ask")
        groups = sorted({group for window in shelf.windows
                         for group in window.groups})
        problems = []
        for turn in range(self.options.asked):
            group = draw.choice(groups)
            readings = sorted(shelf.readings(
                group, self.cluster.offsets_partitions), key=lambda r: r.end)
            time_ms = draw.randrange(int(readings[0].end),
                                     int(readings[-1].end))
            at = max(n for n, r in enumerate(readings) if r.end <= time_ms)
            want = readings[at].offsets
            ask = self._planned if turn % 2 else self._shown
            try:
                told = ask(group, time_ms, readings[at])
            except AssertionError as error:
                problems.append(str(error))
                continue
            if told != want:
                problems.append(
                    f"{ask.__name__}: group {group}, T {time_ms}, of "
                    f"{readings[at].name}: told {told}, but it is {want}")
        self.say(f"{self.options.asked} answers asked of the program, "
                 f"{len(problems)} wrong")
        return problems

    def _planned(self, group: str, time_ms: int,
                 _: Reading) -> dict[tuple[str, int], int]:
        done = self.tidemark("plan", "--at", str(time_ms), "--json", "-b",
                             self.cluster.bootstrap, "-g", group)
        assert done.returncode in (0, 3, 4), f"plan: {done.stderr}"
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return {(row["topic"], row["partition"]): row["low"]["offset"]
                for row in rows if row.get("low")
                and row["low"].get("offset") is not None}

    def _shown(self, group: str, _: int,
               reading: Reading) -> dict[tuple[str, int], int]:
        """At the end of that capture: a later one may have a hole here."""
        found = KEY.search(reading.name.split()[0])
        assert found is not None, reading.name
        which = found["id"]
        if not self.options.stand_in:
            which += f"@{reading.end:.0f}"
        done = self.tidemark("show", which, "--json", "-g", group)
        if "no group of snapshot" in done.stderr:
            return {}
        assert done.returncode in (0, 3), f"show {which}: {done.stderr}"
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return {(row["topic"], row["partition"]): row["offset"]
                for row in rows if row["kind"] == "position"}


def key_ms(text: str) -> float:
    """Milliseconds of a time in a key."""
    whole = datetime.datetime.strptime(text[:15] + "+0000", "%Y%m%dT%H%M%S%z")
    return whole.timestamp() * 1000 + int(text[15:18])


def soak(options: Options, version: str = "4.4.0",
         properties: Mapping[str, object] | None = None) -> str:
    with Cluster(version, 3, properties=properties) as cluster, \
            VersityGw() as server:
        return Soak(options, cluster, server).run()  # type: ignore[arg-type]


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("--program", type=Path,
                        default=TREE.parent / "build" / "tidemark")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--source", default="auto",
                        choices=("auto", "follow", "poll"))
    parser.add_argument("--version", default="4.4.0")
    parser.add_argument("--groups", type=int, default=300)
    parser.add_argument("--directory", type=Path,
                        help="for what a run leaves behind")
    parser.add_argument("--stand-in", action="store_true",
                        help="a loop of snapshots instead of the agent")
    given = parser.parse_args()
    directory = given.directory / str(given.seed) if given.directory else \
        Path(tempfile.mkdtemp(prefix="soak-"))
    print(f"seed {given.seed}, {directory}", file=sys.stderr)
    try:
        print(soak(Options(
            given.program.absolute(), directory, given.minutes * 60,
            given.seed, given.groups, source=given.source,
            stand_in=given.stand_in,
            pace=chaos.LONG if given.minutes > 5 else chaos.Pace()),
            given.version))
    except AssertionError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
