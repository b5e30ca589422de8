"""Kafka's Java clients, driven from Python.

One JVM for each version of Kafka serves all clusters of that version, so a
command costs milliseconds instead of a JVM's start.  It talks to a cluster's
plain listener, where everything is allowed.

    bed = cluster.driver
    bed.create_topic("orders", partitions=3)
    bed.produce("orders", 0, 100)
    bed.commit("group", {("orders", 0): 40})
    with bed.consumer("readers", ["orders"], protocol="consumer") as member:
        wait_for(lambda: member.status()["records"] == 60)
    assert bed.offsets("readers")["orders", 0].offset == 100
"""

from __future__ import annotations

import atexit
import itertools
import json
import os
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bed import dist, wire
from bed.process import Scratch, spawn, tail
from bed.wait import wait_for

if TYPE_CHECKING:
    from bed.cluster import Cluster

COMMAND_DEADLINE = 120.0
KEPT = 4

CONSUMER_GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"

# What may be asked again by another client: see "fresh" in Bed.java.
REPEATABLE = {"commit", "offsets", "list_groups", "describe_group", "ends",
              "describe_topic", "offsets_for_time", "delete_records"}

TopicPartition = tuple[str, int]
# An offset, or offset, leader epoch (-1: none) and metadata.
Commit = int | tuple[int, int, str]


class DriverError(Exception):
    """A Java client threw; kind is the exception's simple class name."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


@dataclass(frozen=True)
class Committed:
    """A position as the Java admin client reads it."""

    offset: int
    epoch: int
    metadata: str


@dataclass(frozen=True)
class Group:
    """A row of the listing: type, state and protocol type in Kafka's words.

    3.9 lists only groups of consumers; their protocol type is "consumer", or
    "" for one that only commits.
    """

    type: str
    state: str
    protocol: str


@dataclass(frozen=True)
class Record:
    """A record, or with value None the position of an empty partition."""

    offset: int
    time: int | None
    value: str | None


# The JVM

def bed_jar(version: str) -> Path:
    """The driver's classes, compiled once for each source and version."""
    kafka = dist.ensure(version)
    sources = [*sorted(dist.JAVA_SOURCES.glob("*.java")),
               *sorted((dist.JAVA_SOURCES / f"v{kafka.major}").glob("*.java"))]
    key = dist.digest(dist.jdk_version(), *(s.read_bytes() for s in sources))
    jar = kafka.root / f"bed-{key}.jar"
    if jar.exists():
        return jar
    with dist.locked(kafka.root / "bed.lock"):
        if not jar.exists():
            dist.say(f"compiling the Java driver for Kafka {version}")
            _compile(kafka, sources, jar)
            _prune(kafka)
    return jar


def _prune(kafka: dist.Dist) -> None:
    """Keep what the last few versions of the driver's source need."""
    for suffix in ("jar", "jsa", "lock"):
        made = sorted(kafka.root.glob(f"bed-*.{suffix}"),
                      key=lambda path: path.stat().st_mtime)
        for path in made[:-KEPT]:
            path.unlink(missing_ok=True)


def _compile(kafka: dist.Dist, sources: list[Path], jar: Path) -> None:
    with dist.scratch_dir(kafka.root) as scratch:
        run = subprocess.run(
            [dist.jdk_tool("javac"), "--release", "17", "-nowarn",
             "-Xlint:-options,-removal,-deprecation", "-d",
             str(scratch / "classes"), "-cp", kafka.classpath(),
             *map(str, sources)],
            text=True, capture_output=True, check=False)
        if run.returncode != 0:
            raise dist.DistError(f"the Java driver does not compile:\n"
                                 f"{run.stderr}")
        made = scratch / "bed.jar"
        with zipfile.ZipFile(made, "w") as archive:
            for each in sorted((scratch / "classes").rglob("*.class")):
                archive.write(each, each.relative_to(scratch / "classes"))
        made.rename(jar)


def client_archive(version: str) -> Path:
    """Where the class archive of clients and tools is, if it was built."""
    jar = bed_jar(version)
    flags = dist.digest(dist.jdk_version(), *dist.JVM_FLAGS)
    return jar.with_name(f"{jar.stem}-{flags}.jsa")


