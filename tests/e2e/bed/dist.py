#!/usr/bin/env python3
"""Kafka by Maven coordinates, in a cache outside the work tree.

    python3 tests/e2e/bed/dist.py ensure 3.9.2 4.4.0

The cache is $TIDEMARK_CACHE, or tidemark/ in $XDG_CACHE_HOME, or
~/.cache/tidemark.  What stands there is complete: everything is made in a
temporary place and renamed, under a lock, and checked again on each use.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import functools
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

if __package__ in (None, ""):  # run as a script
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bed import wire  # noqa: E402

VERSIONS = ("3.9.2", "4.4.0")
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
JAVA_SOURCES = Path(__file__).resolve().parent.parent / "java"

# What a JVM of the bed runs with.  The archive of classes (AppCDS) is only
# used by a JVM whose collector is the one that it was dumped with.
JVM_FLAGS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss512k",
             "-XX:-UsePerfData", "-Xshare:auto", "-Xlog:disable",
             "-Xlog:all=error:stderr")

ARTIFACTS = ("org.apache.kafka:kafka_2.13", "org.apache.kafka:kafka-tools",
             "org.apache.kafka:kafka-streams")
LOGGING = {
    "3": ("org.slf4j:slf4j-reload4j:1.7.36",),
    "4": ("org.apache.logging.log4j:log4j-core:2.24.3",
          "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3",
          "org.apache.logging.log4j:log4j-1.2-api:2.24.3"),
}

LOG4J_1 = """\
log4j.rootLogger=WARN, stderr
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.target=System.err
log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
log4j.appender.stderr.layout.ConversionPattern=%d{ISO8601} %p %c{1}: %m%n
"""
LOG4J_2 = """\
status = error
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
"""


class DistError(Exception):
    """Kafka could not be fetched or run; the text says what to do."""


def say(text: str) -> None:
    """One line of what is being done, on stderr."""
    print(f"bed: {text}", file=sys.stderr, flush=True)


def cache_root() -> Path:
    """Where everything fetched or built is kept; outside the work tree."""
    if own := os.environ.get("TIDEMARK_CACHE"):
        return Path(own).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).absolute() / "tidemark"


def jdk_tool(name: str) -> str:
    """The path of java or javac: of JAVA_HOME, else the first in PATH."""
    home = os.environ.get("JAVA_HOME")
    path = shutil.which(name, path=f"{home}/bin") if home else None
    path = path or shutil.which(name)
    if path is None:
        raise DistError(f"{name} is not installed: a JDK 17 or newer is needed"
                        " (Debian: default-jdk-headless)")
    return path


@functools.cache
def jdk_version() -> str:
    """The exact build of the JVM: an archive of classes fits only one."""
    out = subprocess.run([jdk_tool("java"), "-Xinternalversion"], text=True,
                         capture_output=True, check=True)
    return out.stdout.strip()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file PATH: of several processes one works, all wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process that prepares {path.stem}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def scratch_dir(parent: Path) -> Iterator[Path]:
    """A temporary directory beside its destination, gone at the end."""
    parent.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=".tmp-", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def digest(*parts: str | bytes) -> str:
    """Twelve hex digits that stand for PARTS."""
    total = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        total.update(b"%d:" % len(raw) + raw)
    return total.hexdigest()[:12]


@dataclass(frozen=True)
class Dist:
    """One version of Kafka in the cache."""

    version: str
    root: Path

    @property
    def major(self) -> str:
        return self.version.split(".", maxsplit=1)[0]

    def jars(self) -> list[Path]:
        """Kafka's jars by name, in the one order that AppCDS relies on."""
        return sorted((self.root / "libs").glob("*.jar"))

    def classpath(self, *more: Path) -> str:
        return ":".join(str(path) for path in [*self.jars(), *more])

    def java(self, archive: Path | None = None, heap: str = "256m",
             more: tuple[Path, ...] = ()) -> list[str]:
        """The start of a command line: the JVM, its flags, the class path."""
        command = [jdk_tool("java"), f"-Xmx{heap}", *JVM_FLAGS,
                   f"-Dlog4j.configuration=file:{self.root}/log.properties",
                   f"-Dlog4j2.configurationFile={self.root}/log.properties"]
        if archive is not None and archive.exists():
            command.append(f"-XX:SharedArchiveFile={archive}")
        return [*command, "-cp", self.classpath(*more)]

    @property
    def broker_archive(self) -> Path:
        """AppCDS archive for brokers, of this very JVM."""
        return self.root / f"broker-{digest(jdk_version(), *JVM_FLAGS)}.jsa"

    def has_class(self, name: str) -> bool:
        """Whether this version has the class NAME."""
        return name.replace(".", "/") + ".class" in _class_index(self)

    def main_class(self, *candidates: str) -> str:
        """The first of CANDIDATES that this version has."""
        for name in candidates:
            if self.has_class(name):
                return name
        raise DistError(f"Kafka {self.version} has none of {candidates}")


