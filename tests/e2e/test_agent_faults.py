"""The agent, and what a machine, a cluster and a store do to it.

What is in a repository is told by soak.reader, from the published format.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bed import s3dist
from bed.cluster import Cluster
from bed.driver import DriverError
from bed.faultproxy import Fault, FaultProxy
from bed.heartbeat import Heartbeat
from bed.s3 import SECRET_KEY, VersityGw
from bed.wait import wait_for
from conftest import program
from soak.agent import Agent
from soak.chaos import now_ms
from soak.reader import KEY, Shelf

Unique = Callable[[str], str]
Make = Callable[..., Agent]

SIGTERM_SECONDS = 10.0


@pytest.fixture
def make_agent(tidemark: Any, tmp_path: Path) -> Iterator[Make]:
    """make_agent("-r", repo, ...): an agent that was started."""
    made: list[Agent] = []

    def make(*words: str | os.PathLike[str],
             env: dict[str, str] | None = None) -> Agent:
        made.append(Agent(program(), [os.fspath(each) for each in words],
                          tidemark.environment(env or {}),
                          tmp_path / f"agent-{len(made)}.log"))
        started(made[-1])
        return made[-1]

    yield make
    for agent in made:
        agent.close()


def started(agent: Agent) -> None:
    """Start it; it knows its signals from then on."""
    agent.start()
    agent.wait_said("source ")


@pytest.fixture
def store() -> Iterator[VersityGw]:
    """A server of the test's own, to be stopped."""
    if s3dist.versitygw() is None:
        pytest.skip("versitygw needs Go 1.25 or newer")
    with VersityGw() as server:
        yield server  # type: ignore[misc]


@pytest.fixture
def group(broker_44: Cluster, unique: Unique) -> str:
    """A group that stands at 5 of a topic of its own name."""
    return seeded(broker_44, unique)


def seeded(cluster: Cluster, unique: Unique) -> str:
    name = unique("agent")
    cluster.driver.create_topic(name, 1)
    cluster.driver.produce(name, 0, 100)
    cluster.driver.commit(name, {(name, 0): 5})
    return name


def pace(flush: str = "1s", window: str = "1h",
         interval: str = "1s") -> list[str]:
    return ["--interval", interval, "--window", window, "--flush", flush]


def shelf(root: Path) -> Shelf:
    """What a directory of a repository holds; again where an object goes
    between the list and the look."""
    return wait_for(lambda: Shelf.read(sorted(
        (root / "snapshots").rglob("*.tar.zst"))), 10, "a look")


def captures(root: Path) -> list[tuple[int, int]]:
    return sorted(each for window in shelf(root).windows
                  for each in window.captures)


def wait_captures(agent: Agent, root: Path, count: int,
                  since: float = 0.0, deadline: float = 60.0
                  ) -> list[tuple[int, int]]:
    """Until COUNT captures that began after SINCE are durable."""
    def enough() -> list[tuple[int, int]]:
        agent.check_alive()
        found = [each for each in captures(root) if each[0] >= since]
        return found if len(found) >= count else []

    found: list[tuple[int, int]] = wait_for(
        enough, deadline, f"{count} captures\n{agent.said()}", every=0.1)
    return found


def wait_flushed(agent: Agent, root: Path, since: float) -> None:
    """Until SIGUSR1 has made a capture durable that began after SINCE."""
    def flushed() -> bool:
        agent.signal(signal.SIGUSR1)
        found = captures(root)
        return bool(found) and found[-1][0] > since

    wait_for(flushed, 30, f"captures are written\n{agent.said()}", every=0.2)


def longest_gap(found: list[tuple[int, int]]) -> int:
    return max(after[0] - before[1]
               for before, after in zip(found, found[1:], strict=False))


# Signals

def test_sigterm_writes_what_there_is_and_ends(
        broker_44: Cluster, group: str, repo: Path, make_agent: Make,
        tidemark: Any) -> None:
    agent = make_agent("-b", broker_44.bootstrap, "-r", repo,
                       *pace(flush="1h"), "--metrics", "127.0.0.1:0")
    wait_flushed(agent, repo, now_ms())
    broker_44.driver.commit(group, {(group, 0): 6})
    done = now_ms()
    wait_for(lambda: agent.metrics()["tidemark_captures_total"] >= 3, 30,
             "more captures")
    status, seconds = agent.stop()
    assert status == 0, agent.said()
    assert seconds < SIGTERM_SECONDS
    found = shelf(repo)
    assert len(found.windows) == 1
    assert not found.leftovers
    readings = found.readings(group, broker_44.offsets_partitions)
    assert readings[-1].begin > done - 2000
    assert {each.offsets[group, 0] for each in readings} <= {5, 6}
    assert "1 whole, 0 damaged" in tidemark("verify", "-r", repo).out


