"""The groups of the soak, by a client that we did not write (kafka-python):
`python -m soak.load CONFIG.json`, a process of its own until SIGTERM.

Each attempt becomes a line of the journal with the time before its request
and the time after its acknowledgement.  A group has one request on its way at
a time; another error than none is "not known".
"""

from __future__ import annotations

import faulthandler
import functools
import heapq
import itertools
import json
import logging
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

TIMEOUT_MS = 5000
# One at a time is handled on a connection: more clients get more done.
CLIENTS = 2
PAUSE_AFTER_ERROR = 0.25
# How long a transaction stays open with its offsets in it.
HOLD = 0.4
PREFIX = "soak-"


@dataclass
class Plan:
    """What one group does.

    every       seconds between two commits; 0: one commit and no more
    partitions  (topic, partition), all committed at once
    lives       commits until it is deleted and made again; 0: never deleted
    transaction by a transactional producer, every fifth aborted
    """

    group: str
    every: float
    partitions: list[tuple[str, int]]
    lives: int = 0
    transaction: bool = False
    metadata: bool = False


@dataclass
class Config:
    bootstrap: str
    journal: str
    offsets_partitions: int
    plans: list[Plan]
    seed: int = 0

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def read(cls, path: Path) -> Config:
        raw = json.loads(path.read_text("utf-8"))
        plans = [Plan(**{**each, "partitions": [
            (topic, number) for topic, number in each["partitions"]]})
            for each in raw.pop("plans")]
        return cls(plans=plans, **raw)


def rates(count: int) -> Iterator[float]:
    """Seconds between commits of COUNT groups: few are fast, many are slow.

    For 300 groups about 160 commits/s.
    """
    shares = ((0.05, 2), (0.2, 8), (1.0, 60), (5.0, 70), (20.0, 80),
              (60.0, 50), (0.0, 30))
    for every, share in shares:
        yield from [every] * max(1, round(share * count / 300))
    while True:
        yield 5.0


def plans(count: int, topics: dict[str, int]) -> list[Plan]:
    """COUNT groups over the partitions of TOPICS.

    Few are deleted and made again, for that ends a window.
    """
    places = [(topic, number) for topic, many in topics.items()
              for number in range(many)]
    made = []
    for number, every in zip(range(count), rates(count), strict=False):
        width = 1 + number % 3
        chosen = sorted({places[(number + step) % len(places)]
                         for step in range(width)})
        made.append(Plan(f"{PREFIX}{number:04}", every, chosen,
                         metadata=number % 4 == 0))
    for number, plan in enumerate(p for p in made if p.every == 1.0):
        if number < 2:
            plan.lives = 40 + 30 * number
        elif number < 5:
            plan.transaction = True
    return made


