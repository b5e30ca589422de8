"""Fixtures of the end-to-end tests; README.md beside tests/ says how to use
them.  Brokers start when a test first asks for them and are always stopped.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bed import s3dist
from bed.cluster import Cluster, clusters
from bed.driver import Driver, prepare
from bed.faultproxy import FaultProxy
from bed.process import spawn
from bed.s3 import S3Proxy, Server, VersityGw
from rig import Rig

OLD, NEW = "3.9.2", "4.4.0"
TREE = Path(__file__).resolve().parents[2]
HIDDEN = re.compile(r"(TIDEMARK|KAFKA|AWS|LIBRDKAFKA)_|NO_COLOR$|TZ$|LC_|LANG")


# Brokers

@pytest.fixture(scope="session")
def _prepared() -> None:
    """What is made once for each version, before anything is timed."""
    for version in (OLD, NEW):
        prepare(version)


@pytest.fixture(scope="session")
def broker_39(_prepared: None) -> Iterator[Cluster]:
    """One broker with the old group coordinator, shared by all tests."""
    with Cluster(OLD) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def broker_44(_prepared: None) -> Iterator[Cluster]:
    """One broker with the new group coordinator, shared by all tests."""
    with Cluster(NEW) as cluster:
        yield cluster


@pytest.fixture(params=[OLD, NEW])
def broker(request: pytest.FixtureRequest) -> Cluster:
    """The shared broker, of each version in turn."""
    name = "broker_39" if request.param == OLD else "broker_44"
    found: Cluster = request.getfixturevalue(name)
    return found


@pytest.fixture(scope="module", params=[OLD, NEW])
def three(request: pytest.FixtureRequest,
          _prepared: None) -> Iterator[Cluster]:
    """Three nodes, of each version in turn, for the tests of one module.

    A test that stops or freezes nodes asks for mended instead.
    """
    with Cluster(request.param, nodes=3) as cluster:
        yield cluster


@pytest.fixture
def mended(three: Cluster) -> Iterator[Cluster]:
    """The three nodes of three; afterwards all are made to run again."""
    yield three
    for number, node in three.nodes.items():
        if node.paused:
            three.resume(number)
        if not node.alive:
            three.start(number, wait=False)
    three.wait_ready()
    three.wait_in_sync()


@pytest.fixture
def make_cluster(_prepared: None) -> Iterator[Callable[..., Cluster]]:
    """Makes clusters for one test alone; takes what Cluster takes."""
    made: list[Cluster] = []

    def make(version: str = NEW, nodes: int = 1, **options: Any) -> Cluster:
        made.append(Cluster(version, nodes, **options))
        return made[-1]

    yield make
    for cluster in made:
        cluster.stop()


@pytest.fixture(scope="session")
def minute_broker(_prepared: None) -> Iterator[Cluster]:
    """A node that keeps positions for a minute and looks every second, shared
    by the tests that wait for it; with ACLs."""
    with Cluster(NEW, listeners=["sasl_plain"], authorizer=True, properties={
            "offsets.retention.minutes": 1,
            "offsets.retention.check.interval.ms": 1000}) as cluster:
        yield cluster


@pytest.fixture
def driver(broker: Cluster) -> Driver:
    """The Java clients of the broker."""
    return broker.driver


@pytest.fixture(autouse=True)
def _no_leftovers() -> Iterator[None]:
    """Ends members and transactions that a test started and left."""
    before = {each for cluster in clusters() for each in cluster.running()}
    yield
    for cluster in clusters():
        for each in cluster.running() - before:
            each.stop()


# S3

@pytest.fixture(scope="session")
def versitygw() -> Iterator[VersityGw]:
    """The S3 server in Go, shared by all tests."""
    if s3dist.versitygw() is None:
        pytest.skip("versitygw needs Go 1.25 or newer")
    with VersityGw() as server:
        yield server  # type: ignore[misc]


@pytest.fixture(scope="session")
def s3proxy() -> Iterator[S3Proxy]:
    """The S3 server in Java, shared by all tests."""
    with S3Proxy() as server:
        yield server  # type: ignore[misc]


@pytest.fixture(params=["versitygw", "s3proxy"])
def s3_server(request: pytest.FixtureRequest) -> Server:
    """Both of them in turn."""
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def fault_proxy(versitygw: VersityGw) -> Iterator[FaultProxy]:
    """What stands between tidemark and versitygw, and makes faults."""
    with FaultProxy(versitygw.port) as proxy:
        yield proxy


# Names

_numbers = itertools.count(1)


@pytest.fixture
def unique(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Makes names that no other test has: unique("orders")."""
    number = next(_numbers)

    def name(stem: str) -> str:
        return f"{stem}-{number}-{os.getpid()}"

    return name


