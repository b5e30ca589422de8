"""Kafka brokers on this machine: started fast, always stopped.

    with Cluster("4.4.0", nodes=3) as cluster:
        print(cluster.bootstrap)

    python3 -m bed.cluster 4.4.0 --nodes 3    (scripts/broker does this)

Brokers die with the process that started them, whatever ends it.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bed import dist, tls, wire
from bed.process import Port, Scratch, spawn, tail
from bed.wait import wait_for

if TYPE_CHECKING:
    from bed.driver import Driver, Running

# Listener kinds beside "plain", which every cluster has: the brokers talk to
# each other on it, and who connects there is User:ANONYMOUS.
KINDS = {"plain": "PLAINTEXT", "tls": "SSL", "mtls": "SSL",
         "sasl_plain": "SASL_PLAINTEXT", "sasl_ssl": "SASL_SSL"}
TLS_KINDS = {"tls", "mtls", "sasl_ssl"}

# Name and password of the users that SASL listeners know, by PLAIN and SCRAM.
USERS = {"admin": "admin-secret", "alice": "alice-secret",
         "bob": "bob-secret"}

READY_DEADLINE = 60.0
OFFSETS = "__consumer_offsets"

SHARED = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAIN",
    "num.partitions": 1,
    "auto.create.topics.enable": "false",
    "transaction.state.log.num.partitions": 2,
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1000,
    "offsets.retention.check.interval.ms": 1000,
    "log.retention.ms": -1,  # old record timestamps must not delete records
    "log.message.timestamp.after.max.ms": 2**63 - 1,
    "log.cleaner.backoff.ms": 200,
    "log.cleaner.dedupe.buffer.size": 8_388_608,
    "log.initial.task.delay.ms": 100,
    "log.segment.bytes": 16_777_216,
    "log.index.size.max.bytes": 1_048_576,
    "num.network.threads": 2,
    "num.io.threads": 2,
    "background.threads": 2,
    "num.recovery.threads.per.data.dir": 1,
    "group.consumer.heartbeat.interval.ms": 500,
    "group.consumer.min.heartbeat.interval.ms": 500,
}
ONLY_4 = {
    "share.coordinator.state.topic.num.partitions": 2,
    "group.share.heartbeat.interval.ms": 500,
    "group.share.min.heartbeat.interval.ms": 500,
    "group.streams.heartbeat.interval.ms": 500,
    "group.streams.min.heartbeat.interval.ms": 500,
    "group.streams.initial.rebalance.delay.ms": 0,
}
THREE_NODES = {
    "broker.session.timeout.ms": 3000,
    "broker.heartbeat.interval.ms": 500,
    "controller.quorum.election.timeout.ms": 500,
    "controller.quorum.fetch.timeout.ms": 1000,
    "replica.lag.time.max.ms": 3000,
    "replica.socket.timeout.ms": 2000,
    "unclean.leader.election.enable": "false",
}


class ClusterError(Exception):
    """A broker did not do what it was asked to; with the end of its log."""


def partition_of(group: str, partitions: int) -> int:
    """The partition of the offsets topic that GROUP belongs to."""
    value = 0
    raw = group.encode("utf-16-be", "surrogatepass")
    for at in range(0, len(raw), 2):
        value = (31 * value + int.from_bytes(raw[at:at + 2], "big")) % 2**32
    if value >= 2**31:
        value = abs(value - 2**32) % 2**31  # abs(INT_MIN) is 0 to Kafka
    return value % partitions


def group_in(partition: int, partitions: int, prefix: str = "probe-") -> str:
    """A group id, beginning with PREFIX, that belongs to PARTITION."""
    number = 0
    while partition_of(f"{prefix}{number}", partitions) != partition:
        number += 1
    return f"{prefix}{number}"


@dataclass
class Node:
    """One broker, which is also a controller."""

    number: int
    ports: dict[str, Port]
    directory: Path
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    paused: bool = False

    @property
    def pid(self) -> int | None:
        """The broker's process id; None when it does not run."""
        return self.process.pid if self.alive and self.process else None

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> Path:
        return self.directory / "broker.log"

    def address(self, kind: str = "plain") -> str:
        """host:port of the listener of that KIND.

        By name where there is TLS: not every client checks a certificate
        against an IP address.
        """
        host = "localhost" if kind in TLS_KINDS else "127.0.0.1"
        return f"{host}:{self.ports[kind].number}"


_running: weakref.WeakSet[Cluster] = weakref.WeakSet()


