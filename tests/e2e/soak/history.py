"""What each position can have been at a time, by the journal of the load.

A commit takes effect somewhere between its request and its acknowledgement.
One without an acknowledgement may have taken effect until LATE_MS after its
request, or never.  A transaction's takes effect between the request to
commit it and the first sign that its markers are written.
"""

from __future__ import annotations

import bisect
import itertools
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Where = tuple[str, int]

# How long a request without an answer may still be in a buffer of a broker
# that is frozen, or in a log that waits for its replicas.
LATE_MS = 120_000.0


@dataclass(frozen=True)
class Change:
    """One attempt to change a position; no offset: to remove it."""

    begin: float
    end: float
    offset: int | None
    acknowledged: bool = True
    metadata: str | None = None

    def __str__(self) -> str:
        what = "removed" if self.offset is None else str(self.offset)
        return (f"[{self.begin:.1f} .. {self.end:.1f}] {what}"
                + (f" with {self.metadata!r}" if self.metadata else "")
                + ("" if self.acknowledged else " (no acknowledgement)"))


class History:
    """All attempts to change one position, which at first is not there."""

    def __init__(self, changes: Iterable[Change] = ()) -> None:
        first = Change(-math.inf, -math.inf, None)
        self.changes = [first, *sorted(changes, key=lambda c: c.begin)]
        sure = [c for c in self.changes if c.acknowledged]
        self._sure = sure
        self._begins = [c.begin for c in sure]
        self._latest_end = list(itertools.accumulate(
            (c.end for c in sure), max))
        by_end = sorted(sure, key=lambda c: c.end)
        self._ends = [c.end for c in by_end]
        self._latest_begin = list(itertools.accumulate(
            (c.begin for c in by_end), max))
        self._unsure = [c for c in self.changes if not c.acknowledged]

    def possible(self, begin: float, end: float) -> list[Change]:
        """The changes of which one was in force at some moment from BEGIN to
        END: begun before the end, and not surely followed by another one that
        was done before the begin."""
        done = bisect.bisect_left(self._ends, begin)
        floor = self._latest_begin[done - 1] if done else -math.inf
        found = [c for c in self._unsure
                 if c.begin <= end and c.end >= floor]
        at = bisect.bisect_right(self._begins, end) - 1
        while at >= 0 and self._latest_end[at] >= floor:
            if self._sure[at].end >= floor:
                found.append(self._sure[at])
            at -= 1
        return found

    def offsets(self, begin: float, end: float) -> set[int | None]:
        return {change.offset for change in self.possible(begin, end)}

    def around(self, begin: float, end: float, more: int = 3) -> list[Change]:
        """The changes from BEGIN to END, and some before and after."""
        inside = [at for at, c in enumerate(self.changes)
                  if c.end >= begin and c.begin <= end]
        low = bisect.bisect_left([c.begin for c in self.changes], begin)
        first, last = (inside[0], inside[-1]) if inside else (low, low - 1)
        return self.changes[max(0, first - more):last + 1 + more]


class Journal:
    """The histories of all positions of all groups."""

    def __init__(self) -> None:
        self.changes: dict[str, dict[Where, list[Change]]] = {}
        self._made: dict[str, dict[Where, History]] = {}
        self.acknowledged = 0
        self.unsure = 0

    def add(self, group: str, where: Where, change: Change) -> None:
        self.changes.setdefault(group, {}).setdefault(where, []).append(change)
        self._made.pop(group, None)

    def take(self, entry: dict[str, Any]) -> None:
        """One line of the journal file."""
        group, begin, sure = entry["group"], entry["begin"], \
            entry["acknowledged"]
        end = entry["end"] if sure else begin + LATE_MS
        self.acknowledged += sure
        self.unsure += not sure
        if entry.get("deleted"):
            for where in self.changes.get(group, {}):
                self.add(group, where, Change(begin, end, None, sure))
            return
        for topic, partition, offset, metadata in entry["rows"]:
            self.add(group, (topic, partition),
                     Change(begin, end, offset, sure, metadata))

    def of(self, group: str) -> dict[Where, History]:
        if group not in self._made:
            self._made[group] = {
                where: History(changes)
                for where, changes in self.changes.get(group, {}).items()}
        return self._made[group]

    @classmethod
    def read(cls, *paths: Path) -> Journal:
        """All lines of these files, in the order of their begins: what a
        group's removal removes is what was committed before."""
        entries = [json.loads(line) for path in paths
                   for line in path.read_text("utf-8").splitlines()]
        made = cls()
        for entry in sorted(entries, key=lambda each: each["begin"]):
            made.take(entry)
        return made