def test_sigterm_while_the_store_is_away_is_no_success(
        broker_44: Cluster, group: str, store: VersityGw, make_agent: Make,
        tidemark: Any) -> None:
    """It ends in time all the same, and says what was lost."""
    bucket = store.bucket("agent")
    url, env = f"s3://{bucket}/prod", store.environment
    tidemark("init", "-r", url, env=env)
    agent = make_agent("-b", broker_44.bootstrap, "-r", url, *pace("1s"),
                       "--s3-retry", "2s", env=env)
    wait_captures(agent, store.data / bucket / "prod", 2)
    store.kill()
    agent.wait_said("Failed to connect")
    status, seconds = agent.stop()
    assert status == 1, agent.said()
    assert seconds < SIGTERM_SECONDS
    store.start()
    assert "0 damaged" in tidemark("verify", "-r", url, env=env).out


def test_a_store_that_is_away_at_the_begin_holds_up_no_capture(
        broker_44: Cluster, group: str, store: VersityGw, make_agent: Make,
        tidemark: Any) -> None:
    bucket = store.bucket("agent")
    url, env = f"s3://{bucket}/prod", store.environment
    root = store.data / bucket / "prod"
    tidemark("init", "-r", url, env=env)
    store.kill()
    agent = make_agent("-b", broker_44.bootstrap, "-r", url, *pace(),
                       "--metrics", "127.0.0.1:0", env=env)
    agent.wait_said("metrics at")
    wait_for(lambda: agent.metrics().get("tidemark_captures_total", 0) >= 3,
             30, "captures")
    away = now_ms()
    store.start()
    wait_captures(agent, root, 1, since=away)
    assert captures(root)[0][0] < away
    assert agent.stop()[0] == 0, agent.said()


def test_stopped_before_the_first_capture_it_ends_well(
        broker_44: Cluster, store: VersityGw, make_agent: Make,
        tidemark: Any) -> None:
    """It waits for the store, and has nothing to lose."""
    url, env = f"s3://{store.bucket('agent')}/prod", store.environment
    tidemark("init", "-r", url, env=env)
    store.kill()
    agent = make_agent("-b", broker_44.bootstrap, "-r", url, *pace(), "-v",
                       env=env)
    agent.wait_said("again in")
    status, seconds = agent.stop()
    assert status == 0, agent.said()
    assert seconds < SIGTERM_SECONDS


def test_sigusr1_writes_at_once(broker_44: Cluster, group: str, repo: Path,
                                make_agent: Make) -> None:
    agent = make_agent("-b", broker_44.bootstrap, "-r", repo,
                       *pace(flush="1h"))
    for _ in range(2):
        wait_flushed(agent, repo, now_ms())
    assert len(shelf(repo).windows) == 1


def test_sighup_reads_the_configuration_again(
        broker_44: Cluster, group: str, repo: Path, make_agent: Make,
        tmp_path: Path) -> None:
    config = tmp_path / "tidemark.conf"
    config.write_text("[agent]\ninterval = 1h\nflush = 1s\nwindow = 2h\n")
    agent = make_agent("-b", broker_44.bootstrap, "-r", repo, "--config",
                       config)
    wait_captures(agent, repo, 1)
    config.write_text("[agent]\ninterval = 1s\nflush = 1s\nwindow = 2h\n")
    agent.signal(signal.SIGHUP)
    wait_captures(agent, repo, 4)
    config.write_text("[agent]\nno-such-key = 5s\n")
    agent.signal(signal.SIGHUP)
    agent.wait_said("no-such-key")
    wait_captures(agent, repo, 3, since=now_ms())


