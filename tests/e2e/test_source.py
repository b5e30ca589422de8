"""Snapshots out of the offsets topic, shown: golden archives, no broker."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from conftest import TREE

GOLDEN = TREE / "tests" / "golden"
ID = "0123456789abcdef"
# Of v1-last-known.
KEY = (f"snapshots/MkU3OEVBNTcwNTJENDM2Qk/2025/11/25/20251125T140500123Z-{ID}"
       "-20251125T140501013Z-p-1a849841.tar.zst")


def golden(name: str) -> Path:
    return GOLDEN / f"{name}.tar.zst"


def test_times_of_commits_are_shown_where_they_are_known(
        tidemark: Any) -> None:
    told = tidemark("show", golden("v1-as-of"), "--group", "billing").out
    header, first, second, third = told.splitlines()[-4:]
    assert header.split()[-3:] == ["COMMITTED", "STATE", "SINCE"]
    assert first.split()[-3:] == [
        "2025-11-25T14:04:55.123Z", "Empty", "2025-11-24T14:05:00.122Z"]
    assert second.split()[-3] == "?"
    assert third.split()[-3] == "2025-11-24T14:05:00.123Z"
    assert "as of     2025-11-25T14:05:01.013Z" in told
    # Of a group of which nothing is known, and of one that the API told.
    for path, group in (("v1-as-of", "audit"), ("v1-basic", "billing")):
        told = tidemark("show", golden(path), "--group", group).out
        assert "COMMITTED" not in told and "SINCE" not in told


def test_json_says_where_positions_are_from(tidemark: Any) -> None:
    lines = tidemark("show", golden("v1-basic"), "--json").jsonl()
    assert lines[0]["source"] == "api"
    assert lines[0]["scan"] is lines[0]["compare"] is lines[0]["as_of"] is None
    assert lines[0]["last_known"] is False
    rows = [line for line in lines if line["kind"] == "position"]
    assert rows
    for row in rows:
        assert row["commit_ms"] is row["expire_ms"] is None

    info = tidemark("show", golden("v1-offsets-topic"), "--json").jsonl()[0]
    assert info["source"] == "both"
    assert info["scan"] == {"records": 5000000000, "unknown_types": 7,
                            "unknown_versions": 2, "broken": 1}
    assert info["compare"] == {"agreed": 1000, "moving": 20, "only_api": 3,
                               "only_topic": 4, "differing": 5}

    lines = tidemark("show", golden("v1-as-of"), "--json").jsonl()
    assert lines[0]["source"] == "rescue" and lines[0]["compare"] is None
    assert lines[0]["as_of"] == lines[0]["to"]
    group = next(line for line in lines if line["kind"] == "group"
                 and line["group"] == "billing")
    assert group["state_ms"] == 1763993100122
    assert [(line["commit_ms"], line["expire_ms"]) for line in lines
            if line["kind"] == "position" and line["group"] == "billing"] == [
        (1764079495123, None), (None, None), (1763993100123, 1764079500122)]


def test_people_are_told_where_positions_are_from(tidemark: Any) -> None:
    assert "source" not in tidemark("show", golden("v1-basic")).out
    told = tidemark("show", golden("v1-offsets-topic")).out
    assert "source    both: 5000000000 records" in told
    assert "1000 agree, 20 moving" in told and "5 differ" in told
    told = tidemark("show", golden("v1-last-known")).out
    assert "source    rescue" in told
    assert "scope     cluster, of no one time" in told


def test_what_was_known_last_is_found_by_its_id_alone(
        tidemark: Any, repo: Path) -> None:
    path = repo / KEY
    path.parent.mkdir(parents=True)
    shutil.copy(golden("v1-last-known"), path)
    tidemark("verify", "-r", repo)
    assert "last-known" in tidemark("list", "-r", repo).out
    assert tidemark("list", "-r", repo, "--json").jsonl()[0][
        "selection"] == "last-known"
    assert "billing" in tidemark("show", "-r", repo, ID[:6]).out
    told = tidemark("show", "-r", repo, "latest", status=1)
    assert "no complete snapshot" in told.err
    # By a time: the other side is the same one by its id.
    told = tidemark("diff", "-r", repo, "2025-11-26T00:00:00Z", ID,
                    status=4)
    assert "no complete snapshot" in told.err
    # Nor does the time index know it.
    told = tidemark("lookup", "-r", repo, "orders", "0", "--time",
                    "2025-11-25T14:06:00Z", status=None)
    assert told.status != 0 and "1000" not in told.out
