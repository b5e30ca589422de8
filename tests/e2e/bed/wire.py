"""A few requests of Kafka's protocol, byte by byte.

For what no client library does: asking one broker and no other, committing
numbers that clients refuse to send, members of any protocol type, and telling
when a coordinator is ready.  Plaintext only.  The versions used are known to
both 3.9 and 4.4 and are older than the flexible encoding.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass

REQUEST_TIMEOUT = 5.0

METADATA, OFFSET_COMMIT, OFFSET_FETCH, FIND_COORDINATOR = 3, 8, 9, 10
JOIN_GROUP, HEARTBEAT, LEAVE_GROUP, SYNC_GROUP = 11, 12, 13, 14
LIST_GROUPS = 16

COORDINATOR_LOAD_IN_PROGRESS = 14
COORDINATOR_NOT_AVAILABLE = 15
NOT_COORDINATOR = 16
MEMBER_ID_REQUIRED = 79


class KafkaError(Exception):
    """A broker answered with an error code."""

    def __init__(self, what: str, code: int) -> None:
        super().__init__(f"{what}: error {code}")
        self.code = code


@dataclass(frozen=True)
class Position:
    """What a group has committed for a partition."""

    topic: str
    partition: int
    offset: int
    epoch: int
    metadata: str | None
    error: int = 0


def string(text: str | None) -> bytes:
    if text is None:
        return struct.pack(">h", -1)
    raw = text.encode("utf-8", "surrogateescape")
    return struct.pack(">h", len(raw)) + raw


def blob(raw: bytes) -> bytes:
    return struct.pack(">i", len(raw)) + raw


class Reader:
    """Takes values off the front of an answer."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def take(self, form: str) -> int:
        value: int = struct.unpack_from(">" + form, self.raw, self.at)[0]
        self.at += struct.calcsize(">" + form)
        return value

    def bytes(self, length: int) -> bytes:
        self.at += length
        return self.raw[self.at - length:self.at]

    def string(self) -> str | None:
        length = self.take("h")
        if length < 0:
            return None
        return self.bytes(length).decode("utf-8", "surrogateescape")


def request(address: str, key: int, version: int, body: bytes,
            timeout: float = REQUEST_TIMEOUT) -> Reader:
    """Ask the broker at ADDRESS once, on a connection of its own.

    Raises OSError when it does not answer within TIMEOUT.
    """
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout) as connection:
        message = struct.pack(">hhi", key, version, 1) + string("bed") + body
        connection.sendall(blob(message))
        (length,) = struct.unpack(">i", _receive(connection, 4))
        answer = Reader(_receive(connection, length))
        answer.take("i")
        return answer


def _receive(connection: socket.socket, length: int) -> bytes:
    parts = []
    while length > 0:
        part = connection.recv(length)
        if not part:
            raise ConnectionError("the broker closed the connection")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def check(what: str, code: int) -> None:
    if code != 0:
        raise KafkaError(what, code)


@dataclass(frozen=True)
class Partition:
    """One partition in a broker's metadata."""

    number: int
    leader: int
    epoch: int
    replicas: tuple[int, ...]
    in_sync: tuple[int, ...]


@dataclass(frozen=True)
class Metadata:
    """What a broker says of the cluster."""

    cluster_id: str | None
    brokers: dict[int, str]
    topics: dict[str, list[Partition]]


def metadata(address: str, topics: Iterable[str] = ()) -> Metadata:
    """Brokers, and the partitions of those of TOPICS that exist."""
    names = list(topics)
    body = struct.pack(">i", len(names)) + b"".join(map(string, names))
    reader = request(address, METADATA, 7, body + b"\0")
    reader.take("i")
    brokers = {}
    for _ in range(reader.take("i")):
        node, host, port = reader.take("i"), reader.string(), reader.take("i")
        reader.string()
        brokers[node] = f"{host}:{port}"
    cluster_id = reader.string()
    reader.take("i")
    found = {}
    for _ in range(reader.take("i")):
        error, name = reader.take("h"), reader.string()
        reader.take("b")
        partitions = [_partition(reader) for _ in range(reader.take("i"))]
        if error == 0 and name is not None:
            found[name] = sorted(partitions, key=lambda each: each.number)
    return Metadata(cluster_id, brokers, found)


def _partition(reader: Reader) -> Partition:
    reader.take("h")
    number, leader = reader.take("i"), reader.take("i")
    epoch = reader.take("i")
    lists = []
    for _ in range(3):
        lists.append(tuple(reader.take("i") for _ in range(reader.take("i"))))
    return Partition(number, leader, epoch, lists[0], lists[1])


def find_coordinator(address: str, group: str) -> str:
    """The address of GROUP's coordinator."""
    reader = request(address, FIND_COORDINATOR, 1, string(group) + b"\0")
    reader.take("i")
    code = reader.take("h")
    reader.string()
    check(f"coordinator of {group!r}", code)
    reader.take("i")
    host = reader.string()
    return f"{host}:{reader.take('i')}"