@pytest.mark.parametrize("broken", [
    "[repository]\nrepo = /nonexistent\n",
    "[agent]\nmetrics = {taken}\n",
    "[kafka]\nno.such.property = 3\n",
    "[kafka]\nsecurity.protocol = nonsense\n",
    "[snapshot]\ngroup = re:(\n",
    "[metrics]\nmetrics-label = 9=x\n",
    "[ping]\nping-url = ftp://nowhere\n",
    "[agent]\ninterval = 10ms\n",
])
def test_a_configuration_that_would_not_run_is_not_taken(
        broker_44: Cluster, group: str, repo: Path, make_agent: Make,
        tmp_path: Path, broken: str) -> None:
    """Syntax is not all that can be wrong; what runs goes on."""
    config = tmp_path / "tidemark.conf"
    good = f"[repository]\nrepo = {repo}\n"
    config.write_text(good)
    agent = make_agent("-b", broker_44.bootstrap, "--config", config,
                       *(["--flush", "1s"] if "interval" in broken
                         else pace()))
    wait_captures(agent, repo, 1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config.write_text(
            ("" if "repo =" in broken else good)
            + broken.format(taken=f"127.0.0.1:{port}"))
        agent.signal(signal.SIGHUP)
        agent.wait_said("all goes on as before: ")
    wait_flushed(agent, repo, now_ms())
    assert agent.stop()[0] == 0, agent.said()


def test_another_repository_is_taken_while_the_old_one_is_away(
        broker_44: Cluster, group: str, store: VersityGw, repo: Path,
        make_agent: Make, tmp_path: Path, tidemark: Any) -> None:
    """So would be other credentials: what was kept is written there."""
    bucket = store.bucket("agent")
    url, env = f"s3://{bucket}/prod", store.environment
    tidemark("init", "-r", url, env=env)
    config = tmp_path / "tidemark.conf"
    config.write_text(f"[repository]\nrepo = {url}\n")
    agent = make_agent("-b", broker_44.bootstrap, "--config", config, *pace(),
                       "--s3-retry", "1s", "--metrics", "127.0.0.1:0", env=env)
    wait_captures(agent, store.data / bucket / "prod", 2)
    store.kill()
    away = now_ms()
    agent.wait_said("takes nothing")
    wait_for(lambda: agent.metrics()["tidemark_kept_captures"] >= 3, 30,
             "captures are kept")
    config.write_text(f"[repository]\nrepo = {repo}\n")
    asked = now_ms()
    agent.signal(signal.SIGHUP)
    wait_captures(agent, repo, 2, since=asked)
    status, _ = agent.stop()
    assert status == 0, agent.said()
    assert captures(repo)[0][0] < away + 2000
    assert longest_gap(captures(repo)) < 5000
    assert " 0 damaged" in tidemark("verify", "-r", repo).out


def test_credentials_that_are_refused_end_no_agent_that_captured(
        make_cluster: Any, unique: Unique, repo: Path, make_agent: Make,
        tmp_path: Path) -> None:
    """They may be right a moment later, or the next ones."""
    cluster: Cluster = make_cluster("4.4.0", 1, listeners=["sasl_plain"])
    seeded(cluster, unique)
    config = tmp_path / "tidemark.conf"

    def configure(password: str | None) -> None:
        properties = cluster.rdkafka("sasl_plain", mechanism="PLAIN",
                                     password=password)
        config.write_text("[kafka]\n" + "".join(
            f"{name} = {value}\n" for name, value in properties.items()))

    configure(None)
    agent = make_agent("-r", repo, "--config", config, "--timeout", "5s",
                       *pace())
    wait_captures(agent, repo, 1)
    configure("another")
    agent.signal(signal.SIGHUP)
    agent.wait_said("no capture: ")
    agent.check_alive()
    configure(None)
    agent.signal(signal.SIGHUP)
    wait_captures(agent, repo, 2, since=now_ms())
    assert agent.stop()[0] == 0, agent.said()


# Who is told

def test_a_heartbeat_service_that_hangs_holds_up_no_capture(
        broker_44: Cluster, group: str, repo: Path, make_agent: Make) -> None:
    """Nor the end, nor the truth about what is stored."""
    answers = threading.Event()
    with Heartbeat() as service:
        service.while_pinged = lambda: answers.wait(60)
        agent = make_agent("-b", broker_44.bootstrap, "-r", repo, *pace(),
                           "--metrics", "127.0.0.1:0", "--ping-url",
                           service.url)
        try:
            wait_for(lambda: agent.metrics()["tidemark_captures_total"] >= 2,
                     5, "captures")
            done = now_ms()
            status, seconds = agent.stop()
        finally:
            answers.set()
    assert status == 0, agent.said()
    assert seconds < SIGTERM_SECONDS
    assert captures(repo)[-1][0] > done - 2000


def test_a_stdout_that_nobody_reads_holds_up_nothing(
        broker_44: Cluster, group: str, repo: Path, tidemark: Any) -> None:
    """Some lines are left out, and that is said."""
    process = tidemark.start("agent", "-b", broker_44.bootstrap, "-r", repo,
                             *pace(), "--json")
    pipe = os.open(f"/proc/{process.pid}/fd/1", os.O_WRONLY | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(pipe, b"x")
    os.close(pipe)
    wait_for(lambda: len(captures(repo)) >= 4, 30, "captures", every=0.1)
    done = now_ms()
    process.send_signal(signal.SIGTERM)
    process.wait(SIGTERM_SECONDS)
    _, told = process.communicate()
    assert process.returncode == 0, told
    assert told.decode().count("stdout is full") == 1
    assert captures(repo)[-1][0] > done - 2000


# Two of them, and one that may not delete

def test_two_agents_on_one_repository_lose_nothing(
        broker_44: Cluster, group: str, repo: Path, make_agent: Make,
        tidemark: Any) -> None:
    words = ["-b", broker_44.bootstrap, "-r", repo, *pace(window="10s")]
    agents = [make_agent(*words), make_agent(*words)]

    def enough() -> bool:
        for each in agents:
            each.check_alive()
        return len(shelf(repo).windows) >= 4

    wait_for(enough, 60, "two windows of each", every=0.2)
    for agent in agents:
        status, seconds = agent.stop()
        assert status == 0, agent.said()
        assert seconds < SIGTERM_SECONDS
    found = shelf(repo)
    assert not found.leftovers
    # In each of the two chains captures follow each other.
    chains: list[list[tuple[int, int]]] = []
    for window in found.windows:
        for chain in chains:
            if 0 <= window.captures[0][0] - chain[-1][1] < 3000:
                chain += window.captures
                break
        else:
            chains.append(list(window.captures))
    assert len(chains) == 2, chains
    assert all(longest_gap(chain) < 5000 for chain in chains)
    assert " 0 damaged" in tidemark("verify", "-r", repo).out


def may_not_delete(store: VersityGw, bucket: str) -> dict[str, str]:
    """The environment of a user who may put, get and list."""
    name = f"agent-{os.getpid()}"
    subprocess.run(
        [store.program, "admin", "--access", "testkey", "--secret",
         SECRET_KEY, "--endpoint-url", store.endpoint, "create-user",
         "--access", name, "--secret", "agent-secret", "--role", "user"],
        check=True, capture_output=True)
    store.boto().put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Statement": [{
            "Effect": "Allow", "Principal": [name],
            "Action": ["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
            "Resource": [f"arn:aws:s3:::{bucket}",
                         f"arn:aws:s3:::{bucket}/*"]}]}))
    return {**store.environment, "AWS_ACCESS_KEY_ID": name,
            "AWS_SECRET_ACCESS_KEY": "agent-secret"}


