"""Records, going on after a kill, and undo (design sections 3 and 6).

The judge of what stands in a group is the Java client.
"""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bed import wire
from bed.cluster import Cluster
from bed.process import spawn
from bed.wait import wait_for
from conftest import program
from rig import Rig, offsets

Unique = Callable[[str], str]


def standing(cluster: Cluster, group: str) -> dict[Any, Any]:
    """Offsets with their epochs and metadata."""
    return {where: (each.offset, each.epoch, each.metadata)
            for where, each in cluster.driver.offsets(group).items()}


class Undoing:
    """Words that every call here needs."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig

    def undo(self, *words: str, status: int = 0) -> Any:
        return self.rig.tidemark("undo", "-r", self.rig.repo, "-b",
                                 self.rig.cluster.bootstrap, *words,
                                 status=status)

    def undo_at_once(self, *words: str, status: int = 0) -> Any:
        return self.undo(*words, "--execute", "--settle", "0s", status=status)

    def apply(self, *words: str | Path, status: int = 0) -> Any:
        return self.rig.tidemark("apply", "-r", self.rig.repo, "-b",
                                 self.rig.cluster.bootstrap, "--settle", "0s",
                                 *words, status=status)

    def objects(self, event: str) -> list[Path]:
        """What the repository keeps of applies, oldest first."""
        return sorted((self.rig.repo / "applies").glob(f"*/*/*/*/*-{event}.*"),
                      key=lambda path: path.name.split("-")[1])


@pytest.fixture
def undoing(rig: Rig) -> Undoing:
    return Undoing(rig)


def test_undo_puts_everything_back(rig: Rig, undoing: Undoing, topic: str,
                                   unique: Unique) -> None:
    """Offsets with metadata, positions that were not there, and a group that
    was not."""
    stem, driver = unique("u"), rig.cluster.driver
    moved, half, gone = f"{stem}-moved", f"{stem}-half", f"{stem}-gone"
    for group in (moved, half, gone):
        driver.commit(group, {(topic, 0): (10, 0, "then"),
                              (topic, 1): (20, 0, "then")})
    rig.snapshot()
    driver.commit(moved, {(topic, 0): (60, 0, "now"), (topic, 1): 70})
    driver.delete_offsets(half, [(topic, 1)])
    driver.commit(half, {(topic, 0): (30, 0, "half")})
    driver.delete_groups(gone)
    before = {group: standing(rig.cluster, group) for group in (moved, half)}
    done = rig.restore_at_once("--at", "latest", "--group", f"{stem}*")
    for group in (moved, half, gone):
        assert offsets(rig.cluster, group) == {(topic, 0): 10, (topic, 1): 20}
    assert "to undo it: tidemark undo" in done.out
    shown = undoing.undo("latest")
    assert "nothing was changed" in shown.out
    assert "remove" in shown.out
    assert offsets(rig.cluster, moved) == {(topic, 0): 10, (topic, 1): 20}
    undoing.undo_at_once("latest")
    for group in (moved, half):
        assert standing(rig.cluster, group) == before[group]
    assert gone not in driver.groups()
    assert offsets(rig.cluster, gone) == {}
    told = undoing.undo("latest", status=1)
    assert "is an undo already" in told.err


def test_the_line_that_is_printed_undoes_it(rig: Rig, topic: str,
                                            unique: Unique) -> None:
    group, driver = unique("it's \U0001f600"), rig.cluster.driver
    driver.commit(group, {(topic, 0): 10})
    rig.snapshot()
    driver.commit(group, {(topic, 0): 60})
    done = rig.restore_at_once("--at", "latest", "--group", group)
    line = next(line.partition(": ")[2] for line in done.out.splitlines()
                if line.startswith("to undo it: "))
    words = shlex.split(line)
    assert words[0] == "tidemark"
    subprocess.run([program(), *words[1:], "--settle", "0s"],
                   check=True, capture_output=True)
    assert offsets(rig.cluster, group) == {(topic, 0): 60}


def test_the_record_is_there_before_the_first_commit(
        rig: Rig, undoing: Undoing, topic: str, unique: Unique) -> None:
    group, driver = unique("g"), rig.cluster.driver
    driver.commit(group, {(topic, 0): (10, 0, "m")})
    rig.snapshot()
    driver.commit(group, {(topic, 0): (60, 0, "before")})
    rig.restore_at_once("--at", "latest", "--group", group)
    began = undoing.objects("began")
    assert len(began) == 1
    rows = [json.loads(line) for line in
            began[0].read_text(encoding="utf-8").splitlines()]
    row = next(row for row in rows if row.get("partition") == 0)
    assert row["now"] == {"offset": 60, "epoch": 0, "metadata": "before"}
    ended = undoing.objects("finished")
    assert len(ended) == 1
    assert '"outcome":"done"' in ended[0].read_text(encoding="utf-8")


def test_without_a_place_for_the_record_nothing_is_changed(
        rig: Rig, topic: str, unique: Unique, tmp_path: Path) -> None:
    group, driver = unique("g"), rig.cluster.driver
    driver.commit(group, {(topic, 0): 10})
    told = rig.tidemark("restore", "-b", rig.cluster.bootstrap, "--group",
                        group, "--to-earliest", "--execute", status=2)
    assert "--record" in told.err
    rig.snapshot()
    driver.commit(group, {(topic, 0): 60})
    folder = rig.repo / "applies"
    if folder.exists():
        folder.rmdir()
    folder.write_text("in the way", encoding="utf-8")
    told = rig.restore_at_once("--at", "latest", "--group", group, status=1)
    assert offsets(rig.cluster, group) == {(topic, 0): 60}
    path = tmp_path / "record.jsonl"
    rig.restore("--at", "latest", "--group", group, "--execute", "--settle",
                "0s", "--record", str(path), status=1)
    folder.unlink()
    rig.restore("--at", "latest", "--group", group, "--execute", "--settle",
                "0s", "--record", str(path))
    assert offsets(rig.cluster, group) == {(topic, 0): 10}
    rig.tidemark("undo", path, "-b", rig.cluster.bootstrap, "--execute",
                 "--settle", "0s", "--record", tmp_path / "undo.jsonl")
    assert offsets(rig.cluster, group) == {(topic, 0): 60}


def test_a_record_is_never_overwritten(rig: Rig, topic: str, unique: Unique,
                                       tmp_path: Path) -> None:
    group, driver = unique("g"), rig.cluster.driver
    driver.commit(group, {(topic, 0): 50})
    path = tmp_path / "record.jsonl"
    words = ["restore", "-b", rig.cluster.bootstrap, "--group", group,
             "--settle", "0s", "--execute", "--record", path]
    rig.tidemark(*words, "--to-earliest")
    kept = path.read_bytes()
    told = rig.tidemark(*words, "--to-latest", status=2)
    assert "is there already" in told.err and "--record takes a new" in told.err
    assert path.read_bytes() == kept
    path.write_text("notes of mine\n", encoding="utf-8")
    for command in (words, ["touch", *words[1:]]):
        told = rig.tidemark(*command, *(
            ["--to-latest"] if command is words else []), status=2)
        assert f"{path}: is there already" in told.err and not told.out
    words[-1] = tmp_path / "missing" / "record.jsonl"
    told = rig.tidemark(*words, "--to-latest", status=1)
    assert "--record FILE" not in told.err and not told.out
    assert offsets(rig.cluster, group) == {(topic, 0): 0}


def test_what_moved_since_is_not_undone(rig: Rig, undoing: Undoing,
                                        topic: str, unique: Unique) -> None:
    group, other, driver = unique("g"), unique("o"), rig.cluster.driver
    for name in (group, other):
        driver.commit(name, {(topic, 0): 10, (topic, 1): 10})
    rig.snapshot()
    for name in (group, other):
        driver.commit(name, {(topic, 0): 60, (topic, 1): 60})
    rig.restore_at_once("--at", "latest", "--group", group, "--group", other)
    driver.commit(group, {(topic, 0): 33})
    told = undoing.undo_at_once("latest", status=5)
    assert "moved-since" in told.out
    assert offsets(rig.cluster, group) == {(topic, 0): 33, (topic, 1): 10}
    assert offsets(rig.cluster, other) == {(topic, 0): 60, (topic, 1): 60}
    undoing.undo_at_once("latest", "--force-stale")
    assert offsets(rig.cluster, group) == {(topic, 0): 60, (topic, 1): 60}


def test_an_undo_can_be_undone(rig: Rig, undoing: Undoing, topic: str,
                               unique: Unique) -> None:
    group, driver = unique("g"), rig.cluster.driver
    driver.commit(group, {(topic, 0): (10, 0, "m")})
    rig.snapshot()
    driver.delete_groups(group)
    rig.restore_at_once("--at", "latest", "--group", group)
    undoing.undo_at_once("latest")
    assert offsets(rig.cluster, group) == {}
    undo_id = undoing.objects("began")[-1].name.split("-")[0]
    undoing.undo_at_once(undo_id)
    assert standing(rig.cluster, group) == {(topic, 0): (10, 0, "m")}


def test_a_group_with_members_is_not_undone(rig: Rig, undoing: Undoing,
                                            topic: str,
                                            unique: Unique) -> None:
    group, driver = unique("g"), rig.cluster.driver
    driver.commit(group, {(topic, 0): 10, (topic, 1): 10})
    rig.snapshot()
    driver.delete_groups(group)
    rig.restore_at_once("--at", "latest", "--group", group)
    with driver.consumer(group, [topic]):
        wait_for(lambda: offsets(rig.cluster, group)[topic, 0] == 100, 20)
        undoing.undo_at_once("latest", "--force-stale", status=4)
        assert offsets(rig.cluster, group)[topic, 0] == 100


def test_positions_committed_since_keep_the_group(
        rig: Rig, undoing: Undoing, topic: str, unique: Unique) -> None:
    """A group that the restore made is removed with what it restored, but not
    with what others put there."""
    group, driver = unique("g"), rig.cluster.driver
    driver.commit(group, {(topic, 0): 10})
    rig.snapshot()
    driver.delete_groups(group)
    rig.restore_at_once("--at", "latest", "--group", group)
    driver.commit(group, {(topic, 1): 5})
    undoing.undo_at_once("latest")
    assert offsets(rig.cluster, group) == {(topic, 1): 5}


def test_a_topic_made_anew_is_not_undone(rig: Rig, undoing: Undoing,
                                         topic: str, unique: Unique) -> None:
    group, driver = unique("g"), rig.cluster.driver
    driver.commit(group, {(topic, 0): 10})
    rig.snapshot()
    driver.commit(group, {(topic, 0): 60})
    rig.restore_at_once("--at", "latest", "--group", group)
    driver.delete_topics(topic)
    wait_for(lambda: offsets(rig.cluster, group) == {}, 20)
    driver.create_topic(topic, 2)
    driver.commit(group, {(topic, 0): 0})
    told = undoing.undo_at_once("latest", status=4)
    assert "topic-recreated" in told.out
    assert offsets(rig.cluster, group) == {(topic, 0): 0}


# Stopped in the middle

class Many:
    """Groups that were lost in three ways, so many that their restore, one
    request after the other, is sure to be met in the middle."""

    EACH = 700

    def __init__(self, rig: Rig, unique: Unique) -> None:
        self.rig, self.stem, self.topic = rig, unique("many"), unique("crowd")
        driver = rig.cluster.driver
        self.said = rig.repo.parent / "said.txt"
        driver.create_topic(self.topic, 2)
        for partition in range(2):
            driver.produce(self.topic, partition, 1000)
        for way in "abc":
            self.seed(way, 10)
        rig.snapshot("--group", self.pattern)
        driver.delete_groups(*self.names("a"))
        self.seed("b", 200)

    @property
    def pattern(self) -> str:
        return f"{self.stem}-*"

    def seed(self, way: str, offset: int) -> None:
        self.rig.cluster.driver.seed(
            self.EACH, [(self.topic, 0), (self.topic, 1)],
            prefix=f"{self.stem}-{way}", offset=offset)

    def names(self, ways: str = "abc") -> list[str]:
        return [f"{self.stem}-{way}{number}" for way in ways
                for number in range(self.EACH)]

    def standing(self) -> dict[str, Any]:
        found = self.rig.cluster.driver.all_offsets(self.names())
        return {name: {where: (each.offset, each.epoch, each.metadata)
                       for where, each in found.get(name, {}).items()}
                for name in self.names()}

    def assert_restored(self) -> None:
        for name, there in self.standing().items():
            number = int(name.rpartition("-")[2][1:])
            assert {where: each[0] for where, each in there.items()} == {
                (self.topic, partition): 10 + number
                for partition in range(2)}, name

    def restore_words(self) -> tuple[str, ...]:
        return ("--at", "latest", "--group", self.pattern, "--summary")

    def start(self) -> subprocess.Popen[bytes]:
        """A restore that goes one request after the other; what it prints is
        more than a pipe takes, and goes to a file."""
        tidemark = self.rig.tidemark
        with open(self.said, "wb") as out:
            process = spawn(
                [str(program()), "restore", "-r", str(self.rig.repo), "-b",
                 self.rig.cluster.bootstrap, *self.restore_words(),
                 "--execute", "--settle", "0s", "--in-flight", "1", "-q"],
                stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, cwd=tidemark.home,
                env=tidemark.environment({}))
        tidemark.started.append(process)
        return process


@pytest.fixture
def many(rig_44: Rig, unique: Unique) -> Many:
    return Many(rig_44, unique)


@pytest.fixture
def met(many: Many) -> Undoing:
    """The words for the cluster of many."""
    return Undoing(many.rig)


def test_killed_and_run_again_and_undone(met: Undoing, many: Many) -> None:
    """kill -9 at moments spread over the whole run; each time the apply goes
    on, and in the end undo gives the state of the beginning."""
    rig, original = many.rig, many.standing()
    plan = rig.repo.parent / "plan.jsonl"
    rig.tidemark("plan", "-r", rig.repo, "-b", rig.cluster.bootstrap,
                 *many.restore_words(), "-o", plan)
    for delay in (0.1, 0.2, 0.3, 0.5, 0.8):
        process = rig.tidemark.start(
            "apply", plan, "-r", rig.repo, "-b", rig.cluster.bootstrap,
            "--settle", "0s", "--in-flight", "1")
        deadline = time.monotonic() + delay
        wait_for(lambda process=process, deadline=deadline:
                 process.poll() is not None or time.monotonic() > deadline, 20)
        process.kill()
        process.communicate(timeout=60)
    met.apply(plan)
    many.assert_restored()
    met.undo_at_once("latest", "--summary")
    assert many.standing() == original
    assert not set(many.names("a")) & set(rig.cluster.driver.groups())


def test_an_unfinished_apply_is_gone_on_with(met: Undoing,
                                             many: Many) -> None:
    """Ctrl-C in the middle: the next restore of these groups stops and prints
    the line that goes on; others are free."""
    process = many.start()
    wait_for(lambda: met.objects("began"), 30)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    said = many.said.read_text(encoding="utf-8")
    assert "interrupted" in said
    assert "to go on: tidemark apply" in said
    assert len(met.objects("stopped")) == 1
    words = many.restore_words()
    told = many.rig.restore_at_once(*words, status=4)
    line = told.err.split("goes on with: ")[1].split("; or")[0]
    passed = many.rig.restore(*words, "--dry-run", "--force-stale",
                              "--settle", "0s")
    assert "passed over" in passed.err
    subprocess.run([program(), *shlex.split(line)[1:], "--settle", "0s"],
                   check=True, capture_output=True)
    many.assert_restored()
    many.rig.restore_at_once(*words)
    assert len(met.objects("finished")) == 1


def test_stale_plans_and_force_stale(rig: Rig, undoing: Undoing, topic: str,
                                     unique: Unique, tmp_path: Path) -> None:
    group, driver = unique("g"), rig.cluster.driver
    driver.commit(group, {(topic, 0): 10, (topic, 1): 10})
    rig.snapshot()
    with driver.consumer(group, [topic]):
        wait_for(lambda: offsets(rig.cluster, group)[topic, 0] == 100, 20)
    wait_for(lambda: driver.groups()[group].state == "Empty", 30)
    plan = tmp_path / "plan.jsonl"
    rig.tidemark("plan", "-r", rig.repo, "-b", rig.cluster.bootstrap, "--at",
                 "latest", "--group", group, "-o", plan)
    driver.commit(group, {(topic, 0): 77})
    undoing.apply(plan, status=5)
    assert offsets(rig.cluster, group)[topic, 0] == 77
    undoing.apply(plan, "--force-stale")
    assert offsets(rig.cluster, group) == {(topic, 0): 10, (topic, 1): 10}
    undoing.undo_at_once("latest")
    assert offsets(rig.cluster, group) == {(topic, 0): 77, (topic, 1): 100}


def test_force_stale_still_refuses_a_simple_group_that_moves(
        rig_44: Rig, unique: Unique, tmp_path: Path) -> None:
    topic, group = unique("t"), unique("g")
    driver = rig_44.cluster.driver
    driver.create_topic(topic, 1)
    driver.produce(topic, 0, 100)
    driver.commit(group, {(topic, 0): 50})
    plan = tmp_path / "plan.jsonl"
    rig_44.tidemark("plan", "-b", rig_44.cluster.bootstrap, "--group", group,
                    "--to-earliest", "-o", plan)
    process = rig_44.tidemark.start(
        "apply", plan, "-r", rig_44.repo, "-b", rig_44.cluster.bootstrap,
        "--force-stale", "--settle", "4s")
    at = 50
    while process.poll() is None and at < 99:
        at += 1
        wire.offset_commit(rig_44.cluster.bootstrap, group,
                           [(topic, 0, at, -1, "")])
        time.sleep(0.1)
    process.communicate(timeout=30)
    assert process.returncode == 4
    assert offsets(rig_44.cluster, group) == {(topic, 0): at}


def test_a_plan_applied_again_has_a_record_of_its_own(
        rig: Rig, undoing: Undoing, topic: str, unique: Unique,
        tmp_path: Path) -> None:
    """Undone, moved, and applied again: undo gives what was there the second
    time, and 'latest' is not an older restore of somebody else."""
    group, other, driver = unique("g"), unique("o"), rig.cluster.driver
    for name in (group, other):
        driver.commit(name, {(topic, 0): 10})
    rig.snapshot()
    for name in (group, other):
        driver.commit(name, {(topic, 0): 60})
    rig.restore_at_once("--at", "latest", "--group", other)
    plan = tmp_path / "plan.jsonl"
    rig.tidemark("plan", "-r", rig.repo, "-b", rig.cluster.bootstrap, "--at",
                 "latest", "--group", group, "-o", plan)
    undoing.apply(plan)
    undoing.undo_at_once("latest")
    assert offsets(rig.cluster, group) == {(topic, 0): 60}
    told = undoing.undo_at_once("latest", status=1)
    assert "is an undo already" in told.err
    driver.commit(group, {(topic, 0): 80})
    undoing.apply(plan, status=5)
    undoing.apply(plan, "--force-stale")
    undoing.undo_at_once("latest")
    assert offsets(rig.cluster, group) == {(topic, 0): 80}
    assert offsets(rig.cluster, other) == {(topic, 0): 10}


def test_applying_what_is_right_already_leaves_undo_as_it_was(
        rig: Rig, undoing: Undoing, topic: str, unique: Unique,
        tmp_path: Path) -> None:
    group, driver = unique("g"), rig.cluster.driver
    driver.commit(group, {(topic, 0): 60})
    plan = tmp_path / "plan.jsonl"
    rig.tidemark("plan", "-b", rig.cluster.bootstrap, "--group", group,
                 "--to-earliest", "-o", plan)
    undoing.apply(plan)
    undoing.apply(plan)
    undoing.undo_at_once("latest")
    assert offsets(rig.cluster, group) == {(topic, 0): 60}


def test_a_plan_is_no_record(rig: Rig, topic: str, unique: Unique,
                             tmp_path: Path) -> None:
    group, driver = unique("g"), rig.cluster.driver
    driver.commit(group, {(topic, 0): 60})
    plan = tmp_path / "plan.jsonl"
    told = rig.tidemark("plan", "-b", rig.cluster.bootstrap, "--group", group,
                        "--to-earliest", "-o", plan)
    assert told.err.endswith(f"{plan} --record NEW-FILE\n")
    told = rig.tidemark("plan", "-b", rig.cluster.bootstrap, "--group", group,
                        "--to-earliest", "-o", f"{plan}2", "-r", rig.repo)
    assert told.err.endswith(f" -r {rig.repo} {plan}2\n")
    told = rig.tidemark("apply", plan, "-b", rig.cluster.bootstrap,
                        "--record", plan, "--settle", "0s", status=2)
    assert "no record" in told.err
    assert offsets(rig.cluster, group) == {(topic, 0): 60}


def test_going_on_by_id_takes_a_new_file_for_the_record(
        met: Undoing, many: Many, tmp_path: Path) -> None:
    process = many.start()
    wait_for(lambda: met.objects("began"), 30)
    process.kill()
    process.wait(timeout=60)
    plan_id = met.objects("began")[0].name.split("-")[0]
    met.apply(plan_id, "--record", tmp_path / "new.jsonl")
    many.assert_restored()


def test_a_plan_over_an_unfinished_apply_says_so(met: Undoing,
                                                 many: Many) -> None:
    process = many.start()
    wait_for(lambda: met.objects("began"), 30)
    process.kill()
    process.wait(timeout=60)
    told = many.rig.restore(*many.restore_words(), status=4)
    assert "it goes on with: tidemark apply" in told.err


def test_rows_that_were_never_written_are_not_undone(met: Undoing,
                                                     many: Many) -> None:
    """Interrupted; the groups that it had not come to go on by themselves."""
    process = many.start()
    wait_for(lambda: met.objects("began"), 30)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    ended = met.objects("stopped")[0].read_text(encoding="utf-8")
    untouched = {json.loads(line)["group"] for line in ended.splitlines()
                 if '"not-written"' in line}
    moved = sorted(untouched)[-1]
    many.rig.cluster.driver.commit(moved, {(many.topic, 0): 993})
    met.undo_at_once("latest", "--summary")
    assert offsets(many.rig.cluster, moved)[many.topic, 0] == 993


def test_members_at_the_time_of_the_plan_lift_no_limit(
        rig: Rig, undoing: Undoing, topic: str, unique: Unique,
        tmp_path: Path) -> None:
    group, driver = unique("g"), rig.cluster.driver
    plan = tmp_path / "plan.jsonl"
    with driver.consumer(group, [topic]):
        wait_for(lambda: offsets(rig.cluster, group) == {
            (topic, 0): 100, (topic, 1): 100}, 20)
        rig.tidemark("plan", "-b", rig.cluster.bootstrap, "--group", group,
                     "--to-earliest", "--max-reread", "10", "-o", plan,
                     status=4)
    wait_for(lambda: driver.groups()[group].state == "Empty", 30)
    undoing.apply(plan, status=4)
    assert offsets(rig.cluster, group)[topic, 0] == 100


def test_the_restores_are_listed(rig: Rig, undoing: Undoing, topic: str,
                                 unique: Unique) -> None:
    group, driver = unique("g"), rig.cluster.driver
    driver.commit(group, {(topic, 0): 60})
    rig.snapshot()
    rig.restore_at_once("--to-earliest", "--group", group)
    rig.restore_at_once("--to-offset", "30", "--group", group, "--allow-skip")
    undoing.undo_at_once("latest")
    lines = rig.tidemark("list", "--restores", "-r", rig.repo,
                         "--json").jsonl()
    assert [line["state"] for line in lines] == [
        "finished", "undone", "finished"]
    told = rig.tidemark("list", "--restores", "-r", rig.repo).out
    assert all(line["plan"] in told for line in lines)
    undoing.undo_at_once(lines[0]["plan"])
    assert offsets(rig.cluster, group) == {(topic, 0): 60}


def test_names_that_cannot_be_found(undoing: Undoing, topic: str) -> None:
    assert topic
    assert "no such record" in undoing.undo("0123abcd", status=1).err
    assert "left to be undone" in undoing.undo("latest", status=1).err
    undoing.undo("./missing.jsonl", status=1)
    undoing.undo(status=2)
