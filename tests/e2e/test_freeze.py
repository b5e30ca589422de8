"""rescue freeze and rescue thaw: the cleaner kept away from the offsets topic,
judged by Kafka's own kafka-configs and by kafka-python.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bed.cluster import OFFSETS, Cluster
from bed.tools import run
from bed.wait import wait_for

SETTING = "min.compaction.lag.ms"
FROZEN = "9223372036854775807"
OWN_SOURCE = 1  # DYNAMIC_TOPIC_CONFIG of DescribeConfigs


class Freezer:
    """One cluster's offsets topic, and one repository."""

    def __init__(self, tidemark: Any, repo: Path, cluster: Cluster) -> None:
        from kafka.admin import KafkaAdminClient  # in the venv only
        self.tidemark, self.repo, self.cluster = tidemark, repo, cluster
        self.admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap)

    def run(self, word: str, *more: str | Path, status: int = 0) -> Any:
        return self.tidemark("rescue", word, "-r", self.repo, "-b",
                             self.cluster.bootstrap, *more, status=status)

    def run_as(self, user: str, word: str, *more: str,
               status: int = 0) -> Any:
        properties = self.cluster.rdkafka("sasl_plain", user)
        return self.tidemark(
            "rescue", word, "-r", self.repo, "--execute", *more,
            *(each for name, value in properties.items()
              for each in ("-X", f"{name}={value}")), status=status)

    def freeze(self, *more: str | Path, status: int = 0) -> Any:
        return self.run("freeze", *more, status=status)

    def thaw(self, *more: str | Path, status: int = 0) -> Any:
        return self.run("thaw", *more, status=status)

    def own(self, name: str = SETTING) -> str | None:
        """What kafka-python says is set on the topic itself."""
        from kafka.admin import ConfigResource, ConfigResourceType
        answers = self.admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, OFFSETS)])
        for answer in answers:
            for resource in answer.resources:
                for entry in resource[4]:
                    if entry[0] == name and entry[3] == OWN_SOURCE:
                        return str(entry[1])
        return None

    def set(self, value: str) -> None:
        self.cluster.driver.set_topic_config(OFFSETS, **{
            SETTING.replace(".", "_"): value})

    def kafka_configs(self, line: str) -> str:
        """Run a line that tidemark printed; what it said."""
        words = shlex.split(line)
        assert words[:2] == ["kafka-configs", "--bootstrap-server"]
        assert words[2] == self.cluster.bootstrap
        done = run(self.cluster, "kafka-configs", *words[3:])
        assert done.status == 0, done.out + done.err
        return done.out

    def records(self) -> list[Path]:
        return sorted(self.repo.glob("freezes/*/*.json"))

    def close(self) -> None:
        """As others that share the broker expect it."""
        try:
            if self.own() is not None:
                self.kafka_configs(
                    "kafka-configs --bootstrap-server "
                    f"{self.cluster.bootstrap} --alter --entity-type topics "
                    f"--entity-name {OFFSETS} --delete-config {SETTING}")
        finally:
            self.admin.close()


@pytest.fixture
def freezer(tidemark: Any, repo: Path, broker: Cluster) -> Iterator[Freezer]:
    made = Freezer(tidemark, repo, broker)
    yield made
    made.close()


def line_of(out: str, lead: str) -> str:
    found = [line for line in out.splitlines() if line.startswith(lead)]
    assert len(found) == 1, out
    return found[0].removeprefix(lead).removeprefix(": ")


def test_freeze_and_thaw_an_unset_value(freezer: Freezer) -> None:
    """Printed, done, done again, and back to nothing at all."""
    told = freezer.freeze().out
    assert "unset: the broker's default is 0: not frozen" in told
    assert "nothing was changed" in told
    assert freezer.own() is None and not freezer.records()
    told = freezer.freeze("--execute").out
    assert "frozen\nread back: 1 of 1 broker show it" in told
    assert freezer.own() == FROZEN
    [record] = freezer.records()
    assert json.loads(record.read_text())["before_set"] is False
    again = freezer.freeze("--execute", "--json").json()
    assert again["step"] == "is-frozen" and not again["changed"]
    assert again["before"] == {"set": False, "value": "0"}
    assert freezer.records() == [record]
    assert "nothing was changed" in freezer.thaw().out
    assert freezer.own() == FROZEN
    assert "thawed\n" in freezer.thaw("--execute").out
    assert freezer.own() is None
    assert len(freezer.records()) == 2
    assert "thawed already" in freezer.thaw("--execute", status=1).err


