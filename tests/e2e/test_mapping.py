"""Groups and topics under other names, on the same cluster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rig import Rig, offsets

Unique = Callable[[str], str]


@pytest.fixture
def captured(rig: Rig, topic: str, unique: Unique) -> str:
    """A group that stood at 40 and 30 when it was captured."""
    group = unique("billing")
    rig.cluster.driver.commit(group, {(topic, 0): (40, 0, "kept"),
                                      (topic, 1): 30})
    rig.snapshot()
    return group


def test_a_group_is_cloned_and_left_alone(rig: Rig, topic: str, captured: str,
                                          unique: Unique) -> None:
    clone, driver = unique("clone"), rig.cluster.driver
    driver.commit(captured, {(topic, 0): 90})
    told = rig.restore_at_once("--at", "latest", "--group", captured,
                               "--map-group", f"{captured}={clone}")
    assert f"group {clone}: gets the positions of group {captured}" in told.out
    found = driver.offsets(clone)
    assert {where: each.offset for where, each in found.items()} == {
        (topic, 0): 40, (topic, 1): 30}
    # The topic is the same: contract 6.
    assert (found[topic, 0].epoch, found[topic, 0].metadata) == (0, "kept")
    assert offsets(rig.cluster, captured) == {(topic, 0): 90, (topic, 1): 30}
    records = driver.first_records(clone, [topic])
    assert {where: each.offset for where, each in records.items()} == {
        (topic, 0): 40, (topic, 1): 30}


@pytest.mark.parametrize("stem", [
    "mail sender ", "\N{OPEN MAILBOX WITH RAISED FLAG}", "a=b\\"])
def test_names_of_any_kind_are_mapped(rig: Rig, topic: str, unique: Unique,
                                      stem: str) -> None:
    old, new = unique(stem), unique(f"{stem} of the test")
    rig.cluster.driver.commit(old, {(topic, 0): 12})
    rig.snapshot()
    escaped = old.replace("\\", "\\\\").replace("=", "\\=")
    words = ["--at", "latest", "--group", old.replace("\\", "\\\\")]
    written = new.replace("\\", "\\\\")
    rig.restore_at_once(*words, "--map-group", f"{escaped}={written}")
    assert offsets(rig.cluster, new) == {(topic, 0): 12}
    rig.restore_at_once(*words, "--map-group", "s/.*/& twice/")
    assert offsets(rig.cluster, f"{old} twice") == {(topic, 0): 12}


def test_many_groups_are_renamed_by_one_expression(rig: Rig, topic: str,
                                                   unique: Unique) -> None:
    stem, driver = unique("prod"), rig.cluster.driver
    for number in range(3):
        driver.commit(f"{stem}-{number}", {(topic, 0): 10 + number})
    rig.snapshot()
    rig.restore_at_once("--at", "latest", "--group", f"{stem}-*",
                        "--map-group", "s/^prod(-.*)-([0-9]+)$/test\\1.\\2/")
    renamed = stem.replace("prod", "test", 1)
    for number in range(3):
        assert offsets(rig.cluster, f"{renamed}.{number}") == {
            (topic, 0): 10 + number}
        assert offsets(rig.cluster, f"{stem}-{number}") == {
            (topic, 0): 10 + number}


def test_positions_are_put_onto_the_copy_of_a_topic(
        rig: Rig, topic: str, captured: str, unique: Unique) -> None:
    """Contracts 5 and 6: it is asked for, marked, and the number goes alone."""
    copy, driver = unique("copy"), rig.cluster.driver
    driver.create_topic(copy, 2)
    for partition in range(2):
        driver.produce(copy, partition, 100)
    words = ["--at", "latest", "--group", captured, "--map-topic",
             f"{topic}={copy}"]
    rows = rig.rows(*words)
    assert set(rows) == {(copy, 0), (copy, 1)}
    assert rows[copy, 0]["from_topic"] == topic
    told = rig.restore_at_once(*words)
    assert "estimate: another topic" in told.out
    assert "a copy, byte by byte" in told.out
    found = driver.offsets(captured)
    assert {where: each.offset for where, each in found.items()} == {
        (topic, 0): 40, (topic, 1): 30, (copy, 0): 40, (copy, 1): 30}
    assert (found[copy, 0].epoch, found[copy, 0].metadata) == (-1, "")
    records = driver.first_records(captured, [copy])
    assert records[copy, 0].offset == 40


def test_a_plan_with_new_names_is_applied_from_its_file(
        rig: Rig, topic: str, captured: str, unique: Unique,
        tmp_path: Path) -> None:
    clone, path = unique("clone"), tmp_path / "plan.jsonl"
    rig.tidemark("plan", "-r", rig.repo, "-b", rig.cluster.bootstrap, "--at",
                 "latest", "--group", captured, "--map-group",
                 f"{captured}={clone}", "-o", path)
    rig.tidemark("apply", path, "-r", rig.repo, "-b", rig.cluster.bootstrap,
                 "--settle", "0s")
    assert offsets(rig.cluster, clone) == {(topic, 0): 40, (topic, 1): 30}


def test_the_copy_must_have_as_many_partitions(rig: Rig, topic: str,
                                               captured: str,
                                               unique: Unique) -> None:
    copy, driver = unique("copy"), rig.cluster.driver
    driver.create_topic(copy, 3)
    for partition in range(3):
        driver.produce(copy, partition, 100)
    told = rig.restore("--at", "latest", "--group", captured, "--map-topic",
                       f"{topic}={copy}", "--execute", status=4)
    assert "the topic had 2 partitions, and this one has 3" in told.out
    assert offsets(rig.cluster, captured) == {(topic, 0): 40, (topic, 1): 30}


def test_what_collides_is_refused(rig: Rig, topic: str, captured: str,
                                  unique: Unique) -> None:
    other, driver = unique("mail"), rig.cluster.driver
    driver.commit(other, {(topic, 0): 5})
    rig.snapshot()
    before = {name: offsets(rig.cluster, name) for name in (captured, other)}
    words = ["--at", "latest", "--group", captured, "--group", other,
             "--execute"]
    told = rig.restore(*words, "--map-group", f"{captured}={other}", status=4)
    assert f"{captured} would be put onto group {other}" in told.err
    told = rig.restore(*words, "--map-group", "s/.*/one/", status=4)
    assert "would both be one" in told.err
    # A slip, and the group that was meant would be moved itself.
    told = rig.restore(*words, "--map-group", "biling=clone", status=4)
    assert "\"biling=clone\" fits nothing" in told.err
    assert {name: offsets(rig.cluster, name)
            for name in (captured, other)} == before
    assert offsets(rig.cluster, "one") == {}


def test_a_file_is_put_elsewhere_too(rig: Rig, topic: str, captured: str,
                                     unique: Unique, tmp_path: Path) -> None:
    csv, clone, copy = tmp_path / "f.csv", unique("clone"), unique("copy")
    rig.cluster.driver.create_topic(copy, 1)
    rig.cluster.driver.produce(copy, 0, 100)
    csv.write_text(f"{captured},{topic},0,11\n{captured},{topic},1,12\n")
    words = ["--from-file", str(csv), "--group", captured, "--topic",
             f"{topic}:0"]
    rig.restore_at_once(*words, "--map-group", f"{captured}={clone}",
                        "--map-topic", f"{topic}={copy}")
    assert offsets(rig.cluster, clone) == {(copy, 0): 11}


@pytest.mark.parametrize("words, message", [
    (["--to-earliest", "--map-group", "a=b"], "--at and --from-file only"),
    (["--by-duration", "1h", "--map-topic", "a=b"],
     "--at and --from-file only"),
    (["--at", "latest", "--map-group", "a"], "OLD=NEW"),
    (["--at", "latest", "--map-topic", "s/(/x/"], "s/(/x/"),
])
def test_what_makes_no_sense_is_a_usage_error(
        tidemark: Any, repo: Path, words: list[str], message: str) -> None:
    told = tidemark("plan", "-r", repo, "-b", "127.0.0.1:1", "--group", "a",
                    *words, status=2)
    assert message in told.err