def test_without_the_right_to_delete_a_window_is_written_once(
        broker_44: Cluster, group: str, store: VersityGw, make_agent: Make,
        tidemark: Any) -> None:
    bucket = store.bucket("agent")
    env, url = may_not_delete(store, bucket), f"s3://{bucket}/prod"
    tidemark("init", "-r", url, env=env)
    agent = make_agent("-b", broker_44.bootstrap, "-r", url,
                       *pace(window="10s"), env=env)
    root = store.data / bucket / "prod"
    wait_for(lambda: len(shelf(root).windows) >= 2, 60, "two windows",
             every=0.2)
    status, _ = agent.stop()
    assert status == 0, agent.said()
    found = shelf(root)
    # At most the first flush was one too many: it found out by that.
    assert len(found.leftovers) <= 1, found.leftovers
    assert "delete" in agent.said()
    assert longest_gap(captures(root)) < 5000
    assert " 0 damaged" in tidemark("verify", "-r", url, env=env).out


# A store that is away

@pytest.mark.long  # the soak does the same, among other things
def test_captures_are_kept_while_the_store_is_away(
        broker_44: Cluster, group: str, store: VersityGw, make_agent: Make,
        tidemark: Any) -> None:
    """Windows end meanwhile, too."""
    bucket = store.bucket("agent")
    url, env = f"s3://{bucket}/prod", store.environment
    root = store.data / bucket / "prod"
    tidemark("init", "-r", url, env=env)
    agent = make_agent("-b", broker_44.bootstrap, "-r", url,
                       *pace(window="10s"), "--s3-retry", "2s", env=env)
    wait_captures(agent, root, 2)
    store.kill()
    away = now_ms()
    broker_44.driver.commit(group, {(group, 0): 7})
    wait_for(lambda: now_ms() - away > 12_000, 20, "a window has ended",
             every=0.1)
    broker_44.driver.commit(group, {(group, 0): 8})
    agent.check_alive()
    store.start()
    back = now_ms()
    wait_captures(agent, root, 2, since=back)
    status, _ = agent.stop()
    assert status == 0, agent.said()
    assert longest_gap(captures(root)) < 5000, captures(root)
    told = [reading.offsets[group, 0] for reading in shelf(root).readings(
        group, broker_44.offsets_partitions)]
    assert told == sorted(told)
    assert set(told) >= {5, 7, 8}
    assert " 0 damaged" in tidemark("verify", "-r", url, env=env).out