@functools.cache
def _class_index(dist: Dist) -> frozenset[str]:
    names: set[str] = set()
    for jar in dist.jars():
        if jar.name.startswith("kafka"):
            with zipfile.ZipFile(jar) as archive:
                names.update(archive.namelist())
    return frozenset(names)


# Fetching

def pom(version: str) -> str:
    """A Maven project whose only content is the dependency on Kafka."""
    wanted = [f"{name}:{version}" for name in ARTIFACTS]
    try:
        wanted += LOGGING[version.split(".", maxsplit=1)[0]]
    except KeyError:
        raise DistError(f"Kafka {version}: only 3.x and 4.x are known"
                        ) from None
    rows = []
    for coordinates in wanted:
        group, artifact, its_version = coordinates.split(":")
        # rocksdbjni is 70 MB, and the bed's Streams programs hold no state.
        rows.append(
            f"  <dependency><groupId>{group}</groupId>"
            f"<artifactId>{artifact}</artifactId>"
            f"<version>{its_version}</version><exclusions><exclusion>"
            "<groupId>org.rocksdb</groupId><artifactId>rocksdbjni</artifactId>"
            "</exclusion></exclusions></dependency>")
    return ('<project xmlns="http://maven.apache.org/POM/4.0.0">\n'
            " <modelVersion>4.0.0</modelVersion>\n"
            " <groupId>tidemark</groupId><artifactId>kafka-dist</artifactId>"
            "<version>1</version><packaging>pom</packaging>\n"
            " <dependencies>\n" + "\n".join(rows) +
            "\n </dependencies>\n</project>\n")


def _listing(libs: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in sorted(libs.iterdir())}


def _complete(root: Path, version: str, text: str) -> bool:
    """Whether ROOT holds all of VERSION: every jar, with its size."""
    try:
        stamp = json.loads((root / "complete.json").read_text("utf-8"))
        return bool(stamp["version"] == version
                    and stamp["pom"] == digest(text)
                    and stamp["jars"] == _listing(root / "libs"))
    except (OSError, ValueError, KeyError):
        return False


def _maven(project: Path, libs: Path) -> None:
    if shutil.which("mvn") is None:
        raise DistError("mvn is not installed (Debian: maven)")
    command = ["mvn", "-q", "-B", "-C", "-f", str(project),
               f"{PLUGIN}:copy-dependencies", "-DincludeScope=runtime",
               f"-DoutputDirectory={libs}"]
    for last in (False, True):
        run = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, check=False)
        if run.returncode == 0:
            return
        if last:
            raise DistError("Maven could not fetch Kafka:\n"
                            + run.stdout[-3000:])
        say("Maven failed; trying once more")


def _fetch(root: Path, version: str, text: str) -> None:
    say(f"fetching Kafka {version} with Maven into {root}")
    begin = time.monotonic()
    with scratch_dir(root.parent) as scratch:
        project = scratch / "pom.xml"
        project.write_text(text, "utf-8")
        _maven(project, scratch / "libs")
        (scratch / "log.properties").write_text(
            LOG4J_1 if version.startswith("3.") else LOG4J_2, "utf-8")
        jars = _listing(scratch / "libs")
        if f"kafka_2.13-{version}.jar" not in jars:
            raise DistError(f"Maven brought no Kafka {version}: {list(jars)}")
        stamp = {"version": version, "pom": digest(text), "jars": jars}
        (scratch / "complete.json").write_text(json.dumps(stamp), "utf-8")
        if root.exists():
            shutil.rmtree(root)
        scratch.rename(root)
        scratch.mkdir()  # for scratch_dir to remove
    say(f"Kafka {version}: {len(jars)} jars, "
        f"{sum(jars.values()) // 1_000_000} MB, "
        f"{time.monotonic() - begin:.1f} s")


def ensure(version: str) -> Dist:
    """Kafka VERSION, complete and with its archive of classes.

    Fetched and built once; afterwards a few milliseconds.  Safe to call from
    several processes at once.  Raises DistError, with what to do about it.
    """
    text = pom(version)
    dist = Dist(version, cache_root() / "kafka" / version)
    if _complete(dist.root, version, text) and dist.broker_archive.exists():
        return dist
    with locked(dist.root.with_name(f"{version}.lock")):
        if not _complete(dist.root, version, text):
            _fetch(dist.root, version, text)
        if not dist.broker_archive.exists():
            _build_broker_archive(dist)
    return dist


# Log directories

