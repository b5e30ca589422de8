"""What others say that the offsets topic holds: Kafka's formatters, behind a
consumer, and kafka-dump-log, on the broker's own files."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bed import tools
from bed.cluster import OFFSETS, Cluster
from bed.wait import wait_for

Key = tuple[str, str, int]  # group, topic, partition

FORMATTERS = "org.apache.kafka.tools.consumer"
BATCH = re.compile(r"^baseOffset: .* producerId: (-?\d+) .*"
                   r"isTransactional: (true|false) isControl: (true|false)")
MARKER = re.compile(r"^\| offset: .* endTxnMarker: (COMMIT|ABORT) ")
RECORD = re.compile(r"^\| offset: (\d+) .*? key: (\{.*?\}) payload: (.*)$",
                    re.DOTALL)


@dataclass(frozen=True)
class Value:
    """What was committed."""

    offset: int
    epoch: int
    metadata: str
    commit_ms: int


def _value(data: dict[str, Any]) -> Value:
    return Value(data["offset"], data.get("leaderEpoch", -1),
                 data["metadata"], data["commitTimestamp"])


def _objects(text: str) -> Iterator[Any]:
    """JSON documents that follow each other without anything between."""
    decoder, at = json.JSONDecoder(strict=False), text.find("{")
    while at >= 0:
        found, end = decoder.raw_decode(text, at)
        yield found
        at = text.find("{", end)


def _format(cluster: Cluster, formatter: str) -> Iterator[Any]:
    """All committed records of the topic, through one of the formatters."""
    done = tools.run(
        cluster, "kafka-console-consumer", "--topic", OFFSETS,
        "--from-beginning", "--timeout-ms", "1500",
        "--consumer-property", "exclude.internal.topics=false",
        "--isolation-level", "read_committed",
        "--formatter", f"{FORMATTERS}.{formatter}")
    assert "Processed a total of" in done.err, done.err
    return _objects(done.out)


def by_consumer(cluster: Cluster) -> dict[Key, Value]:
    """The last value of each position, as a consumer reads them."""
    found: dict[Key, Value | None] = {}
    for record in _format(cluster, "OffsetsMessageFormatter"):
        key, value = record["key"]["data"], record["value"]
        found[key["group"], key["topic"], key["partition"]] = (
            _value(value["data"]) if value else None)
    return {key: value for key, value in found.items() if value}


def classic_groups(cluster: Cluster) -> dict[str, tuple[str, int]]:
    """Protocol type and number of members of each classic group's record."""
    found: dict[str, tuple[str, int] | None] = {}
    for record in _format(cluster, "GroupMetadataMessageFormatter"):
        value = record["value"]
        found[record["key"]["data"]["group"]] = (
            (value["data"]["protocolType"], len(value["data"]["members"]))
            if value else None)
    return {group: value for group, value in found.items() if value}


@dataclass
class _Log:
    """One partition, record by record."""

    found: dict[Key, tuple[int, Value | None]] = field(default_factory=dict)
    open: dict[str, list[tuple[Key, int, Value | None]]] = field(
        default_factory=dict)

    def take(self, key: Key, offset: int, value: Value | None) -> None:
        if key not in self.found or self.found[key][0] < offset:
            self.found[key] = offset, value

    def end(self, producer: str, committed: bool) -> None:
        for row in self.open.pop(producer, []):
            if committed:
                self.take(*row)


def _read_dump(text: str, logs: dict[str, _Log]) -> None:
    log, producer, transactional = _Log(), "", False
    for line in re.split(r"\n(?=baseOffset: |\| offset: |Dumping )", text):
        if line.startswith("Dumping "):
            name = Path(line.split()[1]).parent.name
            log = logs.setdefault(name, _Log())
        elif batch := BATCH.match(line):
            producer, transactional = batch[1], batch[2] == "true"
        elif marker := MARKER.match(line):
            log.end(producer, marker[1] == "COMMIT")
        elif record := RECORD.match(line.rstrip("\n")):
            key = json.loads(record[2] if record[2].count("{") ==
                             record[2].count("}") else record[2] + "}",
                             strict=False)
            if key["type"] not in ("0", "1"):
                continue
            _take_record(log, producer if transactional else None, record,
                         key["data"])


def _take_record(log: _Log, producer: str | None, record: re.Match[str],
                 data: dict[str, Any]) -> None:
    key = data["group"], data["topic"], data["partition"]
    text = record[3]
    value = (None if text.startswith("<DELETE>") or text == "null"
             else _value(json.loads(text, strict=False)["data"]))
    if producer is None:
        log.take(key, int(record[1]), value)
    else:
        log.open.setdefault(producer, []).append(
            (key, int(record[1]), value))


def by_dump_log(cluster: Cluster) -> dict[Key, Value]:
    """The last value of each position, from copies of the broker's files."""
    logs: dict[str, _Log] = {}
    with tempfile.TemporaryDirectory() as scratch:
        cluster.pause(1)  # or the cleaner changes them meanwhile
        try:
            data = cluster.nodes[1].directory / "data"
            for path in data.glob(f"{OFFSETS}-*"):
                shutil.copytree(path, Path(scratch) / path.name)
        finally:
            cluster.resume(1)
        files = sorted(map(str, Path(scratch).glob("*/*.log")))
        done = tools.run(cluster, "kafka-dump-log", "--offsets-decoder",
                         "--print-data-log", "--files", ",".join(files))
        assert "Exception" not in done.err, done.err
    _read_dump(done.out, logs)
    for log in logs.values():
        for producer in list(log.open):
            log.end(producer, True)  # its marker was compacted away
    return {key: value for log in logs.values()
            for key, (_, value) in log.found.items() if value}


def cleaned_up_to(cluster: Cluster, partition: int) -> int:
    """How far the log cleaner has come in a partition of the topic."""
    path = cluster.nodes[1].directory / "data" / "cleaner-offset-checkpoint"
    if not path.exists():
        return 0
    for line in path.read_text("ascii").splitlines()[2:]:
        topic, number, offset = line.rsplit(" ", 2)
        if (topic, int(number)) == (OFFSETS, partition):
            return int(offset)
    return 0


def compact(cluster: Cluster, group: str, topic: str, beyond: int) -> None:
    """Wait until the cleaner has passed that offset of GROUP's partition,
    committing for GROUP meanwhile, so that segments are closed."""
    partition = cluster.offsets_partition(group)

    def cleaned() -> bool:
        cluster.driver.commit(group, {(topic, 0): 1})
        return cleaned_up_to(cluster, partition) > beyond

    wait_for(cleaned, 30, "the log cleaner", every=0.1)