# The program

@dataclass(frozen=True)
class Result:
    """What one run of tidemark left behind."""

    arguments: tuple[str, ...]
    status: int
    out_bytes: bytes
    err_bytes: bytes

    @property
    def out(self) -> str:
        return self.out_bytes.decode("utf-8", "surrogateescape")

    @property
    def err(self) -> str:
        return self.err_bytes.decode("utf-8", "surrogateescape")

    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)

    def jsonl(self) -> list[Any]:
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    def __str__(self) -> str:
        return (f"tidemark {' '.join(map(repr, self.arguments))}\n"
                f"status {self.status}\n--- stdout\n{self.out[-4000:]}\n"
                f"--- stderr\n{self.err[-4000:]}")


def program() -> Path:
    """The binary under test: TIDEMARK_BIN, else what the Makefile built."""
    name = os.environ.get("TIDEMARK_BIN") or os.environ.get("TIDEMARK")
    path = Path(name) if name else TREE / "build" / "tidemark"
    if not path.exists():
        pytest.fail(f"{path} is not there: run make first", pytrace=False)
    return path.absolute()


class Tidemark:
    """Runs the program, with nothing of the caller's settings in its
    environment and a home directory of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.started: list[subprocess.Popen[bytes]] = []

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items()
                 if not HIDDEN.match(name)}
        return {**clean, "HOME": str(self.home), "LC_ALL": "C.UTF-8", **more}

    def __call__(self, *arguments: str | os.PathLike[str],
                 status: int | None = 0, timeout: float = 60.0,
                 env: Mapping[str, str] | None = None,
                 stdin: bytes = b"", cwd: Path | None = None) -> Result:
        """Run it and wait; the test fails if it does not exit with STATUS.

        None stands for any status.
        """
        line = [os.fspath(each) for each in arguments]
        done = subprocess.run([program(), *line], input=stdin,
                              capture_output=True, check=False,
                              timeout=timeout, cwd=cwd or self.home,
                              env=self.environment(env or {}))
        result = Result(tuple(line), done.returncode, done.stdout, done.stderr)
        if status is not None and result.status != status:
            pytest.fail(f"expected exit status {status}\n{result}")
        return result

    def start(self, *arguments: str | os.PathLike[str],
              env: Mapping[str, str] | None = None,
              cwd: Path | None = None) -> subprocess.Popen[bytes]:
        """Start it in the background, to be killed at the latest after the
        test; its output is in pipes."""
        line = [os.fspath(each) for each in arguments]
        process = spawn([str(program()), *line], stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                        cwd=cwd or self.home,
                        env=self.environment(env or {}))
        self.started.append(process)
        return process

    def close(self) -> None:
        for process in self.started:
            process.kill()
            process.communicate()


@pytest.fixture
def tidemark(tmp_path: Path) -> Iterator[Tidemark]:
    """Runs tidemark: tidemark("list", "-r", repo, "--json").json()"""
    home = tmp_path / "home"
    home.mkdir()
    runner = Tidemark(home)
    yield runner
    runner.close()


@pytest.fixture
def repo(tmp_path: Path, tidemark: Tidemark) -> Path:
    """A new repository in a directory."""
    path = tmp_path / "repo"
    tidemark("init", "-r", path)
    return path


# Restores

@pytest.fixture
def topic(broker: Cluster, unique: Callable[[str], str]) -> str:
    """A topic of two partitions with 100 records in each."""
    name = unique("orders")
    broker.driver.create_topic(name, 2)
    for partition in range(2):
        broker.driver.produce(name, partition, 100)
    return name


@pytest.fixture
def rig(tidemark: Tidemark, repo: Path, broker: Cluster) -> Rig:
    return Rig(tidemark, repo, broker)


@pytest.fixture
def rig_44(tidemark: Tidemark, repo: Path, broker_44: Cluster) -> Rig:
    return Rig(tidemark, repo, broker_44)
