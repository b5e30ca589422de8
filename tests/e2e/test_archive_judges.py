"""An archive in the hands of tools that we did not write, and what happens to
it when machines fail: contract lines 8 and 9.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bed.cluster import Cluster
from bed.tools import kafka_consumer_groups
from bed.wait import wait_for

Unique = Callable[[str], str]

# Kafka's CSV must quote some of these.
NAMES = ["plain", "with space", "a,b", 'say "hi"', "back\\slash", "#hash",
         "a-name-of-more-than-24-characters", "tab\tbed", "apo'strophe",
         "gr\u00f6\u00dfe", "-lead", "semi;colon", "new\nline"]


@pytest.fixture
def taken(tidemark: Any, repo: Path, broker: Cluster,
          unique: Unique) -> tuple[Path, str, dict[str, int]]:
    """An archive; the topic; and the groups in it by their offset."""
    topic, stem, driver = unique("t"), unique("j"), broker.driver
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 100)
    groups = {f"{stem}{name}": at + 1 for at, name in enumerate(NAMES)}
    for group, offset in groups.items():
        driver.commit(group, {(topic, 0): (offset, 0, "m")})
    report = tidemark("snapshot", "-r", repo, "-b", broker.bootstrap, "--group",
                      f"re:{stem}(.|\n)*", "--json").json()
    assert report["counts"]["positions"] == len(groups)
    return repo / report["key"], topic, groups


def run(*words: str | Path, cwd: Path | None = None) -> str:
    return subprocess.run([os.fspath(word) for word in words], cwd=cwd,
                          check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("tool", [["tar", "--zstd", "-xf"], ["bsdtar", "-xf"]])
def test_stock_tools_read_it(taken: Any, tmp_path: Path,
                             tool: list[str]) -> None:
    archive, topic, groups = taken
    where = tmp_path / "unpacked"
    where.mkdir()
    run("zstd", "-t", archive)
    run(*tool, archive, cwd=where)
    run("sha256sum", "-c", "--strict", "SHA256SUMS", cwd=where)
    for lines in where.rglob("*.jsonl"):
        run("jq", ".", lines)
    manifest = json.loads(run("jq", ".", where / "MANIFEST.json"))
    assert manifest["counts"]["groups"] == len(groups)
    found = {}
    for lines in sorted((where / "groups").iterdir()):
        for line in lines.read_text().splitlines():
            group = json.loads(line)
            assert group["topics"][0]["topic"] == topic
            found[group["group"]] = int(group["topics"][0]["offsets"])
    assert found == groups
    assert "kafka-consumer-groups" in (where / "README.txt").read_text()


def test_kafkas_own_tool_restores_from_it_alone(
        taken: Any, broker: Cluster, tmp_path: Path) -> None:
    """Without tidemark: --from-file, with one --group for each group."""
    archive, topic, groups = taken
    run("tar", "--zstd", "-xf", archive, cwd=tmp_path)
    table = tmp_path / "offsets" / "00000.csv"
    rows = list(csv.reader(io.StringIO(table.read_text()), escapechar=None))
    listed = {row[0]: int(row[3]) for row in rows}
    expected = {group: offset for group, offset in groups.items()
                if "\n" not in group}
    assert listed == expected
    broker.driver.delete_groups(*groups)
    words = ["--reset-offsets", "--from-file", table, "--execute"]
    for group in expected:
        words += ["--group", group]
    kafka_consumer_groups(broker, *words)
    found = broker.driver.all_offsets(groups)
    assert {group: each[topic, 0].offset
            for group, each in found.items()} == expected


def test_damage_in_a_repository_is_found(taken: Any, tidemark: Any,
                                         repo: Path) -> None:
    archive, _, _ = taken
    assert "1 whole, 0 damaged" in tidemark("verify", "-r", repo).out
    archive.chmod(0o600)
    changed = bytearray(archive.read_bytes())
    changed[len(changed) // 2] ^= 4
    archive.write_bytes(changed)
    told = tidemark("verify", "-r", repo, status=20)
    assert "DAMAGED" in told.out and archive.name in told.out


def test_a_key_that_disagrees_with_the_manifest_is_found(
        taken: Any, tidemark: Any, repo: Path) -> None:
    """A partial snapshot renamed to a complete one, say."""
    archive, _, _ = taken
    name = archive.name.replace("-c-", "-p-")
    archive.rename(archive.with_name(name))
    tidemark("verify", "-r", repo, status=20)


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 KiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    where = tmp_path / "tiny"
    where.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", where],
                   check=True)
    yield where
    subprocess.run(["umount", where], check=True)


def test_a_full_disk_leaves_nothing_behind(
        tidemark: Any, broker_44: Cluster, tiny: Path,
        unique: Unique) -> None:
    topic, stem = unique("t"), unique("full-")
    broker_44.driver.create_topic(topic, 3)
    broker_44.driver.seed(3000, [(topic, at) for at in range(3)], prefix=stem)
    repo = tiny / "repo"
    tidemark("init", "-r", repo)
    with open(tiny / "filler", "wb") as filler:
        filler.write(b"\0" * 90_000)
    told = tidemark("snapshot", "-r", repo, "-b", broker_44.bootstrap,
                    "--group", f"{stem}*", status=1)
    assert "No space left" in told.err
    assert tidemark("list", "-r", repo, "--json").out == ""
    left = [each for each in repo.rglob("*")
            if each.is_file() and each.suffix != ".json"]
    assert left == []


def test_contract_8_killed_at_any_moment_nothing_is_torn(
        tidemark: Any, repo: Path, broker_44: Cluster,
        unique: Unique) -> None:
    """kill -9 at 50 random moments: every archive there is verifies."""
    topic, stem = unique("t"), unique("kill-")
    broker_44.driver.create_topic(topic, 2)
    broker_44.driver.seed(500, [(topic, 0), (topic, 1)], prefix=stem)
    words = ["snapshot", "-r", repo, "-b", broker_44.bootstrap, "--group",
             f"{stem}*"]
    chance, finished = random.Random(11), 0
    for _ in range(50):
        process = tidemark.start(*words)
        try:
            process.wait(timeout=chance.uniform(0.0, 0.12))
            finished += 1
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()
    tidemark(*words)
    listed = tidemark("list", "-r", repo, "--json").jsonl()
    assert len(listed) >= finished + 1
    told = tidemark("verify", "-r", repo).out
    assert f"{len(listed)} whole, 0 damaged" in told


def test_two_at_once_lose_nothing(tidemark: Any, repo: Path,
                                  broker_44: Cluster) -> None:
    words = ["snapshot", "-r", repo, "-b", broker_44.bootstrap]
    several = [tidemark.start(*words) for _ in range(4)]
    for process in several:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert len(tidemark("list", "-r", repo, "--json").jsonl()) == 4


def test_ctrl_c_stores_nothing(tidemark: Any, repo: Path,
                               make_cluster: Any) -> None:
    cluster = make_cluster("4.4.0")
    cluster.pause(1)
    process = tidemark.start("snapshot", "-r", repo, "-b", cluster.bootstrap,
                             "-v")
    wait_for(lambda: Path(f"/proc/{process.pid}/task").is_dir() and len(
        list(Path(f"/proc/{process.pid}/task").iterdir())) > 1, 10)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert tidemark("list", "-r", repo, "--json").out == ""


def test_a_repository_that_may_not_be_written(
        taken: Any, tidemark: Any, repo: Path, broker: Cluster,
        tmp_path: Path) -> None:
    """Run as an ordinary user: one clear line, nothing stored."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs root and setpriv")
    from conftest import program
    binary = tmp_path / "bin"
    shutil.copy(program().resolve(), binary)
    for each in [tmp_path, *tmp_path.parents][:3]:
        each.chmod(each.stat().st_mode | 0o055)
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", binary,
         "snapshot", "-r", repo, "-b", broker.bootstrap],
        capture_output=True, text=True, check=False)
    assert done.returncode in (1, 10), done
    assert "ermission" in done.stderr


def test_contract_10_names_cannot_paint_on_the_terminal(
        tidemark: Any, repo: Path, broker_44: Cluster,
        unique: Unique) -> None:
    topic = unique("t")
    group = unique("\x1b[31mred\u202e\x9b\r\n")
    broker_44.driver.create_topic(topic, 1)
    broker_44.driver.commit(group, {(topic, 0): 1})
    told = tidemark("snapshot", "-r", repo, "-b", broker_44.bootstrap)
    shown = tidemark("show", "latest", "-r", repo)
    plan = tidemark("restore", "-r", repo, "-b", broker_44.bootstrap, "--at",
                    "latest", "--all-groups", status=None)
    for text in (told.out, shown.out, plan.out, plan.err):
        assert not set(text) & {"\x1b", "\u202e", "\x9b", "\r"}
    assert "red" in shown.out and "red" in plan.out
