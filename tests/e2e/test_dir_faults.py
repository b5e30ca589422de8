"""A repository in a directory when the machine fails: contract line 8.  A full
disk and kill -9 are in test_archive_judges.py; a failure at each single call in
tests/unit/storage/test_dir_faults.c."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bed.cluster import Cluster
from bed.wait import wait_for
from conftest import program

Unique = Callable[[str], str]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    where = tmp_path / "disk"
    where.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m",
                           "tidemark-test", where], capture_output=True,
                          check=False)
    if done.returncode != 0:
        pytest.skip("cannot mount here")
    yield where
    subprocess.run(["umount", "-l", where], capture_output=True, check=False)


class Rig:
    """One group, and the words for a snapshot of it."""

    def __init__(self, tidemark: Any, cluster: Cluster, group: str,
                 topic: str) -> None:
        cluster.driver.create_topic(topic, 1)
        cluster.driver.produce(topic, 0, 10)
        cluster.driver.commit(group, {(topic, 0): 7})
        self.tidemark, self.cluster = tidemark, cluster
        self.words = ["snapshot", "-b", cluster.bootstrap, "--group", group]

    def snapshot(self, repo: Path, status: int = 0) -> Any:
        return self.tidemark(*self.words, "-r", repo, status=status)


@pytest.fixture
def rig(tidemark: Any, broker_44: Cluster, unique: Unique) -> Rig:
    return Rig(tidemark, broker_44, unique("group"), unique("topic"))


def files(path: Path) -> set[str]:
    return {str(each.relative_to(path)) for each in path.rglob("*")}


def test_a_read_only_disk_is_told_and_still_read(rig: Rig, tidemark: Any,
                                                 disk: Path) -> None:
    repo = disk / "repo"
    tidemark("init", "-r", repo)
    rig.snapshot(repo)
    before = files(repo)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    told = rig.snapshot(repo, 1)
    assert "Read-only" in told.err and "storing it failed" in told.err
    assert "1 whole" in tidemark("verify", "-r", repo).out
    assert tidemark("init", "-r", disk / "other", status=1).err
    assert files(repo) == before


def test_a_mount_that_is_gone_is_no_repository(rig: Rig, tidemark: Any,
                                               disk: Path) -> None:
    """Nothing is written to the empty folder that it was mounted on."""
    tidemark("init", "-r", disk)
    rig.snapshot(disk)
    subprocess.run(["umount", disk], check=True)
    for words in (["list"], ["verify"], ["show", "latest"]):
        tidemark(*words, "-r", disk, status=10)
    told = rig.snapshot(disk, 10)
    assert "no repository" in told.err
    assert files(disk) == set()


def test_a_mount_that_goes_under_a_running_snapshot(
        tidemark: Any, make_cluster: Callable[..., Cluster], unique: Unique,
        disk: Path) -> None:
    """The broker is frozen while the mount is taken away."""
    cluster = make_cluster("4.4.0")
    rig = Rig(tidemark, cluster, unique("group"), unique("topic"))
    tidemark("init", "-r", disk)
    cluster.pause(1)
    process = tidemark.start(*rig.words, "-r", disk, "--timeout", "60s")

    def has_opened_it() -> bool:
        opened = Path(f"/proc/{process.pid}/fd")
        return any(os.path.realpath(each) == str(disk)
                   for each in opened.iterdir())

    wait_for(has_opened_it, 20, "the repository is opened")
    subprocess.run(["umount", "-l", disk], check=True)
    cluster.resume(1)
    process.communicate(timeout=90)
    assert files(disk) == set()
    tidemark("list", "-r", disk, status=10)


@pytest.mark.parametrize("planted", ["snapshots", "cluster", "year", "day",
                                     "selections", "tidemark.json"])
def test_a_planted_link_is_not_followed(rig: Rig, tidemark: Any, repo: Path,
                                        tmp_path: Path, planted: str) -> None:
    rig.snapshot(repo)
    cluster = next((repo / "snapshots").iterdir())
    year = next(cluster.iterdir())
    day = next(next(year.iterdir()).iterdir())
    place = {"snapshots": repo / "snapshots", "cluster": cluster, "year": year,
             "day": day, "selections": repo / "selections",
             "tidemark.json": repo / "tidemark.json"}[planted]
    elsewhere = tmp_path / "elsewhere"
    shutil.move(place, elsewhere)
    place.symlink_to(elsewhere)
    before = files(tmp_path)
    told = tidemark(*rig.words, "-r", repo, status=None)
    assert told.status in (1, 10), told
    assert len(told.err.splitlines()) <= 3
    if planted != "selections":  # only a writer looks there
        assert tidemark("list", "-r", repo, status=None).status in (1, 10)
    assert files(tmp_path) == before


# As an ordinary user

@pytest.fixture
def as_user(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the program as nobody."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs root and setpriv")
    binary = tmp_path / "tidemark"
    shutil.copy(program().resolve(), binary)
    for each in [tmp_path, *tmp_path.parents][:3]:
        each.chmod(each.stat().st_mode | 0o055)

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
             binary, *words], capture_output=True, text=True, check=False)

    return run


def test_what_may_not_be_read_is_told(rig: Rig, repo: Path,
                                      as_user: Any) -> None:
    rig.snapshot(repo)
    (archive,) = repo.rglob("*.tar.zst")
    opened = [repo, repo / "snapshots", *archive.relative_to(
        repo / "snapshots").parents]
    for words in (["list"], ["verify"], ["show", "latest"]):
        done = as_user(*words, "-r", repo)
        assert done.returncode == 1, done
        assert "ermission denied" in done.stderr
    # All but the archive itself may be read.
    for each in [repo, *[repo / "snapshots" / part for part in opened[2:]],
                 repo / "snapshots"]:
        each.chmod(0o755)
    (repo / "tidemark.json").chmod(0o644)
    assert as_user("list", "-r", repo).returncode == 0
    for words in (["verify"], ["show", "latest"]):
        done = as_user(*words, "-r", repo)
        assert done.returncode == 1, done
        assert archive.name in done.stderr
        assert "whole" not in done.stdout


def test_what_may_not_be_written_is_told(rig: Rig, tidemark: Any, repo: Path,
                                         as_user: Any) -> None:
    rig.snapshot(repo)
    for each in repo.rglob("*"):
        each.chmod(0o755 if each.is_dir() else 0o644)
    repo.chmod(0o755)
    before = files(repo)
    done = as_user(*rig.words, "-r", repo)
    assert done.returncode == 1, done
    assert "ermission denied" in done.stderr and "storing it failed" in done.stderr
    assert as_user("init", "-r", repo.parent / "new").returncode == 1
    assert files(repo) == before
    assert "1 whole" in tidemark("verify", "-r", repo).out
