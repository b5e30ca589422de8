"""The configuration file: checked, shown, and obeyed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rig import Rig

Unique = Callable[[str], str]
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Makes a configuration file of a text."""
    def make(text: str) -> Path:
        path = tmp_path / "tidemark.conf"
        path.write_text(text)
        return path
    return make


FULL = """\
[kafka]
bootstrap.servers = ${BROKERS}
sasl.password = ${PASSWORD}
[repository]
repo = /var/lib/tidemark/repo
[ping]
ping-url = https://hc-ping.com/hush
[metrics]
metrics-label = a=1
metrics-label = b=2
[policy "topic:orders-*"]
preset = strict
"""


def test_check_says_that_nothing_is_wrong(tidemark: Any, write: Write) -> None:
    path = write(FULL)
    env = {"BROKERS": "b:1", "PASSWORD": "hunter2"}
    told = tidemark("config", "--config", path, env=env)
    assert told.out == f"{path}: 7 keys, 1 [policy]: nothing wrong\n"
    told = tidemark("config", "--json", env=env | {"TIDEMARK_CONFIG":
                                                   str(path)})
    assert told.json() == {"file": str(path), "keys": 7, "policies": 1}
    told = tidemark("config", "--config", path, env={"BROKERS": "b:1"},
                    status=2)
    assert f"{path}:3: the environment variable PASSWORD" in told.err
    assert "no configuration file" in tidemark("config", status=2).err
    assert "takes no --execute" in tidemark("config", "--execute",
                                            status=2).err


@pytest.mark.parametrize(("text", "told"), [
    ("[kafka]\nsasl.mechansm = PLAIN\n", "sasl.mechanism"),
    ("[kafka]\ncommand-config = /nowhere/client.properties\n", "/nowhere/"),
    ("[repository]\nrepo = gs://bucket\n", "gs://"),
    ("[repository]\nrepo = s3://bucket/p\n[s3]\ns3-endpoint = nonsense\n",
     "endpoint"),
    ("[metrics]\nmetrics-label = nonsense\n", "nonsense"),
    ("[ping]\nping-url = ftp://hush\n", "pinged"),
    ("[agent]\nwindow = 5s\n", "--window is from"),
    ("[agent]\nflush = 0s\n", "--flush is 1s"),
    ("[agent]\ninterval = 0s\n", "--interval is 1s"),
    ("[agent]\ninterval = 2h\n", "longer than --window"),
    ("[agent]\nmetrics = here\n", "'here' is no address"),
    ("[snapshot]\ngroup = re:(\n", 'pattern "re:("'),
    ("[snapshot]\nscope = all\n", ":2: --scope is auto, cluster"),
    ("[s3]\ns3-retry = soon\n", ":2: --s3-retry")])
def test_check_finds_wrong_values(tidemark: Any, write: Write, text: str,
                                  told: str) -> None:
    result = tidemark("config", "--config", write(text), status=2)
    assert told in result.err and "hush" not in result.err


def test_show_tells_values_and_where_they_come_from(
        tidemark: Any, write: Write) -> None:
    path = write(FULL)
    env = {"BROKERS": "b:1", "PASSWORD": "hunter2",
           "TIDEMARK_TIMEOUT": "7s", "TIDEMARK_REPO": ""}
    told = tidemark("config", "--show", "--config", path, "--settle", "1s",
                    "-X", "client.id=me", "--s3-lock-time", "9h", env=env)
    shown = [line.split() for line in told.out.splitlines()]
    for line in (["kafka", "bootstrap.servers", "b:1", f"{path}:2"],
                 ["kafka", "sasl.password", "***", f"{path}:3"],
                 ["kafka", "client.id", "me", "-X"],
                 ["repository", "repo", "/var/lib/tidemark/repo", f"{path}:5"],
                 ["ping", "ping-url", "***", f"{path}:7"],
                 ["metrics", "metrics-label", "b=2", f"{path}:10"],
                 ["limits", "timeout", "7s", "TIDEMARK_TIMEOUT"],
                 ["limits", "in-flight", "500", "default"],
                 ["restore", "settle", "1s", "--settle"],
                 ["s3", "s3-lock-time", "9h", "--s3-lock-time"],
                 ["policy", '"topic:orders-*"', "preset", "strict",
                  f"{path}:12"]):
        assert line in shown, line
    assert "hunter2" not in told.out and "hush" not in told.out


