"""Connecting: each kind of listener, each place where settings come from, and
what goes wrong with them, on a real broker.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bed.cluster import USERS, Cluster

KINDS = ["tls", "mtls", "sasl_plain", "sasl_ssl"]
MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@pytest.fixture(scope="module", params=["3.9.2", "4.4.0"])
def secured(request: pytest.FixtureRequest,
            _prepared: None) -> Iterator[Cluster]:
    with Cluster(request.param, listeners=KINDS) as cluster:
        cluster.driver.create_topic("t", 1)
        cluster.driver.commit("g", {("t", 0): 7})
        yield cluster


def words(properties: dict[str, str]) -> list[str]:
    return [word for name, value in properties.items()
            for word in ("-X", f"{name}={value}")]


def snapshot(tidemark: Any, repo: Path, *more: Any, status: int = 0,
             env: Any = None) -> Any:
    return tidemark("snapshot", "-r", repo, "--timeout", "12s", *more,
                    status=status, env=env)


def complete(result: Any) -> None:
    assert "complete in scope cluster" in result.out
    assert "1 group, 1 position" in result.out


@pytest.mark.parametrize("kind", KINDS)
def test_librdkafka_properties(secured: Cluster, tidemark: Any, repo: Path,
                               kind: str) -> None:
    complete(snapshot(tidemark, repo, *words(secured.rdkafka(kind))))


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("kind", ["sasl_plain", "sasl_ssl"])
def test_a_java_client_properties_file(
        secured: Cluster, tidemark: Any, repo: Path, tmp_path: Path,
        kind: str, mechanism: str) -> None:
    path = tmp_path / "client.properties"
    path.write_text("".join(
        f"{name}={value}\n" for name, value in
        secured.java_properties(kind, mechanism=mechanism).items()))
    result = snapshot(tidemark, repo, "-b", secured.address(kind),
                      "--command-config", path)
    complete(result)
    assert USERS["admin"] not in result.out + result.err


@pytest.mark.parametrize("kind", ["tls", "mtls"])
def test_a_java_file_with_pem_stores(
        secured: Cluster, tidemark: Any, repo: Path, tmp_path: Path,
        kind: str) -> None:
    path = tmp_path / "client.properties"
    path.write_text("".join(
        f"{name} = {value}\n" for name, value in
        secured.java_properties(kind).items()))
    complete(snapshot(tidemark, repo, "-b", secured.address(kind),
                      "--command-config", path))


def test_a_jks_store_is_refused_with_the_command_that_converts_it(
        secured: Cluster, tidemark: Any, repo: Path, tmp_path: Path) -> None:
    path = tmp_path / "client.properties"
    path.write_text("security.protocol=SSL\n"
                    "ssl.truststore.location=/etc/kafka/trust.jks\n"
                    "ssl.truststore.password=changeit\n")
    told = snapshot(tidemark, repo, "-b", secured.address("tls"),
                    "--command-config", path, status=2).err
    assert "keytool" in told and "changeit" not in told


def test_the_configuration_file_with_a_secret_of_the_environment(
        secured: Cluster, tidemark: Any, repo: Path, tmp_path: Path) -> None:
    path = tmp_path / "tidemark.conf"
    lines = secured.rdkafka("sasl_ssl")
    lines["sasl.password"] = "${SECRET}"
    path.write_text(f"[repository]\nrepo = {repo}\n[kafka]\n" + "".join(
        f"{name} = {value}\n" for name, value in lines.items()))
    complete(tidemark("snapshot", "--config", path,
                      env={"SECRET": USERS["admin"]}))
    tidemark("snapshot", "--config", path, status=2)


def test_what_the_nais_platform_injects(
        secured: Cluster, tidemark: Any, repo: Path) -> None:
    tls = secured.tls
    assert tls is not None
    complete(snapshot(tidemark, repo, env={
        "KAFKA_BROKERS": secured.address("mtls"),
        "KAFKA_CA_PATH": str(tls.ca),
        "KAFKA_CERTIFICATE_PATH": str(tls.client_cert),
        "KAFKA_PRIVATE_KEY_PATH": str(tls.client_key)}))


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_wrong_password_says_so(secured: Cluster, tidemark: Any,
                                  repo: Path, mechanism: str) -> None:
    properties = secured.rdkafka("sasl_ssl", mechanism=mechanism,
                                 password="wrong-hunter2")
    told = snapshot(tidemark, repo, *words(properties), status=1).err
    assert "uthenticat" in told, told
    assert "hunter2" not in told


def test_a_wrong_ca_says_so(secured: Cluster, tidemark: Any, repo: Path,
                            tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                    "-days", "2", "-subj", "/CN=other", "-keyout",
                    tmp_path / "key", "-out", other], check=True,
                   capture_output=True)
    properties = secured.rdkafka("tls")
    properties["ssl.ca.location"] = str(other)
    told = snapshot(tidemark, repo, *words(properties), status=1).err
    assert "certificate" in told and "ssl.ca.location" in told, told


def test_no_client_certificate_says_so(secured: Cluster, tidemark: Any,
                                       repo: Path) -> None:
    properties = secured.rdkafka("tls")
    properties["bootstrap.servers"] = secured.address("mtls")
    told = snapshot(tidemark, repo, *words(properties), status=1).err
    assert "certificate" in told or "SSL" in told or "TLS" in told, told


def test_plaintext_to_a_tls_port_says_so(secured: Cluster, tidemark: Any,
                                         repo: Path) -> None:
    told = snapshot(tidemark, repo, "-b", secured.address("tls"),
                    status=1).err
    assert "security.protocol" in told or "TLS" in told, told


def test_tls_to_a_plaintext_port_says_so(secured: Cluster, tidemark: Any,
                                         repo: Path) -> None:
    properties = secured.rdkafka("tls")
    properties["bootstrap.servers"] = secured.bootstrap
    told = snapshot(tidemark, repo, *words(properties), status=1).err
    assert "security.protocol" in told or "TLS" in told or "SSL" in told, told


def test_a_name_that_does_not_resolve_says_so(tidemark: Any,
                                              repo: Path) -> None:
    told = snapshot(tidemark, repo, "-b", "no-such-host.invalid:9092",
                    status=1).err
    assert "no-such-host.invalid" in told


def test_a_listener_that_hangs_ends_within_the_deadline(
        tidemark: Any, repo: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = tidemark("snapshot", "-r", repo, "-b",
                        f"127.0.0.1:{silent.getsockname()[1]}", "--timeout",
                        "4s", status=1, timeout=20)
    assert "127.0.0.1" in told.err


def test_a_property_with_a_typo_gets_the_nearest_one(tidemark: Any,
                                                     repo: Path) -> None:
    told = snapshot(tidemark, repo, "-b", "127.0.0.1:1", "-X",
                    "sasl.pasword=hunter2", status=2).err
    assert "sasl.password" in told and "hunter2" not in told


def test_a_property_that_tidemark_needs_is_refused(tidemark: Any,
                                                   repo: Path) -> None:
    told = snapshot(tidemark, repo, "-b", "127.0.0.1:1", "-X",
                    "group.id=mine", status=2).err
    assert "group.id" in told


def test_no_cluster_is_given(tidemark: Any, repo: Path) -> None:
    assert "-b HOST:PORT" in snapshot(tidemark, repo, status=2).err