@pytest.mark.parametrize("fault", [
    {"answer": 503, "code": "SlowDown"}, {"stall": True}],
    ids=["fails", "hangs"])
def test_deletes_that_come_to_nothing_hold_up_no_window(
        broker_44: Cluster, group: str, store: VersityGw, make_agent: Make,
        tidemark: Any, fault: dict[str, Any]) -> None:
    """Smaller versions stay, for prune; at the end all captures are there."""
    bucket = store.bucket("agent")
    url, root = f"s3://{bucket}/prod", store.data / bucket / "prod"
    with FaultProxy(store.port) as proxy:
        env = {**store.environment,
               "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{proxy.port}"}
        tidemark("init", "-r", url, env=env)
        proxy.add(Fault("DELETE", times=-1, **fault))
        agent = make_agent("-b", broker_44.bootstrap, "-r", url, *pace(),
                           env=env)
        wait_captures(agent, root, 1)
        wait_captures(agent, root, 1, since=now_ms())
        done = now_ms()
        status, seconds = agent.stop()
    assert status == 0, agent.said()
    assert seconds < SIGTERM_SECONDS
    assert captures(root)[-1][0] > done - 2000
    assert "a smaller version of a window stays" in agent.said()
    assert " 0 damaged" in tidemark("verify", "-r", url,
                                    env=store.environment).out


# Brokers that do not answer

def committed(cluster: Cluster, group: str,
              positions: dict[tuple[str, int], int]) -> bool:
    try:
        cluster.driver.commit(group, positions)
    except DriverError:
        return False
    return True


@pytest.mark.parametrize(("source", "seconds"), [
    ("follow", 15),
    pytest.param("poll", 15, marks=pytest.mark.long),
    pytest.param("follow", 60, marks=pytest.mark.long),
    pytest.param("poll", 60, marks=pytest.mark.long)])
def test_contract_1_a_broker_that_is_frozen_makes_no_group_idle_or_gone(
        make_cluster: Any, repo: Path, make_agent: Make, unique: Unique,
        source: str, seconds: int) -> None:
    """With one replica nobody else can tell: these are holes."""
    cluster: Cluster = make_cluster("4.4.0", 3, offsets_replication=1)
    topic = unique("t")
    cluster.driver.create_topic(topic, 1)
    names = [f"g-{number}" for number in range(24)]
    for name in names:
        cluster.driver.commit(name, {(topic, 0): 5})
    node = cluster.coordinator(names[0])
    hidden = {name for name in names if cluster.coordinator(name) == node}
    agent = make_agent("-b", cluster.bootstrap, "-r", repo, *pace(),
                       "--source", source)
    wait_captures(agent, repo, 2)
    cluster.pause(node)
    begin = now_ms()
    wait_for(lambda: now_ms() - begin > seconds * 1000, seconds + 10,
             "it is frozen long enough", every=0.1)
    end = now_ms()
    cluster.resume(node)
    for name in names:
        wait_for(lambda name=name: committed(cluster, name, {(topic, 0): 6}),
                 60, "it commits again")
    after = now_ms()
    wait_captures(agent, repo, 2, since=after)
    assert agent.stop()[0] == 0, agent.said()
    found = shelf(repo)
    for name in names:
        readings = found.readings(name, cluster.offsets_partitions)
        for reading in readings:
            told = reading.offsets.get((topic, 0))
            assert told in (5, 6), (name, reading)
            if name in hidden:
                assert not (reading.begin > begin and reading.end < end)
            if reading.begin > after:
                assert told == 6, (name, reading)
        assert any(reading.begin > after for reading in readings), name
        assert any(reading.end < begin for reading in readings), name


@pytest.mark.long  # the soak does the same, among other things
def test_kill_9_costs_a_flush_interval_at_most(
        broker_44: Cluster, group: str, repo: Path, make_agent: Make,
        tidemark: Any) -> None:
    words = ["-b", broker_44.bootstrap, "-r", repo, *pace("2s")]
    agent = make_agent(*words)
    for turn in range(1, 4):
        wait_captures(agent, repo, 3 * turn)
        agent.kill()
        killed = now_ms()
        assert captures(repo)[-1][1] > killed - 5000
        assert " 0 damaged" in tidemark("verify", "-r", repo).out
        started(agent)
    wait_captures(agent, repo, 1, since=now_ms())
    assert agent.stop()[0] == 0
    found = shelf(repo)
    assert len({KEY.search(each.name)["id"]  # type: ignore[index]
                for each in found.windows}) == len(found.windows) == 4
