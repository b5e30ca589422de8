"""The judges from outside: Kafka's own tools, and kafka-python."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bed.driver import client_command

if TYPE_CHECKING:
    from bed.cluster import Cluster

DEADLINE = 120.0

# Main classes, by the name of the script in Kafka's bin; they moved.
CLASSES = {
    "kafka-acls": ("org.apache.kafka.tools.AclCommand",
                   "kafka.admin.AclCommand"),
    "kafka-configs": ("org.apache.kafka.tools.ConfigCommand",
                      "kafka.admin.ConfigCommand"),
    "kafka-console-consumer":
        ("org.apache.kafka.tools.consumer.ConsoleConsumer",),
    "kafka-consumer-groups":
        ("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",),
    "kafka-delete-records": ("org.apache.kafka.tools.DeleteRecordsCommand",),
    "kafka-dump-log": ("org.apache.kafka.tools.DumpLogSegments",
                       "kafka.tools.DumpLogSegments"),
    "kafka-get-offsets": ("org.apache.kafka.tools.GetOffsetShell",),
    "kafka-groups": ("org.apache.kafka.tools.GroupsCommand",),
    "kafka-topics": ("org.apache.kafka.tools.TopicCommand",),
    "kafka-transactions": ("org.apache.kafka.tools.TransactionsCommand",),
}
NO_BOOTSTRAP = {"kafka-dump-log"}


@dataclass(frozen=True)
class Result:
    """What a tool left behind."""

    status: int
    out: str
    err: str


def run(cluster: Cluster, tool: str, *arguments: str | os.PathLike[str],
        kind: str = "plain", config: Mapping[str, str] | None = None,
        deadline: float = DEADLINE) -> Result:
    """Run one of Kafka's tools of the cluster's version against it.

    KIND is the listener that it connects to, CONFIG goes into the file of
    --command-config.  Kafka's exit status says little: most failures are 0.
    """
    main = cluster.dist.main_class(*CLASSES[tool])
    command = [*client_command(cluster.version), main]
    if tool not in NO_BOOTSTRAP:
        command += ["--bootstrap-server", cluster.address(kind)]
    with tempfile.NamedTemporaryFile("w", suffix=".properties",
                                     encoding="utf-8") as file:
        if config:
            file.write("".join(f"{k}={v}\n" for k, v in config.items()))
            file.flush()
            command += ["--command-config", file.name]
        command += [os.fspath(each) for each in arguments]
        done = subprocess.run(command, text=True, capture_output=True,
                              check=False, timeout=deadline,
                              stdin=subprocess.DEVNULL)
    return Result(done.returncode, done.stdout, done.stderr)


def kafka_consumer_groups(cluster: Cluster,
                          *arguments: str | os.PathLike[str],
                          **options: Any) -> Result:
    """kafka-consumer-groups; see run."""
    return run(cluster, "kafka-consumer-groups", *arguments, **options)


def python_offsets(cluster: Cluster, group: str
                   ) -> dict[tuple[str, int], tuple[int, str]]:
    """Offset and metadata of each position of GROUP, by kafka-python.

    A second judge that shares no line of code with Java or librdkafka; it
    comes with the tests' Python environment.
    """
    from kafka.admin import KafkaAdminClient  # in the venv only
    admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap.split(","))
    try:
        found = admin.list_consumer_group_offsets(group)
        return {(where.topic, where.partition): (what.offset, what.metadata)
                for where, what in found.items()}
    finally:
        admin.close()
