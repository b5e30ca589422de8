"""The time index of a snapshot, and what lookup makes of it without a cluster:
each answer is held against what the broker itself answers.
"""

from __future__ import annotations

import calendar
import json
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kafka import (  # type: ignore[import-untyped]
    KafkaConsumer, KafkaProducer, TopicPartition)

from bed import wire
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

    def gone(self) -> bool:
        """Is the topic deleted?"""
        known = wire.metadata(self.cluster.bootstrap, [self.topic]).topics
        return not known.get(self.topic)

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
                # No consumer sees aborted records and control markers.
                if record is not None and record.offset == point.offset:
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


# What lookup makes of it

def look(story: Story, *question: str, partition: int = 0) -> Any:
    return story.tidemark("lookup", story.topic, str(partition), "-r",
                          story.repo, *question, "--json").json()


def stamp(time_ms: int) -> str:
    """RFC 3339, as tidemark writes it."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


def check_lookup(story: Story, time_ms: int, partition: int = 0) -> Any:
    """The record-time answer holds what the broker answers now."""
    told = look(story, "--time", str(time_ms), partition=partition)
    answer = told["record_time"]
    offset = story.driver.offsets_for_time(story.topic, time_ms)[partition]
    if offset < 0:
        offset = story.driver.ends(story.topic)[partition][1]
        assert answer["none"] or answer["to"] is None
    if answer["is"] == "exact":
        assert answer["from"] == answer["to"] == offset
        assert story.ask(time_ms, partition)[0] == offset
    if answer["from"] is not None:
        assert answer["from"] <= offset
    if answer["to"] is not None:
        assert answer["to"] >= offset
    return told


def sweep(story: Story, begin: int, end: int, partition: int = 0) -> set[str]:
    """Look up many times; returns how sure the answers were."""
    step = (end - begin) // 12
    return {check_lookup(story, time_ms, partition)["record_time"]["is"]
            for time_ms in range(begin - step, end + step, step)}


def test_steady_timestamps(story: Story) -> None:
    story.create()
    begin = now() - DAY
    story.driver.produce(story.topic, 0, 100, start_ms=begin,
                         step_ms=10 * MINUTE)
    story.commit()
    report = story.snapshot()
    assert sweep(story, begin, begin + 100 * 10 * MINUTE) >= {"exact"}
    point = story.points(report)[5]
    told = look(story, "--offset", str(point.offset))
    assert told["record_time"]["is"] == "exact"
    assert told["record_time"]["from"] == stamp(point.found)
    record = story.driver.record(story.topic, 0, point.offset)
    assert record is not None and record.time == point.found
    assert told["observed"]["from"] is None, "written before any capture"
    assert told["lie"] is None

    text = story.tidemark("lookup", story.topic, "0", "-r", story.repo,
                          "--time", str(point.asked)).out
    assert re.search(rf"record time +exact +{point.offset} +{point.offset} ",
                     text)


def test_observed_ends(story: Story) -> None:
    story.create()
    story.driver.produce(story.topic, 0, 10)
    story.commit()
    first = story.snapshot()
    between = now()
    at_rest = look(story, "--time", str(between))["observed"]
    assert (at_rest["is"], at_rest["from"]) == ("range", 10)
    assert at_rest["to"] is None
    story.driver.produce(story.topic, 0, 30)
    second = story.snapshot()
    told = look(story, "--time", str(between))["observed"]
    assert (told["is"], told["from"], told["to"]) == ("range", 10, 40)
    assert 10 <= told["estimate"] <= 40
    assert told["from_by"]["snapshot"] == first["id"]
    assert told["to_by"]["snapshot"] == second["id"]
    rest = now()
    story.snapshot()
    told = look(story, "--time", str(rest))["observed"]
    assert (told["is"], told["from"]) == ("exact", 40)

    told = look(story, "--offset", "25")["observed"]
    assert told["from"] == stamp(captured(first))
    assert told["to_by"]["snapshot"] == second["id"]
    told = look(story, "--offset", "40")["observed"]
    assert told["none"], "not written yet"


def test_timestamps_out_of_order(story: Story) -> None:
    story.create()
    begin = now() - DAY
    times = [begin + (number * 37 % 101) * 13 * MINUTE
             for number in range(300)]
    story.driver.produce(story.topic, 0, times=times)
    story.commit()
    assert len(story.check(story.snapshot())) > 3
    sweep(story, begin, max(times))
    # Written after a capture, by a clock that is an hour late.
    story.driver.produce(story.topic, 0, 20, start_ms=now() - HOUR)
    story.check(story.snapshot())
    sweep(story, now() - 2 * HOUR, now())


def test_records_of_the_future_are_a_lie(story: Story) -> None:
    story.create(message_timestamp_after_max_ms=2**63 - 1)
    begin = now() - HOUR
    story.driver.produce(story.topic, 0, 50, start_ms=begin, step_ms=MINUTE)
    story.commit()
    story.snapshot()
    ahead = now() + 3 * DAY
    story.driver.produce(story.topic, 0, times=[now(), ahead, now()])
    story.check(story.snapshot())
    # What comes later stands behind it: it is the first for any time since.
    story.driver.produce(story.topic, 0, times=[now()])
    points = story.check(story.snapshot())
    assert points[-1].found == ahead
    told = check_lookup(story, now() + DAY)
    assert told["record_time"]["is"] == "exact"
    assert told["found"] == stamp(ahead)
    assert told["lie"]["ahead"] and told["lie"]["offset"] == 51
    assert told["lie"]["stamped"] == stamp(ahead)
    assert abs(told["lie"]["by_ms"] - 3 * DAY) < HOUR
    text = story.tidemark("lookup", story.topic, "0", "-r", story.repo,
                          "--offset", "51").out
    assert "the timestamps of this topic lie by 3d" in text or \
        "the timestamps of this topic lie by 2d 23h" in text


def test_records_written_late_are_a_lie(story: Story) -> None:
    story.create()
    story.driver.produce(story.topic, 0, 5, start_ms=now() - 40 * DAY)
    story.commit()
    story.snapshot()
    story.driver.produce(story.topic, 0, 5, start_ms=now() - 30 * DAY)
    story.check(story.snapshot())
    told = check_lookup(story, now() - DAY)
    assert told["lie"]["ahead"] is False
    assert told["lie"]["offset"] == 9
    assert abs(told["lie"]["by_ms"] - 30 * DAY) < HOUR


def test_append_time_does_not_lie(story: Story) -> None:
    story.create(message_timestamp_type="LogAppendTime")
    story.driver.produce(story.topic, 0, 20, start_ms=now() - 9 * DAY)
    story.commit()
    story.snapshot()
    story.driver.produce(story.topic, 0, 20, start_ms=now() + 9 * DAY)
    story.check(story.snapshot())
    told = check_lookup(story, now() - MINUTE)
    assert told["lie"] is None
    assert told["record_time"]["is"] == "exact"
    assert told["record_time"]["from"] == 0


def test_a_compacted_topic(story: Story) -> None:
    story.create(segment_ms=1000)
    begin = now() - 3 * HOUR
    producer = KafkaProducer(bootstrap_servers=story.cluster.bootstrap)
    for number in range(60):
        producer.send(story.topic, key=b"%d" % (number % 3), value=b"x",
                      timestamp_ms=begin + number * MINUTE)
        producer.flush()
    producer.close()
    story.commit()
    before = story.check(story.snapshot())
    assert before[0].offset == 0
    story.driver.set_topic_config(
        story.topic, cleanup_policy="compact", delete_retention_ms=0,
        min_cleanable_dirty_ratio="0.01")

    def compacted() -> bool:
        """A write rolls the segment, which alone is never cleaned."""
        producer = KafkaProducer(bootstrap_servers=story.cluster.bootstrap)
        producer.send(story.topic, key=b"0", value=b"y",
                      timestamp_ms=begin + 2 * HOUR)
        producer.close()
        found = story.driver.record(story.topic, 0, 0)
        return found is not None and found.offset > 0

    wait_for(compacted, 90)
    # What was first is gone: the broker answers with a later record, and the
    # index says what was true then, or is true now, never something before.
    story.check(story.snapshot())
    for point in before[:3]:
        told = look(story, "--time", str(point.asked))
        offset = story.driver.offsets_for_time(story.topic, point.asked)[0]
        assert told["record_time"]["from"] <= offset


def test_the_hole_that_delete_records_makes(story: Story) -> None:
    story.create(segment_bytes=1_048_576)
    begin = now() - 5 * DAY
    # One segment whose last record is newer than half of the next ones.
    times = [begin + number * HOUR for number in range(20)]
    times[9] = begin + 17 * HOUR
    for time_ms in times:
        story.driver.produce(story.topic, 0, times=[time_ms], size=104_000)
    story.commit()
    story.driver.delete_records({(story.topic, 0): 10})
    asked = begin + 15 * HOUR
    hole = story.driver.offsets_for_time(story.topic, asked)[0] == -1
    report = story.snapshot()
    points = story.points(report)
    assert points
    for point in points:
        assert point.offset == next(
            (number for number in range(10, 20)
             if times[number] >= point.asked), -1), point
    if hole:
        assert report["time_index"]["disbelieved"] > 0
    told = look(story, "--time", str(asked))
    answer = told["record_time"]
    assert answer["from"] is None or answer["from"] <= 15
    assert answer["to"] is None or answer["to"] >= 15
    assert hole, "the broker did not make the hole: this test shows nothing"


def test_what_delete_records_removed_is_told(story: Story) -> None:
    story.create()
    begin = now() - DAY
    story.driver.produce(story.topic, 0, 100, start_ms=begin,
                         step_ms=10 * MINUTE)
    story.commit()
    story.snapshot()
    story.driver.delete_records({(story.topic, 0): 60})
    story.driver.produce(story.topic, 0, 1)
    story.snapshot()
    told = look(story, "--time", str(begin + 100 * MINUTE))
    assert told["removed"] and told["last"]["log_start"] == 60
    assert told["record_time"]["from"] <= 10
    assert look(story, "--offset", "59")["removed"]
    assert not look(story, "--offset", "60")["removed"]


def test_transactions(story: Story) -> None:
    story.create()
    begin = now() - DAY
    story.driver.produce(story.topic, 0, 5, start_ms=begin, step_ms=MINUTE)
    producer = KafkaProducer(bootstrap_servers=story.cluster.bootstrap,
                             transactional_id=story.group)
    producer.init_transactions()
    for number, ends in enumerate((True, False, True)):
        producer.begin_transaction()
        for record in range(4):
            producer.send(story.topic, value=b"t", partition=0,
                          timestamp_ms=begin + HOUR * (number + 1) + record)
        if ends:
            producer.commit_transaction()
        else:
            producer.abort_transaction()
    # One that is still open: after its records the log is not stable.
    producer.begin_transaction()
    producer.send(story.topic, value=b"o", partition=0,
                  timestamp_ms=begin + 5 * HOUR).get(30)
    story.commit()
    points = story.check(story.snapshot())
    assert len(points) >= 3
    sweep(story, begin, begin + 6 * HOUR)
    producer.abort_transaction()
    producer.close()
    story.check(story.snapshot())
    sweep(story, begin, begin + 6 * HOUR)


def test_an_empty_partition(story: Story) -> None:
    story.create(2)
    story.driver.produce(story.topic, 1, 3)
    story.commit(2)
    report = story.snapshot()
    assert {point.partition for point in story.points(report)} == {1}
    moment = now()
    story.snapshot()
    told = look(story, "--time", str(moment))
    assert (told["observed"]["is"], told["observed"]["from"]) == ("exact", 0)
    assert told["record_time"]["is"] == "nothing"
    assert look(story, "--offset", "0")["observed"]["none"]


def test_a_partition_added_later(story: Story) -> None:
    story.create()
    story.driver.produce(story.topic, 0, 3)
    story.commit()
    before = now()
    story.snapshot()
    story.driver.add_partitions(story.topic, 2)
    begin = now() - HOUR
    story.driver.produce(story.topic, 1, 30, start_ms=begin, step_ms=MINUTE)
    report = story.snapshot()
    points = story.check(report)
    assert {point.partition for point in points} == {1}
    assert points[0] == Point(1, 0, 0, begin)
    told = look(story, "--time", str(before), partition=1)
    assert told["observed"]["none"], "it was not there"
    assert told["observed"]["to_by"]["log_end"] == 0
    assert check_lookup(story, begin + 1, 1)["record_time"]["from"] == 1
    missing = story.tidemark("lookup", story.topic, "2", "-r", story.repo,
                             "--time", "now", status=1)
    assert "no partition 2" in missing.err


def test_a_topic_made_again(story: Story) -> None:
    story.create()
    old = now() - 2 * DAY
    story.driver.produce(story.topic, 0, 50, start_ms=old, step_ms=MINUTE)
    story.commit()
    first = story.snapshot()
    story.driver.delete_topics(story.topic)
    wait_for(lambda: story.gone(), 30)
    story.create()
    new = now() - DAY
    story.driver.produce(story.topic, 0, 7, start_ms=new, step_ms=MINUTE)
    story.commit()
    second = story.snapshot()
    points = story.check(second)
    assert points[0] == Point(0, 0, 0, new), "its log is a new one"

    # The moment is before the first capture: the topic that was then answers.
    told = look(story, "--time", str(new + 3 * MINUTE))
    assert told["made_again_by"]["snapshot"] == second["id"]
    assert told["record_time"]["none"]
    assert told["record_time"]["from"] == 50
    told = check_lookup(story, now())
    assert told["record_time"]["from"] == 7
    told = look(story, "--offset", "30")
    assert told["other_topic_until"]["snapshot"] == first["id"]
    assert told["observed"]["none"], "the new one has not so many"
    told = look(story, "--offset", "3")
    assert told["observed"]["to_by"]["snapshot"] == second["id"]
    text = story.tidemark("lookup", story.topic, "0", "-r", story.repo,
                          "--time", str(old + 3 * MINUTE)).out
    assert "the topic was made again between" in text


# Options, and what goes wrong

def test_without_an_index(story: Story) -> None:
    story.create()
    story.driver.produce(story.topic, 0, 9)
    story.commit()
    report = story.snapshot("--index-points", "0")
    assert story.points(report) == []
    assert report["time_index"]["questions"] == 0
    told = look(story, "--time", "now")
    assert not told["has_index"]
    assert told["observed"]["from"] == 9
    text = story.tidemark("lookup", story.topic, "0", "-r", story.repo,
                          "--time", "now").out
    assert "--index-points" in text
    # With it the next one begins at the first record.
    assert story.check(story.snapshot())[0].asked == 0


def test_fewer_points_and_a_wider_step(story: Story) -> None:
    story.create()
    begin = now() - DAY
    story.driver.produce(story.topic, 0, 1000, start_ms=begin, step_ms=80_000)
    story.commit()
    report = story.snapshot("--index-points", "5", "--index-step", "1h")
    assert len(story.check(report)) == 5
    bad = story.tidemark("snapshot", "-r", story.repo, "-b",
                         story.cluster.bootstrap, "--index-step", "10ms",
                         status=2)
    assert "--index-step is 1s or longer" in bad.err


def test_topics_that_no_snapshot_holds(story: Story) -> None:
    story.create()
    story.commit()
    story.snapshot()
    told = story.tidemark("lookup", "no-such-topic", "0", "-r", story.repo,
                          "--time", "now", status=1)
    assert "no-such-topic" in told.err


def test_a_damaged_snapshot_makes_the_answer_wider(story: Story) -> None:
    story.create()
    story.driver.produce(story.topic, 0, 9)
    story.commit()
    story.snapshot()
    between = now()
    story.driver.produce(story.topic, 0, 9)
    damaged = story.archive(story.snapshot())
    damaged.chmod(0o644)
    damaged.write_bytes(b"not an archive")
    told = story.tidemark("lookup", story.topic, "0", "-r", story.repo,
                          "--time", str(between), "--json", status=3)
    assert told.json()["damaged"] == 1
    assert told.json()["observed"]["from"] == 9
    assert told.json()["observed"]["to"] is None
    assert "passed over" in told.err
