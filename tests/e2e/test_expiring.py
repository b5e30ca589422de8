"""When positions are lost, and what keeps them: each rule on a real broker with
a retention of a minute.  All cases are set up first, and one wait serves them.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bed import wire
from bed.cluster import Cluster
from bed.wait import wait_for
from conftest import Tidemark
from rig import Rig, offsets

Unique = Callable[[str], str]
Place = tuple[str, str, int]

# The broker looks every second; a loaded machine is late.
LATE = 5.0
LOST = ["simple", "classic", "consumer", "streams"]
TOUCHED = ["touched simple", "touched consumer"]


def seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


@dataclass
class Story:
    """What was foretold, and what the broker then did."""

    rig: Rig
    topic: str
    foretold: dict[Place, Any]
    summary: Any
    metrics: str
    commit_again: float
    touch: Any
    later: dict[Place, Any] = field(default_factory=dict)
    lost: dict[Place, float] = field(default_factory=dict)
    alive: dict[str, Any] = field(default_factory=dict)
    held: Any = None

    def rows(self, group: str) -> list[Any]:
        return [row for place, row in self.foretold.items()
                if place[0] == group]


def expiring(rig: Rig, *more: str, status: int | None = None
             ) -> tuple[dict[Place, Any], Any]:
    told = rig.tidemark("expiring", "-b", rig.cluster.bootstrap, "--json",
                        *more, status=status)
    *rows, summary = told.jsonl()
    return {(row["group"], row["topic"], row["partition"]): row
            for row in rows}, summary


def touch(rig: Rig, *more: str, status: int = 0) -> Any:
    return rig.tidemark("touch", "-b", rig.cluster.bootstrap, "-r", rig.repo,
                        *more, status=status)


def read_and_leave(cluster: Cluster, group: str, topic: str,
                   protocol: str) -> None:
    with cluster.driver.consumer(group, [topic], protocol=protocol):
        wait_for(lambda: len(offsets(cluster, group)) == 2, 20)


@contextlib.contextmanager
def producing(rig: Rig, topic: str) -> Iterator[None]:
    """Records now and then, so that a consumer moves."""
    done = threading.Event()

    def run() -> None:
        while not done.wait(0.2):
            rig.cluster.driver.produce(topic, 0, 1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def watch(rig: Rig, places: set[Place]) -> dict[Place, float]:
    """When the broker's own answer no longer has each of them."""
    lost: dict[Place, float] = {}
    groups = sorted({group for group, _, _ in places})

    def all_gone() -> bool:
        found = rig.cluster.driver.all_offsets(groups)
        now = time.time()
        for place in places - lost.keys():
            group, topic, partition = place
            if (topic, partition) not in found.get(group, {}):
                lost[place] = now
        return lost.keys() == places

    wait_for(all_gone, 120, "the clocks", every=0.1)
    return lost


def set_up(rig: Rig, topic: str, moved: str) -> None:
    """Everything whose clock will run; what lives on is started here, too."""
    cluster, driver = rig.cluster, rig.cluster.driver
    for name in (topic, moved):
        driver.create_topic(name, 2)
        for partition in range(2):
            driver.produce(name, partition, 50)
    driver.commit("simple", {(topic, 0): 10})
    driver.consumer("held", [topic], protocol="consumer")
    driver.consumer("members", [topic])
    driver.consumer("moving", assign=[(moved, 0)])
    read_and_leave(cluster, "classic", topic, "classic")
    read_and_leave(cluster, "touched classic", topic, "classic")
    read_and_leave(cluster, "consumer", topic, "consumer")
    read_and_leave(cluster, "touched consumer", topic, "consumer")
    driver.commit("touched simple", {(topic, 0): (10, 0, "note"),
                                     (topic, 1): 20})
    with driver.streams("streams", [topic], protocol="streams"):
        wait_for(lambda: offsets(cluster, "streams"), 30)
    for group in ("held", "members"):
        wait_for(lambda group=group: len(offsets(cluster, group)) == 2, 20)
    # Some time after the first.
    wait_for(lambda: expiring(rig, "--within", "56s", "--group",
                              "simple")[1]["within"] == 1, 30, every=0.2)
    driver.commit("simple", {(topic, 1): 20})