def uuid() -> str:
    """A random id in Kafka's form."""
    while True:
        text = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def formatted(dist: Dist, users: dict[str, str]) -> Path:
    """The metadata that a formatted log directory begins with.

    Kafka's storage tool takes a second, and what it writes depends neither on
    the cluster nor on the node, but for one text file: it is asked once for
    each set of SCRAM users.
    """
    key = digest(json.dumps(users, sort_keys=True))
    cached = dist.root / f"formatted-{key}"
    if not cached.exists():
        with scratch_dir(dist.root) as scratch:
            _format(dist, scratch, users)
            (scratch / "data" / "meta.properties").unlink()
            with contextlib.suppress(OSError):
                (scratch / "data").rename(cached)
    return cached


def _format(dist: Dist, scratch: Path, users: dict[str, str]) -> None:
    config = scratch / "format.properties"
    config.write_text(
        "process.roles=broker,controller\nnode.id=1\n"
        "controller.quorum.voters=1@127.0.0.1:1\n"
        "listeners=PLAINTEXT://127.0.0.1:2,CONTROLLER://127.0.0.1:1\n"
        "controller.listener.names=CONTROLLER\n"
        f"log.dirs={scratch}/data\n", "utf-8")
    command = [*dist.java(), "kafka.tools.StorageTool", "format", "-t",
               uuid(), "-c", str(config)]
    for name, password in sorted(users.items()):
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
            command += ["--add-scram",
                        f"{mechanism}=[name={name},password={password}]"]
    run = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, check=False)
    if run.returncode != 0:
        raise DistError(f"formatting a log directory failed:\n{run.stdout}")


def make_log_dir(path: Path, template: Path, cluster_id: str,
                 node: int) -> None:
    """Format PATH as the storage tool does, in no time."""
    shutil.copytree(template, path)
    (path / "meta.properties").write_text(
        f"node.id={node}\nversion=1\ncluster.id={cluster_id}\n"
        f"directory.id={uuid()}\n", "utf-8")


# The archive of classes

def _build_broker_archive(dist: Dist) -> None:
    """Run a broker for a moment and keep the classes that it loaded."""
    say(f"building the class archive of Kafka {dist.version}")
    begin = time.monotonic()
    with scratch_dir(dist.root) as scratch:
        made = scratch / "broker.jsa"
        with contextlib.ExitStack() as stack:
            held = [stack.enter_context(socket.socket()) for _ in range(2)]
            for each in held:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                each.bind(("127.0.0.1", 0))
            ports = [each.getsockname()[1] for each in held]
            _train(dist, scratch, made, ports)
        made.rename(dist.broker_archive)
    say(f"class archive: {dist.broker_archive.stat().st_size // 1_000_000} "
        f"MB, {time.monotonic() - begin:.1f} s")


def _train(dist: Dist, scratch: Path, made: Path, ports: list[int]) -> None:
    config = scratch / "train.properties"
    config.write_text(
        "process.roles=broker,controller\nnode.id=1\n"
        f"controller.quorum.voters=1@127.0.0.1:{ports[1]}\n"
        f"listeners=PLAINTEXT://127.0.0.1:{ports[0]},"
        f"CONTROLLER://127.0.0.1:{ports[1]}\n"
        "controller.listener.names=CONTROLLER\n"
        "offsets.topic.replication.factor=1\n"
        "offsets.topic.num.partitions=1\n"
        "controlled.shutdown.enable=false\n"
        f"log.dirs={scratch}/log\n", "utf-8")
    make_log_dir(scratch / "log", formatted(dist, {}), uuid(), 1)
    log = scratch / "train.log"
    with open(log, "wb") as out:
        broker = subprocess.Popen(
            [*dist.java()[:-2], f"-XX:ArchiveClassesAtExit={made}",
             "-cp", dist.classpath(), "kafka.Kafka", str(config)],
            stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        _exercise(ports[0], broker)
        broker.send_signal(signal.SIGTERM)
        broker.wait(120)
    finally:
        broker.kill()
        broker.wait()
    if not made.exists():
        raise DistError("the broker left no class archive:\n"
                        + log.read_text("utf-8", "replace")[-3000:])


def _exercise(port: int, broker: subprocess.Popen[bytes]) -> None:
    """Have the broker load the classes of a coordinator at work."""
    address = f"127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and broker.poll() is None:
        try:
            at = wire.find_coordinator(address, "train")
            wire.offset_fetch(at, "train")
            wire.offset_commit(at, "train", [("none", 0, 1, -1, "")])
            wire.list_groups(at)
            wire.Member(at, "trained", "consumer").leave()
            return
        except (OSError, wire.KafkaError):
            time.sleep(0.05)
    raise DistError("a broker started for its classes gave no answer")


def main(arguments: list[str]) -> int:
    """dist.py ensure VERSION...: make these versions ready for use."""
    from bed import driver
    if len(arguments) < 2 or arguments[0] != "ensure":
        print("usage: dist.py ensure VERSION...", file=sys.stderr)
        return 2
    try:
        for version in arguments[1:]:
            dist = ensure(version)
            driver.prepare(version)
            say(f"Kafka {version} is ready in {dist.root}")
    except DistError as error:
        print(f"bed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
