"""After each kind of restore real consumers start, and the first record that
they get is the one that the plan promised: Java's, and librdkafka's
(tests/tools/first_records).  Neither may fall back to auto.offset.reset.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaProducer

from bed import wire
from bed.cluster import Cluster
from bed.wait import wait_for
from conftest import program
from rig import Rig, offsets

Unique = Callable[[str], str]
Firsts = dict[int, int]

RECORDS = 20  # in each partition, a second apart
SINCE = int(time.time() * 1000) - 1_000_000
NOW = (15, 0, "now")  # with an epoch and metadata, as consumers commit


def java(cluster: Cluster, group: str, topic: str,
         isolation: str = "read_committed") -> Firsts:
    found = cluster.driver.first_records(
        group, [topic], reset="none", config={"isolation.level": isolation})
    return {where[1]: record.offset for where, record in found.items()}


def librdkafka(cluster: Cluster, group: str, topic: str) -> Firsts:
    tool = program().resolve().parent / "tools" / "first_records"
    if not tool.exists():
        pytest.fail(f"{tool} is not there: run make tools", pytrace=False)
    done = subprocess.run(
        [tool, cluster.bootstrap, group, topic, "error"], text=True,
        capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return {int(number): int(offset) for number, offset in
            (line.split() for line in done.stdout.splitlines())}


READERS = (java, librdkafka)


class Scene:
    """A topic of two partitions and a group that has read most of it."""

    def __init__(self, rig: Rig, unique: Unique) -> None:
        self.rig, self.driver = rig, rig.cluster.driver
        self.topic, self.group = unique("few"), unique("g")
        self.make_topic()

    def make_topic(self) -> None:
        self.driver.create_topic(self.topic, 2)
        for partition in range(2):
            self.driver.produce(self.topic, partition, RECORDS,
                                start_ms=SINCE)

    def stand(self, *where: int | tuple[int, int, str]) -> None:
        self.driver.commit(self.group, {
            (self.topic, partition): at
            for partition, at in enumerate(where)})

    def captured(self, *where: int | tuple[int, int, str]) -> None:
        """It stood there at a snapshot, and has moved since."""
        self.stand(*where)
        self.rig.snapshot("--group", self.group)
        self.stand(NOW, NOW)


Prepare = Callable[[Scene, Path], list[str]]


def committed(scene: Scene, _: Path) -> list[str]:
    scene.captured((5, 0, "then"), (6, 0, "then"))
    return ["--at", "latest"]


def deleted(scene: Scene, _: Path) -> list[str]:
    scene.captured((5, 0, "then"), (6, 0, "then"))
    scene.driver.delete_groups(scene.group)
    return ["--at", "latest"]


def log_time(_: Scene, __: Path) -> list[str]:
    return ["--to-datetime", str(SINCE + 6_500)]


def earliest(_: Scene, __: Path) -> list[str]:
    return ["--to-earliest"]


def latest(_: Scene, __: Path) -> list[str]:
    return ["--to-latest"]


def offset(_: Scene, __: Path) -> list[str]:
    return ["--to-offset", "9"]


def shift(_: Scene, __: Path) -> list[str]:
    return ["--shift-by", "-4"]


def from_file(scene: Scene, directory: Path) -> list[str]:
    path = directory / "plan.csv"
    path.write_text(f"{scene.topic},0,3\n{scene.topic},1,4\n",
                    encoding="utf-8")
    return ["--from-file", str(path)]


def clamped(scene: Scene, _: Path) -> list[str]:
    """Below the log start: retention took what it stood at."""
    scene.captured((5, 0, "then"), (12, 0, "then"))
    scene.driver.delete_records({(scene.topic, 0): 8})
    return ["--at", "latest"]


def cut_back(scene: Scene, _: Path) -> list[str]:
    """Beyond the log end, as after an unclean election."""
    wire.offset_commit(scene.rig.cluster.bootstrap, scene.group, [
        (scene.topic, 0, 500, 0, "then"), (scene.topic, 1, 7, 0, "then")])
    scene.rig.snapshot("--group", scene.group)
    scene.stand(NOW, NOW)
    return ["--at", "latest", "--on-above-log-end=latest", "--allow-skip"]


def recreated(scene: Scene, _: Path) -> list[str]:
    """Other records under the same name and the same numbers."""
    scene.captured((5, 0, "then"), (6, 0, "then"))
    scene.driver.delete_topics(scene.topic)
    wait_for(lambda: offsets(scene.rig.cluster, scene.group) == {}, 20)
    scene.make_topic()
    return ["--at", "latest"]


@pytest.mark.parametrize(("prepare", "promised"), [
    (committed, {0: 5, 1: 6}), (deleted, {0: 5, 1: 6}),
    (log_time, {0: 7, 1: 7}), (earliest, {0: 0, 1: 0}),
    (latest, {0: RECORDS, 1: RECORDS}), (offset, {0: 9, 1: 9}),
    (shift, {0: 11, 1: 11}), (from_file, {0: 3, 1: 4}),
    (clamped, {0: 8, 1: 12}), (cut_back, {0: RECORDS, 1: 7}),
    (recreated, {0: 0, 1: 0})])
def test_consumers_start_where_the_plan_said(
        rig: Rig, unique: Unique, tmp_path: Path, prepare: Prepare,
        promised: Firsts) -> None:
    scene = Scene(rig, unique)
    scene.stand(NOW, NOW)
    words = [*prepare(scene, tmp_path), "--group", scene.group]
    planned = {where[1]: row["planned"]["offset"]
               for where, row in rig.rows(*words).items()}
    assert planned == promised
    rig.restore_at_once(*words)
    for reader in READERS:
        assert reader(rig.cluster, scene.group, scene.topic) == promised
    # Where the end was promised, what is written next.
    for partition in range(2):
        scene.driver.produce(scene.topic, partition, 1)
    for reader in READERS:
        assert reader(rig.cluster, scene.group, scene.topic) == promised


# Transactions: numbers at which no consumer finds a record

ON_MARKER, IN_ABORTED, ON_ABORT, LAST_MARKER = 9, 12, 14, 19
LEGAL = (ON_MARKER, IN_ABORTED, ON_ABORT, LAST_MARKER)


def write_transactions(cluster: Cluster, topic: str, name: str) -> None:
    """Each partition: 0 to 4 plain, 5 to 8 committed, 9 marker, 10 to 13
    aborted, 14 marker, 15 to 18 committed, 19 marker."""
    for partition in range(len(LEGAL)):
        cluster.driver.produce(topic, partition, 5, start_ms=SINCE)
    producer = KafkaProducer(bootstrap_servers=cluster.bootstrap,
                             transactional_id=name)
    producer.init_transactions()
    for end in (producer.commit_transaction, producer.abort_transaction,
                producer.commit_transaction):
        producer.begin_transaction()
        for at in range(4 * len(LEGAL)):
            producer.send(topic, value=b"t", partition=at % len(LEGAL))
        producer.flush()  # an abort drops what was not sent
        end()
    producer.close()
    assert set(cluster.driver.ends(topic).values()) == {(0, 20)}


def test_positions_between_records_are_legal(rig: Rig,
                                             unique: Unique) -> None:
    """Kafka itself commits them.  They come back as they were, with epoch and
    metadata, and consumers go on at the next record that they may see."""
    topic, group, cluster = unique("tx"), unique("g"), rig.cluster
    cluster.driver.create_topic(topic, len(LEGAL))
    write_transactions(cluster, topic, unique("id"))
    cluster.driver.commit(group, {
        (topic, partition): (number, 0, f"at {number}")
        for partition, number in enumerate(LEGAL)})
    before = cluster.driver.offsets(group)
    rig.snapshot("--group", group)
    cluster.driver.delete_groups(group)
    rows = rig.rows("--at", "latest", "--group", group)
    assert [rows[topic, number]["rule"] for number in range(len(LEGAL))] == [
        "no-position-now"] * len(LEGAL)
    rig.restore_at_once("--at", "latest", "--group", group)
    assert cluster.driver.offsets(group) == before
    cluster.driver.produce(topic, 3, 1)
    for reader in READERS:
        assert reader(cluster, group, topic) == {0: 15, 1: 15, 2: 15, 3: 20}
    assert java(cluster, group, topic, "read_uncommitted") == {
        0: 10, 1: 12, 2: 15, 3: 20}


def test_such_a_number_can_be_asked_for(rig_44: Rig,
                                        unique: Unique) -> None:
    """Also without a capture."""
    topic, group, cluster = unique("tx"), unique("g"), rig_44.cluster
    cluster.driver.create_topic(topic, len(LEGAL))
    write_transactions(cluster, topic, unique("id"))
    cluster.driver.commit(group, {(topic, 0): 20})
    for number in LEGAL:
        rig_44.restore_at_once("--group", group, "--allow-skip",
                               "--to-offset", str(number))
        assert offsets(cluster, group) == {(topic, 0): number}