def test_the_lines_do_the_same_by_kafkas_own_tool(freezer: Freezer) -> None:
    """kafka-configs takes what is printed, and shows what is set."""
    told = freezer.freeze().out
    freezer.kafka_configs(line_of(told, "the same by hand"))
    assert freezer.own() == FROZEN
    assert "not by a freeze" in freezer.freeze("--execute").out
    assert not freezer.records()
    refused = freezer.thaw("--execute", status=4).out
    assert "frozen, by somebody whose record is not here" in refused
    assert freezer.own() == FROZEN
    by_hand = line_of(refused, "or by hand")
    assert line_of(freezer.freeze("--execute").out, "or by hand") == by_hand
    assert by_hand == line_of(told, "and back")
    freezer.kafka_configs(by_hand)
    assert freezer.own() is None
    freezer.freeze("--execute")
    shown = run(freezer.cluster, "kafka-configs", "--describe",
                "--entity-type", "topics", "--entity-name", OFFSETS).out
    assert f"{SETTING}={FROZEN}" in shown
    freezer.thaw("--execute")


def test_a_value_that_was_set_comes_back(freezer: Freezer,
                                         tmp_path: Path) -> None:
    """The same with a file for the record, which is never overwritten."""
    record = tmp_path / "freeze.json"
    freezer.set("3600000")
    freezer.freeze("--record", record, "--execute")
    assert freezer.own() == FROZEN and not freezer.records()
    kept = record.read_bytes()
    told = freezer.freeze("--record", record, "--execute")
    assert "stays recorded: 3600000" in told.out
    freezer.thaw("--record", record, "--execute")
    assert freezer.own() == "3600000"
    told = freezer.freeze("--record", record, "--execute", status=1)
    assert str(record) in told.err
    assert freezer.own() == "3600000" and record.read_bytes() == kept
    record.write_text("notes of mine\n", encoding="utf-8")
    told = freezer.freeze("--record", record, "--execute", status=2)
    assert "is there already" in told.err and str(record) in told.err
    told = freezer.freeze("--record", tmp_path / "missing" / "f", status=1)
    assert "a folder that can be written to" in told.err


def test_changed_by_another_in_between(freezer: Freezer) -> None:
    freezer.freeze("--execute")
    freezer.set("7200000")
    told = freezer.thaw("--execute", status=5)
    assert "somebody has changed the value since" in told.out
    told = freezer.freeze("--execute", status=5)
    assert "somebody has changed the value since" in told.out
    assert freezer.own() == "7200000" and len(freezer.records()) == 1
    freezer.thaw("--execute", "--force-stale")
    assert freezer.own() is None


def test_a_freeze_that_was_killed_goes_on(freezer: Freezer) -> None:
    """Between record and change: the record is there, the value is not."""
    freezer.set("3600000")
    freezer.freeze("--execute")
    freezer.set("3600000")
    told = freezer.freeze().out
    assert "was stopped before it set this" in told
    freezer.freeze("--execute")
    assert freezer.own() == FROZEN and len(freezer.records()) == 1
    freezer.set("3600000")
    told = freezer.thaw("--execute", "--json").json()
    assert told["step"] == "was-so" and not told["changed"]
    assert len(freezer.records()) == 2


def test_a_greatest_lag_of_the_topics_own(freezer: Freezer) -> None:
    """The broker would refuse, and the way out is told."""
    limit = "max.compaction.lag.ms"
    freezer.cluster.driver.set_topic_config(
        OFFSETS, max_compaction_lag_ms="86400000")
    told = freezer.freeze("--execute", status=4).err
    assert f"{limit} is 86400000 on {OFFSETS}" in told
    assert not freezer.records() and freezer.own() is None
    line = told[told.index("kafka-configs"):told.index(";")]
    back = told[told.index("after the thaw: ") + 16:].splitlines()[0]
    freezer.kafka_configs(line)
    assert freezer.own(limit) is None
    freezer.freeze()
    freezer.kafka_configs(back)
    assert freezer.own(limit) == "86400000"