def _has_stopped(pid: int) -> bool:
    """Whether every thread of a process stands still."""
    states = [path.read_text("ascii", "replace").rpartition(")")[2].split()[0]
              for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return bool(states) and set(states) == {"T"}


def clusters() -> list[Cluster]:
    """The clusters of this process that run."""
    return list(_running)


@atexit.register
def _stop_all() -> None:
    for cluster in clusters():
        cluster.stop()


class Cluster:
    """One or three brokers of VERSION, ready when the constructor returns.

    properties          more broker properties; they win
    listeners           kinds beside "plain": tls, mtls, sasl_plain, sasl_ssl
    authorizer          StandardAuthorizer; nothing is allowed but to the user
                        admin and to who comes by the plain listener
    offsets_partitions  of __consumer_offsets
    offsets_replication of __consumer_offsets; else one on each node
    offsets_topic       False: __consumer_offsets is not yet made
    """

    def __init__(self, version: str, nodes: int = 1, *,
                 properties: Mapping[str, object] | None = None,
                 listeners: Iterable[str] = (), authorizer: bool = False,
                 offsets_partitions: int = 8,
                 offsets_replication: int | None = None,
                 offsets_topic: bool = True) -> None:
        if unknown := {*listeners} - set(KINDS):
            raise ValueError(f"unknown listeners: {unknown}")
        self.version = version
        self.dist = dist.ensure(version)
        self.cluster_id = dist.uuid()
        self.authorizer = authorizer
        self.offsets_partitions = offsets_partitions
        self.offsets_replication = offsets_replication or nodes
        self.kinds = ("plain", *(k for k in listeners if k != "plain"))
        self._scratch = Scratch()
        self.directory = self._scratch.path
        self.tls: tls.Tls | None = None
        self._driver: Driver | None = None
        self._lock = threading.RLock()
        _running.add(self)
        try:
            if TLS_KINDS & set(self.kinds):
                self.tls = tls.make(self.directory / "tls")
            self.nodes = self._make_nodes(nodes, dict(properties or {}))
            for node in self.nodes.values():
                self._launch(node)
            self.wait_ready(offsets_topic=offsets_topic)
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Addresses

    @property
    def bootstrap(self) -> str:
        """host:port of every node's plain listener, with commas."""
        return self.address("plain")

    def address(self, kind: str = "plain") -> str:
        """host:port of every node's listener of that KIND, with commas."""
        return ",".join(node.address(kind) for node in self.nodes.values())

    @property
    def pids(self) -> dict[int, int]:
        """Process ids of the brokers that run, by node."""
        return {number: node.pid for number, node in self.nodes.items()
                if node.pid is not None}

    @property
    def driver(self) -> Driver:
        """Java clients of this cluster's version, on its plain listener."""
        if self._driver is None:
            from bed.driver import Driver
            self._driver = Driver(self)
        return self._driver

    def running(self) -> set[Running]:
        """Members and transactions that the driver has not stopped."""
        return set(self._driver.running) if self._driver else set()

    # Making

    def _make_nodes(self, count: int,
                    properties: dict[str, object]) -> dict[int, Node]:
        users = USERS if any("sasl" in kind for kind in self.kinds) else {}
        template = dist.formatted(self.dist, users)
        nodes = {}
        for number in range(1, count + 1):
            ports = {kind: Port() for kind in (*self.kinds, "controller")}
            directory = self.directory / f"node{number}"
            dist.make_log_dir(directory / "data", template, self.cluster_id,
                              number)
            config = directory / "server.properties"
            command = [*self.dist.java(self.dist.broker_archive),
                       "kafka.Kafka", str(config)]
            nodes[number] = Node(number, ports, directory, command)
        for node in nodes.values():
            lines = {**self._properties(node, nodes), **properties}
            (node.directory / "server.properties").write_text(
                "".join(f"{k}={v}\n" for k, v in lines.items()), "utf-8")
        return nodes

    def _properties(self, node: Node,
                    nodes: dict[int, Node]) -> dict[str, object]:
        voters = ",".join(
            f"{each.number}@127.0.0.1:{each.ports['controller'].number}"
            for each in nodes.values())
        advertised = ",".join(f"{kind.upper()}://{node.address(kind)}"
                              for kind in self.kinds)
        bound = ",".join(f"{kind.upper()}://127.0.0.1:{port.number}"
                         for kind, port in node.ports.items())
        protocols = {kind.upper(): KINDS[kind] for kind in self.kinds}
        protocols["CONTROLLER"] = "PLAINTEXT"
        count = len(nodes)
        result: dict[str, object] = {
            **SHARED, "node.id": node.number,
            "controller.quorum.voters": voters,
            "listeners": bound,
            "advertised.listeners": advertised,
            "listener.security.protocol.map": ",".join(
                f"{name}:{value}" for name, value in protocols.items()),
            "log.dirs": node.directory / "data",
            "default.replication.factor": count,
            "offsets.topic.num.partitions": self.offsets_partitions,
            "offsets.topic.replication.factor": self.offsets_replication,
            "transaction.state.log.replication.factor": count,
            "transaction.state.log.min.isr": min(count, 2),
            "min.insync.replicas": min(count, 2),
            "controlled.shutdown.enable": str(count > 1).lower(),
        }
        if count > 1:
            result.update(THREE_NODES)
        if self.dist.major == "3":
            result["group.coordinator.rebalance.protocols"] = "classic"
        else:
            result.update(ONLY_4)
            result["share.coordinator.state.topic.replication.factor"] = count
            result["share.coordinator.state.topic.min.isr"] = min(count, 2)
        result.update(self._security())
        return result

    def _security(self) -> dict[str, object]:
        result: dict[str, object] = {}
        if self.tls is not None:
            result.update({"ssl.keystore.type": "PEM",
                           "ssl.keystore.location": self.tls.server,
                           "ssl.truststore.type": "PEM",
                           "ssl.truststore.location": self.tls.ca,
                           "listener.name.mtls.ssl.client.auth": "required"})
        mechanisms = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"
        security = "org.apache.kafka.common.security"
        known = " ".join(f'user_{name}="{password}"'
                         for name, password in USERS.items())
        for kind in self.kinds:
            if not kind.startswith("sasl"):
                continue
            prefix = f"listener.name.{kind}"
            result[f"{prefix}.sasl.enabled.mechanisms"] = mechanisms
            result[f"{prefix}.plain.sasl.jaas.config"] = (
                f"{security}.plain.PlainLoginModule required {known};")
            for scram in ("scram-sha-256", "scram-sha-512"):
                result[f"{prefix}.{scram}.sasl.jaas.config"] = (
                    f"{security}.scram.ScramLoginModule required;")
        if self.authorizer:
            result["authorizer.class.name"] = (
                "org.apache.kafka.metadata.authorizer.StandardAuthorizer")
            result["super.users"] = "User:admin;User:ANONYMOUS"
            result["allow.everyone.if.no.acl.found"] = "false"
        return result

    # Running

    def _launch(self, node: Node) -> None:
        with open(node.log, "ab") as log:
            node.process = spawn(node.command, stdin=subprocess.DEVNULL,
                                 stdout=log, stderr=log, cwd=node.directory)
        node.paused = False

    def wait_ready(self, *, offsets_topic: bool = True,
                   deadline: float = READY_DEADLINE) -> None:
        """Wait until every node that runs is in the cluster and all
        coordinators answer for their groups."""
        living = {node.number for node in self.serving()}

        def together() -> bool:
            self._check_alive(living)
            return all(
                set(wire.metadata(self.nodes[n].address()).brokers) >= living
                for n in living)

        try:
            wait_for(together, deadline, "brokers in the cluster")
            if offsets_topic:
                wait_for(lambda: self._coordinators_answer(living), deadline,
                         "coordinators")
        except TimeoutError as error:
            raise ClusterError(f"{error}\n{self.logs()}") from None

    def _check_alive(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if not self.nodes[number].alive:
                raise ClusterError(
                    f"Kafka {self.version}, node {number}, ended\n"
                    + tail(self.nodes[number].log))

    def _coordinators_answer(self, living: set[int]) -> bool:
        self._check_alive(living)
        for partition in range(self.offsets_partitions):
            probe = group_in(partition, self.offsets_partitions)
            for number in living:
                asked = self.nodes[number].address()
                wire.offset_fetch(wire.find_coordinator(asked, probe), probe)
        return True

    def logs(self) -> str:
        """The end of every node's log, for an error text."""
        return "\n".join(f"--- node {number}\n{tail(node.log)}"
                         for number, node in self.nodes.items())

    def stop(self) -> None:
        """End every broker at once and remove what they wrote."""
        with self._lock:
            if self._driver is not None:
                self._driver.close()
                self._driver = None
            for node in getattr(self, "nodes", {}).values():
                self._end(node, signal.SIGKILL)
                for port in node.ports.values():
                    port.close()
            self._scratch.remove()
            _running.discard(self)

    @staticmethod
    def _end(node: Node, number: signal.Signals) -> None:
        if node.process is None:
            return
        if node.process.poll() is None:
            node.process.send_signal(number)
        try:
            node.process.wait(30)
        except subprocess.TimeoutExpired:
            node.process.kill()
            node.process.wait()

    # Faults

    def pause(self, number: int) -> None:
        """Freeze a node (SIGSTOP): connections stay open, nothing answers."""
        self._check_alive([number])
        self._signal(number, signal.SIGSTOP)
        self.nodes[number].paused = True
        process = self.nodes[number].process
        assert process is not None
        # The signal returns before every thread has stopped.
        wait_for(lambda: _has_stopped(process.pid), 10, f"node {number} stops")

    def resume(self, number: int) -> None:
        """Let a frozen node go on, with what it believed then."""
        self._signal(number, signal.SIGCONT)
        self.nodes[number].paused = False

    def _signal(self, number: int, which: signal.Signals) -> None:
        process = self.nodes[number].process
        if process is not None:
            process.send_signal(which)

    def kill(self, number: int) -> None:
        """End a node as a crash does (SIGKILL)."""
        self._end(self.nodes[number], signal.SIGKILL)

    def shutdown(self, number: int) -> None:
        """End a node in good order: with three, its leaders move first."""
        self._end(self.nodes[number], signal.SIGTERM)

    def start(self, number: int, *, wait: bool = True) -> None:
        """Start a node that ended, on the same port and data."""
        if self.nodes[number].alive:
            raise ClusterError(f"node {number} runs already")
        self._launch(self.nodes[number])
        if wait:
            self.wait_ready()

    def restart(self, number: int, *, wait: bool = True) -> None:
        """End a node in good order and start it again."""
        self.shutdown(number)
        self.start(number, wait=wait)

    def roll(self, topics: Iterable[str] = ()) -> None:
        """A rolling restart: the next node goes when all replicas of the
        offsets topic and of TOPICS are in sync again."""
        for number in list(self.nodes):
            self.restart(number)
            self.wait_in_sync(topics)

    def wait_in_sync(self, topics: Iterable[str] = ()) -> None:
        """Wait until no replica of the offsets topic and TOPICS is behind."""
        names = [OFFSETS, *topics]

        def in_sync() -> bool:
            known = self.metadata(names).topics
            return all(set(each.replicas) == set(each.in_sync)
                       for partitions in known.values()
                       for each in partitions)

        wait_for(in_sync, READY_DEADLINE, "replicas in sync")

    def move_coordinator(self, group: str, node: int) -> None:
        """Make NODE the coordinator of GROUP, all nodes running."""
        number = self.offsets_partition(group)
        now = self.metadata([OFFSETS]).topics[OFFSETS][number]
        others = [each for each in now.replicas if each != node]
        order = [node, *others][:len(now.replicas)]
        self.driver.reassign(OFFSETS, {number: order})
        self.driver.elect([(OFFSETS, number)])
        wait_for(lambda: self.coordinator(group) == node, 30,
                 f"coordinator of {group!r} on node {node}")

    def acl(self, user: str, operation: str, resource: str, name: str, *,
            pattern: str = "LITERAL", permission: str = "ALLOW",
            remove: bool = False) -> None:
        """Allow (or deny, or no longer) USER an operation.

        RESOURCE is TOPIC, GROUP, CLUSTER (its name is kafka-cluster) or
        TRANSACTIONAL_ID; PATTERN LITERAL or PREFIXED.
        """
        self.driver.acl(f"User:{user}", operation, resource, name,
                        pattern=pattern, permission=permission, remove=remove)

    # Connecting

    def rdkafka(self, kind: str = "plain", user: str | None = None,
                mechanism: str = "SCRAM-SHA-512",
                password: str | None = None) -> dict[str, str]:
        """librdkafka's properties for the listener of that KIND."""
        result = {"bootstrap.servers": self.address(kind),
                  "security.protocol": KINDS[kind]}
        if kind in TLS_KINDS and self.tls is not None:
            result["ssl.ca.location"] = str(self.tls.ca)
        if kind == "mtls" and self.tls is not None:
            result["ssl.certificate.location"] = str(self.tls.client_cert)
            result["ssl.key.location"] = str(self.tls.client_key)
        if kind.startswith("sasl"):
            name = user or "admin"
            result.update({
                "sasl.mechanism": mechanism, "sasl.username": name,
                "sasl.password": USERS[name] if password is None
                else password})
        return result

    def java_properties(self, kind: str = "plain", user: str | None = None,
                        mechanism: str = "SCRAM-SHA-512",
                        password: str | None = None) -> dict[str, str]:
        """The same for Java clients: what --command-config files hold."""
        result = {"security.protocol": KINDS[kind]}
        if kind in TLS_KINDS and self.tls is not None:
            result["ssl.truststore.type"] = "PEM"
            result["ssl.truststore.location"] = str(self.tls.ca)
        if kind == "mtls" and self.tls is not None:
            result["ssl.keystore.type"] = "PEM"
            result["ssl.keystore.location"] = str(self.tls.client)
        if kind.startswith("sasl"):
            name = user or "admin"
            secret = USERS[name] if password is None else password
            module = ("plain.PlainLoginModule" if mechanism == "PLAIN"
                      else "scram.ScramLoginModule")
            result["sasl.mechanism"] = mechanism
            result["sasl.jaas.config"] = (
                f"org.apache.kafka.common.security.{module} required "
                f'username="{name}" password="{secret}";')
        return result

    # Looking

    def offsets_partition(self, group: str) -> int:
        """The partition of __consumer_offsets that GROUP belongs to."""
        return partition_of(group, self.offsets_partitions)

    def metadata(self, topics: Iterable[str] = ()) -> wire.Metadata:
        """The cluster as its first node that runs sees it."""
        return wire.metadata(self.serving()[0].address(), topics)

    def coordinator(self, group: str) -> int:
        """The node that coordinates GROUP, by the offsets topic's leaders;
        -1 while there is none, or while nodes that run tell different ones."""
        number = self.offsets_partition(group)
        told = {wire.metadata(node.address(), [OFFSETS]).topics[OFFSETS]
                [number].leader for node in self.serving()}
        return told.pop() if len(told) == 1 else -1

    def serving(self) -> list[Node]:
        """The nodes that run and are not frozen; at least one."""
        if not (nodes := [node for node in self.nodes.values()
                          if node.alive and not node.paused]):
            raise ClusterError("no node runs")
        return nodes

    def group_at(self, number: int, prefix: str) -> str:
        """A group id, beginning with PREFIX, that node NUMBER coordinates."""
        leaders = self.metadata([OFFSETS]).topics
        for each in leaders[OFFSETS]:
            if each.leader == number:
                return group_in(each.number, self.offsets_partitions, prefix)
        raise ClusterError(f"node {number} coordinates nothing")

    def at(self, group: str) -> str:
        """The plain address of GROUP's coordinator."""
        def find() -> str:
            return wire.find_coordinator(self.serving()[0].address(), group)
        return str(wait_for(find, 10, f"coordinator of {group!r}"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="broker", description="Start a throwaway Kafka cluster, print "
        "its bootstrap address, and stop it at Ctrl-C.")
    parser.add_argument("version", nargs="?", default=dist.VERSIONS[-1])
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=1)
    parser.add_argument("--listener", action="append", default=[],
                        choices=sorted(set(KINDS) - {"plain"}),
                        help="one more listener; repeatable")
    parser.add_argument("--authorizer", action="store_true",
                        help="with ACLs; implies --listener sasl_ssl")
    parser.add_argument("--property", action="append", default=[],
                        metavar="NAME=VALUE", help="of the broker; repeatable")
    return parser.parse_args()


def _describe(cluster: Cluster, spent: float) -> None:
    """The bootstrap address on stdout, the rest on stderr."""
    print(cluster.bootstrap, flush=True)
    dist.say(f"Kafka {cluster.version} ready after {spent:.1f} s; pids "
             f"{' '.join(map(str, cluster.pids.values()))}; Ctrl-C stops it")
    for kind in cluster.kinds[1:]:
        dist.say(f"{kind}: {cluster.address(kind)}")
    if cluster.tls is not None:
        dist.say(f"certificates: {cluster.tls.ca.parent}")
    if any(kind.startswith("sasl") for kind in cluster.kinds):
        dist.say(f"users: {USERS}")


def main() -> int:
    options = _arguments()
    listeners = options.listener
    if options.authorizer and not listeners:
        listeners = ["sasl_ssl"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        dist.ensure(options.version)
        begin = time.monotonic()
        with Cluster(options.version, options.nodes, listeners=listeners,
                     authorizer=options.authorizer,
                     properties=dict(each.split("=", 1)
                                     for each in options.property)) as cluster:
            _describe(cluster, time.monotonic() - begin)
            with contextlib.suppress(KeyboardInterrupt):
                while True:
                    signal.pause()
    except (dist.DistError, ClusterError) as error:
        print(f"bed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
