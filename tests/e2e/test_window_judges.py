"""A window of many captures in the hands of a reader that knows FORMAT.md and
nothing else: every capture is what tests/golden/ says that it is.
"""

from __future__ import annotations

import base64
import csv
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parents[1] / "golden"
Json = dict[str, Any]


def numbers(column: str) -> list[int]:
    return [int(word) for word in column.split(" ")] if column else []


def run(text: str) -> list[int]:
    """A run of numbers: N*T stands for T times N."""
    found: list[int] = []
    for word in text.split():
        number, _, times = word.partition("*")
        found += [int(number)] * int(times or 1)
    return found


def signed(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


def captures_of(text: str) -> set[int]:
    found: set[int] = set()
    for word in text.split():
        first, _, last = word.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def last_of(pairs: str, capture: int, first: int) -> int:
    words = numbers(pairs)
    for at, number in zip(words[::2], words[1::2], strict=True):
        if at <= capture:
            first = number
    return first


def shown(text: bytes) -> Any:
    """As tests/unit/formats/modeldump.h shows bytes."""
    try:
        if b"\0" not in text:
            return text.decode()
    except UnicodeDecodeError:
        pass
    return {"hex": text.hex()}


def name(line: Json, key: str) -> Any:
    if key + "_b64" in line:
        return shown(base64.b64decode(line[key + "_b64"]))
    return line.get(key)


class Window:
    """An unpacked archive."""

    def __init__(self, where: Path, reading: Path) -> None:
        self.where = where
        self.reading = reading
        self.manifest = json.loads((where / "MANIFEST.json").read_text())
        self.count = len(self.manifest["captures"])
        assert self.manifest["requires"] == ["series"]
        self.topics = {topic["topic"]: topic for topic in map(
            self.whole, self.lines("topics"))}

    def lines(self, kind: str) -> Iterator[Json]:
        for member in sorted((self.where / kind).glob("*.jsonl")):
            for line in member.read_text().splitlines():
                yield json.loads(line)

    @staticmethod
    def whole(line: Json) -> Json:
        assert "part" not in line  # none here is so long
        return line

    def there(self, item: Json, capture: int) -> bool:
        return item.get("f", 0) <= capture < item.get("x", self.count) and \
            capture not in captures_of(item.get("a", ""))

    def items(self, line: Json) -> list[tuple[int, Json]]:
        found = numbers(line["partitions"])
        series = line.get("series", [{}] * len(found))
        return list(zip(found, series, strict=True))

    def end(self, topic: str, partition: int, capture: int) -> int:
        line = self.topics[topic]
        for at, (number, item) in enumerate(self.items(line)):
            if number == partition:
                assert self.there(item, capture)
                past = run(item["d"]) if "d" in item else []
                past = past[:capture - item.get("f", 0)]
                return signed(numbers(line["ends"])[at] + sum(past))
        raise AssertionError("no such partition")

    def topic(self, line: Json, capture: int) -> Json:
        partitions = []
        epochs = numbers(line.get("epochs", ""))
        for at, (number, item) in enumerate(self.items(line)):
            if self.there(item, capture):
                partitions.append({
                    "partition": number,
                    "start": last_of(item.get("s", ""), capture,
                                     numbers(line["starts"])[at]),
                    "end": self.end(line["topic"], number, capture),
                    "epoch": last_of(item.get("e", ""), capture,
                                     epochs[at] if epochs else -1)})
        told = "told" not in line or capture in captures_of(line["told"])
        return {"topic": line["topic"], "id": line.get("id") if told else None,
                "partitions": partitions}

    def offset(self, topic: str, partition: int, item: Json, first: int,
               capture: int) -> int:
        begin = item.get("f", 0)
        if "d" not in item or capture == begin:
            return first
        past = run(item["d"])
        assert len(past) == item.get("x", self.count) - begin - 1
        past = past[:capture - begin]
        kind = item.get("k", 1)
        if kind == 1:
            return signed(first + sum(past))
        now = self.end(topic, partition, capture)
        if kind == 2:
            return signed(now - past[-1])
        assert kind == 3 and begin == 0
        lag = self.end(topic, partition, 0) - first + sum(past)
        return signed(now - lag)

    def times(self, topic: Json, at: int, item: Json, capture: int) -> Json:
        """Of the last commit, where this capture surely saw that one."""
        commits, expires = (numbers(topic.get(key, ""))
                            for key in ("commits", "expires"))
        found = {"commit_ms": commits[at] if commits else -1,
                 "expire_ms": expires[at] if expires else -1}
        behind = run(item["d"])[capture - item.get("f", 0):] \
            if "d" in item else []
        seen = capture == item.get("x", self.count) - 1 or (
            item.get("k", 1) == 1 and not any(behind) and
            found["commit_ms"] <= self.manifest["captures"][capture]["end"])
        return {key: time for key, time in found.items()
                if seen and time != -1}

    def positions(self, topic: Json, capture: int) -> list[Json]:
        found = []
        epochs = numbers(topic.get("epochs", ""))
        texts = topic.get("metadata", [])
        for at, (number, item) in enumerate(self.items(topic)):
            if not self.there(item, capture):
                continue
            text = texts[at] if texts else ""
            turns = item.get("m", [])
            for when, new in zip(turns[::2], turns[1::2], strict=True):
                text = new if when <= capture else text
            found.append({
                "partition": number,
                "offset": self.offset(
                    topic["topic"], number, item,
                    numbers(topic["offsets"])[at], capture),
                "epoch": last_of(item.get("e", ""), capture,
                                 epochs[at] if epochs else -1),
                "metadata": shown(base64.b64decode(text)),
                "unstable": "u" in item and
                capture in captures_of(item["u"]),
                **self.times(topic, at, item, capture)})
        return found

    def group(self, line: Json, capture: int) -> Json:
        facts = {"coordinator": -1, "since": -1, **line}
        for change in line.get("changes", []):
            if change["capture"] <= capture:
                facts |= change
        when = self.manifest["captures"][capture]
        topics = [{"topic": topic["topic"],
                   "positions": self.positions(topic, capture)}
                  for topic in line["topics"]]
        found = {"group": name(line, "group"),
                 "read_start_ms": when["start"], "read_end_ms": when["end"],
                 "topics": [topic for topic in topics if topic["positions"]],
                 **{key: facts[key] for key in (
                     "type", "state", "protocol_type", "coordinator")}}
        if facts["since"] != -1:
            found["state_ms"] = facts["since"]
        return found

    def capture(self, number: int) -> Json:
        return {
            "topics": [self.topic(line, number)
                       for line in self.topics.values()
                       if self.there(line, number)],
            "groups": [self.group(self.whole(line), number)
                       for line in self.lines("groups")
                       if self.there(line, number)],
            "holes": [{"kind": line["kind"], "group": name(line, "group"),
                       "topic": name(line, "topic"),
                       "partition": line.get("partition", -1),
                       "broker": line.get("broker", -1),
                       "error": line.get("error", 0), "text": line["text"]}
                      for line in self.lines("holes")
                      if number in captures_of(line["captures"])],
            "gone": [{"group": name(line, "group"),
                      "topic": name(line, "topic"),
                      "partition": line.get("partition", -1),
                      "offset": line.get("offset", -1)}
                     for line in self.lines("gone")
                     if line.get("capture", 0) <= number]}


@pytest.fixture(params=["v1-window", "v1-away"])
def window(request: pytest.FixtureRequest, tmp_path: Path) -> Window:
    archive = GOLDEN / (request.param + ".tar.zst")
    for words in (["zstd", "-qt", archive],
                  ["tar", "--zstd", "-xf", archive, "-C", tmp_path]):
        subprocess.run(words, check=True, capture_output=True)
    subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"],
                   cwd=tmp_path, check=True, capture_output=True)
    return Window(tmp_path, archive.with_suffix("").with_suffix(".json"))


def test_a_reader_of_the_format_alone_finds_every_capture(
        window: Window) -> None:
    expected = json.loads(window.reading.read_text())["captures"]
    assert window.count == len(expected) > 5
    for number, capture in enumerate(expected):
        info = capture["info"]
        when = window.manifest["captures"][number]
        assert [when["start"], when["end"]] == [info["from_ms"],
                                                info["to_ms"]]
        assert when.get("holes", 0) == info["holes"]
        found = window.capture(number)
        for part, lines in found.items():
            assert lines == capture[part], (number, part)


def test_offsets_for_kafkas_tool_are_of_the_last_capture(
        window: Window) -> None:
    last = window.capture(window.count - 1)
    expected = {(group["group"], topic["topic"], position["partition"]):
                position["offset"] for group in last["groups"]
                for topic in group["topics"]
                for position in topic["positions"] if position["offset"] >= 0}
    found = {}
    for member in sorted((window.where / "offsets").iterdir()):
        with member.open(newline="") as rows:
            for group, topic, partition, offset in csv.reader(rows):
                found[group, topic, int(partition)] = int(offset)
    assert found == expected
