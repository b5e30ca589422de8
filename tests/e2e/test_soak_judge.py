"""The judge of the soak on made-up histories: it has to find what is wrong,
and to let pass what nobody can know."""

from __future__ import annotations

import math

import pytest

from soak.chaos import Trouble, excuses
from soak.history import Change, History, Journal
from soak.judge import Case, Reading, Rules, Verdict, left_of, merged
from soak.reader import (
    FormatError, GroupSeries, Hole, Window, captures_of, steps, values)
from soak.run import key_ms

AT = ("orders", 0)


def history(*changes: Change) -> History:
    return History(changes)


def judged(truth: History, readings: list[Reading], **rules: object) -> Verdict:
    return Case("g", {AT: truth}, readings,
                Rules(**{"gap_ms": 150.0, **rules})).judge()  # type: ignore


def reading(begin: float, offset: int | None, length: float = 10,
            unknown: frozenset[tuple[str, int]] = frozenset()) -> Reading:
    return Reading(begin, begin + length,
                   {} if offset is None else {AT: offset}, unknown)


# Acknowledged: 1 by 110, 2 by 210, 3 by 310, ...
TRUTH = history(*(Change(100.0 * n, 100.0 * n + 10, n) for n in range(1, 20)))


def found_wrong(verdict: Verdict) -> set[str]:
    return {failure.what for failure in verdict.failures}


def test_right_values_pass() -> None:
    verdict = judged(TRUTH, [reading(100.0 * n + 50, n)
                             for n in range(1, 15)])
    assert not verdict.failures, verdict.failures
    assert verdict.times == 1000
    assert verdict.values == 14


def test_a_value_that_the_group_never_had() -> None:
    verdict = judged(TRUTH, [reading(150, 1), reading(250, 77),
                             reading(350, 3)])
    assert found_wrong(verdict) == {"not in force while it was captured",
                              "never in force inside the bracket"}
    failure = verdict.failures[0]
    assert (failure.answer, failure.group, failure.where) == (77, "g", AT)
    assert "2" in str(failure) and "200.0 .. 210.0" in str(failure)


def test_a_value_from_before_the_bracket() -> None:
    """An idle look: 1 again when 2 had long been acknowledged."""
    verdict = judged(TRUTH, [reading(150, 1), reading(250, 1),
                             reading(350, 3)])
    assert "never in force inside the bracket" in found_wrong(verdict)
    assert {f.answer for f in verdict.failures} == {1}


def test_a_value_from_after_the_bracket() -> None:
    verdict = judged(TRUTH, [reading(150, 1), reading(250, 5),
                             reading(350, 3)])
    assert "never in force inside the bracket" in found_wrong(verdict)


def test_a_value_that_came_after_the_capture_but_inside_the_bracket() -> None:
    """The bracket lets it pass; the capture itself does not."""
    verdict = judged(TRUTH, [reading(150, 2), reading(250, 2)])
    assert found_wrong(verdict) == {"not in force while it was captured"}


def test_either_value_while_a_commit_is_under_way() -> None:
    for value in (1, 2):
        verdict = judged(TRUTH, [reading(202, value, 4), reading(250, 2)])
        assert not verdict.failures, verdict.failures
    assert judged(TRUTH, [reading(202, 3, 4), reading(250, 2)]).failures


def test_a_group_that_is_gone_though_it_was_not() -> None:
    verdict = judged(TRUTH, [reading(150, 1), reading(250, None),
                             reading(350, 3)])
    assert verdict.failures
    assert {failure.answer for failure in verdict.failures} == {None}


def test_a_position_that_could_not_be_read_is_no_answer() -> None:
    hidden = frozenset([AT])
    verdict = judged(TRUTH, [reading(150, 1), reading(250, None,
                                                      unknown=hidden),
                             reading(270, 2), reading(350, 3)])
    assert not verdict.failures, verdict.failures


def test_a_removed_group_and_the_same_made_again() -> None:
    truth = history(Change(100, 110, 5), Change(200, 210, None),
                    Change(300, 310, 1))
    good = [reading(50, None), reading(150, 5), reading(250, None),
            reading(350, 1)]
    assert not judged(truth, good).failures
    for at, wrong in ((0, 5), (1, None), (2, 5), (3, None), (3, 5)):
        bad = list(good)
        bad[at] = reading(good[at].begin, wrong)
        assert judged(truth, bad).failures, (at, wrong)


