"""--metrics-file and --ping-url: what watchers are told about runs of cron,
with promtool as the judge of the one and a stand-in for healthchecks.io of the
other.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bed.cluster import Cluster
from bed.heartbeat import Heartbeat
from bed.promdist import promtool
from bed.wait import wait_for
from conftest import program
from rig import Rig, offsets

Unique = Callable[[str], str]

SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? '
                    r'(-?\d+(?:\.\d{3})?)')


def read(path: Path) -> dict[str, float]:
    """The samples by series; the file is whole, and each family named once."""
    text = path.read_text()
    assert text.endswith("\n") and path.stat().st_mode & 0o777 == 0o644
    assert not [each for each in path.parent.iterdir()
                if each.name.startswith(path.name + ".")]
    found: dict[str, float] = {}
    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert len(heads) == len(set(heads))
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        name = match[1] + (f"{{{match[2]}}}" if match[2] else "")
        assert name not in found, name
        found[name] = float(match[3])
    return found


def told(path: Path) -> dict[str, float]:
    """The same without the prefix that all have."""
    return {name.removeprefix("tidemark_"): value
            for name, value in read(path).items()}


@pytest.fixture
def heartbeat() -> Iterator[Heartbeat]:
    with Heartbeat() as service:
        yield service


@pytest.fixture
def prom(tmp_path: Path) -> Path:
    """The path of a file for metrics, in a directory of its own."""
    (tmp_path / "textfile").mkdir()
    return tmp_path / "textfile" / "tidemark.prom"


def test_success_then_failures_then_success(
        rig_44: Rig, unique: Unique, prom: Path, tmp_path: Path) -> None:
    """A failure changes the status, never the time of the last success."""
    topic, group = unique("t"), unique("g")
    rig_44.cluster.driver.create_topic(topic, 1)
    rig_44.cluster.driver.commit(group, {(topic, 0): 0})
    words = ["--metrics-file", str(prom), "--timeout", "15s"]
    begin = time.time()
    first = rig_44.snapshot(*words)
    good = told(prom)
    assert begin - 1 <= good["last_success_timestamp_seconds"] <= time.time()
    assert good["last_run_timestamp_seconds"] == good[
        "last_success_timestamp_seconds"]
    assert good["last_run_success"] == 1 and good["last_run_exit_status"] == 0
    assert good["groups"] == first["counts"]["groups"]
    assert good["positions"] == first["counts"]["positions"]
    assert good["capture_duration_seconds"] == first["duration_ms"] / 1000
    assert good["written_bytes_total"] == first["size"]
    assert good["snapshot_complete"] == 1
    assert 0 <= good["snapshot_age_seconds"] < 15
    assert good["snapshot_timestamp_seconds"] >= begin - 1
    holes = {name: value for name, value in good.items() if "holes" in name}
    assert 'holes{reason="leaderless"}' in holes
    assert not any(holes.values())
    assert not [name for name in good if "group=" in name]

    # The cluster is away.
    rig_44.tidemark("snapshot", "-r", rig_44.repo, "-b", "127.0.0.1:1",
                    "--timeout", "2s", "--metrics-file", prom, status=1)
    bad = told(prom)
    assert bad["last_run_success"] == 0 and bad["last_run_exit_status"] == 1
    assert bad["last_run_timestamp_seconds"] > good[
        "last_run_timestamp_seconds"]
    changed = {name for name in good if good[name] != bad[name]}
    assert changed == {"last_run_success", "last_run_exit_status",
                       "last_run_timestamp_seconds", "snapshot_age_seconds"}

    # So is the repository.
    rig_44.tidemark("snapshot", "-r", tmp_path / "none", "-b",
                    rig_44.cluster.bootstrap, "--metrics-file", prom,
                    status=10)
    bad = told(prom)
    assert bad["last_run_exit_status"] == 10
    assert bad["repository_errors_total"] == 1

    # A wrong usage, and what stores nothing, tell nothing.
    before = prom.read_bytes()
    rig_44.tidemark("snapshot", "--metrics-file", prom, status=2)
    rig_44.tidemark("snapshot", "-r", rig_44.repo, "-b", "127.0.0.1:1",
                    "--metrics-file", prom, "--index-step", "1ms", status=2)
    rig_44.snapshot(*words, "--dry-run")
    assert prom.read_bytes() == before

    second = rig_44.snapshot(*words)
    again = told(prom)
    assert again["last_success_timestamp_seconds"] > good[
        "last_success_timestamp_seconds"]
    assert again["last_run_success"] == 1
    assert again["written_bytes_total"] == first["size"] + second["size"]
    assert again["repository_errors_total"] == 1


def test_a_partial_snapshot_is_no_success(
        make_cluster: Any, tidemark: Any, repo: Path, prom: Path,
        heartbeat: Heartbeat) -> None:
    cluster = make_cluster("4.4.0", listeners=["sasl_plain"], authorizer=True)
    cluster.driver.create_topic("open", 1)
    cluster.driver.commit("mine", {("open", 0): 5})
    cluster.driver.commit("theirs", {("open", 0): 7})
    for operation, kind, name in (("READ", "GROUP", "mine"),
                                  ("READ", "TOPIC", "open")):
        cluster.acl("alice", operation, kind, name)
    words = ["snapshot", "-r", repo, "-b", cluster.address("sasl_plain"),
             "--timeout", "15s", "--group", "mine", "--group", "theirs"]
    for name, value in cluster.rdkafka("sasl_plain", "alice").items():
        words += ["-X", f"{name}={value}"]
    tidemark(*words, status=3, env={"TIDEMARK_METRICS_FILE": str(prom),
                                    "TIDEMARK_PING_URL": heartbeat.url})
    found = told(prom)
    assert found["last_run_success"] == 0
    assert found["last_run_exit_status"] == 3
    assert "last_success_timestamp_seconds" not in found
    assert found["snapshot_complete"] == 0
    assert found['holes{reason="group"}'] == 1
    assert found["written_bytes_total"] > 0
    assert heartbeat.pings[1] == (
        "POST", "/ping/secret-token/fail",
        "tidemark snapshot: exit status 3: the snapshot is partial\n")


def test_restores_are_counted_beside_what_snapshots_told(
        rig_44: Rig, topic_44: str, unique: Unique, prom: Path,
        tmp_path: Path) -> None:
    group, beyond = unique("g"), unique("beyond")
    driver = rig_44.cluster.driver
    driver.commit(group, {(topic_44, 0): 40})
    driver.commit(beyond, {(topic_44, 0): 1000})
    words = ["--metrics-file", str(prom)]
    rig_44.snapshot(*words)
    before = told(prom)
    driver.commit(group, {(topic_44, 0): 90})
    driver.delete_groups(beyond)
    at = ["--at", "latest", "--group"]
    # What changes nothing is not counted.
    rig_44.restore(*at, group, *words)
    rig_44.restore_at_once(*at, group, "--dry-run", *words, status=2)
    assert told(prom) == before
    rig_44.restore_at_once(*at, group, *words)
    assert offsets(rig_44.cluster, group)[topic_44, 0] == 40
    rig_44.restore_at_once(*at, beyond, "--policy", "strict", *words,
                           status=4)
    rig_44.tidemark("undo", "latest", "-r", rig_44.repo, "-b",
                    rig_44.cluster.bootstrap, "--execute", "--settle", "0s",
                    *words)
    plan = tmp_path / "plan.jsonl"
    rig_44.restore(*at, group, "-o", str(plan))
    rig_44.tidemark("apply", plan, "-r", rig_44.repo, "-b", "127.0.0.1:1",
                    "--timeout", "2s", *words, status=1)
    rig_44.tidemark("apply", plan, "-r", rig_44.repo, "-b",
                    rig_44.cluster.bootstrap, "--dry-run", *words)
    after = told(prom)
    counted = {name: after.pop(name) for name in list(after)
               if "restores_total" in name}
    assert counted == {'restores_total{result="done"}': 2,
                       'restores_total{result="partial"}': 0,
                       'restores_total{result="refused"}': 1,
                       'restores_total{result="failed"}': 1}
    # And nothing of the snapshot is lost by it.
    for name, value in after.items():
        assert value == before[name] or name == "snapshot_age_seconds"


@pytest.fixture
def topic_44(rig_44: Rig, unique: Unique) -> str:
    name = unique("orders")
    rig_44.cluster.driver.create_topic(name, 1)
    rig_44.cluster.driver.produce(name, 0, 100)
    return name


def test_promtool_has_nothing_to_say(rig_44: Rig, topic_44: str,
                                     unique: Unique, prom: Path) -> None:
    """Also with labels, and a series for each group of whatever name."""
    odd = unique('odd "{}" \\ name')
    rig_44.cluster.driver.commit(odd, {(topic_44, 0): 40})
    words = ["--metrics-file", str(prom), "--metrics-label", "cluster=prod",
             "--metrics-label", 'note=a "b"']
    rig_44.snapshot(*words, "--metrics-groups")
    lags = {name: value for name, value in read(prom).items()
            if name.startswith("tidemark_group_lag")}
    shown = odd.replace("\\", "\\\\\\\\").replace('"', '\\"')
    assert lags['tidemark_group_lag{cluster="prod",note="a \\"b\\"",'
                f'group="{shown}"}}'] == 60
    # expiring adds its own, and each keeps what the other told.
    rig_44.tidemark("expiring", "-b", rig_44.cluster.bootstrap,
                    "--metrics-file", prom, status=None)
    both = read(prom)
    assert lags.items() <= both.items()
    expiring = {name: value for name, value in both.items()
                if name.startswith("tidemark_expiring_")}
    assert len(expiring) > 7
    rig_44.tidemark("expiring", "-b", rig_44.cluster.bootstrap,
                    "--metrics-file", prom, status=None)
    assert read(prom).keys() == both.keys()
    # A run that fails keeps all of it, byte for byte.
    before = prom.read_text().splitlines()
    rig_44.tidemark("snapshot", "-r", rig_44.repo, "-b", "127.0.0.1:1",
                    "--timeout", "2s", *words, status=1)
    after = prom.read_text().splitlines()
    assert read(prom).keys() == both.keys()
    for word in ("tidemark_group_lag", "tidemark_expiring_"):
        assert [line for line in after if word in line] == [
            line for line in before if word in line]
    if promtool() is None:
        pytest.skip("promtool cannot be had")
    judged = subprocess.run([promtool(), "check", "metrics"],
                            input=prom.read_bytes(), capture_output=True,
                            check=False)
    assert (judged.returncode, judged.stdout, judged.stderr) == (0, b"", b"")
    # The judge can say no.
    judged = subprocess.run([promtool(), "check", "metrics"],
                            input=prom.read_bytes() + b"tidemark_x 1\n",
                            capture_output=True, check=False)
    assert judged.returncode != 0


def test_a_file_that_cannot_be_written_costs_a_warning(
        rig_44: Rig, prom: Path, tmp_path: Path) -> None:
    words = ["snapshot", "-r", rig_44.repo, "-b", rig_44.cluster.bootstrap,
             "--metrics-file"]
    done = rig_44.tidemark(*words, tmp_path / "none" / "x.prom")
    assert "snapshot " in done.out
    [line] = [each for each in done.err.splitlines() if "warning" in each]
    assert "no metrics were written: " in line and "No such file" in line
    # What is somebody else's is left as it is.
    for text in ("node_load1 5\n", "root:x:0:0:root:/root:/bin/bash\n"):
        prom.write_text(text)
        done = rig_44.tidemark(*words, prom)
        assert "warning: no metrics were written" in done.err
        assert prom.read_text() == text
    # An empty one is nobody's.
    prom.write_text("")
    assert rig_44.tidemark(*words, prom).err.count("warning") == 0
    assert told(prom)["last_run_success"] == 1


@pytest.mark.parametrize("label", ["x", "=y", "9=y", "a-b=y", "__a=y",
                                   "reason=y"])
def test_labels_that_cannot_be(tidemark: Any, repo: Path, label: str) -> None:
    done = tidemark("snapshot", "-r", repo, "-b", "127.0.0.1:1",
                    "--metrics-label", label, status=2)
    assert "--metrics-label" in done.err


# Pings

def test_start_and_success_are_pinged(rig_44: Rig,
                                      heartbeat: Heartbeat) -> None:
    rig_44.snapshot(status=0)
    assert not heartbeat.pings
    done = rig_44.tidemark("snapshot", "-r", rig_44.repo, "-b",
                           rig_44.cluster.bootstrap, "-v",
                           env={"TIDEMARK_PING_URL": heartbeat.url})
    assert heartbeat.pings == [("GET", "/ping/secret-token/start", ""),
                               ("GET", "/ping/secret-token", "")]
    assert "secret" not in done.out + done.err
    heartbeat.pings.clear()
    rig_44.tidemark("snapshot", "-r", rig_44.repo, "-b",
                    rig_44.cluster.bootstrap, "--dry-run",
                    env={"TIDEMARK_PING_URL": heartbeat.url})
    assert not heartbeat.pings


def test_a_failure_is_pinged_with_its_reason(tidemark: Any, repo: Path,
                                             heartbeat: Heartbeat,
                                             tmp_path: Path) -> None:
    config = tmp_path / "tidemark.conf"
    config.write_text(f"[ping]\nping-url = {heartbeat.url}?rid=7\n")
    words = ["snapshot", "-r", repo, "--config", config]
    tidemark(*words, "-b", "127.0.0.1:1", "--timeout", "2s", status=1)
    start, (method, target, body) = heartbeat.pings
    assert start == ("GET", "/ping/secret-token/start?rid=7", "")
    assert (method, target) == ("POST", "/ping/secret-token/fail?rid=7")
    assert body.startswith("tidemark snapshot: exit status 1: ")
    assert "127.0.0.1:1" in body
    # So is a usage that turns out to be wrong.
    heartbeat.pings.clear()
    tidemark(*words, status=2)
    assert heartbeat.pings[1][2].startswith(
        "tidemark snapshot: exit status 2: no Kafka cluster is given")


def test_a_result_that_stdout_does_not_take_is_no_success(
        rig_44: Rig, heartbeat: Heartbeat) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [program(), "snapshot", "-r", rig_44.repo, "-b",
             rig_44.cluster.bootstrap], stdout=full, stderr=subprocess.PIPE,
            env=rig_44.tidemark.environment(
                {"TIDEMARK_PING_URL": heartbeat.url}), check=False)
    assert done.returncode == 1
    assert heartbeat.pings[1][1] == "/ping/secret-token/fail"
    assert "exit status 1: cannot write to stdout" in heartbeat.pings[1][2]


def test_an_interruption_is_pinged(make_cluster: Any, tidemark: Any,
                                   repo: Path, heartbeat: Heartbeat) -> None:
    """While a broker is frozen the snapshot waits; SIGTERM ends it."""
    cluster: Cluster = make_cluster("4.4.0")
    cluster.pause(1)
    process = tidemark.start("snapshot", "-r", repo, "-b", cluster.bootstrap,
                             env={"TIDEMARK_PING_URL": heartbeat.url})
    wait_for(lambda: heartbeat.pings, 20)
    process.terminate()
    process.communicate(timeout=30)
    cluster.resume(1)
    assert process.returncode == 130
    assert [ping[1] for ping in heartbeat.pings] == [
        "/ping/secret-token/start", "/ping/secret-token/fail"]
    assert "exit status 130" in heartbeat.pings[1][2]


def test_a_service_in_trouble_is_tried_again(rig_44: Rig,
                                             heartbeat: Heartbeat) -> None:
    heartbeat.answers = [500, 429, 200]
    done = rig_44.tidemark("snapshot", "-r", rig_44.repo, "-b",
                           rig_44.cluster.bootstrap,
                           env={"TIDEMARK_PING_URL": heartbeat.url})
    assert [ping[1] for ping in heartbeat.pings] == [
        "/ping/secret-token/start"] * 3 + ["/ping/secret-token"]
    assert "warning" not in done.err


def test_a_service_that_refuses_or_is_away_changes_nothing(
        rig_44: Rig, heartbeat: Heartbeat) -> None:
    heartbeat.answers = [404, 302]
    words = ["snapshot", "-r", rig_44.repo, "-b", rig_44.cluster.bootstrap]
    done = rig_44.tidemark(*words, env={"TIDEMARK_PING_URL": heartbeat.url})
    assert len(heartbeat.pings) == 2
    host = heartbeat.url.split("/ping")[0]
    assert f"warning: cannot ping {host}: the answer was 404" in done.err
    assert f"warning: cannot ping {host}: the answer was 302" in done.err
    done = rig_44.tidemark(
        *words, env={"TIDEMARK_PING_URL": "http://u:secret@127.0.0.1:1/secret"})
    assert done.err.count("warning: cannot ping http://127.0.0.1:1: ") == 2
    assert "secret" not in done.err


def test_contract_11_a_url_as_an_argument_is_wiped(
        rig_44: Rig, heartbeat: Heartbeat) -> None:
    """The service looks at the process list while it is pinged."""
    seen: list[bytes] = []

    def look() -> None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = path.read_bytes()
            except OSError:
                continue
            if b"--ping-url" in line and b"snapshot" in line:
                seen.append(line)

    heartbeat.while_pinged = look
    done = rig_44.tidemark("snapshot", "-r", rig_44.repo, "-b",
                           rig_44.cluster.bootstrap, "--ping-url",
                           heartbeat.url)
    assert len(heartbeat.pings) == 2 and seen
    assert not [line for line in seen if b"secret-token" in line]
    assert "a secret was given as an argument" in done.err
    assert "secret-token" not in done.err + done.out


@pytest.mark.parametrize("url", ["", "hc-ping.com/secret", "ftp://h/secret",
                                 "https://h/x#secret"])
def test_urls_that_cannot_be_pinged(tidemark: Any, repo: Path,
                                    url: str) -> None:
    done = tidemark("snapshot", "-r", repo, "-b", "127.0.0.1:1", "--ping-url",
                    url, status=2)
    assert "no URL of http or https" in done.err
    assert "secret" not in done.err.replace("a secret was given", "")
