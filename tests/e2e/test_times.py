"""The time index of a snapshot, and what lookup makes of it without a cluster:
each answer is held against what the broker itself answers.
"""

from __future__ import annotations

import calendar
import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition  # type: ignore[import-untyped]

from bed.cluster import Cluster
from bed.driver import Driver
from bed.wait import wait_for
from conftest import Tidemark

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Point:
    """An answer of the index."""

    partition: int
    asked: int
    offset: int
    found: int


class Story:
    """A repository, a topic with a group on it, and the broker."""

    def __init__(self, tidemark: Tidemark, cluster: Cluster, repo: Path,
                 name: Callable[[str], str]) -> None:
        self.tidemark, self.cluster, self.repo = tidemark, cluster, repo
        self.driver: Driver = cluster.driver
        self.topic, self.group = name("times"), name("reader")

    def create(self, partitions: int = 1, **configs: object) -> None:
        self.driver.create_topic(self.topic, partitions, configs={
            key.replace("_", "."): value for key, value in configs.items()})

    def commit(self, partitions: int = 1) -> None:
        self.driver.commit(self.group, {(self.topic, number): 0
                                        for number in range(partitions)})

    def snapshot(self, *more: str) -> Any:
        """Capture the group; the report."""
        return self.tidemark("snapshot", "-r", self.repo, "-b",
                             self.cluster.bootstrap, "--group", self.group,
                             "--json", *more).json()

    def archive(self, report: Any) -> Path:
        return self.repo / report["key"]

    def points(self, report: Any) -> list[Point]:
        """The index of the topic, by tar, zstd and json alone."""
        listed = subprocess.run(
            ["tar", "--zstd", "-tf", self.archive(report)], check=True,
            capture_output=True, text=True).stdout.split()
        found = []
        for member in listed:
            if not member.startswith("times/"):
                continue
            text = subprocess.run(
                ["tar", "--zstd", "-xOf", self.archive(report), member],
                check=True, capture_output=True, text=True).stdout
            for line in map(json.loads, text.splitlines()):
                if line["topic"] != self.topic:
                    continue
                columns = [list(map(int, line[key].split()))
                           for key in ("partitions", "times", "offsets")]
                stamps = [int(each) for each in
                          line.get("found", "").split()] or \
                    [-1] * len(columns[0])
                found += [Point(*row) for row in zip(*columns, stamps,
                                                     strict=True)]
        return found

    def ask(self, time_ms: int, partition: int = 0) -> tuple[int, int]:
        """Offset and timestamp that kafka-python gets from the broker."""
        consumer = KafkaConsumer(bootstrap_servers=self.cluster.bootstrap)
        try:
            key = TopicPartition(self.topic, partition)
            found = consumer.offsets_for_times({key: time_ms})[key]
        finally:
            consumer.close()
        return (-1, -1) if found is None else (found.offset, found.timestamp)

    def check(self, report: Any) -> list[Point]:
        """Every point is what the broker answers now."""
        points = self.points(report)
        asked = {point.asked for point in points}
        java = {each: self.driver.offsets_for_time(self.topic, each)
                for each in asked}
        for point in points:
            assert java[point.asked][point.partition] == point.offset, point
            if point.offset >= 0:
                record = self.driver.record(self.topic, point.partition,
                                            point.offset)
                assert record is not None
                if record.offset == point.offset:
                    assert record.time == point.found, point
        if points:
            point = points[len(points) // 2]
            assert self.ask(point.asked, point.partition) == \
                (point.offset, point.found)
        return points


@pytest.fixture
def story(tidemark: Tidemark, broker: Cluster, repo: Path,
          unique: Callable[[str], str]) -> Story:
    return Story(tidemark, broker, repo, unique)


def now() -> int:
    return int(time.time() * 1000)


def test_first_the_whole_log_then_what_is_new(story: Story) -> None:
    story.create(2)
    begin = now() - 2 * DAY
    story.driver.produce(story.topic, 0, 500, start_ms=begin,
                         step_ms=5 * MINUTE)
    story.commit(2)
    first = story.snapshot()
    points = story.check(first)
    assert 32 < len(points) <= 64
    assert points[0] == Point(0, 0, 0, begin)
    assert {point.partition for point in points} == {0}, "1 is empty"
    assert first["time_index"]["points"] == len(points)
    assert first["time_index"]["partitions"] == 1
    assert first["time_index"]["requests"] >= len(points)
    assert first["counts"]["points"] == len(points)

    again = story.snapshot()
    assert story.points(again) == []
    assert again["time_index"]["questions"] == 0

    story.driver.produce(story.topic, 0, 3)
    story.driver.produce(story.topic, 1, 3)
    later = story.check(story.snapshot())
    since = min(point.asked for point in later if point.partition == 0)
    assert since == captured(again)
    assert min(p.asked for p in later if p.partition == 1) == captured(again)


def captured(report: Any) -> int:
    """When a capture began, in ms, by the key of its snapshot."""
    stamp = Path(report["key"]).name.split("-")[0]
    moment = time.strptime(stamp[:15], "%Y%m%dT%H%M%S")
    return calendar.timegm(moment) * 1000 + int(stamp[15:18])
