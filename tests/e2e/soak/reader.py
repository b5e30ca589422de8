"""Reads archives by formats/FORMAT.md alone, with stock tools: no line of the
program has a part in what the judge believes.
"""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bed.cluster import partition_of
from soak.history import Where
from soak.judge import Reading

KEY = re.compile(r"(?P<from>\d{8}T\d{9}Z)-(?P<id>[0-9a-f]{16})-"
                 r"(?P<to>\d{8}T\d{9}Z)-(?P<state>[cp])-[0-9a-f]{8}\.tar\.zst$")
# Holes by which any group may lack; those that hide what one partition of the
# offsets topic holds.
ALL_GROUPS = {"visible-scope", "offsets-topic-hidden", "listing"}
OF_PARTITION = {"leaderless", "moved", "held", "history", "unreadable"}


class FormatError(Exception):
    """An archive is not as FORMAT.md has it."""


def numbers(column: str) -> list[int]:
    return [int(each) for each in column.split()]


def name_of(line: dict[str, Any], key: str) -> str:
    if key in line:
        return str(line[key])
    return base64.b64decode(line[key + "_b64"]).decode(
        "utf-8", "surrogateescape")


def captures_of(column: str) -> set[int]:
    """Numbers of captures: single ones, and ranges FIRST-LAST."""
    found: set[int] = set()
    for each in column.split():
        first, _, last = each.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def run_of(text: str) -> list[int]:
    """A run of numbers; N*COUNT stands for COUNT of them."""
    found: list[int] = []
    for each in text.split():
        number, _, count = each.partition("*")
        found += [int(number)] * int(count or 1)
    return found


def wrapped(number: int) -> int:
    """Arithmetic is modulo 2^64."""
    return (number + 2**63) % 2**64 - 2**63


def values(item: dict[str, Any], first: int, ends: list[int | None] | None,
           count: int) -> list[int | None]:
    """One element of `series`: a number over COUNT captures, None where it is
    not there.  ENDS are the log ends, which some predictors ask for."""
    begin, absent = item.get("f", 0), item.get("x", count)
    run = run_of(item["d"]) if "d" in item else [0] * (absent - begin - 1)
    if len(run) != absent - begin - 1:
        raise FormatError(f"{len(run)} numbers for captures {begin} to "
                          f"{absent}")
    kind = item.get("k", 1) if "d" in item else 1
    found = [None] * begin + [first]
    for at, number in enumerate(run, begin + 1):
        if kind == 1:
            found.append(wrapped(found[-1] + number))  # type: ignore
            continue
        if ends is None or ends[at] is None or ends[at - 1] is None:
            raise FormatError(f"no log end for capture {at}")
        if kind == 2:
            found.append(wrapped(ends[at] - number))
        elif kind == 3:
            found.append(wrapped(found[-1] - number  # type: ignore
                                 + ends[at] - ends[at - 1]))
        else:
            raise FormatError(f"unknown predictor {kind}")
    found += [None] * (count - absent)
    for at in captures_of(item.get("a", "")):
        found[at] = None
    return found


def steps(pairs: list[Any], first: Any, count: int) -> list[Any]:
    """Pairs of capture and value: the value of each capture."""
    told = dict(zip(pairs[::2], pairs[1::2], strict=True))
    found = []
    for at in range(count):
        first = told.get(at, first)
        found.append(first)
    return found


@dataclass(frozen=True)
class Hole:
    kind: str
    group: str | None
    where: Where | None
    partition: int | None
    captures: set[int]


@dataclass
class GroupSeries:
    """A group over the captures of a window; None where it is not there."""

    present: list[bool]
    reads: list[tuple[int, int]]
    positions: dict[Where, list[int | None]] = field(default_factory=dict)
    texts: dict[Where, list[str]] = field(default_factory=dict)


@dataclass
class Window:
    """One archive."""

    name: str
    manifest: dict[str, Any]
    captures: list[tuple[int, int]]
    ends: dict[Where, list[int | None]] = field(default_factory=dict)
    groups: dict[str, GroupSeries] = field(default_factory=dict)
    holes: list[Hole] = field(default_factory=list)

    def readings(self, group: str, partition: int) -> Iterator[Reading]:
        """Every reading of GROUP, which belongs to that PARTITION of the
        offsets topic; not those that a hole hides whole."""
        series = self.groups.get(group)
        hidden: set[int] = set()
        unknown: dict[int, set[Where]] = {}
        listed: set[int] = set()
        for hole in self.holes:
            if hole.group == group and hole.where is not None:
                for at in hole.captures:
                    unknown.setdefault(at, set()).add(hole.where)
            elif hole.group == group or (
                    hole.group is None and hole.kind in OF_PARTITION
                    and hole.partition in (partition, None)):
                hidden |= hole.captures
            elif hole.group is None and hole.kind in ALL_GROUPS:
                listed |= hole.captures
        for at, (begin, end) in enumerate(self.captures):
            there = series is not None and series.present[at]
            if at in hidden or (at in listed and not there):
                continue
            if series is not None and there:
                begin, end = series.reads[at]
            offsets = {where: told[at]
                       for where, told in series.positions.items()
                       if told[at] is not None} if series and there else {}
            texts = {where: series.texts[where][at] for where in offsets
                     if where in series.texts} if series else {}
            yield Reading(begin, end, offsets,  # type: ignore[arg-type]
                          frozenset(unknown.get(at, ())),
                          f"{self.name} capture {at}", texts)


