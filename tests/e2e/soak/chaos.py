"""What goes wrong in a soak, when, and the log of it.

At most one broker is in trouble at a time, and the next one only when all
replicas are in sync again: so what was acknowledged stays.  The store and the
agent have their troubles whenever it comes.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bed.cluster import Cluster
from bed.s3 import Server
from soak.agent import Agent


def now_ms() -> float:
    return time.time() * 1000.0


@dataclass(frozen=True)
class Trouble:
    """BEGIN: just before it; END: when all was well again."""

    who: str
    what: str
    begin: float
    end: float
    note: str = ""

    def __str__(self) -> str:
        return (f"{self.who} {self.what} {self.note}".rstrip()
                + f", {(self.end - self.begin) / 1000:.1f} s")


@dataclass(frozen=True)
class Pace:
    """Seconds, each from and to: how long trouble lasts, and what is between.
    """

    down: tuple[float, float] = (2.0, 6.0)
    frozen: tuple[float, float] = (4.0, 8.0)
    quiet: tuple[float, float] = (10.0, 16.0)
    kill_after: tuple[float, float] = (20.0, 40.0)
    store_after: tuple[float, float] = (20.0, 40.0)
    store_away: tuple[float, float] = (8.0, 16.0)


LONG = Pace(down=(3.0, 30.0), frozen=(4.0, 60.0), quiet=(15.0, 60.0),
            kill_after=(20.0, 150.0), store_after=(40.0, 240.0),
            store_away=(8.0, 90.0))


def excuses(troubles: Iterable[Trouble], *, flush_ms: float, write_ms: float,
            settle_ms: float,
            kept_while_away: bool = True) -> Iterator[tuple[float, float]]:
    """The spans in which moments may be missing.

    flush_ms   the flush interval, the most that a kill may cost
    write_ms   how long a flush itself may take
    settle_ms  how long the agent may take to be at work again
    """
    troubles = list(troubles)
    away = [each for each in troubles if each.who == "store"]
    for each in troubles:
        if each.who == "broker" or (each.who == "store"
                                    and not kept_while_away):
            yield each.begin, each.end + settle_ms
        if each.who == "agent":
            durable = each.begin
            for other in away:  # one that a kill meets, or just missed
                if other.begin <= durable <= other.end + flush_ms + write_ms:
                    durable = other.begin
            yield durable - flush_ms - write_ms, each.end + settle_ms


class Log:
    """The troubles so far, in memory and in a file."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self.path, self.say = path, say
        path.write_text("", "utf-8")
        self.troubles: list[Trouble] = []
        self._lock = threading.Lock()

    def add(self, who: str, what: str, begin: float, note: str = "") -> None:
        trouble = Trouble(who, what, begin, now_ms(), note)
        with self._lock:
            self.troubles.append(trouble)
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(trouble)) + "\n")
        self.say(str(trouble))


class Chaos:
    """Three threads that make trouble until stop(); stop() mends it all.

    Each draws from a generator of its own, so that what one does does not
    depend on how long another took.
    """

    def __init__(self, cluster: Cluster, server: Server, agent: Agent,
                 log: Log, seed: int, pace: Pace) -> None:
        self.cluster, self.server, self.agent = cluster, server, agent
        self.log, self.seed, self.pace = log, seed, pace
        self.ended = threading.Event()
        self.errors: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,))
            for work in (self._brokers, self._agent, self._store)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """No more trouble; returns when what there was is over."""
        self.ended.set()
        for thread in self._threads:
            thread.join()
        if self.errors:
            raise self.errors[0]

    def _guarded(self, work: Callable[[random.Random], None]) -> None:
        try:
            work(random.Random(f"{self.seed} {work.__name__}"))
        except BaseException as error:  # told by stop()
            self.errors.append(error)
            self.ended.set()

    def _wait(self, draw: random.Random, span: tuple[float, float]) -> bool:
        """Whether the soak goes on after that time."""
        return not self.ended.wait(draw.uniform(*span))

    def _brokers(self, draw: random.Random) -> None:
        """Of three in turn each is another way, on another node."""
        hand: list[tuple[str, int]] = []
        while self._wait(draw, self.pace.quiet):
            if not hand:
                ways, nodes = ["stop", "kill", "freeze"], [*self.cluster.nodes]
                draw.shuffle(ways)
                draw.shuffle(nodes)
                hand = list(zip(ways, nodes, strict=True))
            self._trouble(draw, *hand.pop())

    def _trouble(self, draw: random.Random, what: str, node: int) -> None:
        begin = now_ms()
        if what == "freeze":
            self.cluster.pause(node)
            self._wait(draw, self.pace.frozen)
            self.cluster.resume(node)
        else:
            (self.cluster.kill if what == "kill"
             else self.cluster.shutdown)(node)
            self._wait(draw, self.pace.down)
            self.cluster.start(node)
        self.cluster.wait_ready()
        self.cluster.wait_in_sync()
        self.log.add("broker", what, begin, f"node {node}")

    def _agent(self, draw: random.Random) -> None:
        while self._wait(draw, self.pace.kill_after):
            begin = now_ms()
            self.agent.kill()
            self.agent.start()
            self.log.add("agent", "kill", begin)

    def _store(self, draw: random.Random) -> None:
        while self._wait(draw, self.pace.store_after):
            begin = now_ms()
            self.server.kill()
            self._wait(draw, self.pace.store_away)
            self.server.start()
            self.log.add("store", "away", begin)