def test_show_as_json_has_no_secret_either(tidemark: Any,
                                           write: Write) -> None:
    path = write(FULL)
    told = tidemark("config", "--show", "--json", "--config", path,
                    env={"BROKERS": "b:1", "PASSWORD": "hunter2"})
    assert "hunter2" not in told.out and "hush" not in told.out
    document = told.json()
    assert document["file"] == str(path)
    settings = {(each["section"], each["key"]): each
                for each in document["settings"]}
    assert settings["kafka", "sasl.password"] == {
        "section": "kafka", "key": "sasl.password", "secret": True,
        "from": f"{path}:3"}
    assert settings["policy", "preset"] == {
        "section": "policy", "of": "topic:orders-*", "key": "preset",
        "value": "strict", "secret": False, "from": f"{path}:12"}
    assert settings["repository", "repo"]["value"].startswith("/var/lib")
    assert "file" not in tidemark("config", "--show", "--json").json()


def test_a_java_client_file_may_be_named_in_the_file(
        tidemark: Any, write: Write, tmp_path: Path) -> None:
    java = tmp_path / "client.properties"
    java.write_text("bootstrap.servers=j:1\nsecurity.protocol=SASL_SSL\n"
                    "sasl.mechanism=PLAIN\nsasl.jaas.config=org.apache.kafka."
                    "common.security.plain.PlainLoginModule required "
                    "username=\"u\" password=\"hunter2\";\n")
    path = write(f"[kafka]\ncommand-config = {java}\n")
    told = tidemark("config", "--show", "--config", path).out
    assert "hunter2" not in told
    lines = [line.split() for line in told.splitlines()]
    assert [line[1:3] for line in lines if "j:1" in line] == [
        ["bootstrap.servers", "j:1"]]
    assert ["kafka", "command-config", str(java), f"{path}:2"] in lines


def test_what_a_snapshot_selects_moves_nothing_in_a_restore(
        rig_44: Rig, unique: Unique, write: Write) -> None:
    groups = [unique("mine"), unique("other")]
    topic = unique("orders")
    rig_44.cluster.driver.create_topic(topic, 1)
    rig_44.cluster.driver.produce(topic, 0, 10)
    for group in groups:
        rig_44.cluster.driver.commit(group, {(topic, 0): 5})
    path = write(f"[snapshot]\ngroup = {groups[0]}\n[repository]\n"
                 f"repo = {rig_44.repo}\n[kafka]\n"
                 f"bootstrap.servers = {rig_44.cluster.bootstrap}\n")
    rig_44.tidemark("snapshot", "--config", path)
    told = rig_44.tidemark("show", "latest", "-r", rig_44.repo, "--json").out
    assert groups[0] in told and groups[1] not in told
    told = rig_44.tidemark("restore", "--config", path, "--at", "latest",
                           status=2)
    assert "no groups are named" in told.err


def test_a_policy_for_some_topics_decides_and_is_named(
        rig_44: Rig, unique: Unique, write: Write) -> None:
    group, driver = unique("g"), rig_44.cluster.driver
    topics = [unique("pay"), unique("log")]
    for topic in topics:
        driver.create_topic(topic, 1)
        driver.produce(topic, 0, 10)
    driver.commit(group, {(topic, 0): 5 for topic in topics})
    rig_44.snapshot()
    for topic in topics:
        driver.delete_topics(topic)
    path = write(f'[policy "topic:{topics[0]}"]\npreset = strict\n')
    asked = ["--at", "latest", "--group", group, "--config", str(path)]
    rows = rig_44.rows(*asked, status=4)
    strict, skipped = (rows[topic, 0] for topic in topics)
    assert strict["action"] == "refuse" and strict["rule"] == "topic-missing"
    assert f'by [policy "topic:{topics[0]}"]' in strict["text"]
    assert skipped["action"] == "skip" and "[policy" not in skipped["text"]
    # What is said for this run wins over the file.
    rows = rig_44.rows(*asked, "--policy", "at-least-once", status=3)
    assert {row["action"] for row in rows.values()} == {"skip"}
    rows = rig_44.rows(*asked, "--on-missing-topic", "skip", status=3)
    assert {row["action"] for row in rows.values()} == {"skip"}
