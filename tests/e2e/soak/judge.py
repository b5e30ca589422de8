"""Holds what a repository says against what was.

Three questions, each of every group:

- values: was every value of every capture in force at some moment of it?
- times: is the answer for a time T, which is the newest reading at or before
  T, a position that the group had inside the bracket, from the start of that
  reading to the end of the next one?
- moments: do readings follow each other closely, but where something is known
  to have gone wrong?

Nothing here knows of Kafka or of archives: readings come from reader.py, the
truth from history.py.
"""

from __future__ import annotations

import bisect
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from soak.history import History, Where

# Times in archives are whole milliseconds: up to one is cut off.
ROUNDED_MS = 1.0

Span = tuple[float, float]


@dataclass(frozen=True)
class Reading:
    """One reading of one group: when, and what it had.

    unknown   positions that the capture says it could not read
    texts     metadata, where they are told
    """

    begin: float
    end: float
    offsets: dict[Where, int]
    unknown: frozenset[Where] = frozenset()
    name: str = ""
    texts: dict[Where, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """Something that the repository says and that was not so."""

    what: str
    group: str
    where: Where | None
    time: float
    bracket: Span
    answer: int | None = None
    text: str | None = None
    truth: tuple[str, ...] = ()
    reading: str = ""

    def __str__(self) -> str:
        place = "" if self.where is None else " {}-{}".format(*self.where)
        lines = [f"{self.what}: group {self.group}{place}, "
                 f"T {self.time:.0f}, bracket {self.bracket[0]:.0f} .. "
                 f"{self.bracket[1]:.0f}, answer {self.answer}"
                 + (f" with {self.text!r}" if self.text else "")
                 + (f", of {self.reading}" if self.reading else "")]
        return "\n".join([*lines, *(f"    {each}" for each in self.truth)])


@dataclass
class Verdict:
    """What was asked, and what was found wrong."""

    groups: int = 0
    values: int = 0
    times: int = 0
    moments: int = 0
    longest_gap: float = 0.0
    longest_at_all: float = 0.0
    excused: float = 0.0
    covered: float = 0.0
    failures: list[Failure] = field(default_factory=list)

    def add(self, other: Verdict) -> None:
        self.groups += other.groups
        self.values += other.values
        self.times += other.times
        self.moments += other.moments
        self.longest_gap = max(self.longest_gap, other.longest_gap)
        self.longest_at_all = max(self.longest_at_all, other.longest_at_all)
        self.excused += other.excused
        self.covered += other.covered
        self.failures += other.failures

    def __str__(self) -> str:
        share = self.covered / (self.covered + self.excused or 1.0)
        return (f"{self.groups} groups: {self.values} values of captures, "
                f"{self.times} answers for times, {self.moments} gaps judged; "
                f"longest without an excuse {self.longest_gap:.0f} ms, "
                f"at all {self.longest_at_all:.0f} ms, "
                f"{share:.0%} of the time without an excuse; "
                f"{len(self.failures)} failures")


@dataclass(frozen=True)
class Rules:
    """What is asked for.

    times      how many random times for each group
    gap_ms     how far readings may be apart where nothing is excused
    excuses    spans in which moments may be missing
    """

    times: int = 1000
    gap_ms: float = 10_000.0
    excuses: tuple[Span, ...] = ()
    seed: int = 0


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same moments in spans that do not touch, in order."""
    result: list[Span] = []
    for begin, end in sorted(spans):
        if result and begin <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((begin, end))
    return result


def left_of(span: Span, excuses: Sequence[Span]) -> float:
    """How much of SPAN no excuse covers; EXCUSES are merged."""
    begin, end = span
    if end <= begin:
        return 0.0
    at = max(0, bisect.bisect_left(excuses, (begin, begin)) - 1)
    rest = end - begin
    for low, high in excuses[at:]:
        if low >= end:
            break
        rest -= max(0.0, min(end, high) - max(begin, low))
    return rest


class Case:
    """One group: its histories, and its readings in the order of their ends.
    """

    def __init__(self, group: str, truth: dict[Where, History],
                 readings: Iterable[Reading], rules: Rules) -> None:
        self.group, self.truth, self.rules = group, truth, rules
        self.readings = sorted(readings, key=lambda each: each.end)
        named = {where for each in self.readings for where in each.offsets}
        self.places = sorted({*truth, *named})
        self.none = History()
        self.excuses = merged(rules.excuses)

    def judge(self) -> Verdict:
        verdict = Verdict(groups=1)
        if not self.readings:
            verdict.failures.append(Failure(
                "never read", self.group, None, 0, (0, 0)))
            return verdict
        for where in self.places:
            self._judge_position(where, verdict)
        self._judge_moments(verdict)
        return verdict

    def _judge_position(self, where: Where, verdict: Verdict) -> None:
        history = self.truth.get(where, self.none)
        readings = [r for r in self.readings if where not in r.unknown]
        for reading in readings:
            verdict.values += 1
            span = (reading.begin, reading.end + ROUNDED_MS)
            self._check("not in force while it was captured", where, history,
                        reading.end, span, reading, verdict)
        for time, reading, span in self._asked(readings, where):
            verdict.times += 1
            self._check("never in force inside the bracket", where, history,
                        time, span, reading, verdict)

    def _check(self, what: str, where: Where, history: History, time: float,
               span: Span, reading: Reading, verdict: Verdict) -> None:
        answer, text = reading.offsets.get(where), reading.texts.get(where)
        if any(change.offset == answer
               and (text is None or change.metadata in (text, None))
               for change in history.possible(*span)):
            return
        verdict.failures.append(Failure(
            what, self.group, where, time, span, answer, text,
            tuple(map(str, history.around(*span))), reading.name))

    def _asked(self, readings: list[Reading],
               where: Where) -> Iterator[tuple[float, Reading, Span]]:
        """Random times in what is covered, with the reading that answers and
        the bracket."""
        if len(readings) < 2:
            return
        draw = random.Random(f"{self.rules.seed} {self.group} {where}")
        ends = [each.end for each in readings]
        for _ in range(self.rules.times):
            time = draw.uniform(ends[0], ends[-1])
            at = min(bisect.bisect_right(ends, time) - 1, len(readings) - 2)
            span = (readings[at].begin, readings[at + 1].end + ROUNDED_MS)
            yield time, readings[at], span

    def _judge_moments(self, verdict: Verdict) -> None:
        self._judge_gaps(self.readings, None, verdict)
        for where in self.places:
            if any(where in each.unknown for each in self.readings):
                self._judge_gaps([each for each in self.readings
                                  if where not in each.unknown], where,
                                 verdict)

    def _judge_gaps(self, readings: list[Reading], where: Where | None,
                    verdict: Verdict) -> None:
        """From each end to the next begin; of readings that overlap none."""
        if not readings:
            verdict.failures.append(Failure(
                "never read", self.group, where, 0, (0, 0)))
            return
        until = readings[0].end
        for reading in readings[1:]:
            span = (until, reading.begin)
            missing = left_of(span, self.excuses)
            verdict.moments += 1
            verdict.longest_gap = max(verdict.longest_gap, missing)
            verdict.longest_at_all = max(verdict.longest_at_all,
                                         span[1] - span[0])
            if missing > self.rules.gap_ms:
                verdict.failures.append(Failure(
                    f"{missing:.0f} ms are missing", self.group, where,
                    until, span))
            until = max(until, reading.end)
        whole = (readings[0].end, until)
        if where is None:
            clear = left_of(whole, self.excuses)
            verdict.covered += clear
            verdict.excused += whole[1] - whole[0] - clear