class Journal:
    """The file; threads write whole lines."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "w", encoding="utf-8",  # noqa: SIM115
                          buffering=1)
        self._lock = threading.Lock()

    def add(self, group: str, begin: float, end: float | None,
            **more: Any) -> None:
        line = json.dumps({"group": group, "begin": begin * 1000,
                           "end": end and end * 1000,
                           "acknowledged": end is not None, **more})
        with self._lock:
            self._file.write(line + "\n")


@dataclass(order=True)
class Actor:
    """A group at work; ordered by when it is due."""

    due: float
    plan: Plan = field(compare=False)
    offset: int = field(compare=False, default=0)
    done: int = field(compare=False, default=0)

    def rows(self) -> list[tuple[str, int, int, str]]:
        text = f"{self.plan.group} {self.offset}" if self.plan.metadata else ""
        return [(topic, number, self.offset + at, text)
                for at, (topic, number) in enumerate(self.plan.partitions)]


class Worker(threading.Thread):
    """One client, and the groups that commit by it."""

    def __init__(self, config: Config, chosen: list[Plan], journal: Journal,
                 stop: threading.Event) -> None:
        super().__init__()
        from kafka.client_async import KafkaClient  # in the venv only
        self.config, self.journal, self.stop = config, journal, stop
        draw = random.Random(f"{config.seed} {chosen[0].group}")
        begin = time.time()
        self.actors = [Actor(begin + draw.uniform(0, min(plan.every, 5.0)),
                             plan, draw.randrange(100)) for plan in chosen]
        heapq.heapify(self.actors)
        self.client = KafkaClient(
            bootstrap_servers=config.bootstrap.split(","),
            client_id="soak", request_timeout_ms=TIMEOUT_MS,
            max_in_flight_requests_per_connection=1000,
            reconnect_backoff_ms=100, reconnect_backoff_max_ms=500)
        self.nodes: dict[int, int] = {}
        self.asked: set[int] = set()
        self.under_way = 0

    def run(self) -> None:
        while not (self.stop.is_set() and self.under_way == 0):
            self.step(time.time())
            wait = 0.05
            if self.actors and not self.stop.is_set():
                wait = min(wait, max(0.0, self.actors[0].due - time.time()))
            self.client.poll(timeout_ms=1 + wait * 1000)
        self.client.close()

    def step(self, now: float) -> None:
        while (self.actors and self.actors[0].due <= now
               and not self.stop.is_set()):
            actor = heapq.heappop(self.actors)
            if not self.send(actor):
                actor.due = now + 0.02
                heapq.heappush(self.actors, actor)

    def send(self, actor: Actor) -> bool:
        """Whether a request is on its way now."""
        from bed.cluster import partition_of
        number = partition_of(actor.plan.group,
                              self.config.offsets_partitions)
        node = self.nodes.get(number)
        if node is None:
            self.find(number, actor.plan.group)
            return False
        if not self.client.ready(node, metadata_priority=False):
            if self.client.connection_failed(node):
                self.nodes.pop(number, None)
            return False
        ends = actor.plan.lives and actor.done % actor.plan.lives == \
            actor.plan.lives - 1
        request, more = (self.deletion(actor) if ends
                         else self.commit(actor))
        begin = time.time()
        future = self.client.send(node, request, wakeup=False)
        if future.failed() and future.exception.__class__.__name__ == \
                "NodeNotReadyError":
            return False  # it was not sent
        self.under_way += 1
        future.add_both(functools.partial(
            self.answered, actor=actor, number=number, begin=begin, more=more))
        return True

    def find(self, number: int, group: str) -> None:
        from kafka.protocol.find_coordinator import FindCoordinatorRequest_v1
        if number in self.asked:
            return
        node = self.client.least_loaded_node()
        if node is None or not self.client.ready(node,
                                                 metadata_priority=False):
            return
        self.asked.add(number)

        def found(answer: Any) -> None:
            self.asked.discard(number)
            if getattr(answer, "error_code", -1) == 0:
                self.nodes[number] = answer.coordinator_id

        self.client.send(node, FindCoordinatorRequest_v1(group, 0),
                         wakeup=False).add_both(found)

    @staticmethod
    def commit(actor: Actor) -> tuple[Any, dict[str, Any]]:
        from kafka.protocol.commit import OffsetCommitRequest_v6
        actor.offset += 1
        rows = actor.rows()
        topics: dict[str, list[tuple[int, int, int, str]]] = {}
        for topic, partition, offset, text in rows:
            topics.setdefault(topic, []).append((partition, offset, -1, text))
        return (OffsetCommitRequest_v6(actor.plan.group, -1, "",
                                       list(topics.items())), {"rows": rows})

    @staticmethod
    def deletion(actor: Actor) -> tuple[Any, dict[str, Any]]:
        from kafka.protocol.admin import DeleteGroupsRequest_v1
        return DeleteGroupsRequest_v1([actor.plan.group]), {"deleted": True}

    def answered(self, answer: Any, *, actor: Actor, number: int, begin: float,
                 more: dict[str, Any]) -> None:
        end = time.time()
        self.under_way -= 1
        good = all(code == 0 for code in self.codes(answer))
        if not good:
            more = {**more, "error": str(answer)[:200]}
            self.nodes.pop(number, None)
        self.journal.add(actor.plan.group, begin, end if good else None,
                         **more)
        actor.done += good
        if not good:
            actor.due = end + PAUSE_AFTER_ERROR
        elif actor.plan.every == 0:
            return
        else:
            actor.due = max(actor.due + actor.plan.every, end)
        heapq.heappush(self.actors, actor)

    @staticmethod
    def codes(answer: Any) -> list[int]:
        if hasattr(answer, "topics"):
            return [row[1] for _, rows in answer.topics for row in rows]
        if hasattr(answer, "results"):
            return [code for _, code in answer.results]
        return [-1]


class Transactions(threading.Thread):
    """One group whose positions come in transactions.

    Their markers may be written after the answer, but no later than the next
    transaction's offsets are accepted: then the line is written.
    """

    def __init__(self, config: Config, plan: Plan, journal: Journal,
                 stop: threading.Event) -> None:
        super().__init__()
        self.config, self.journal, self.stop = config, journal, stop
        self.actor = Actor(0.0, plan)
        self.producer: Any = None
        self.pending: tuple[float, list[tuple[str, int, int, str]]] | None
        self.pending = None

    def run(self) -> None:
        while not self.stop.wait(self.actor.plan.every):
            try:
                self.once()
            except Exception as error:  # ended by the next init
                print(f"{self.actor.plan.group}: {error!r}", file=sys.stderr)
                self.close()
        self.close()
        self.settle(None)

    def close(self) -> None:
        if self.producer is not None:
            self.producer.close(timeout=1)
            self.producer = None

    def settle(self, end: float | None) -> None:
        if self.pending is not None:
            begin, rows = self.pending
            self.journal.add(self.actor.plan.group, begin, end, rows=rows)
            self.pending = None

    def once(self) -> None:
        from kafka.structs import OffsetAndMetadata, TopicPartition
        group = self.actor.plan.group
        if self.producer is None:
            self.make()
        self.producer.begin_transaction()
        self.actor.offset += 1
        rows = self.actor.rows()
        manager = self.producer._transaction_manager
        self.wait(manager.send_offsets_to_transaction(
            {TopicPartition(topic, partition):
             OffsetAndMetadata(offset, text, -1)
             for topic, partition, offset, text in rows}, group))
        self.settle(time.time())
        self.stop.wait(HOLD)
        if self.actor.offset % 5 == 0:
            self.wait(manager.begin_abort())
            return
        self.pending = (time.time(), rows)
        self.wait(manager.begin_commit())

    def wait(self, result: Any) -> None:
        """The producer's own methods wait for ever, also for a coordinator
        that has moved."""
        self.producer._sender.wakeup()
        if not result.wait(timeout_ms=3 * TIMEOUT_MS):
            raise TimeoutError("the transaction does not go on")

    def make(self) -> None:
        """A producer; what the one before left open is settled then, but
        whether it was committed or not is not known."""
        from kafka import KafkaProducer
        self.producer = KafkaProducer(
            bootstrap_servers=self.config.bootstrap.split(","),
            transactional_id=self.actor.plan.group, acks="all",
            request_timeout_ms=TIMEOUT_MS, transaction_timeout_ms=20_000,
            max_block_ms=30_000, reconnect_backoff_max_ms=500)
        self.producer.init_transactions()
        self.settle(None)


class Records(threading.Thread):
    """A few records, so that the log ends move while they are captured."""

    EVERY = 0.5

    def __init__(self, config: Config, stop: threading.Event) -> None:
        super().__init__()
        self.stop = stop
        self.bootstrap = config.bootstrap.split(",")
        self.places = sorted({place for plan in config.plans
                              for place in plan.partitions})

    def run(self) -> None:
        from kafka import KafkaProducer
        producer = KafkaProducer(bootstrap_servers=self.bootstrap,
                                 request_timeout_ms=TIMEOUT_MS,
                                 reconnect_backoff_max_ms=500)
        for topic, number in itertools.cycle(self.places):
            if self.stop.wait(self.EVERY):
                break
            producer.send(topic, b"x", partition=number)
        producer.close(timeout=1)


def main() -> int:
    config = Config.read(Path(sys.argv[1]))
    logging.basicConfig(level=logging.CRITICAL)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    journal = Journal(Path(config.journal))
    plain = [plan for plan in config.plans if not plan.transaction]
    threads: list[threading.Thread] = [
        Worker(config, plain[at::CLIENTS], journal, stop)
        for at in range(CLIENTS)]
    threads += [Transactions(config, plan, journal, stop)
                for plan in config.plans if plan.transaction]
    threads.append(Records(config, stop))
    for thread in threads:
        thread.start()
    print("at work", flush=True)
    while not stop.wait(0.5):
        assert all(thread.is_alive() for thread in threads), threads
    for thread in threads:
        thread.join(TIMEOUT_MS / 1000 + 2)
    for thread in threads:
        if isinstance(thread, Transactions):
            thread.settle(None)
    if left := [thread for thread in threads if thread.is_alive()]:
        print(f"left behind: {left}", file=sys.stderr)
        faulthandler.dump_traceback(all_threads=True)
    return 0


if __name__ == "__main__":
    os._exit(main())  # whatever the clients' threads wait for