def test_without_an_acknowledgement_it_may_or_may_not_be() -> None:
    truth = history(Change(100, 110, 1), Change(200, 9000, 2, False),
                    Change(300, 310, 3))
    for values in ((1, 1, 3, 3), (1, 2, 3, 3), (1, 2, 2, 3), (1, 2, 3, 2),
                   (1, 1, 3, 2)):
        verdict = judged(truth, [reading(150 + 100 * at, value)
                                 for at, value in enumerate(values)])
        assert not verdict.failures, (values, verdict.failures)
    for values in ((2, 1, 3, 3), (1, 1, 1, 3), (1, 2, 3, 1)):
        assert judged(truth, [reading(150 + 100 * at, value)
                              for at, value in enumerate(values)]).failures
    late = [reading(9500, 3), reading(9600, 3)]
    assert not judged(truth, late).failures
    assert not judged(truth, [reading(9500, 2), reading(9600, 2)]).failures, \
        "it may have come last"


def test_an_aborted_transaction_was_never_in_force() -> None:
    """Its offsets are not in the journal."""
    truth = history(Change(100, 110, 1), Change(300, 310, 3))
    assert judged(truth, [reading(150, 1), reading(250, 2),
                          reading(350, 3)]).failures


def test_a_missing_moment() -> None:
    readings = [reading(150, 1), reading(250, 2), reading(650, 6),
                reading(750, 7)]
    verdict = judged(TRUTH, readings)
    assert found_wrong(verdict) == {"390 ms are missing"}
    assert verdict.longest_gap == 390


def test_a_missing_moment_with_an_excuse() -> None:
    readings = [reading(150, 1), reading(250, 2), reading(650, 6),
                reading(750, 7)]
    assert not judged(TRUTH, readings, excuses=((300.0, 600.0),)).failures
    assert not judged(TRUTH, readings, excuses=(
        (0.0, 310.0), (320.0, 500.0), (490.0, 510.0))).failures
    assert judged(TRUTH, readings, excuses=((300.0, 400.0),)).failures
    assert judged(TRUTH, readings, excuses=((700.0, 900.0),)).failures


def test_a_missing_moment_of_one_position() -> None:
    hidden = frozenset([AT])
    verdict = judged(TRUTH, [
        reading(150, 1), reading(250, None, unknown=hidden),
        reading(350, None, unknown=hidden), reading(450, 4)])
    assert found_wrong(verdict) == {"290 ms are missing"}


def test_a_group_that_no_capture_read() -> None:
    assert found_wrong(judged(TRUTH, [])) == {"never read"}
    assert "never read" in found_wrong(judged(
        TRUTH, [reading(150, None, unknown=frozenset([AT]))]))


def test_captures_of_two_agents_overlap() -> None:
    readings = [reading(150, 1), reading(155, 1), reading(205, 2, 300),
                reading(250, 2), reading(350, 3), reading(450, 4)]
    assert not judged(TRUTH, readings).failures


def test_a_position_that_nobody_committed() -> None:
    verdict = Case("g", {}, [reading(150, 1), reading(250, 1)],
                   Rules(gap_ms=500)).judge()
    assert {failure.answer for failure in verdict.failures} == {1}


def test_what_an_excuse_leaves_over() -> None:
    spans = merged([(5.0, 9.0), (1.0, 3.0), (2.0, 4.0), (9.0, 10.0)])
    assert spans == [(1.0, 4.0), (5.0, 10.0)]
    assert left_of((0.0, 20.0), spans) == 12
    assert left_of((2.0, 6.0), spans) == 1
    assert left_of((6.0, 7.0), spans) == 0
    assert left_of((7.0, 6.0), spans) == 0
    assert left_of((10.0, 12.0), spans) == 2


def test_a_journal_knows_what_a_removal_removes() -> None:
    journal = Journal()
    for entry in ({"group": "g", "begin": 1.0, "end": 2.0, "rows": [
                      ["t", 0, 7, ""], ["t", 1, 8, ""]],
                   "acknowledged": True},
                  {"group": "g", "begin": 3.0, "end": 4.0, "deleted": True,
                   "acknowledged": True},
                  {"group": "g", "begin": 5.0, "end": None, "rows": [
                      ["t", 0, 9, ""]], "acknowledged": False}):
        journal.take(entry)
    truth = journal.of("g")
    assert truth["t", 0].offsets(2.5, 2.6) == {7}
    assert truth["t", 0].offsets(4.5, 4.6) == {None}
    assert truth["t", 0].offsets(5.5, 5.6) == {None, 9}
    assert truth["t", 1].offsets(5.5, 5.6) == {None}
    assert truth["t", 1].offsets(-math.inf, 0) == {None}
    assert (journal.acknowledged, journal.unsure) == (2, 1)