def client_command(version: str, heap: str = "256m",
                   options: Sequence[str] = ()) -> list[str]:
    """The start of a command line for a client program of that version."""
    kafka = dist.ensure(version)
    line = kafka.java(client_archive(version), heap, (bed_jar(version),))
    return [line[0], *options, *line[1:]]


class Jvm:
    """A running Bed program.  Commands may come from any thread."""

    def __init__(self, version: str, options: Sequence[str] = (),
                 arguments: Sequence[str] = ()) -> None:
        self.version = version
        self._scratch = Scratch()
        self.log = self._scratch.path / "driver.log"
        with open(self.log, "wb") as log:
            self.process: subprocess.Popen[str] = spawn(
                [*client_command(version, options=options), "Bed", *arguments],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True, encoding="utf-8", cwd=self._scratch.path)
        self._waiting: dict[int, Future[Any]] = {}
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        threading.Thread(target=self._receive, daemon=True).start()

    def call(self, command: str, bootstrap: str, **arguments: Any) -> Any:
        """Run COMMAND and wait for its result; raises DriverError."""
        return self.begin(command, bootstrap, **arguments).result(
            COMMAND_DEADLINE)

    def begin(self, command: str, bootstrap: str,
              **arguments: Any) -> Future[Any]:
        """Run COMMAND; its result comes later."""
        number = next(self._numbers)
        future: Future[Any] = Future()
        line = json.dumps({"id": number, "do": command,
                           "bootstrap": bootstrap, **arguments})
        with self._lock:
            self._waiting[number] = future
            try:
                assert self.process.stdin is not None
                self.process.stdin.write(line + "\n")
                self.process.stdin.flush()
            except OSError:
                self._waiting.pop(number).set_exception(self._gone())
        return future

    def _gone(self) -> DriverError:
        return DriverError("Gone", f"the Java driver of Kafka {self.version} "
                           f"ended\n{tail(self.log)}")

    def _receive(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            answer = json.loads(line)
            with self._lock:
                future = self._waiting.pop(answer["id"])
            if error := answer.get("error"):
                future.set_exception(
                    DriverError(error["type"], error["message"]))
            else:
                future.set_result(answer.get("result"))
        with self._lock:
            left = list(self._waiting.values())
            self._waiting.clear()
        for future in left:
            future.set_exception(self._gone())

    def kill(self) -> None:
        """End it as a crash of all its clients does."""
        self.process.kill()
        self.process.wait()
        self._scratch.remove()

    def finish(self) -> None:
        """Close its input and wait until it has ended by itself."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)
        self._scratch.remove()


_jvms: dict[str, Jvm] = {}
_jvms_lock = threading.Lock()


def shared_jvm(version: str) -> Jvm:
    """This process's JVM for VERSION, started when first asked for."""
    with _jvms_lock:
        jvm = _jvms.get(version)
        if jvm is None or jvm.process.poll() is not None:
            jvm = _jvms[version] = Jvm(version)
        return jvm


@atexit.register
def _end_all() -> None:
    for jvm in _jvms.values():
        jvm.kill()


# What runs on after its command

class Running:
    """A member, or an open transaction: ended by stop() or its with block."""

    def __init__(self, driver: Driver, handle: int) -> None:
        self._driver, self._handle = driver, handle
        self.stopped = False

    def status(self) -> Any:
        """How it stands: "records" read, and more by kind (see Clients.java).

        Raises DriverError with what ended it, if it ended by itself.
        """
        return self._driver.call("status", handle=self._handle)

    def stop(self, *, commit: bool = False) -> Any:
        """End it in good order.

        A consumer leaves its group, and with COMMIT commits what it read; a
        transaction is committed with COMMIT, else aborted.
        """
        self.stopped = True
        self._driver.running.discard(self)
        return self._driver.call("stop", handle=self._handle, commit=commit)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.stopped:
            self.stop()


def _rows(partitions: Iterable[TopicPartition]) -> list[list[Any]]:
    return [[topic, number] for topic, number in partitions]


def _positions(positions: Mapping[TopicPartition, Commit]) -> list[list[Any]]:
    rows = []
    for (topic, number), what in positions.items():
        offset, epoch, text = (what, -1, "") if isinstance(what, int) else what
        rows.append([topic, number, offset, epoch, text])
    return rows


class Driver:
    """Java clients of one cluster.

    OWN_JVM: not the shared one, so that kill() crashes only its clients.
    """

    def __init__(self, cluster: Cluster, *, own_jvm: bool = False) -> None:
        self.cluster = cluster
        self.bootstrap = cluster.bootstrap
        self.running: set[Running] = set()
        self._own = own_jvm
        self.jvm = (Jvm if own_jvm else shared_jvm)(cluster.version)

    def call(self, command: str, **arguments: Any) -> Any:
        """Run a command of the Java program; raises DriverError."""
        fresh = len(self.cluster.nodes) > 1 and command in REPEATABLE
        return self.jvm.call(command, self.bootstrap, fresh=fresh,
                             **arguments)

    def close(self) -> None:
        """Let go of the cluster."""
        if self._own:
            self.jvm.kill()
        elif self.jvm.process.poll() is None:
            self.call("forget")

    def kill(self) -> None:
        """Crash all clients of a driver with a JVM of its own."""
        assert self._own, "this JVM has other clusters' clients, too"
        self.jvm.kill()

    # Topics

    def create_topic(self, name: str, partitions: int = 1, *,
                     replicas: Sequence[Sequence[int]] | None = None,
                     configs: Mapping[str, object] | None = None) -> None:
        """REPLICAS: nodes of each partition, its preferred leader first."""
        self.create_topics([name], partitions, replicas=replicas,
                           configs=configs)

    def create_topics(self, names: Iterable[str], partitions: int = 1, *,
                      replicas: Sequence[Sequence[int]] | None = None,
                      configs: Mapping[str, object] | None = None) -> None:
        """Make topics that are alike; returns when they have leaders."""
        names = list(names)
        self.call("create_topics", topics=[
            {"name": name, "partitions": partitions, "replicas": replicas,
             "configs": configs or {}} for name in names])
        self._wait_for_leaders(names, partitions)

    def _wait_for_leaders(self, names: list[str], partitions: int) -> None:
        def led() -> bool:
            return all(self._led_at(node.address(), names)
                       for node in self.cluster.serving())

        wait_for(led, 30, f"leaders of {names[:3]}")

    @staticmethod
    def _led_at(address: str, names: list[str]) -> bool:
        known = wire.metadata(address, names).topics
        return all(name in known and all(p.leader >= 0 for p in known[name])
                   for name in names)

    def delete_topics(self, *names: str) -> None:
        self.call("delete_topics", names=names)

    def add_partitions(self, topic: str, total: int) -> None:
        self.call("add_partitions", topic=topic, total=total)
        self._wait_for_leaders([topic], total)

    def describe_topic(self, topic: str) -> Any:
        """{"id", "partitions": [{"partition", "leader", "replicas", ...}]}"""
        return self.call("describe_topic", topic=topic)

    def set_topic_config(self, topic: str, **configs: object) -> None:
        """Underscores in names stand for dots: retention_ms=1000."""
        self.call("topic_config", topic=topic, configs={
            name.replace("_", "."): value for name, value in configs.items()})

    def produce(self, topic: str, partition: int, count: int = 0, *,
                start_ms: int | None = None, step_ms: int = 1000,
                times: Iterable[int] | None = None, size: int = 0) -> int:
        """Write records, each with its own offset as the value, in decimal.

        Their timestamps are TIMES, or COUNT of them from START_MS on, STEP_MS
        apart (default: so that the last one is now).  SIZE pads the values
        with spaces.  Returns the offset of the first.
        """
        if times is None:
            if start_ms is None:
                start_ms = int(time.time() * 1000) - (count - 1) * step_ms
            times = (start_ms + step_ms * at for at in range(count))
        return int(self.call("produce", topic=topic, partition=partition,
                             times=list(times), size=size))

    def delete_records(self, before: Mapping[TopicPartition, int]) -> None:
        """Move log starts up, as retention does."""
        self.call("delete_records", before=[
            [topic, number, offset]
            for (topic, number), offset in before.items()])

    def ends(self, topic: str) -> dict[int, tuple[int, int]]:
        """Log start and log end of each partition."""
        return {row[0]: (row[1], row[2])
                for row in self.call("ends", topic=topic)}

    def epochs(self, topic: str) -> dict[int, int]:
        """The leader epoch that comes with each partition's log end."""
        return {row[0]: row[3] for row in self.call("ends", topic=topic)}

    def offsets_for_time(self, topic: str, time_ms: int) -> dict[int, int]:
        """First offset at or after TIME_MS; -1 where there is none."""
        return dict(self.call("offsets_for_time", topic=topic, time=time_ms))

    def record(self, topic: str, partition: int, offset: int) -> Record | None:
        """The first record from OFFSET on; None at the end of the log."""
        found = self.call("record", topic=topic, partition=partition,
                          offset=offset)
        return None if found is None else _record(found)

    def reassign(self, topic: str,
                 replicas: Mapping[int, Sequence[int]]) -> None:
        """Move partitions to these nodes; returns when that is done."""
        self.call("reassign", topic=topic, replicas=list(replicas.items()))

    def elect(self, partitions: Iterable[TopicPartition]) -> None:
        """Give each partition to its preferred leader."""
        self.call("elect", partitions=_rows(partitions))

    # Groups

    def commit(self, group: str, positions: Mapping[TopicPartition, Commit],
               *, check: bool = True) -> dict[TopicPartition, str]:
        """Commit as a group without members, by the admin client.

        The answer names the exception of each partition that was refused;
        with CHECK any refusal raises DriverError.  What Java refuses to send
        (negative offsets) wire.offset_commit sends.
        """
        failed = {(row[0], row[1]): row[2] for row in self.call(
            "commit", group=group, positions=_positions(positions))}
        if failed and check:
            raise DriverError(next(iter(failed.values())),
                              f"committing for {group!r}: {failed}")
        return failed

    def seed(self, count: int, partitions: Iterable[TopicPartition], *,
             prefix: str = "seeded-", offset: int = 0) -> None:
        """Groups prefix0, prefix1, ... with a position in each partition:
        OFFSET plus the group's number modulo 1,000."""
        self.call("seed", count=count, prefix=prefix, offset=offset,
                  partitions=_rows(partitions))

    def offsets(self, group: str, *, stable: bool = False
                ) -> dict[TopicPartition, Committed]:
        """All positions of GROUP: the independent judge.

        With STABLE those held by an open transaction are missing.
        """
        return self.all_offsets([group], stable=stable).get(group, {})

    def all_offsets(self, groups: Iterable[str], *, stable: bool = False
                    ) -> dict[str, dict[TopicPartition, Committed]]:
        """The positions of each group that has any, in one call."""
        found: dict[str, dict[TopicPartition, Committed]] = {}
        for row in self.call("offsets", groups=list(groups), stable=stable):
            found.setdefault(row[0], {})[row[1], row[2]] = Committed(*row[3:])
        return found

    def groups(self) -> dict[str, Group]:
        """All groups, as the admin client lists them."""
        return {row[0]: Group(*row[1:]) for row in self.call("list_groups")}

    def describe_group(self, group: str) -> Any:
        """{"state", "type", "coordinator", "members": [{"client_id", ...}]};
        consumers' groups only."""
        return self.call("describe_group", group=group)

    def delete_groups(self, *groups: str) -> None:
        self.call("delete_groups", groups=groups)

    def delete_offsets(self, group: str,
                       partitions: Iterable[TopicPartition]) -> None:
        self.call("delete_offsets", group=group, partitions=_rows(partitions))

    # Clients that live on

    def _start(self, command: str, **arguments: Any) -> Running:
        started = Running(self, self.call(command, **arguments))
        self.running.add(started)
        return started

    def consumer(self, group: str, topics: Sequence[str] = (), *,
                 assign: Iterable[TopicPartition] | None = None,
                 protocol: str = "classic", client_id: str | None = None,
                 commit: bool = True, read: bool = True, batch: int = 500,
                 reset: str = "earliest", wait: bool = True,
                 config: Mapping[str, object] | None = None) -> Running:
        """A consumer that polls until it is stopped, and has partitions.

        protocol  "classic", or "consumer" (KIP-848; on 4.4)
        assign    no member: assigns these by hand ("simple" group)
        commit    commits after each poll that brought records, of at most
                  BATCH of them
        read      False: takes no records, is only a member
        wait      False: returns before it has partitions
        """
        return self._start(
            "start_consumer", group=group, topics=list(topics),
            assign=None if assign is None else _rows(assign),
            protocol=protocol, client_id=client_id, commit=commit, read=read,
            wait=wait, config={"max.poll.records": batch,
                               "auto.offset.reset": reset, **(config or {})})

    def share_consumer(self, group: str, topics: Sequence[str]) -> Running:
        """A member of a share group; on 4.4."""
        return self._start("start_share", group=group, topics=list(topics))

    def streams(self, group: str, topics: Sequence[str], *,
                protocol: str = "classic",
                config: Mapping[str, object] | None = None) -> Running:
        """A Kafka Streams program that reads and commits.

        protocol  "classic", or "streams" (KIP-1071; on 4.4)
        """
        state = self.cluster.directory / "streams" / os.urandom(4).hex()
        return self._start("start_streams", group=group, topics=list(topics),
                           protocol=protocol, state_dir=str(state),
                           config=config or {})

    def transaction(self, group: str,
                    positions: Mapping[TopicPartition, Commit], *,
                    transactional_id: str | None = None) -> Running:
        """Positions sent in a transaction that stays open until stop().

        Other readers of GROUP that require stable offsets are told
        UNSTABLE_OFFSET_COMMIT meanwhile.
        """
        name = transactional_id or f"open-{group}-{os.urandom(4).hex()}"
        return self._start("open_transaction", group=group,
                           transactional_id=name,
                           positions=_positions(positions))

    def first_records(self, group: str, topics: Sequence[str], *,
                      protocol: str = "classic", reset: str = "earliest",
                      config: Mapping[str, object] | None = None
                      ) -> dict[TopicPartition, Record]:
        """What a real consumer of GROUP reads first, in each partition.

        It joins, commits nothing, and leaves: a group that only had commits
        is a classic (or consumer) group afterwards.  With RESET "none" a
        partition without a usable position raises DriverError.
        """
        found = self.call("first_records", group=group, topics=list(topics),
                          protocol=protocol,
                          config={"auto.offset.reset": reset,
                                  **(config or {})})
        return {(row["topic"], row["partition"]): _record(row)
                for row in found}

    # Rights

    def acl(self, principal: str, operation: str, resource: str, name: str,
            *, pattern: str = "LITERAL", permission: str = "ALLOW",
            remove: bool = False) -> None:
        """Add or remove an ACL; see Cluster.acl."""
        self.call("acl", principal=principal, operation=operation,
                  resource=resource, name=name, pattern=pattern,
                  permission=permission, remove=remove)


def _record(row: Mapping[str, Any]) -> Record:
    return Record(row["offset"], row.get("time"), row.get("value"))


# Preparing

def prepare(version: str) -> None:
    """Compile the driver and build the class archive of clients, once."""
    archive = client_archive(version)
    if archive.exists():
        return
    with dist.locked(archive.with_suffix(".lock")):
        if not archive.exists():
            dist.say(f"building the clients' class archive, Kafka {version}")
            begin = time.monotonic()
            _build_client_archive(version, archive)
            dist.say(f"clients' class archive: "
                     f"{archive.stat().st_size // 1_000_000} MB, "
                     f"{time.monotonic() - begin:.1f} s")


def _build_client_archive(version: str, archive: Path) -> None:
    from bed.cluster import Cluster
    with dist.scratch_dir(archive.parent) as scratch, \
            Cluster(version) as cluster:
        made = scratch / "client.jsa"
        jvm = Jvm(version, [f"-XX:ArchiveClassesAtExit={made}"],
                  ["--clean-exit"])
        driver = Driver(cluster)
        driver.jvm = jvm
        try:
            _exercise(driver)
            for what in (["--list"], ["--describe", "--all-groups"]):
                jvm.call("run_main", cluster.bootstrap,
                         **{"class": CONSUMER_GROUPS},
                         arguments=["--bootstrap-server", cluster.bootstrap,
                                    *what])
            jvm.finish()
        finally:
            jvm.kill()
        if not made.exists():
            raise dist.DistError("the driver left no class archive")
        made.rename(archive)


def _exercise(driver: Driver) -> None:
    """Have the driver load the classes of what tests do most."""
    driver.create_topic("train", 2)
    driver.produce("train", 0, 10)
    driver.commit("train", {("train", 0): 5})
    with driver.consumer("trained", ["train"]):
        driver.groups()
        driver.describe_group("trained")
    if driver.cluster.dist.major != "3":
        driver.consumer("new", ["train"], protocol="consumer").stop()
    driver.streams("streams", ["train"]).stop()
    driver.transaction("train", {("train", 1): 0}).stop()
    driver.first_records("trained", ["train"])
    driver.ends("train")
    driver.offsets("trained")
    driver.delete_groups("trained")
