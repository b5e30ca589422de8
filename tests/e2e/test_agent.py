"""The agent as those see it who use it: what it captures, from where, and what
it tells its watchers.  What machines and stores do to it is in
test_agent_faults.py, and hours of both in test_soak.py.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bed.cluster import Cluster
from bed.heartbeat import Heartbeat
from bed.promdist import promtool
from bed.wait import wait_for
from conftest import program
from soak.agent import Agent

Unique = Callable[[str], str]
Start = Callable[..., Agent]


@pytest.fixture
def start(tidemark: Any, tmp_path: Path, repo: Path) -> Iterator[Start]:
    """start(cluster, "--interval", "1s"): an agent on repo."""
    made: list[Agent] = []

    def begin(cluster: Cluster, *words: str,
              env: dict[str, str] | None = None) -> Agent:
        line = ["-b", cluster.bootstrap, "-r", os.fspath(repo),
                "--interval", "1s", *words]
        if "--flush" not in words:
            line += ["--flush", "1s"]
        made.append(Agent(program(), line, tidemark.environment(env or {}),
                          tmp_path / f"agent-{len(made)}.log"))
        made[-1].start()
        if "--metrics" in words:
            made[-1].wait_said("metrics at")
        return made[-1]

    yield begin
    for agent in made:
        agent.close()


def seed(cluster: Cluster, name: str, offset: int = 5) -> str:
    """A group that stands there in a topic of its own name."""
    cluster.driver.create_topic(name, 1)
    cluster.driver.produce(name, 0, 100)
    cluster.driver.commit(name, {(name, 0): offset})
    return name


def newest(tidemark: Any, repo: Path) -> str:
    """The id of the window that was begun last."""
    listed = tidemark("list", "-r", repo, "--json").jsonl()
    found: str = listed[-1]["id"]
    return found


def wait_metric(agent: Agent, name: str, least: float,
                deadline: float = 30.0) -> float:
    """Until a metric is at least that."""
    def enough() -> float | None:
        agent.check_alive()
        found = agent.metrics().get(f"tidemark_{name}")
        return found if found is not None and found >= least else None

    value: float = wait_for(enough, deadline, f"{name} >= {least}")
    return value


METRICS = ("--metrics", "127.0.0.1:0")


# Sources

def test_following_asks_the_coordinators_nothing(
        broker_44: Cluster, unique: Unique, start: Start) -> None:
    """The broker counts the requests for positions that it gets."""
    group = seed(broker_44, unique("follow"))
    agent = start(broker_44, *METRICS, "--source", "follow", "-v")
    wait_metric(agent, "captures_total", 3)
    assert agent.metrics()["tidemark_follows_offsets_topic"] == 1
    assert "source follow" in agent.said()
    broker_44.driver.commit(group, {(group, 0): 6})
    done = agent.metrics()["tidemark_captures_total"]
    wait_metric(agent, "captures_total", done + 2)
    assert agent.stop()[0] == 0


def test_a_group_that_is_not_there_is_told_once(
        broker_44: Cluster, unique: Unique, start: Start) -> None:
    group, nobody = seed(broker_44, unique("named")), unique("nobody")
    agent = start(broker_44, *METRICS, "--group", group, "--group", nobody)
    wait_metric(agent, "captures_total", 4)
    assert agent.said().count("1 of the groups given by name") == 1
    broker_44.driver.commit(nobody, {(group, 0): 3})
    wait_for(lambda: "0 of the groups given by name" in agent.said(), 30.0,
             "the group is there")
    assert agent.stop()[0] == 0


def test_auto_follows_and_polls_once_in_each_window_to_compare(
        broker_44: Cluster, unique: Unique, start: Start,
        tidemark: Any, repo: Path) -> None:
    seed(broker_44, unique("auto"))
    agent = start(broker_44, *METRICS, "--window", "10s")
    wait_metric(agent, "captures_total", 2)
    found = agent.metrics()
    assert found["tidemark_follows_offsets_topic"] == 1
    assert found["tidemark_cross_check_differences"] == 0
    assert agent.stop()[0] == 0
    kept = tidemark("list", "-r", repo, "--json").jsonl()
    for row in kept:
        shown = tidemark("show", "-r", repo, row["id"], "--json").jsonl()[0]
        assert shown["source"] == "offsets-topic"
        assert shown["complete"]


def test_polling_keeps_to_the_rate_and_says_what_interval_that_is(
        broker_44: Cluster, unique: Unique, start: Start) -> None:
    name = seed(broker_44, unique("poll"))
    for number in range(19):
        broker_44.driver.commit(f"{name}-{number}", {(name, 0): 1})
    agent = start(broker_44, *METRICS, "--source", "poll", "-g", f"{name}*",
                  "--max-requests-per-second", "5")
    wait_metric(agent, "captures_total", 1)
    assert agent.metrics()["tidemark_follows_offsets_topic"] == 0
    assert agent.metrics()["tidemark_interval_seconds"] >= 4
    assert agent.metrics()["tidemark_groups"] == 20
    assert agent.stop()[0] == 0


def test_what_went_between_two_runs_is_named(
        broker_44: Cluster, unique: Unique, start: Start, tidemark: Any,
        repo: Path) -> None:
    """The first capture is compared with the last one that is stored."""
    name = seed(broker_44, unique("gone"))
    words = (*METRICS, "-g", name)
    agent = start(broker_44, *words)
    wait_metric(agent, "captures_total", 1)
    assert agent.stop()[0] == 0
    before = newest(tidemark, repo)
    broker_44.driver.delete_groups(name)
    agent = start(broker_44, *words)
    wait_metric(agent, "captures_total", 1)
    assert agent.stop()[0] == 0
    after = newest(tidemark, repo)
    shown = tidemark("show", "-r", repo, after, "--json").jsonl()[0]
    assert shown["previous"] == before


def test_a_cluster_that_is_not_there_yet_is_waited_for(
        make_cluster: Any, unique: Unique, start: Start) -> None:
    cluster: Cluster = make_cluster()
    seed(cluster, "late")
    cluster.kill(1)
    agent = start(cluster, *METRICS, "--timeout", "5s")
    agent.wait_said("no capture")
    with pytest.raises(urllib.error.HTTPError) as refused:
        agent.page("/readyz")
    assert refused.value.code == 503
    assert agent.page("/healthz")
    cluster.start(1)
    wait_metric(agent, "captures_total", 1, 60)
    agent.wait_said("captures again")
    wait_for(lambda: agent.page("/readyz"), 30, "it is ready")
    assert agent.metrics()["tidemark_failed_captures_total"] >= 1
    assert agent.stop()[0] == 0


# Mistakes

@pytest.mark.parametrize(("words", "told"), [
    (["--interval", "10ms"], "--interval is 1s or longer"),
    (["--flush", "0s"], "--flush is 1s or longer"),
    (["--window", "5s"], "--window is from 10s to 24h"),
    (["--window", "25h"], "--window is from 10s to 24h"),
    (["--interval", "2h"], "--interval is longer than --window"),
    (["--source", "guess"], "--source is"),
    (["--max-requests-per-second", "0"], "--max-requests-per-second"),
    (["--metrics", "nowhere"], "--metrics"),
    (["extra"], "no arguments"),
])
def test_a_wrong_option_is_told_at_once(
        broker_44: Cluster, repo: Path, tidemark: Any, words: list[str],
        told: str) -> None:
    result = tidemark("agent", "-b", broker_44.bootstrap, "-r", repo, *words,
                      status=2)
    assert told in result.err
    assert not list((repo / "snapshots").rglob("*"))


def test_a_repository_that_is_not_there_is_told_at_once(
        broker_44: Cluster, tmp_path: Path, tidemark: Any) -> None:
    result = tidemark("agent", "-b", broker_44.bootstrap, "-r",
                      tmp_path / "nothing", status=10)
    assert "init" in result.err


def test_metrics_on_a_port_that_is_taken_are_told_at_once(
        broker_44: Cluster, repo: Path, tidemark: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        result = tidemark("agent", "-b", broker_44.bootstrap, "-r", repo,
                          "--metrics", where, status=1)
    assert where in result.err


# Watchers

def test_metrics_are_as_prometheus_wants_them(
        broker_44: Cluster, unique: Unique, start: Start) -> None:
    name = seed(broker_44, unique("scraped"), 40)
    agent = start(broker_44, *METRICS, "-g", name, "--metrics-groups",
                  "--metrics-label", "cluster=prod")
    wait_for(lambda: 'tidemark_last_success_timestamp_seconds{cluster="prod"}'
             in agent.metrics(), 30, "a window is stored")
    page = agent.page("/metrics")
    judge = promtool()
    if judge is not None:
        subprocess.run([judge, "check", "metrics"], input=page.encode(),
                       check=True, capture_output=True)
    found = {key.replace('cluster="prod"', "").replace("{,", "{")
             .replace("{}", ""): value
             for key, value in agent.metrics().items()}
    assert found["tidemark_groups"] == 1
    assert found["tidemark_positions"] == 1
    assert found["tidemark_written_bytes_total"] > 0
    assert found["tidemark_repository_errors_total"] == 0
    assert found["tidemark_snapshot_complete"] == 1
    assert found["tidemark_interval_seconds"] == 1
    assert 0 <= found["tidemark_snapshot_age_seconds"] < 30
    assert found[f'tidemark_group_lag{{group="{name}"}}'] == 60
    # Seven days after its commit, which was a moment ago.
    loss = found[f'tidemark_group_first_loss_timestamp_seconds'
                 f'{{group="{name}"}}']
    assert -60 < loss - time.time() - 7 * 86400 < 1
    assert agent.page("/healthz") and agent.page("/readyz")
    assert agent.stop()[0] == 0


def test_metrics_know_what_was_stored_before(
        broker_44: Cluster, unique: Unique, start: Start, repo: Path,
        tidemark: Any) -> None:
    """Alerts are on its age: a new start, or another configuration, with a
    repository that takes nothing must not silence them."""
    name = seed(broker_44, unique("before"))
    tidemark("snapshot", "-b", broker_44.bootstrap, "-r", repo, "-g", name)
    agent = start(broker_44, *METRICS, "-g", name, "--flush", "1h")
    wait_metric(agent, "captures_total", 1)
    told = agent.metrics()
    stored = told["tidemark_snapshot_timestamp_seconds"]
    assert told["tidemark_last_success_timestamp_seconds"] == stored
    assert stored < time.time()
    agent.signal(signal.SIGUSR1)
    newer = wait_metric(agent, "snapshot_timestamp_seconds", stored + 0.001)
    done = agent.metrics()["tidemark_captures_total"]
    told_before = agent.said().count("metrics at")
    agent.signal(signal.SIGHUP)
    wait_for(lambda: agent.said().count("metrics at") > told_before, 30,
             "it reads its configuration again")
    wait_metric(agent, "captures_total", done + 1)
    assert agent.metrics()["tidemark_snapshot_timestamp_seconds"] >= newer
    assert agent.stop()[0] == 0


def test_a_heartbeat_service_is_told(
        broker_44: Cluster, unique: Unique, start: Start) -> None:
    name = seed(broker_44, unique("pinged"))
    with Heartbeat() as service:
        agent = start(broker_44, "-g", name, "--ping-url", service.url)
        wait_for(lambda: len(service.pings) >= 2, 30, "two pings")
        assert agent.stop()[0] == 0
    assert service.pings[0][1].endswith("/start")
    assert not service.pings[1][1].endswith(("/start", "/fail"))
    assert service.url not in agent.said()


def test_the_service_manager_is_told_and_its_watchdog_fed(
        broker_44: Cluster, unique: Unique, start: Start,
        tmp_path: Path) -> None:
    """By sd_notify(3): ready, alive, reloading and ready again, stopping."""
    name = seed(broker_44, unique("notified"))
    path = tmp_path / "notify"
    told: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(0.1)

        def hear(word: str, count: int = 1) -> None:
            def heard() -> bool:
                try:
                    told.extend(manager.recv(4096).decode().splitlines())
                except TimeoutError:
                    pass
                return told.count(word) >= count

            wait_for(heard, 30, f"{count} times {word} of {told}", every=0)

        agent = start(broker_44, "-g", name, env={
            "NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "500000"})
        hear("READY=1")
        hear("WATCHDOG=1", 3)
        wait_for(lambda: hear("WATCHDOG=1", told.count("WATCHDOG=1") + 1)
                 or any(each.startswith("STATUS=follow") for each in told),
                 30, "a status")
        agent.signal(signal.SIGHUP)
        hear("RELOADING=1")
        hear("READY=1", 2)
        agent.signal(signal.SIGTERM)
        hear("STOPPING=1")
        assert agent.process is not None
        assert agent.process.wait(20) == 0


def test_a_line_of_json_for_each_window_that_is_stored(
        broker_44: Cluster, unique: Unique, tidemark: Any,
        repo: Path) -> None:
    name = seed(broker_44, unique("lines"))
    process = tidemark.start("agent", "-b", broker_44.bootstrap, "-r", repo,
                             "-g", name, "--interval", "1s", "--flush", "1s",
                             "--json")
    lines = [json.loads(process.stdout.readline()) for _ in range(2)]
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    lines += [json.loads(line) for line in rest.splitlines()]
    assert all(line["complete"] for line in lines)
    assert lines[-1]["to"] > lines[0]["to"]
    kept = tidemark("list", "-r", repo, "--json").jsonl()
    assert kept[-1]["key"] == lines[-1]["key"]


# The way back

def test_a_window_is_listed_though_a_moment_began_later(
        broker_44: Cluster, unique: Unique, start: Start, tidemark: Any,
        repo: Path) -> None:
    """A job of cron beside an agent: its moment ended before the time asked
    for, and began after the window that has the nearest captures."""
    name = seed(broker_44, unique("beside"), 5)
    agent = start(broker_44, *METRICS, "-g", name, "--window", "1h")
    wait_metric(agent, "captures_total", 2)
    tidemark("snapshot", "-r", repo, "-b", broker_44.bootstrap, "-g", name)
    done = agent.metrics()["tidemark_captures_total"]
    wait_metric(agent, "captures_total", done + 2)
    moment = datetime.now(UTC).isoformat()
    done = agent.metrics()["tidemark_captures_total"]
    wait_metric(agent, "captures_total", done + 2)
    assert agent.stop()[0] == 0
    window, job = tidemark("list", "-r", repo, "--json").jsonl()
    around = tidemark("list", "-r", repo, "--at", moment, "--json").jsonl()
    assert {each["id"] for each in around} == {window["id"], job["id"]}
    captures = tidemark("list", "-r", repo, "--at", moment, "--captures",
                        "--json").jsonl()
    assert {each["id"] for each in captures} == {window["id"]}


def test_a_restore_at_a_second_inside_a_window(
        broker_44: Cluster, unique: Unique, start: Start, tidemark: Any,
        repo: Path) -> None:
    """Two commits in one window, a second or more apart; the loss; and back to
    where it stood between them."""
    name = seed(broker_44, unique("back"), 5)
    agent = start(broker_44, *METRICS, "-g", name, "--window", "1h")
    wait_metric(agent, "captures_total", 2)
    broker_44.driver.commit(name, {(name, 0): 20})
    done = agent.metrics()["tidemark_captures_total"]
    wait_metric(agent, "captures_total", done + 2)
    moment = datetime.now(UTC).isoformat()
    done = agent.metrics()["tidemark_captures_total"]
    wait_metric(agent, "captures_total", done + 2)
    broker_44.driver.commit(name, {(name, 0): 70})
    done = agent.metrics()["tidemark_captures_total"]
    wait_metric(agent, "captures_total", done + 2)
    assert agent.stop()[0] == 0
    broker_44.driver.delete_groups(name)
    tidemark("restore", "-r", repo, "-b", broker_44.bootstrap, "--at", moment,
             "-g", name, "--execute", "--settle", "0s")
    assert broker_44.driver.offsets(name)[name, 0].offset == 20
