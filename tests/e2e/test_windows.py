"""Windows of many captures answer as the same captures do as snapshots of
their own: tests/tools/make_window makes them of what was captured on a real
broker.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bed.cluster import Cluster
from bed.driver import Driver
from conftest import Tidemark, program

Unique = Callable[[str], str]


class Story:
    """Captures of a cluster on which something happens between them: in one
    repository as they were made, in another one as windows."""

    def __init__(self, tidemark: Tidemark, cluster: Cluster, place: Path,
                 unique: Unique) -> None:
        self.tidemark, self.cluster = tidemark, cluster
        self.driver: Driver = cluster.driver
        self.singles, self.windows = place / "singles", place / "windows"
        self.topic, self.group = unique("orders"), unique("billing")
        self.other = unique("audit")
        self.captures: list[Any] = []
        for repo in (self.singles, self.windows):
            tidemark("init", "-r", repo)

    def capture(self) -> Any:
        made = self.tidemark(
            "snapshot", "-r", self.singles, "-b", self.cluster.bootstrap,
            "--group", self.group, "--group", self.other, "--json").json()
        self.captures.append(made)
        return made

    def make_windows(self) -> list[tuple[str, int]]:
        tool = program().resolve().parent / "tools" / "make_window"
        if not tool.exists():
            pytest.fail(f"{tool} is not there: run make tools",
                        pytrace=False)
        done = subprocess.run(
            [tool, self.windows,
             *(self.singles / made["key"] for made in self.captures)],
            text=True, capture_output=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return [(words[0], int(words[1])) for words in
                (line.split() for line in done.stdout.splitlines())]

    def rows(self, repo: Path, at: str, status: int | None = 0) -> Any:
        result = self.tidemark(
            "plan", "-r", repo, "-b", self.cluster.bootstrap, "--at", at,
            "--group", self.group, "--json", status=status)
        found = {}
        for row in result.jsonl():
            if "topic" in row:
                found[row["topic"], row["partition"]] = (
                    row["rule"], row["planned"],
                    *(side and side.get("offset")
                      for side in (row["low"], row["high"])))
        return found

    def ended(self, number: int) -> str:
        """When a capture ended, which is before the next one began."""
        return str(self.captures[number]["to"])


def filled(tidemark: Tidemark, cluster: Cluster, place: Path,
           unique: Unique) -> Story:
    """Six captures, and a group that goes on by ten between them."""
    story = Story(tidemark, cluster, place, unique)
    story.driver.create_topic(story.topic, 2)
    story.driver.produce(story.topic, 0, 100)
    for step in range(6):
        if step == 3:
            story.driver.add_partitions(story.topic, 3)
        story.driver.produce(story.topic, 0, 10)
        story.driver.produce(story.topic, 1, 5)
        story.driver.commit(story.group, {(story.topic, 0): 10 * step,
                                          (story.topic, 1): step})
        if step > 3:
            story.driver.commit(story.group, {(story.topic, 2): 0})
        story.driver.commit(story.other, {(story.topic, 0): 1})
        story.capture()
    return story


def test_a_time_in_a_window_plans_what_single_snapshots_plan(
        tidemark: Tidemark, broker: Cluster, tmp_path: Path,
        unique: Unique) -> None:
    story = filled(tidemark, broker, tmp_path, unique)
    assert [count for _, count in story.make_windows()] == [6]
    for number in range(6):
        at = story.ended(number)
        single, window = (story.rows(repo, at)
                          for repo in (story.singles, story.windows))
        assert single == window
        assert window[story.topic, 0][2] == 10 * number
        if number < 5:
            assert window[story.topic, 0][3] == 10 * (number + 1)
    tidemark("verify", "-r", story.windows)


def test_a_snapshot_with_a_time_is_one_capture(
        tidemark: Tidemark, broker: Cluster, tmp_path: Path,
        unique: Unique) -> None:
    story = filled(tidemark, broker, tmp_path, unique)
    (ident, _), = story.make_windows()
    path = next(story.windows.glob("snapshots/**/*.tar.zst"))
    for number in range(6):
        for word in (ident, "latest", str(path)):
            shown = tidemark("show", f"{word}@{story.ended(number)}", "-r",
                             story.windows, "--json").jsonl()
            assert shown[0]["window"]["number"] == number
            assert shown[0]["window"]["captures"] == 6
            offsets = {(row["group"], row["partition"]): row["offset"]
                       for row in shown if row["kind"] == "position"}
            assert offsets[story.group, 0] == 10 * number
        rows = story.rows(story.windows, f"{ident}@{story.ended(number)}")
        single = story.rows(story.singles, story.captures[number]["id"])
        assert rows == single
    # Without a time the last one.
    shown = tidemark("show", ident, "-r", story.windows, "--json").jsonl()
    assert shown[0]["window"]["number"] == 5
    text = tidemark("show", ident, "-r", story.windows).out
    assert "6 captures" in text
    assert "capture   number 6 of these" in text
    early = tidemark("show", f"{ident}@{story.captures[0]['from']}", "-r",
                     story.windows, status=1)
    assert story.ended(0) in early.err
    assert story.ended(5) in early.err
    bad = tidemark("show", f"{ident}@yesterday", "-r", story.windows, status=2)
    assert "the time in" in bad.err


def test_captures_are_listed(tidemark: Tidemark, broker: Cluster,
                             tmp_path: Path, unique: Unique) -> None:
    story = filled(tidemark, broker, tmp_path, unique)
    (ident, _), = story.make_windows()
    row, = tidemark("list", "-r", story.windows, "--json").jsonl()
    assert row["from"] == story.captures[0]["from"]
    assert row["to"] == story.ended(5)
    listed = tidemark("list", "--captures", ident, "-r", story.windows,
                      "--json").jsonl()
    assert [(each["from"], each["to"]) for each in listed] == [
        (made["from"], made["to"]) for made in story.captures]
    assert {each["id"] for each in listed} == {ident}
    assert all(each["complete"] and each["holes"] == 0 for each in listed)
    around = tidemark("list", "--captures", "--at", story.ended(2), "-r",
                      story.windows, "--json").jsonl()
    assert [each["number"] for each in around] == [2, 3]
    text = tidemark("list", "--captures", "-r", story.windows).out
    assert len(text.splitlines()) == 7
    tidemark("list", ident, "-r", story.windows, status=2)
    tidemark("list", "--captures", "--restores", "-r", story.windows, status=2)


def test_two_captures_of_a_window_are_compared(
        tidemark: Tidemark, broker: Cluster, tmp_path: Path,
        unique: Unique) -> None:
    story = filled(tidemark, broker, tmp_path, unique)
    (ident, _), = story.make_windows()
    words = [f"{ident}@{story.ended(number)}" for number in (1, 4)]

    def differences(repo: Path, *snapshots: str) -> Any:
        rows = tidemark("diff", *snapshots, "-r", repo, "--json",
                        status=None).jsonl()
        return [{key: value for key, value in row.items()
                 if key not in ("restore", "before", "after")}
                for row in rows if row["kind"] not in ("diff", "header")]

    assert differences(story.windows, *words) == differences(
        story.singles, story.captures[1]["id"], story.captures[4]["id"])
    swapped = tidemark("diff", *reversed(words), "-r", story.windows, status=2)
    assert f"tidemark diff {words[0]} {ident}@" in swapped.err


def test_lookup_knows_every_capture(tidemark: Tidemark, broker: Cluster,
                                    tmp_path: Path, unique: Unique) -> None:
    story = filled(tidemark, broker, tmp_path, unique)
    story.make_windows()
    for partition in ("0", "2"):
        for number in range(6):
            single, window = (
                tidemark("lookup", story.topic, partition, "--time",
                         story.ended(number), "-r", repo, "--json").json()
                for repo in (story.singles, story.windows))
            for key in ("is", "from", "to", "none"):
                assert single["observed"][key] == window["observed"][key]
            assert single["found"] == window["found"]
    for offset in range(100, 160, 7):
        single, window = (
            tidemark("lookup", story.topic, "0", "--offset", str(offset), "-r",
                     repo, "--json").json()
            for repo in (story.singles, story.windows))
        for key in ("is", "from", "to", "none"):
            assert single["observed"][key] == window["observed"][key]


def test_a_topic_made_again_ends_a_window(
        tidemark: Tidemark, broker: Cluster, tmp_path: Path,
        unique: Unique) -> None:
    story = filled(tidemark, broker, tmp_path, unique)
    story.driver.delete_topics(story.topic)
    story.driver.create_topic(story.topic, 2)
    story.driver.produce(story.topic, 0, 7)
    story.driver.commit(story.group, {(story.topic, 0): 3})
    story.capture()
    story.driver.commit(story.group, {(story.topic, 0): 4})
    story.capture()
    assert [count for _, count in story.make_windows()] == [6, 2]
    for number in range(8):
        at = story.ended(number)
        assert story.rows(story.singles, at, None) == story.rows(
            story.windows, at, None)
        single, window = (
            tidemark("lookup", story.topic, "0", "--time", at, "-r", repo,
                     "--json").json()
            for repo in (story.singles, story.windows))
        assert single["topic_id"] == window["topic_id"]
        for key in ("is", "from", "to"):
            assert single["observed"][key] == window["observed"][key]


def test_a_snapshot_goes_on_from_a_window(
        tidemark: Tidemark, broker: Cluster, tmp_path: Path,
        unique: Unique) -> None:
    """The next one is compared with the last capture, and its time index asks
    only for what the window's lacks."""
    story = filled(tidemark, broker, tmp_path, unique)
    (ident, _), = story.make_windows()
    made = tidemark(
        "snapshot", "-r", story.windows, "-b", broker.bootstrap, "--group",
        story.group, "--group", story.other, "--json").json()
    assert made["previous"] == ident
    assert made["time_index"]["points"] == 0
    assert made["gone"] == []