def test_excuses_follow_from_the_log_of_trouble() -> None:
    """A kill costs the flush interval before it, and the way back; while the
    store was away nothing was durable that was taken meanwhile."""
    flush, write = 5000.0, 2000.0

    def spans(*troubles: Trouble) -> list[tuple[float, float]]:
        return merged(excuses(troubles, flush_ms=flush, write_ms=write,
                              settle_ms=3000.0))

    kill = Trouble("agent", "kill", 100_000, 101_000)
    away = Trouble("store", "away", 90_000, 99_000)
    broker = Trouble("broker", "freeze", 200_000, 210_000)
    assert spans(kill) == [(93_000, 104_000)]
    assert spans(broker) == [(200_000, 213_000)]
    assert spans(away) == [], "captures are kept in memory meanwhile"
    assert spans(away, kill) == [(83_000, 104_000)], \
        "what had not been written before it went away is lost, too"


def window(*holes: Hole, present: tuple[bool, ...] = (True, True)) -> Window:
    made = Window("w", {}, [(100, 110), (200, 210)])
    made.groups["g"] = GroupSeries(list(present), [(101, 105), (201, 205)],
                                   {AT: [1, 2 if present[1] else None]})
    made.holes = list(holes)
    return made


def read(made: Window, group: str = "g", partition: int = 3
         ) -> list[tuple[float, dict[tuple[str, int], int]]]:
    return [(r.end, r.offsets) for r in made.readings(group, partition)]


def test_a_group_is_read_when_its_line_says_so() -> None:
    assert read(window()) == [(105, {AT: 1}), (205, {AT: 2})]
    assert read(window(present=(True, False))) == [(105, {AT: 1}), (210, {})]
    assert read(window(), "other") == [(110, {}), (210, {})]


def test_a_hole_is_no_reading() -> None:
    for hole in (Hole("group", "g", None, None, {1}),
                 Hole("leaderless", None, None, 3, {1}),
                 Hole("held", None, None, 3, {1})):
        assert read(window(hole)) == [(105, {AT: 1})], hole
        assert read(window(hole, present=(True, False))) == [(105, {AT: 1})]
    for hole in (Hole("group", "h", None, None, {1}),
                 Hole("leaderless", None, None, 4, {1}),
                 Hole("topic", None, None, None, {1})):
        assert len(read(window(hole))) == 2, hole


def test_a_broker_that_does_not_list_hides_what_lacks() -> None:
    hole = Hole("listing", None, None, None, {1})
    assert read(window(hole)) == [(105, {AT: 1}), (205, {AT: 2})]
    assert read(window(hole, present=(True, False))) == [(105, {AT: 1})]
    assert read(window(hole), "other") == [(110, {})]


def test_a_hole_of_one_position() -> None:
    made = window(Hole("position", "g", AT, 0, {0}))
    assert [r.unknown for r in made.readings("g", 3)] == [{AT}, frozenset()]


def test_the_captures_of_a_hole() -> None:
    assert captures_of("0 3-5 9") == {0, 3, 4, 5, 9}


def test_a_key_tells_the_time() -> None:
    assert key_ms("20261125T140500123Z") == 1795615500123


def test_predictors_of_a_series() -> None:
    ends: list[int | None] = [100, 110, 110, 125, 130]
    for item in ({"d": "5 0*2 -1"}, {"k": 2, "d": "45 45 60 66"},
                 {"k": 3, "d": "5 0 15 6"}):
        assert values(item, 60, ends, 5) == [60, 65, 65, 65, 64], item
    assert values({}, 7, None, 3) == [7, 7, 7]
    assert values({"f": 1, "x": 3, "d": "2"}, 7, None, 4) == [None, 7, 9, None]
    assert values({"a": "1-2", "d": "2 0*3"}, 7, None, 5) == \
        [7, None, None, 9, 9]
    assert values({"d": "1"}, 2**63 - 1, None, 2)[1] == -2**63
    for bad in ({"d": "1"}, {"d": "1 2 3"}, {"k": 4, "d": "1 1"},
                {"k": 2, "d": "1 1"}):
        with pytest.raises(FormatError):
            values(bad, 0, None, 3)


def test_values_that_change_at_captures() -> None:
    assert steps([], "a", 3) == ["a"] * 3
    assert steps([1, "b", 3, ""], "a", 5) == ["a", "b", "b", "", ""]


def test_metadata_that_belongs_to_another_offset() -> None:
    truth = history(Change(100, 110, 1, True, "one"),
                    Change(200, 210, 2, True, "two"))
    for text, good in (("two", True), ("one", False), ("", False)):
        second = Reading(250, 260, {AT: 2}, texts={AT: text})
        verdict = judged(truth, [reading(150, 1), second])
        assert bool(verdict.failures) != good