def members(path: Path) -> dict[str, bytes]:
    """What `tar --zstd -x` would give."""
    raw = subprocess.run(["zstd", "-q", "-d", "-c"], input=path.read_bytes(),
                         capture_output=True, check=False)
    if raw.returncode != 0:
        raise FormatError(f"{path.name}: {raw.stderr.decode()}")
    with tarfile.open(fileobj=io.BytesIO(raw.stdout), mode="r:") as tar:
        found = {}
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None
            found[member.name] = file.read()
        return found


def lines(parts: dict[str, bytes], kind: str) -> Iterator[dict[str, Any]]:
    for name in sorted(parts):
        if name.startswith(kind + "/"):
            for line in parts[name].splitlines():
                yield json.loads(line)


def read(path: Path) -> Window:
    parts = members(path)
    manifest = json.loads(parts["MANIFEST.json"])
    captures = [(each["start"], each["end"]) for each in manifest["captures"]]
    window = Window(path.name, manifest, captures)
    for line in lines(parts, "topics"):
        take_topic(window, line)
    for line in lines(parts, "groups"):
        take_group(window, line)
    for line in lines(parts, "holes"):
        take_hole(window, line)
    return window


def rows(line: dict[str, Any], column: str
         ) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Partition, number in that column, and element of `series`."""
    partitions = numbers(line["partitions"])
    items = line.get("series", [{}] * len(partitions))
    return zip(partitions, numbers(line[column]), items, strict=True)


def take_topic(window: Window, line: dict[str, Any]) -> None:
    title, count = name_of(line, "topic"), len(window.captures)
    for number, end, item in rows(line, "ends"):
        window.ends[title, number] = values(item, end, None, count)


def take_group(window: Window, line: dict[str, Any]) -> None:
    """One line of groups/, or a further part of the group before."""
    count, name = len(window.captures), name_of(line, "group")
    series = window.groups.get(name)
    if series is None:
        reads = list(window.captures)
        if "read" in line:
            begin = reads[0][0]
            reads[0] = (begin + line["read"][0], begin + line["read"][1])
        first, absent = line.get("f", 0), line.get("x", count)
        away = captures_of(line.get("a", ""))
        series = window.groups[name] = GroupSeries(
            [first <= at < absent and at not in away for at in range(count)],
            reads)
    for topic in line.get("topics", ()):
        title = name_of(topic, "topic")
        texts = topic.get("metadata")
        for at, (number, offset, item) in enumerate(rows(topic, "offsets")):
            where = title, number
            series.positions[where] = values(
                item, offset, window.ends.get(where), count)
            series.texts[where] = [decoded(each) for each in steps(
                item.get("m", []), texts[at] if texts else "", count)]


def decoded(text: str) -> str:
    return base64.b64decode(text).decode("utf-8", "surrogateescape")


def take_hole(window: Window, line: dict[str, Any]) -> None:
    def name(key: str) -> str | None:
        return name_of(line, key) if key in line or key + "_b64" in line \
            else None

    group, topic = name("group"), name("topic")
    number = line.get("partition")
    where = (topic, number) if topic is not None and number is not None \
        else None
    window.holes.append(Hole(line["kind"], group, where, number,
                             captures_of(line["captures"])))


@dataclass
class Shelf:
    """All windows of a repository: of each id the version that counts.

    leftovers   smaller versions that a crash has left
    """

    windows: list[Window]
    leftovers: list[str]

    @classmethod
    def read(cls, paths: Iterable[Path]) -> Shelf:
        versions: dict[str, list[tuple[str, Path]]] = {}
        for path in paths:
            found = KEY.search(path.name)
            if found is None:
                raise FormatError(f"{path.name}: no name of a snapshot")
            versions.setdefault(found["id"], []).append((found["to"], path))
        newest, older = [], []
        for each in versions.values():
            each.sort()
            newest.append(each[-1][1])
            older += [path.name for _, path in each[:-1]]
        windows = [read(path) for path in sorted(newest, key=lambda p: p.name)]
        return cls(windows, older)

    @property
    def captures(self) -> int:
        return sum(len(each.captures) for each in self.windows)

    def readings(self, group: str, offsets_partitions: int) -> list[Reading]:
        partition = partition_of(group, offsets_partitions)
        return [reading for window in self.windows
                for reading in window.readings(group, partition)]
