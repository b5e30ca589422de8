"""The test bed does what it says."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bed import tools, wire
from bed.cluster import Cluster, partition_of
from bed.driver import Committed, Driver, DriverError
from bed.wait import wait_for

Unique = Callable[[str], str]
HOUR = 3_600_000


def wait_for_offset(driver: Driver, group: str, where: tuple[str, int],
                    offset: int) -> None:
    def there() -> bool:
        found = driver.offsets(group).get(where)
        return found is not None and found.offset == offset

    wait_for(there, what=f"{group!r} at {offset} of {where}")


def test_partition_of_a_group_is_javas_hash() -> None:
    # "polygenelubricants" has the hash INT_MIN, whose abs() Kafka makes 0.
    assert partition_of("polygenelubricants", 50) == 0
    assert partition_of("", 50) == 0
    assert partition_of("abc", 50) == 96354 % 50


def test_is_ready_in_three_seconds(broker: Cluster) -> None:
    begin = time.monotonic()
    with Cluster(broker.version) as fresh:
        spent = time.monotonic() - begin
        assert fresh.cluster_id == wire.metadata(fresh.bootstrap).cluster_id
        assert fresh.cluster_id != broker.cluster_id
    assert spent < 3.0
    with pytest.raises(OSError):
        wire.metadata(fresh.bootstrap)


def test_records_carry_their_offset(driver: Driver, unique: Unique) -> None:
    topic = unique("orders")
    driver.create_topic(topic, 2)
    assert driver.produce(topic, 1, 10, start_ms=HOUR, step_ms=1000) == 0
    assert driver.produce(topic, 1, times=[5 * HOUR, 2 * HOUR]) == 10
    assert driver.ends(topic) == {0: (0, 0), 1: (0, 12)}
    found = driver.record(topic, 1, 11)
    assert found is not None
    assert (found.offset, found.time, found.value) == (11, 2 * HOUR, "11")
    assert driver.record(topic, 1, 12) is None
    assert driver.offsets_for_time(topic, HOUR + 3000) == {0: -1, 1: 3}
    driver.delete_records({(topic, 1): 4})
    assert driver.ends(topic)[1] == (4, 12)


def test_commits_arrive_byte_for_byte(broker: Cluster, driver: Driver,
                                      unique: Unique) -> None:
    topic, group = unique("orders"), unique('a "b", /..\n\U0001f600')
    driver.create_topic(topic, 3)
    driver.produce(topic, 0, 50)
    text = "x\0\u00fc" * 1365 + "y"
    driver.commit(group, {(topic, 0): (40, 0, text), (topic, 1): 0})
    expected = {(topic, 0): Committed(40, 0, text),
                (topic, 1): Committed(0, -1, "")}
    assert driver.offsets(group) == expected
    assert tools.python_offsets(broker, group) == {
        key: (each.offset, each.metadata) for key, each in expected.items()}
    at = broker.at(group)
    assert {(p.topic, p.partition):
            Committed(p.offset, p.epoch, p.metadata or "")
            for p in wire.offset_fetch(at, group)} == expected

    driver.delete_offsets(group, [(topic, 1)])
    assert list(driver.offsets(group)) == [(topic, 0)]
    driver.delete_groups(group)
    assert driver.offsets(group) == {}


def test_commits_what_clients_refuse(broker: Cluster, driver: Driver,
                                     unique: Unique) -> None:
    topic, group = unique("orders"), unique("odd")
    driver.create_topic(topic, 3)
    rows = [(topic, 0, -1, -1, None), (topic, 1, -2, 999, "m"),
            (topic, 2, 2**63 - 1, -1, "")]
    assert set(wire.offset_commit(broker.at(group), group, rows)
               .values()) == {0}
    assert [p.offset for p in sorted(wire.offset_fetch(
        broker.at(group), group), key=lambda p: p.partition)] == [
            -1, -2, 2**63 - 1]


def test_refusals_are_named(driver: Driver, unique: Unique) -> None:
    topic, group = unique("orders"), unique("g")
    driver.create_topic(topic)
    assert driver.commit(group, {("none", 0): 1, (topic, 0): 0},
                         check=False) == {
        ("none", 0): "UnknownTopicOrPartitionException"}
    with driver.consumer(group, [topic]), \
            pytest.raises(DriverError) as refused:
        driver.commit(group, {(topic, 0): 0})
    assert refused.value.kind == "UnknownMemberIdException"


def test_classic_and_simple_groups(driver: Driver, unique: Unique) -> None:
    topic, member, simple = unique("t"), unique("member"), unique("simple")
    driver.create_topic(topic, 2)
    driver.produce(topic, 0, 30)
    classic = driver.consumer(member, [topic], client_id="its-client")
    by_hand = driver.consumer(simple, assign=[(topic, 0)])
    for group in (member, simple):
        wait_for_offset(driver, group, (topic, 0), 30)
    found = driver.groups()
    assert (found[member].type, found[member].state) == ("Classic", "Stable")
    assert (found[simple].type, found[simple].state) == ("Classic", "Empty")
    (described,) = driver.describe_group(member)["members"]
    assert described["client_id"] == "its-client"
    assert sorted(described["partitions"]) == [[topic, 0], [topic, 1]]
    assert classic.stop()["records"] == 30
    by_hand.stop()
    assert driver.groups()[member].state == "Empty"


def test_streams_group(driver: Driver, unique: Unique) -> None:
    topic, group = unique("t"), unique("app")
    driver.create_topic(topic)
    driver.produce(topic, 0, 20)
    with driver.streams(group, [topic]):
        wait_for_offset(driver, group, (topic, 0), 20)
        assert driver.groups()[group].state == "Stable"
    # Streams keeps a time there
    assert driver.offsets(group)[topic, 0].metadata != ""
    assert driver.groups()[group].state == "Empty"


def test_kinds_that_only_the_new_coordinator_has(
        broker_44: Cluster, unique: Unique) -> None:
    driver, topic = broker_44.driver, unique("t")
    driver.create_topic(topic)
    driver.produce(topic, 0, 20)
    with driver.consumer(unique("848"), [topic], protocol="consumer"), \
            driver.streams(unique("1071"), [topic], protocol="streams"), \
            driver.share_consumer(unique("share"), [topic]):
        found = driver.groups()
        for stem, kind in (("848", "Consumer"), ("1071", "Streams"),
                           ("share", "Share")):
            assert found[unique(stem)].type == kind
            assert found[unique(stem)].state == "Stable"
        for stem in ("848", "1071"):
            wait_for_offset(driver, unique(stem), (topic, 0), 20)


def test_connect_group(broker: Cluster, driver: Driver,
                       unique: Unique) -> None:
    topic, group = unique("t"), unique("connect")
    driver.create_topic(topic)
    member = wire.Member(broker.at(group), group, "connect")
    assert member.commit([(topic, 0, 0, -1, "m")]) == {(topic, 0): 0}
    member.heartbeat()
    assert wire.list_groups(broker.at(group))[group] == "connect"
    assert driver.offsets(group)[topic, 0].metadata == "m"
    member.leave()


@pytest.mark.parametrize("commit", [False, True])
def test_open_transaction(driver: Driver, unique: Unique,
                          commit: bool) -> None:
    topic, group = unique("t"), unique("g")
    driver.create_topic(topic, 2)
    driver.commit(group, {(topic, 0): 0, (topic, 1): 0})
    pending = driver.transaction(group, {(topic, 0): 7})
    assert driver.offsets(group)[topic, 0].offset == 0
    assert list(driver.offsets(group, stable=True)) == [(topic, 1)]
    pending.stop(commit=commit)
    assert driver.offsets(group, stable=True)[topic, 0].offset == (
        7 if commit else 0)


def test_where_a_real_consumer_starts(driver: Driver, unique: Unique) -> None:
    topic, group = unique("t"), unique("g")
    driver.create_topic(topic, 3)
    for number in range(3):
        driver.produce(topic, number, 10)
    driver.commit(group, {(topic, 0): 4, (topic, 1): 10})
    found = driver.first_records(group, [topic])
    assert {where[1]: (first.offset, first.value)
            for where, first in found.items()} == {
        0: (4, "4"), 1: (10, None), 2: (0, "0")}
    with pytest.raises(DriverError) as refused:
        driver.first_records(group, [topic], reset="none")
    assert refused.value.kind == "NoOffsetForPartitionException"


def test_many_groups(driver: Driver, unique: Unique) -> None:
    topic, prefix = unique("t"), unique("many-")
    driver.create_topic(topic, 2)
    driver.seed(300, [(topic, 0), (topic, 1)], prefix=prefix, offset=5)
    found = driver.all_offsets(f"{prefix}{number}" for number in range(300))
    assert len(found) == 300
    assert found[f"{prefix}7"][topic, 1].offset == 12
    driver.delete_groups(*found)


def test_kafkas_own_tool(broker: Cluster, driver: Driver, unique: Unique,
                         tmp_path: Path) -> None:
    topic, group = unique("t"), unique("g")
    driver.create_topic(topic)
    driver.produce(topic, 0, 10)
    plan = tmp_path / "plan.csv"
    plan.write_text(f"{topic},0,6\n", "utf-8")
    done = tools.kafka_consumer_groups(
        broker, "--reset-offsets", "--group", group, "--from-file", plan,
        "--execute")
    assert driver.offsets(group)[topic, 0].offset == 6, done


def test_listeners_and_rights(make_cluster: Callable[..., Cluster],
                              unique: Unique) -> None:
    cluster = make_cluster(
        listeners=["tls", "mtls", "sasl_plain", "sasl_ssl"], authorizer=True)
    cluster.driver.create_topic("t")
    for group in ("mine", "theirs"):
        cluster.driver.commit(group, {("t", 0): 0})
    ways = [("tls", None, ""), ("sasl_plain", "admin", "PLAIN"),
            ("sasl_ssl", "admin", "SCRAM-SHA-256")]
    for kind, user, mechanism in ways:
        listed = tools.kafka_consumer_groups(
            cluster, "--list", kind=kind,
            config=cluster.java_properties(kind, user, mechanism))
        assert listed.out.split() == ["mine", "theirs"], listed

    cluster.acl("alice", "DESCRIBE", "GROUP", "mine")
    cluster.acl("CN=client", "DESCRIBE", "GROUP", "th", pattern="PREFIXED")
    for kind, user, seen in (("sasl_ssl", "alice", "mine"),
                             ("mtls", None, "theirs"),
                             ("sasl_ssl", "bob", "")):
        listed = tools.kafka_consumer_groups(
            cluster, "--list", kind=kind,
            config=cluster.java_properties(kind, user))
        assert listed.out.strip() == seen, listed


def test_clients_crash_with_a_jvm_of_their_own(broker: Cluster,
                                               unique: Unique) -> None:
    topic, group = unique("t"), unique("g")
    driver = Driver(broker, own_jvm=True)
    driver.create_topic(topic)
    driver.consumer(group, [topic], config={"session.timeout.ms": 1000,
                                            "heartbeat.interval.ms": 300})
    driver.kill()
    assert broker.driver.groups()[group].state == "Stable"
    wait_for(lambda: broker.driver.groups()[group].state == "Empty", 10)


def test_frozen_crashed_and_moved_coordinators(mended: Cluster) -> None:
    cluster, driver = mended, mended.driver
    driver.create_topic("t", 3)
    group = {node: cluster.group_at(node, "g-") for node in cluster.nodes}
    for node, name in group.items():
        driver.commit(name, {("t", 0): 0, ("t", 1): (node, -1, "m")})
        assert cluster.coordinator(name) == node

    cluster.move_coordinator(group[1], 3)
    cluster.pause(2)
    with pytest.raises(OSError):
        wire.request(cluster.nodes[2].address(), wire.LIST_GROUPS, 2, b"",
                     timeout=0.3)
    wait_for(lambda: cluster.coordinator(group[2]) in (1, 3), 15)
    cluster.resume(2)
    cluster.wait_in_sync()
    cluster.kill(3)
    wait_for(lambda: cluster.coordinator(group[3]) in (1, 2), 15)
    cluster.start(3)
    for node, name in group.items():
        assert driver.offsets(name)["t", 1] == Committed(node, -1, "m")


def _all_gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_brokers_die_with_whoever_started_them() -> None:
    program = ("import time; from bed.cluster import Cluster\n"
               "c = Cluster('4.4.0', offsets_topic=False)\n"
               "jvm = c.driver.jvm.process.pid\n"
               "print(*c.pids.values(), jvm, c.directory, flush=True)\n"
               "time.sleep(600)\n")
    here = os.path.dirname(__file__)
    owner = subprocess.Popen([sys.executable, "-B", "-c", program], cwd=here,
                             stdout=subprocess.PIPE, text=True)
    try:
        assert owner.stdout is not None
        *pids, _ = owner.stdout.readline().split()
        assert len(pids) == 2
        assert not _all_gone([int(pid) for pid in pids])
    finally:
        owner.kill()
        owner.communicate()
    wait_for(lambda: _all_gone([int(pid) for pid in pids]), 5)
