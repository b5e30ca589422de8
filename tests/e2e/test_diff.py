"""tidemark diff on real brokers: which groups are hurt?

What happened to them is made by Java clients and Kafka's own tool, and the
lines that diff prints are pasted into bash.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bed import wire
from bed.cluster import Cluster
from bed.tools import kafka_consumer_groups
from bed.wait import wait_for
from conftest import program

Unique = Callable[[str], str]

ODD_NAMES = ["with space", "q'uote", 'say "hi"', "new\nline", "ta\tb",
             "smile \U0001f600", "$HOME `id` $(id) \\ !!", "glob *?[a-z]",
             "right \u202e left", "x; rm -rf nothing", "back\\slash\\"]


@pytest.fixture
def topic(broker: Cluster, unique: Unique) -> str:
    """A topic of two partitions with 100 records in each."""
    name = unique("orders")
    broker.driver.create_topic(name, 2)
    for partition in range(2):
        broker.driver.produce(name, partition, 100)
    return name


class Rig:
    """One broker, one repository, and groups whose names begin alike."""

    def __init__(self, tidemark: Any, repo: Path, cluster: Cluster,
                 stem: str) -> None:
        self.tidemark, self.repo, self.cluster = tidemark, repo, cluster
        self.driver, self.stem = cluster.driver, stem
        self.words = ["-r", str(repo), "-b", cluster.bootstrap]

    def snapshot(self, *more: str, status: int = 0) -> str:
        told = self.tidemark("snapshot", *self.words, "--json", *more,
                             status=status).json()
        found: str = told["id"]
        return found

    def diff(self, before: str, after: str = "live", *more: str,
             status: int = 0) -> Any:
        return self.tidemark("diff", before, after, *self.words, "--group",
                             f"{self.stem}*", *more, status=status)

    def found(self, before: str, after: str = "live", *more: str,
              status: int = 0) -> dict[str, Any]:
        """What it said of each group (by the rest of its name), in order."""
        lines = self.diff(before, after, "--json", *more,
                          status=status).jsonl()
        assert lines[0]["kind"] == "diff" and lines[-1]["kind"] == "total"
        assert lines[-1]["status"] == status
        return {line["group"].removeprefix(self.stem):
                {**line, "rows": [row for row in lines[1:-1]
                                  if row["kind"] == "position" and
                                  row["group"] == line["group"]]}
                for line in lines[1:-1] if line["kind"] == "group"}

    def offsets(self, group: str) -> dict[tuple[str, int], int]:
        return {where: each.offset
                for where, each in self.driver.offsets(group).items()}

    def paste(self, line: str, more: str = "") -> None:
        """Run a line of its output, as a person would."""
        place = self.tidemark.home / "bin"
        place.mkdir(exist_ok=True)
        if not (place / "tidemark").exists():
            (place / "tidemark").symlink_to(program())
        environment = self.tidemark.environment(
            {"PATH": f"{place}:{os.environ['PATH']}"})
        done = subprocess.run(["bash", "-c", line + more], check=False,
                              capture_output=True, env=environment,
                              cwd=self.tidemark.home, text=True)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


@pytest.fixture
def rig(tidemark: Any, repo: Path, broker: Cluster, unique: Unique) -> Rig:
    return Rig(tidemark, repo, broker, unique("hurt") + ".")


def kinds(group: Any) -> dict[int, str]:
    """What became of each position, by partition."""
    return {row["partition"]: row["what"] for row in group["rows"]}


def lines_of(told: str) -> list[str]:
    return [line for line in told.splitlines()
            if line.startswith("tidemark restore ")]


def test_nothing_differs_is_one_line(rig: Rig, topic: str) -> None:
    rig.driver.commit(rig.stem + "a", {(topic, 0): 10, (topic, 1): 20})
    rig.snapshot()
    told = rig.diff("latest").out
    assert told.startswith("no difference between snapshot ")
    assert "1 group, 2 positions" in told and told.count("\n") == 1
    assert rig.found("latest") == {}
    both = rig.diff(rig.snapshot()[:6], "latest").out
    assert both.startswith("no difference between snapshot ")


def test_worst_first_with_the_line_to_paste(rig: Rig, topic: str) -> None:
    """Every kind of damage in one report, each group named with its kind."""
    driver, stem = rig.driver, rig.stem
    spare = stem + "topic"
    driver.create_topic(spare, 1)
    driver.produce(spare, 0, 50)
    for name in ("gone", "hole", "back", "still", "reads", "calm"):
        driver.commit(stem + name, {(topic, 0): 40, (topic, 1): 50})
    driver.commit(stem + "tool", {(topic, 0): (40, 0, "")})
    driver.commit(stem + "made", {(spare, 0): 30, (topic, 0): 1})
    rig.snapshot()
    driver.delete_groups(stem + "gone")
    driver.delete_offsets(stem + "hole", [(topic, 1)])
    driver.commit(stem + "back", {(topic, 0): 5})
    driver.commit(stem + "reads", {(topic, 0): 60})
    kafka_consumer_groups(rig.cluster, "--reset-offsets", "--to-latest",
                          "--group", stem + "tool", "--topic", f"{topic}:0",
                          "--execute")
    driver.delete_topics(spare)
    wait_for(lambda: (spare, 0) not in rig.offsets(stem + "made"), 20)
    driver.create_topic(spare, 1)
    driver.commit(stem + "new", {(topic, 0): 1})
    found = rig.found("latest")
    assert [(name, line["what"]) for name, line in found.items()] == [
        ("gone", "group-lost"), ("hole", "position-lost"),
        ("made", "topic-recreated"), ("back", "gone-back"),
        ("tool", "jumped"), ("new", "group-appeared")]
    assert [line["level"] for line in found.values()] == [
        "hurt"] * 4 + ["suspect", "note"]
    assert found["gone"]["as_whole"] and found["gone"]["positions"] == 2
    assert kinds(found["hole"]) == {1: "position-lost"}
    assert kinds(found["back"]) == {0: "gone-back"}
    assert found["back"]["rows"][0]["before"]["offset"] == 40
    assert found["back"]["rows"][0]["after"]["offset"] == 5
    assert found["back"]["records"] == 35
    assert found["tool"]["records"] == 60
    told = rig.diff("latest").out
    assert "9 groups: 4 hurt, 1 to be looked at, 0 not known, 1 appeared or" \
        " ended; 1 moved on, 2 as before" in told
    assert len(lines_of(told)) == 5
    assert lines_of(told) == [line["restore"] for line in found.values()
                              if "restore" in line]


def test_the_line_puts_a_group_back(rig: Rig, topic: str) -> None:
    group = rig.stem + "a"
    rig.driver.commit(group, {(topic, 0): 10, (topic, 1): 20})
    identity = rig.snapshot()
    rig.driver.delete_groups(group)
    line, = lines_of(rig.diff(identity[:5]).out)
    assert f"--at {identity} " in line
    rig.paste(line)
    assert rig.offsets(group) == {}, "without --execute it is a plan"
    rig.paste(line, " --execute")
    assert rig.offsets(group) == {(topic, 0): 10, (topic, 1): 20}
    assert rig.diff("latest").out.startswith("no difference")


def test_names_of_any_kind_can_be_pasted(rig: Rig, topic: str) -> None:
    """Each line moves the group that it names, and no other."""
    names = [rig.stem + name for name in ODD_NAMES]
    decoy = rig.stem + "glob Xz[a-z]"
    for at, name in enumerate([*names, decoy]):
        rig.driver.commit(name, {(topic, 0): at + 1})
    rig.snapshot()
    rig.driver.delete_groups(*names, decoy)
    found = rig.found("latest")
    assert set(found) == {*ODD_NAMES, decoy.removeprefix(rig.stem)}
    told = rig.diff("latest").out
    assert "\u202e" not in told and len(lines_of(told)) == len(found)
    for at, name in enumerate(names):
        assert rig.offsets(name) == {}, name
        rig.paste(found[name.removeprefix(rig.stem)]["restore"], " --execute")
        assert rig.offsets(name) == {(topic, 0): at + 1}, name
    assert rig.offsets(decoy) == {}


def test_jq_reads_it(rig: Rig, topic: str) -> None:
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    rig.driver.commit(rig.stem + "a\nb", {(topic, 0): 10})
    rig.snapshot()
    rig.driver.delete_groups(rig.stem + "a\nb")
    told = rig.diff("latest", "live", "--json").out_bytes
    done = subprocess.run(
        ["jq", "-c", 'select(.level == "hurt" and .kind == "group") | .group'],
        input=told, capture_output=True, check=True)
    assert json.loads(done.stdout) == rig.stem + "a\nb"


def test_logs_that_moved_away_from_a_position(rig: Rig, topic: str) -> None:
    driver = rig.driver
    driver.commit(rig.stem + "slow", {(topic, 0): 40, (topic, 1): 90})
    rig.snapshot()
    driver.delete_records({(topic, 0): 70})
    wire.offset_commit(rig.cluster.bootstrap, rig.stem + "slow",
                       [(topic, 1, 5000, -1, "")])
    found = rig.found("latest")
    assert kinds(found["slow"]) == {0: "records-lost", 1: "beyond-log-end"}
    assert [row["records"] for row in found["slow"]["rows"]] == [30, 4900]
    again = rig.snapshot()
    assert rig.found(again) == {}, "what was so before is no difference"


def test_a_topic_that_is_gone_is_not_a_lost_position(
        rig: Rig, topic: str) -> None:
    driver, group = rig.driver, rig.stem + "a"
    spare = rig.stem + "t"
    driver.create_topic(spare, 1)
    driver.commit(group, {(spare, 0): 0, (topic, 0): 5})
    rig.snapshot()
    driver.delete_topics(spare)
    wait_for(lambda: (spare, 0) not in rig.offsets(group), 20)
    assert kinds(rig.found("latest")["a"]) == {0: "topic-gone"}


def test_a_consumer_that_reads_on_is_not_hurt(rig: Rig, topic: str) -> None:
    """A real consumer moves forward, and is gone at both readings."""
    driver, group = rig.driver, rig.stem + "a"

    def read_to(end: int) -> None:
        with driver.consumer(group, [topic]):
            wait_for(lambda: {where[1]: offset for where, offset in
                              rig.offsets(group).items()} ==
                     {0: end, 1: end}, 40)

    read_to(100)
    rig.snapshot()
    for partition in range(2):
        driver.produce(topic, partition, 20)
    read_to(120)
    assert rig.found("latest") == {}
    assert "1 moved on" in rig.diff("latest").out
    # The same numbers, from Kafka's tool: nobody read those records.
    before = rig.snapshot()
    for partition in range(2):
        driver.produce(topic, partition, 20)
    kafka_consumer_groups(rig.cluster, "--reset-offsets", "--to-latest",
                          "--group", group, "--topic", topic, "--execute")
    assert kinds(rig.found(before)["a"]) == {0: "jumped", 1: "jumped"}


def test_a_share_group_does_not_appear_each_time(
        tidemark: Any, repo: Path, broker_44: Cluster, unique: Unique) -> None:
    """Snapshots leave it out: it has no positions that could be kept."""
    rig = Rig(tidemark, repo, broker_44, unique("shared") + ".")
    topic = unique("t")
    rig.driver.create_topic(topic, 1)
    rig.driver.commit(rig.stem + "a", {(topic, 0): 0})
    with rig.driver.share_consumer(rig.stem + "share", [topic]):
        wait_for(lambda: rig.stem + "share" in rig.driver.groups(), 20)
        rig.snapshot()
        assert rig.found("latest") == {}


def test_two_snapshots_and_times(rig: Rig, topic: str, tmp_path: Path) -> None:
    driver, group = rig.driver, rig.stem + "a"
    driver.commit(rig.stem + "still", {(topic, 0): 10})
    driver.commit(group, {(topic, 0): 10})
    first = rig.snapshot()
    driver.delete_groups(group)
    second = rig.snapshot()
    driver.commit(group, {(topic, 0): 10})
    assert rig.found(first, second)["a"]["what"] == "group-lost"
    assert rig.found(second, "latest") == {}
    assert rig.found(first, "now")["a"]["what"] == "group-lost"
    assert rig.found(first) == {}, "live, it is there again"
    told = rig.diff(second, first, status=2).err
    assert f"tidemark diff {first} {second}" in told
    rig.diff("live", first, status=2)
    rig.diff("nonsense", first, status=2)
    rig.diff("2020-01-01T00:00:00Z", first, status=4)
    archive = next(path for path in rig.repo.rglob("*.tar.zst")
                   if first in path.name)
    place = tmp_path / "with space.tar.zst"
    shutil.copy(archive, place)
    line = rig.found(str(place), second)["a"]["restore"]
    assert f"--at '{place}'" in line
    driver.delete_groups(group)
    rig.paste(line, " --execute")
    assert rig.offsets(group) == {(topic, 0): 10}


def test_what_a_selection_leaves_out_is_not_lost(rig: Rig, topic: str) -> None:
    driver, stem = rig.driver, rig.stem
    for name in ("a", "b"):
        driver.commit(stem + name, {(topic, 0): 10})
    identity = rig.snapshot("--group", stem + "a")
    found = rig.found(identity, status=3)
    assert {name: line["what"] for name, line in found.items()} == {
        "b": "unknown"}
    told = rig.tidemark("diff", identity, "live", *rig.words).out
    assert "left out by the selection" in told


def test_a_name_that_is_nowhere_is_no_agreement(rig: Rig, topic: str) -> None:
    rig.driver.commit(rig.stem + "a", {(topic, 0): 10})
    rig.snapshot()
    words = ["diff", "latest", "live", *rig.words]
    told = rig.tidemark(*words, "--group", rig.stem + "typo", "--group",
                        rig.stem + "a", status=3).out
    assert "there is no such group" in told
    rig.tidemark(*words, "--group", rig.stem + "typo*", status=1)


def test_another_cluster_is_refused(rig: Rig, topic: str, make_cluster: Any
                                    ) -> None:
    rig.driver.commit(rig.stem + "a", {(topic, 0): 10})
    first = rig.snapshot()
    other = make_cluster("4.4.0")
    other.driver.create_topic("t", 1)
    other.driver.commit("g", {("t", 0): 0})
    told = rig.tidemark("diff", first, "live", "-r", rig.repo, "-b",
                        other.bootstrap, status=4).err
    assert "is of cluster" in told
    rig.tidemark("snapshot", "-r", rig.repo, "-b", other.bootstrap)
    second = rig.tidemark("list", "-r", rig.repo, "--json").jsonl()
    identity = next(each["id"] for each in second if each["id"] != first)
    assert "is of cluster" in rig.tidemark(
        "diff", first, identity, "-r", rig.repo, status=4).err
    rig.tidemark("diff", first, "latest", "-r", rig.repo, status=2)
    rig.tidemark("diff", first, "live", *rig.words, "--cluster", "another",
                 status=4)


# What could not be read

class Secured:
    """A cluster with ACLs, and the user alice who may read one group."""

    def __init__(self, cluster: Cluster, tidemark: Any, repo: Path) -> None:
        self.cluster, self.tidemark, self.repo = cluster, tidemark, repo
        self.words = ["-r", str(repo), "-b", cluster.address("sasl_plain"),
                      "--timeout", "15s"]
        for name, value in cluster.rdkafka("sasl_plain", "alice").items():
            self.words += ["-X", f"{name}={value}"]
        for topic in ("open", "shut"):
            cluster.driver.create_topic(topic, 1)
            cluster.driver.produce(topic, 0, 20)
        cluster.driver.commit("mine", {("open", 0): 5, ("shut", 0): 6})
        cluster.driver.commit("theirs", {("open", 0): 7})
        cluster.acl("alice", "READ", "GROUP", "mine")
        cluster.acl("alice", "READ", "TOPIC", "open")

    def snapshot(self) -> str:
        """A whole one."""
        told = self.tidemark("snapshot", "-r", self.repo, "-b",
                             self.cluster.bootstrap, "--json").json()
        found: str = told["id"]
        return found

    def alice(self, *more: str, status: int = 0) -> list[Any]:
        told = self.tidemark("diff", *more, *self.words, "--json",
                             status=status).jsonl()
        return [line for line in told if line["kind"] != "diff"]


@pytest.fixture
def secured(make_cluster: Any, tidemark: Any, repo: Path) -> Secured:
    return Secured(make_cluster("4.4.0", listeners=["sasl_plain"],
                                authorizer=True), tidemark, repo)


def test_what_cannot_be_read_now_is_unknown_never_lost(
        secured: Secured) -> None:
    secured.snapshot()
    told = secured.alice("latest", "live", status=3)
    assert {(line.get("group"), line.get("topic"), line.get("what"))
            for line in told[:-1]} == {
        ("theirs", None, "unknown"), ("mine", None, "unknown"),
        ("mine", "shut", "unknown")}
    assert told[-1]["groups"] == {"unknown": 2}


def test_a_hole_of_a_snapshot_is_unknown_on_both_sides(
        secured: Secured) -> None:
    whole = secured.snapshot()
    holed = secured.tidemark("snapshot", *secured.words, "--group", "mine",
                             "--group", "theirs", "--json",
                             status=3).json()["id"]
    words = ["-r", str(secured.repo), "--json", "--group", "mine", "--group",
             "theirs"]
    for before, after in ((whole, holed), (holed, "live")):
        more = ["-b", secured.cluster.bootstrap] if after == "live" else []
        told = secured.tidemark("diff", before, after, *words, *more,
                                status=3).jsonl()
        assert {(line["group"], line["what"]) for line in told
                if line["kind"] == "group"} >= {("theirs", "unknown")}
        assert not any("lost" in line.get("what", "") for line in told)


def test_a_position_in_an_open_transaction_is_unknown(
        rig: Rig, topic: str) -> None:
    group = rig.stem + "a"
    rig.driver.commit(group, {(topic, 0): 10, (topic, 1): 10})
    rig.snapshot()
    pending = rig.driver.transaction(group, {(topic, 0): 7})
    assert kinds(rig.found("latest", status=3)["a"]) == {0: "unknown"}
    pending.stop(commit=True)
    wait_for(lambda: rig.offsets(group)[topic, 0] == 7, 20)
    assert kinds(rig.found("latest")["a"]) == {0: "gone-back"}


def test_groups_of_a_coordinator_that_is_gone_are_unknown(
        make_cluster: Any, tidemark: Any, repo: Path) -> None:
    """Every listing succeeds, without them (verified.md 1, way 3)."""
    cluster = make_cluster("4.4.0", 3, offsets_replication=1)
    cluster.driver.create_topic("t", 1)
    cluster.driver.seed(60, [("t", 0)], prefix="g-")
    words = ["-r", str(repo), "-b", cluster.bootstrap]
    tidemark("snapshot", *words)
    cluster.kill(cluster.coordinator("g-0"))
    told = tidemark("diff", "latest", "live", *words, "--json", "--timeout",
                    "8s", status=3, timeout=120).jsonl()
    groups = [line for line in told if line["kind"] == "group"]
    assert "g-0" in {line["group"] for line in groups}
    assert {line["what"] for line in groups} == {"unknown"}
    assert not any("restore" in line for line in groups)


def test_a_secret_does_not_get_into_the_line(secured: Secured) -> None:
    secured.snapshot()
    secured.cluster.driver.delete_groups("mine")
    told = secured.tidemark("diff", "latest", "live", *secured.words,
                            "--group", "mine")
    line, = lines_of(told.out)
    assert "sasl.password=..." in line and "sasl.username=alice" in line
    for name, value in secured.cluster.rdkafka("sasl_plain",
                                               "alice").items():
        if "password" in name:
            assert value not in told.out + told.err