@pytest.fixture(scope="module")
def story(minute_broker: Cluster,
          tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    path = tmp_path_factory.mktemp("expiring")
    tidemark = Tidemark(path)
    repo, metrics = path / "repo", path / "tidemark.prom"
    tidemark("init", "-r", repo)
    rig, topic, moved = Rig(tidemark, repo, minute_broker), "quiet", "busy"
    driver = minute_broker.driver
    set_up(rig, topic, moved)
    # This does not help the classic group; nobody else is in it.
    driver.commit("classic", {(topic, 0): 50, (topic, 1): 50})
    commit_again = time.time()
    foretold, summary = expiring(rig, "--within", "2m", "--metrics-file",
                                 str(metrics), status=6)
    # Until clocks have run for a while.
    wait_for(lambda: expiring(rig, "--within", "35s", "--group",
                              "touched simple")[1]["within"] == 2, 60,
             every=1)
    with producing(rig, moved):
        told = touch(rig, "--group", "touched *", "--group", "moving",
                     "--group", "members", "--execute", "--json", status=3)
    made = Story(rig, topic, foretold, summary, metrics.read_text(),
                 commit_again, told)
    made.later, _ = expiring(rig, "--within", "2m")
    made.lost = watch(rig, {place for place in foretold
                            if place[0] in [*LOST, "touched classic"]})
    made.alive = driver.all_offsets([*TOUCHED, "held", "members", "moving"])
    made.held, _ = expiring(rig, "--within", "1s")
    yield made
    tidemark.close()


@pytest.mark.parametrize(("group", "rule"), [
    ("simple", "from-commit"), ("classic", "from-empty"),
    ("consumer", "from-commit"), ("streams", "from-commit"),
    ("touched classic", "from-empty")])
def test_it_goes_when_it_was_foretold(story: Story, group: str,
                                      rule: str) -> None:
    rows = story.rows(group)
    assert rows and {row["rule"] for row in rows} == {rule}
    for row in rows:
        place = row["group"], row["topic"], row["partition"]
        late = story.lost[place] - seconds(row["lost"])
        assert 0 <= late < LATE, (place, late)
        assert not row["bound"] and row["within"]


def test_positions_of_a_simple_group_each_have_their_own(
        story: Story) -> None:
    first, second = (seconds(story.foretold["simple", story.topic, each][
        "lost"]) for each in range(2))
    gone = [story.lost["simple", story.topic, each] for each in range(2)]
    assert second - first > 3.9
    assert gone[1] - gone[0] > 2


def test_a_commit_does_not_help_an_empty_classic_group(story: Story) -> None:
    for row in story.rows("classic"):
        assert seconds(row["committed"]) > story.commit_again - LATE
        assert seconds(row["lost"]) < seconds(row["committed"]) + 60
        place = row["group"], row["topic"], row["partition"]
        assert story.lost[place] < seconds(row["lost"]) + LATE
    reason = [line for line in story.touch.jsonl()
              if line.get("group") == "touched classic"
              and line["kind"] == "position"]
    for line in reason:
        place = line["group"], line["topic"], line["partition"]
        assert line["outcome"] == "skipped"
        assert line["rule"] == "commit-does-not-help"
        assert f"it lives until {story.foretold[place]['lost']}" \
            in line["text"]
    assert len(reason) == 2


def test_touch_keeps_what_a_commit_can_keep(story: Story) -> None:
    """Past the moment at which they would have gone."""
    last = max(story.lost.values())
    for group in TOUCHED:
        rows = story.rows(group)
        assert len(rows) == 2 == len(story.alive[group])
        for row in rows:
            place = row["group"], row["topic"], row["partition"]
            after = story.later[place]
            assert seconds(row["lost"]) < last
            assert seconds(after["lost"]) > seconds(row["lost"]) + 10
            assert after["offset"] == row["offset"]
    kept = story.alive["touched simple"][story.topic, 0]
    assert (kept.offset, kept.epoch, kept.metadata) == (10, 0, "note")


def test_touch_leaves_alone_what_is_in_use(story: Story) -> None:
    outcomes: dict[str, set[str]] = {}
    groups: dict[str, Any] = {}
    for line in story.touch.jsonl():
        if line["kind"] == "position":
            outcomes.setdefault(line["group"], set()).add(line["outcome"])
        elif line["kind"] == "group":
            groups[line["group"]] = line
    assert outcomes["moving"] == {"skipped"}
    assert "its positions move" in groups["moving"]["text"]
    assert outcomes["members"] == {"left"}
    for group in TOUCHED:
        assert outcomes[group] == {"done"}


def test_an_undo_of_a_touch_has_nothing_to_do(story: Story) -> None:
    told = story.rig.tidemark("undo", "latest", "-r", story.rig.repo, "-b",
                              story.rig.cluster.bootstrap)
    assert "nothing was changed, and there is nothing to write" in told.out
    assert "4 as they are" in told.out


def test_what_members_hold_goes_with_the_last_of_them(story: Story) -> None:
    for row in story.rows("members"):
        assert row["rule"] == "has-members" and "lost" not in row
    for place, row in story.held.items():
        if place[0] != "held":
            continue
        assert row["rule"] == "held" and not row["within"]
        assert seconds(row["at_risk"]) == pytest.approx(
            seconds(row["committed"]) + 60)
        assert seconds(row["at_risk"]) < time.time()
    assert len(story.alive["held"]) == len(story.alive["members"]) == 2
    driver = story.rig.cluster.driver
    for member in [each for each in driver.running]:
        if driver.describe_group("held")["members"]:
            member.stop()
    wait_for(lambda: not offsets(story.rig.cluster, "held"), LATE)


def test_the_file_for_prometheus(story: Story) -> None:
    values = {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
              for line in story.metrics.splitlines() if line[0] != "#"}
    cluster = f'cluster="{story.rig.cluster.cluster_id}"'
    first = values["tidemark_expiring_first_loss_timestamp_seconds"
                   f'{{{cluster},group="simple"}}']
    assert first == pytest.approx(min(
        seconds(row["lost"]) for row in story.rows("simple")))
    assert values["tidemark_expiring_positions"
                  f'{{{cluster},group="simple"}}'] == 2
    assert values[f"tidemark_expiring_complete{{{cluster}}}"] == 1
    assert values[f"tidemark_expiring_retention_seconds{{{cluster}}}"] == 60
    assert values["tidemark_expiring_last_run_timestamp_seconds"
                  f"{{{cluster}}}"] == seconds(story.summary["now"])
    assert not any('group="members"' in name for name in values)


def test_the_table_has_what_is_within_the_time(
        tidemark: Any, repo: Path, minute_broker: Cluster,
        unique: Unique) -> None:
    topic, group = unique("t"), unique("g")
    minute_broker.driver.create_topic(topic, 1)
    minute_broker.driver.commit(group, {(topic, 0): 0})
    words = ["expiring", "-b", minute_broker.bootstrap, "--group", group]
    told = tidemark(*words, status=6).out
    assert "kept for 1m (offsets.retention.minutes of a broker)" in told
    assert "1 position of 1 group will be lost within 2d, of 1" in \
        told.splitlines()
    assert f"{group}  {topic}" in told
    line = told.splitlines()[-1].split()
    assert line[:2] == ["tidemark", "touch"]
    assert line[-4:] == ["--record", "NEW-FILE", "--group", group]
    kept = repo.parent / "touch.jsonl"
    tidemark(*line[1:-3], kept, *line[-2:], "--execute", "--settle", "0s")
    assert kept.exists()
    told = tidemark(*words, "--within", "1s").out
    assert told.splitlines()[-1] == \
        "0 positions of 0 groups will be lost within 1s, of 1"
    assert group not in told


def test_a_pinned_position_lives_as_its_client_said(
        tidemark: Any, repo: Path, minute_broker: Cluster,
        unique: Unique) -> None:
    """An old client can give an expiry, which a commit would end."""
    topic, group = unique("t"), unique("g")
    minute_broker.driver.create_topic(topic, 1)
    before = time.time()
    wire.offset_commit(minute_broker.at(group), group, [(topic, 0, 0, -1, "")],
                       keep_ms=3_600_000)
    rig = Rig(tidemark, repo, minute_broker)
    rows, _ = expiring(rig, "--group", group, status=6)
    row = rows[group, topic, 0]
    assert row["rule"] == "explicit"
    assert 3590 < seconds(row["lost"]) - before < 3610
    told = touch(rig, "--group", group, "--json", status=3).jsonl()
    assert told[2]["rule"] == "kept-longer" and told[2]["action"] == "skip"


def test_negative_offsets_are_never_written(
        tidemark: Any, repo: Path, minute_broker: Cluster,
        unique: Unique) -> None:
    topic, group = unique("t"), unique("g")
    minute_broker.driver.create_topic(topic, 1)
    wire.offset_commit(minute_broker.at(group), group, [(topic, 0, -2, -1, "")])
    rig = Rig(tidemark, repo, minute_broker)
    told = touch(rig, "--group", group, "--execute", "--settle", "0s",
                 status=3)
    assert "negative-offset" in told.out


def as_user(cluster: Cluster, user: str) -> list[str]:
    return [word for name, value in cluster.rdkafka(
        "sasl_plain", user).items() for word in ("-X", f"{name}={value}")]


def test_without_read_the_snapshots_give_bounds(
        tidemark: Any, repo: Path, minute_broker: Cluster,
        unique: Unique) -> None:
    rig, driver = Rig(tidemark, repo, minute_broker), minute_broker.driver
    topic, group, gone = unique("t"), unique("g"), unique("classic")
    driver.create_topic(topic, 2)
    driver.produce(topic, 0, 10)
    driver.produce(topic, 1, 10)
    for resource, name in (("TOPIC", topic), ("GROUP", group),
                           ("GROUP", gone)):
        minute_broker.acl("alice", "DESCRIBE", resource, name)
    words = ["--group", group, "--group", gone]
    driver.commit(group, {(topic, 0): 1})
    member = driver.consumer(gone, [topic])
    wait_for(lambda: len(offsets(minute_broker, gone)) == 2, 20)
    first = rig.snapshot("--source", "api")
    driver.commit(group, {(topic, 0): 2})
    member.stop()
    second = rig.snapshot("--source", "api")
    alice = as_user(minute_broker, "alice")
    # A commit would end a pin that alice cannot see.
    told = tidemark("touch", *alice, "--group", group, "--json", status=0)
    doubt = ("whether an old client pinned it is not known: "
             "READ on __consumer_offsets is needed")
    assert told.jsonl()[1]["text"] == doubt
    assert "warning: " in told.err and "is not known" in told.err
    for shape in ([], ["--summary"]):
        told = tidemark("touch", *alice, "--group", group, *shape, status=0)
        assert f"group {group}: {doubt}" in told.out
    told = tidemark("expiring", *alice, *words, status=1)
    assert "READ on topic __consumer_offsets" in told.err
    assert "give a repository with -r" in told.err
    told = tidemark("expiring", *alice, "-r", repo, *words, "--json",
                    status=0)
    assert told.jsonl()[-1]["retention_source"] == "default"
    assert "assumed to be Kafka's default" in told.err
    told = tidemark("expiring", *alice, "-r", repo, *words, "--json",
                    "--retention", "1m", status=6)
    *rows, summary = told.jsonl()
    exact, _ = expiring(rig, *words, status=6)
    assert summary["source"] == "snapshots" and summary["snapshots"] == 2
    assert len(rows) == 3
    for row in rows:
        true = exact[row["group"], row["topic"], row["partition"]]
        assert row["bound"] and row["rule"] == true["rule"]
        assert seconds(row["lost_from"]) <= seconds(true["lost"]) \
            <= seconds(row["lost_to"])
        assert seconds(first["from"]) + 60 <= seconds(row["lost_from"])
        assert seconds(row["lost_to"]) <= seconds(second["to"]) + 60


def test_what_touch_refuses_to_begin(tidemark: Any, repo: Path,
                                     minute_broker: Cluster) -> None:
    brokers = ["-b", minute_broker.bootstrap]
    assert "no group is given" in tidemark("touch", *brokers, status=2).err
    told = tidemark("touch", *brokers, "--group", "simple", "--execute",
                    status=2)
    assert "no place for the record" in told.err
    told = tidemark("touch", *brokers, "--group", "nobody-*", status=1)
    assert "no group matches" in told.err
    told = tidemark("touch", *brokers, "--group", "nobody", status=4)
    assert "no-such-group" in told.out


def test_on_both_versions(rig: Rig, topic: str, unique: Unique) -> None:
    """By records of the old coordinator, too; 7 days from there."""
    driver, simple, classic = rig.cluster.driver, unique("s"), unique("c")
    driver.commit(simple, {(topic, 0): 10})
    with driver.consumer(classic, [topic]):
        wait_for(lambda: len(offsets(rig.cluster, classic)) == 2, 20)
        before = time.time()
        rows, _ = expiring(rig, "--group", classic, status=0)
        assert {row["rule"] for row in rows.values()} == {"has-members"}
    rows, _ = expiring(rig, "--within", "8d", "--group", simple, "--group",
                       classic, status=6)
    week = 7 * 24 * 3600
    row = rows[simple, topic, 0]
    assert row["rule"] == "from-commit"
    assert seconds(row["lost"]) == pytest.approx(
        seconds(row["committed"]) + week)
    for partition in range(2):
        row = rows[classic, topic, partition]
        assert row["rule"] == "from-empty" and row["state"] == "Empty"
        assert before + week < seconds(row["lost"]) < time.time() + week
    said = rig.tidemark("expiring", "-b", rig.cluster.bootstrap, "-r", rig.repo,
                        "--within", "8d", "--group", simple, "--group",
                        classic, status=6).out
    assert f"touch -b {rig.cluster.bootstrap} -r {rig.repo} --group {simple}\n" \
        in said
    assert "touch cannot keep 2 positions of classic groups" in said
    told = touch(rig, "--group", simple, "--execute", "--settle", "0s").out
    assert "there is nothing to undo: the values are the same" in told
    after, _ = expiring(rig, "--group", simple, status=0)
    assert seconds(after[simple, topic, 0]["lost"]) > seconds(
        rows[simple, topic, 0]["lost"])


def test_what_is_not_there_is_not_safe(rig_44: Rig, unique: Unique) -> None:
    _, summary = expiring(rig_44, "--group", unique("gone"), status=3)
    assert "it was lost, or never there" in summary["troubles"][0]


def test_an_open_transaction_makes_it_partial(
        rig_44: Rig, unique: Unique) -> None:
    topic, group, driver = unique("t"), unique("g"), rig_44.cluster.driver
    driver.create_topic(topic, 1)
    driver.commit(group, {(topic, 0): 1})
    words = ["--group", group, "--timeout", "5s", "--within", "8d"]
    expiring(rig_44, *words, status=6)
    held = driver.transaction(group, {(topic, 0): 2})
    # What is known to be lost is told all the same.
    rows, summary = expiring(rig_44, *words, status=6)
    assert rows[group, topic, 0]["within"]
    told = rig_44.tidemark("expiring", "-b", rig_44.cluster.bootstrap, *words,
                           status=6)
    assert "warning: not all of it is known" in told.err
    assert "PARTIAL: " in told.out
    _, summary = expiring(rig_44, *words[:-1], "1s", status=3)
    assert summary["within"] == 0
    assert summary["complete"] is False and summary["unknown"] == 0
    partition = rig_44.cluster.offsets_partition(group)
    assert f"partition {partition} is held by an open transaction" \
        in summary["troubles"][0]
    # It is no matter of a group in another partition.
    other = next(name for name in map("o-{}".format, range(999))
                 if rig_44.cluster.offsets_partition(name) != partition)
    driver.commit(other, {(topic, 0): 1})
    expiring(rig_44, "--group", other, "--within", "8d", status=6)
    held.stop()