def offset_fetch(address: str, group: str) -> list[Position]:
    """All positions of GROUP, from the coordinator at ADDRESS."""
    body = string(group) + struct.pack(">i", -1)
    reader = request(address, OFFSET_FETCH, 5, body)
    reader.take("i")
    found = []
    for _ in range(reader.take("i")):
        topic = reader.string()
        for _ in range(reader.take("i")):
            number, offset = reader.take("i"), reader.take("q")
            epoch, text = reader.take("i"), reader.string()
            found.append(Position(topic or "", number, offset, epoch, text,
                                  reader.take("h")))
    check(f"offsets of {group!r}", reader.take("h"))
    return found


def offset_commit(address: str, group: str,
                  rows: Iterable[tuple[str, int, int, int, str | None]],
                  member: tuple[int, str] = (-1, ""),
                  keep_ms: int | None = None) -> dict[tuple[str, int], int]:
    """Commit (topic, partition, offset, epoch, metadata) rows as they are.

    No number is refused here.  The answer is the error code of each
    partition.  MEMBER is generation and member id, for a group with members.
    KEEP_MS is how long to keep them, as old clients could say; then there is
    no epoch.
    """
    version = 6 if keep_ms is None else 2
    by_topic: dict[str, list[bytes]] = {}
    for topic, partition, offset, epoch, text in rows:
        by_topic.setdefault(topic, []).append(
            struct.pack(">iq", partition, offset)
            + (struct.pack(">i", epoch) if version == 6 else b"")
            + string(text))
    body = string(group) + struct.pack(">i", member[0]) + string(member[1])
    if keep_ms is not None:
        body += struct.pack(">q", keep_ms)
    body += struct.pack(">i", len(by_topic))
    for topic, parts in by_topic.items():
        body += string(topic) + struct.pack(">i", len(parts)) + b"".join(parts)
    reader = request(address, OFFSET_COMMIT, version, body)
    if version == 6:
        reader.take("i")  # throttle time
    codes = {}
    for _ in range(reader.take("i")):
        topic = reader.string() or ""
        for _ in range(reader.take("i")):
            number = reader.take("i")
            codes[topic, number] = reader.take("h")
    return codes


def list_groups(address: str) -> dict[str, str]:
    """The groups that the broker at ADDRESS coordinates: protocol types."""
    reader = request(address, LIST_GROUPS, 2, b"")
    reader.take("i")
    check("groups", reader.take("h"))
    found = {}
    for _ in range(reader.take("i")):
        name = reader.string() or ""
        found[name] = reader.string() or ""
    return found


class Member:
    """A lone member of a classic group of any protocol type.

    Joined and assigned after the constructor, and for SESSION seconds from
    the last heartbeat.  Connect's workers, schema registries and the like are
    such groups.
    """

    def __init__(self, address: str, group: str, protocol_type: str,
                 session: float = 300.0, protocol: str = "bed") -> None:
        self.address, self.group = address, group
        self.member, self.generation = "", -1
        try:
            self._join(protocol_type, session, protocol)
        except KafkaError as error:
            if error.code != MEMBER_ID_REQUIRED:
                raise
            self._join(protocol_type, session, protocol)
        self._sync()

    def _join(self, protocol_type: str, session: float, protocol: str) -> None:
        limit = int(session * 1000)
        body = (string(self.group) + struct.pack(">ii", limit, limit)
                + string(self.member) + string(protocol_type)
                + struct.pack(">i", 1) + string(protocol) + blob(b""))
        reader = request(self.address, JOIN_GROUP, 4, body)
        reader.take("i")
        code, self.generation = reader.take("h"), reader.take("i")
        reader.string()
        reader.string()
        self.member = reader.string() or ""
        check(f"joining {self.group!r}", code)

    def _sync(self) -> None:
        body = (self._identity() + struct.pack(">i", 1) + string(self.member)
                + blob(b""))
        reader = request(self.address, SYNC_GROUP, 2, body)
        reader.take("i")
        check(f"assignment of {self.group!r}", reader.take("h"))

    def _identity(self) -> bytes:
        return (string(self.group) + struct.pack(">i", self.generation)
                + string(self.member))

    def heartbeat(self) -> None:
        reader = request(self.address, HEARTBEAT, 2, self._identity())
        reader.take("i")
        check(f"heartbeat of {self.group!r}", reader.take("h"))

    def commit(self, rows: Iterable[tuple[str, int, int, int, str | None]]
               ) -> dict[tuple[str, int], int]:
        """Commit as this member; see offset_commit."""
        return offset_commit(self.address, self.group, rows,
                             (self.generation, self.member))

    def leave(self) -> None:
        body = string(self.group) + string(self.member)
        reader = request(self.address, LEAVE_GROUP, 2, body)
        reader.take("i")
        check(f"leaving {self.group!r}", reader.take("h"))
