"""Segment files of a real broker's disk, read without it (by
tests/tools/dump_segments), against Kafka's own reader of them and against a
consumer of the same partition.
"""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from kafka import KafkaConsumer, TopicPartition

from bed import tools
from bed.cluster import OFFSETS, Cluster
from bed.driver import Driver
from bed.wait import wait_for
from conftest import program

Unique = Callable[[str], str]


class Row(NamedTuple):
    """A record as all three readers tell it."""

    time: int
    key: bytes | None
    value: bytes | None


class Dump(NamedTuple):
    rows: dict[int, Row]  # by offset
    counts: dict[str, int]
    err: str


def unhex(text: str) -> bytes | None:
    return None if text == "-" else bytes.fromhex(text)


def dump(directory: Path) -> Dump:
    """What our reader makes of a partition's directory."""
    tool = program().resolve().parent / "tools" / "dump_segments"
    if not tool.exists():
        pytest.fail(f"{tool} is not there: run make tools", pytrace=False)
    done = subprocess.run([tool, directory], text=True, capture_output=True,
                          check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    rows: dict[int, Row] = {}
    for line in done.stdout.splitlines():
        _, offset, time, key, value = line.split()
        assert int(offset) > max(rows, default=-1)
        rows[int(offset)] = Row(int(time), unhex(key), unhex(value))
    words = done.stderr.splitlines()[-1].split()
    counts = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    return Dump(rows, counts, done.stderr)


def copy_partition(cluster: Cluster, group: str, to: Path) -> Path:
    name = f"{OFFSETS}-{cluster.offsets_partition(group)}"
    copied = to / name
    shutil.copytree(cluster.nodes[1].directory / "data" / name, copied)
    return copied


def consumed(cluster: Cluster, group: str, end: int) -> dict[int, Row]:
    """All records of the partition below END, by kafka-python, those of
    transactions that did not end well too."""
    where = TopicPartition(OFFSETS, cluster.offsets_partition(group))
    consumer = KafkaConsumer(
        bootstrap_servers=cluster.bootstrap.split(","),
        isolation_level="read_uncommitted", enable_auto_commit=False)
    found: dict[int, Row] = {}
    try:
        consumer.assign([where])
        consumer.seek(where, 0)
        while consumer.position(where) < end:
            for records in consumer.poll(timeout_ms=500).values():
                found |= {each.offset: Row(each.timestamp, each.key,
                                           each.value) for each in records}
    finally:
        consumer.close()
    return found


BATCH = re.compile(r"baseOffset: (\d+) lastOffset: (\d+) .*"
                   r"isTransactional: (\w+) isControl: (\w+) .*"
                   r"compresscodec: (\w+)")
RECORD = re.compile(r"\| offset: (\d+) \w+: (\d+) keySize: (-?\d+) "
                    r"valueSize: (-?\d+)")


class Judged(NamedTuple):
    """What kafka-dump-log tells: time and sizes of each record that is no
    marker, which of them are in transactions, and what batches there are."""

    rows: dict[int, tuple[int, int, int]]
    in_transactions: set[int]
    codecs: Counter[str]  # batches by codec
    markers: int
    end: int


def judge(cluster: Cluster, directory: Path) -> Judged:
    files = ",".join(str(each) for each in sorted(directory.glob("*.log")))
    done = tools.run(cluster, "kafka-dump-log", "--print-data-log",
                     "--files", files)
    assert done.status == 0, done.err
    rows: dict[int, tuple[int, int, int]] = {}
    transactional: set[int] = set()
    codecs: Counter[str] = Counter()
    markers = end = 0
    is_transactional = is_control = False
    for line in done.out.splitlines():
        if batch := BATCH.match(line):
            codecs[batch[5].lower()] += 1
            end = int(batch[2]) + 1
            is_transactional = batch[3] == "true"
            is_control = batch[4] == "true"
            markers += is_control
        elif (record := RECORD.match(line)) and not is_control:
            offset, *numbers = map(int, record.groups())
            rows[offset] = (numbers[0], numbers[1], numbers[2])
            if is_transactional:
                transactional.add(offset)
    return Judged(rows, transactional, codecs, markers, end)


def sizes(row: Row) -> tuple[int, int, int]:
    return (row.time, -1 if row.key is None else len(row.key),
            -1 if row.value is None else len(row.value))


def transact(driver: Driver, group: str, positions: dict[tuple[str, int], int],
             *, commit: bool) -> None:
    driver.transaction(group, dict(positions)).stop(commit=commit)


def test_records_are_those_of_kafkas_own_readers(
        broker: Cluster, topic: str, unique: Unique, tmp_path: Path) -> None:
    driver, group = broker.driver, unique("g")
    driver.commit(group, {(topic, 0): 1, (topic, 1): (2, 0, "met\0a")})
    transact(driver, group, {(topic, 0): 3}, commit=True)
    transact(driver, group, {(topic, 0): 444444}, commit=False)
    driver.delete_offsets(group, [(topic, 1)])
    driver.commit(group, {(topic, 0): 5})
    still_open = driver.transaction(group, {(topic, 1): 666666})
    driver.commit(group, {(topic, 0): 7})
    copied = copy_partition(broker, group, tmp_path)
    still_open.stop(commit=True)

    read, judged = dump(copied), judge(broker, copied)
    all_rows = consumed(broker, group, judged.end)
    assert read.counts["places"] == 0, read.err
    assert read.counts["batches"] == judged.codecs.total()
    assert read.counts["control"] == judged.markers
    for offset, row in read.rows.items():
        assert row == all_rows[offset]
        assert sizes(row) == judged.rows[offset]
    # What is missing was aborted or is open, and nothing else.
    missing = judged.rows.keys() - read.rows.keys()
    assert missing <= judged.in_transactions
    assert len(missing) == read.counts["aborted"] + read.counts["open"]
    mine = {offset: row.value for offset, row in all_rows.items()
            if group.encode() in (row.key or b"") and row.value}
    for number, is_read in ((3, True), (444444, False), (666666, False),
                            (7, True)):
        found = {offset for offset, value in mine.items()
                 if number.to_bytes(8, "big") in value}
        assert len(found) == 1, number
        assert (found <= read.rows.keys()) == is_read, number
    assert any(row.value is None for row in read.rows.values())


def commit_key(group: str, topic: str, partition: int) -> bytes:
    """Record type 1 of the offsets topic."""
    return struct.pack(f">hh{len(group)}sh{len(topic)}si", 1, len(group),
                       group.encode(), len(topic), topic.encode(), partition)


CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def last_codec(segment: Path) -> str:
    """The compression of the last batch in a file."""
    data, at, codec = segment.read_bytes(), 0, 0
    while at < len(data):
        codec = data[at + 22] & 7
        at += 12 + int.from_bytes(data[at + 8:at + 12], "big")
    return CODECS[codec]


def test_compressed_batches(make_cluster: Callable[..., Cluster],
                            tmp_path: Path) -> None:
    cluster = make_cluster(offsets_partitions=1)
    driver = cluster.driver
    driver.create_topic("orders", 8)
    [segment] = (cluster.nodes[1].directory / "data" / f"{OFFSETS}-0").glob(
        "*.log")

    def commit(codec: str) -> bool:
        driver.commit(codec, {("orders", number): 100 + number
                              for number in range(8)})
        return last_codec(segment) == codec

    for codec in CODECS[1:]:
        driver.set_topic_config(OFFSETS, compression_type=codec)
        # The broker takes a moment to go by it.
        wait_for(partial(commit, codec), 20)
    copied = copy_partition(cluster, "gzip", tmp_path)
    read, judged = dump(copied), judge(cluster, copied)
    by_key = {row.key: row for row in read.rows.values()}
    for codec in ("gzip", "lz4", "zstd"):
        assert judged.codecs[codec] >= 1
        for number in range(8):
            row = by_key[commit_key(codec, "orders", number)]
            assert row.value and struct.unpack_from(
                ">q", row.value, 2) == (100 + number,)
    for offset, row in read.rows.items():
        assert sizes(row) == judged.rows[offset]
    # They stand one after the other.
    assert read.counts["places"] == 1
    assert "compressed by snappy" in read.err
    assert len(judged.rows) - len(read.rows) == 8 * judged.codecs["snappy"] > 0
