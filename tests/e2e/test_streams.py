"""A real Kafka Streams program stops, loses its group, is restored and goes
on: contract 7.  In the metadata of each position it keeps its partition time,
without which stream time would begin anew and late records would count again.
"""

from __future__ import annotations

import base64
import struct
import time
from collections.abc import Callable

import pytest

from bed.driver import Committed, Driver
from bed.wait import wait_for
from rig import Rig

Unique = Callable[[str], str]

RECORDS, LATE = 20, 5
SINCE = int(time.time() * 1000) - 1_000_000
NEWEST = SINCE + (RECORDS - 1) * 1000
LONG_AGO = SINCE - 3_600_000


def partition_time(metadata: str) -> int:
    """Of Kafka's TopicPartitionMetadata: a version, and the time."""
    version, found = struct.unpack_from(">bq", base64.b64decode(metadata))
    assert version in (1, 2)
    return int(found)


class App:
    """The program; each start has an empty state directory, as on a new
    machine."""

    def __init__(self, driver: Driver, unique: Unique, protocol: str) -> None:
        self.driver, self.protocol = driver, protocol
        self.topic, self.group = unique("in"), unique("app")
        driver.create_topic(self.topic)

    def standing(self) -> Committed | None:
        return self.driver.offsets(self.group).get((self.topic, 0))

    def run_until(self, offset: int) -> int:
        """Let it commit that far, and stop it: how many records it read."""
        with self.driver.streams(self.group, [self.topic],
                                 protocol=self.protocol) as program:
            wait_for(lambda: (at := self.standing()) is not None
                     and at.offset >= offset, 60)
            return int(program.stop()["records"])


def read_all(app: App) -> Committed:
    """It reads what there is, and late records come when it has stopped."""
    app.driver.produce(app.topic, 0, RECORDS, start_ms=SINCE)
    assert app.run_until(RECORDS) == RECORDS
    before = app.standing()
    assert before is not None
    assert partition_time(before.metadata) == NEWEST
    app.driver.produce(app.topic, 0, LATE, start_ms=LONG_AGO)
    return before


def go_on(app: App) -> int:
    """It reads the late ones and none again: its time by then."""
    assert app.run_until(RECORDS + LATE) == LATE
    after = app.standing()
    assert after is not None
    assert after.offset == RECORDS + LATE
    return partition_time(after.metadata)


@pytest.mark.parametrize(("broker", "protocol"), [
    ("3.9.2", "classic"), ("4.4.0", "classic"), ("4.4.0", "streams")],
    indirect=["broker"])
def test_contract_7_a_streams_program_goes_on_in_its_own_time(
        rig: Rig, unique: Unique, protocol: str) -> None:
    """It moved on since the snapshot, and lost its group: what it read since
    is read again, nothing before that, and time goes on."""
    app = App(rig.cluster.driver, unique, protocol)
    before = read_all(app)
    rig.snapshot("--group", app.group)
    assert go_on(app) == NEWEST
    app.driver.delete_groups(app.group)
    assert app.standing() is None
    rig.restore_at_once("--at", "latest", "--group", app.group)
    assert app.standing() == before
    assert go_on(app) == NEWEST


def test_without_its_metadata_the_time_would_be_lost(
        rig_44: Rig, unique: Unique) -> None:
    """The negative control: what a tool does that keeps the number alone."""
    app = App(rig_44.cluster.driver, unique, "classic")
    before = read_all(app)
    app.driver.delete_groups(app.group)
    app.driver.commit(app.group, {(app.topic, 0): before.offset})
    assert go_on(app) < NEWEST