@pytest.mark.parametrize("version", ["3.9.2", "4.4.0"])
def test_without_the_right_the_request_is_printed(
        make_cluster: Callable[..., Cluster], tidemark: Any, repo: Path,
        version: str) -> None:
    """First no right at all, then only to look: with the value before."""
    cluster = make_cluster(version, listeners=["sasl_plain"], authorizer=True)
    freezer = Freezer(tidemark, repo, cluster)
    told = freezer.run_as("alice", "freeze", status=1)
    assert "DESCRIBE_CONFIGS on the topic is needed" in told.err
    assert f"Value    {FROZEN}" in told.out
    assert f"--add-config {SETTING}={FROZEN}" in told.out
    assert f"--delete-config {SETTING}" in told.out
    assert f"--add-config {SETTING}=VALUE" in told.out
    freezer.set("3600000")
    cluster.acl("alice", "DESCRIBE_CONFIGS", "TOPIC", OFFSETS)
    told = freezer.run_as("alice", "freeze", status=1)
    assert "ALTER_CONFIGS on the topic is needed" in told.err
    assert f"--add-config {SETTING}=3600000" in told.out
    assert "=VALUE" not in told.out
    document = freezer.run_as("alice", "freeze", "--json", status=1).json()
    assert document["request"] == told.out
    assert "ALTER_CONFIGS" in document["denied"]
    assert freezer.own() == "3600000" and not freezer.records()
    freezer.freeze("--execute")
    told = freezer.run_as("alice", "thaw", status=1)
    assert f"--add-config {SETTING}=3600000" in told.out
    cluster.acl("alice", "ALTER_CONFIGS", "TOPIC", OFFSETS)
    freezer.run_as("alice", "thaw")
    assert freezer.own() == "3600000"
    freezer.admin.close()


QUICK = {"segment.ms": "50", "min.cleanable.dirty.ratio": "0.001"}


def kept(cluster: Cluster, topic: str) -> list[int]:
    """The offsets of the records that partition 0 still has."""
    from kafka import KafkaConsumer, TopicPartition  # in the venv only
    where = TopicPartition(topic, 0)
    consumer = KafkaConsumer(bootstrap_servers=cluster.bootstrap,
                             exclude_internal_topics=False)
    try:
        consumer.assign([where])
        consumer.seek_to_beginning(where)
        end = consumer.end_offsets([where])[where]
        found: list[int] = []
        while consumer.position(where) < end:
            for records in consumer.poll(timeout_ms=1000).values():
                found += [each.offset for each in records]
        return found
    finally:
        consumer.close()


def test_the_cleaner_stays_away_until_thaw(
        make_cluster: Callable[..., Cluster], tidemark: Any,
        repo: Path) -> None:
    """A compacted topic beside it is the witness that the cleaner ran."""
    cluster = make_cluster("4.4.0", offsets_partitions=1)
    freezer, driver = Freezer(tidemark, repo, cluster), cluster.driver
    driver.create_topic("witness", 1, configs={
        "cleanup.policy": "compact", **QUICK})
    driver.set_topic_config(OFFSETS, **{
        name.replace(".", "_"): value for name, value in QUICK.items()})
    freezer.freeze("--execute")
    from kafka import KafkaProducer  # in the venv only
    producer = KafkaProducer(bootstrap_servers=cluster.bootstrap)

    def write() -> None:
        """Once more, to both; a segment that is old enough is rolled."""
        driver.commit("g", {("witness", 0): 1})
        producer.send("witness", key=b"k", value=b"v").get(10)

    def cleaned(topic: str) -> bool:
        write()
        offsets = kept(cluster, topic)
        return len(offsets) < offsets[-1] - offsets[0] + 1 or offsets[0] > 0

    for _ in range(5):
        write()
    try:
        wait_for(lambda: cleaned("witness"), what="the witness is cleaned")
        count = len(kept(cluster, OFFSETS))
        assert not cleaned(OFFSETS) and count >= 6
        freezer.thaw("--execute")
        wait_for(lambda: cleaned(OFFSETS), what="the cleaner is back")
        assert len(kept(cluster, OFFSETS)) < count
    finally:
        producer.close()
        freezer.admin.close()
