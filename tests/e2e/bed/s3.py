"""Real S3 servers: versitygw (Go) and s3proxy (Java), with boto3 as client.

    with VersityGw() as server:
        bucket = server.bucket("backups")
        server.boto().list_objects_v2(Bucket=bucket)
"""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import boto3
import botocore.config

from bed import s3dist
from bed.dist import JVM_FLAGS, jdk_tool
from bed.process import Port, Scratch, spawn, tail
from bed.tls import Tls
from bed.wait import wait_for

ACCESS_KEY, SECRET_KEY = "testkey", "test-secret-never-shown"
REGION = "us-east-1"

_numbers = itertools.count(1)


def client(endpoint: str, access_key: str = ACCESS_KEY,
           secret_key: str = SECRET_KEY, **more: Any) -> Any:
    """A boto3 client that finds nothing in the caller's environment."""
    return boto3.session.Session().client(
        "s3", endpoint_url=endpoint, aws_access_key_id=access_key,
        aws_secret_access_key=secret_key, region_name=REGION,
        config=botocore.config.Config(
            retries={"max_attempts": 0}, s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required"), **more)


class Server:
    """What both have in common."""

    name = ""
    deadline = 30.0

    def __init__(self, data: Path | None = None,
                 tls: Tls | None = None) -> None:
        self._scratch = Scratch()
        self._port = Port()
        self.tls = tls
        self.data = data or self._scratch.path / "data"
        self.data.mkdir(exist_ok=True)
        self.log = self._scratch.path / "log"
        self.process: subprocess.Popen[Any] | None = None
        self.start()

    @property
    def port(self) -> int:
        return self._port.number

    @property
    def endpoint(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What tidemark needs to work with it."""
        return {"AWS_ACCESS_KEY_ID": ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
                "AWS_REGION": REGION,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_ENDPOINT_URL_S3": self.endpoint}

    def command(self) -> list[str]:
        raise NotImplementedError

    def variables(self) -> dict[str, str]:
        return {}

    def start(self) -> None:
        """Start it, again after kill(), on the same data."""
        with open(self.log, "ab") as log:
            self.process = spawn(
                self.command(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=self._scratch.path,
                env={**os.environ, **self.variables()})
        wait_for(self._is_ready, self.deadline, f"{self.name} is ready")

    def _is_ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended:\n{tail(self.log)}")
        with socket.create_connection(("127.0.0.1", self.port), 1):
            return True

    def kill(self) -> None:
        """SIGKILL, at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def boto(self, **more: Any) -> Any:
        if self.tls is not None:
            more.setdefault("verify", str(self.tls.ca))
        return client(self.endpoint, **more)

    def bucket(self, stem: str = "bucket") -> str:
        """A new bucket."""
        name = f"{stem}-{next(_numbers)}-{os.getpid()}"
        self.boto().create_bucket(Bucket=name)
        return name

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """All keys, by boto3."""
        pages = self.boto().get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=prefix)
        return [each["Key"] for page in pages
                for each in page.get("Contents", [])]

    def close(self) -> None:
        self.kill()
        self._port.close()
        self._scratch.remove()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class VersityGw(Server):
    """A file for each object, so that tests can damage one on the disk."""

    name = "versitygw"

    def __init__(self, version: str = s3dist.VERSITYGW, *,
                 versioning: bool = False, **more: Any) -> None:
        program = s3dist.versitygw(version)
        if program is None:
            raise RuntimeError("versitygw needs Go 1.25 or newer")
        self.program = program
        self.versioning = versioning
        super().__init__(**more)

    def command(self) -> list[str]:
        iam = self._scratch.path / "iam"
        iam.mkdir(exist_ok=True)
        options = ["--port", f"127.0.0.1:{self.port}", "--region", REGION,
                   "--keep-alive", "--iam-dir", str(iam), "--quiet",
                   "--virtual-domain", "s3.localhost"]
        if self.tls is not None:
            options += ["--cert", str(self.tls.server.with_name("server.pem")),
                        "--key", str(self.tls.server.with_name("server.key"))]
        posix = ["posix"]
        if self.versioning:
            versions = self._scratch.path / "versions"
            versions.mkdir(exist_ok=True)
            posix += ["--versioning-dir", str(versions)]
        return [str(self.program), *options, *posix, str(self.data)]

    def variables(self) -> dict[str, str]:
        return {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY}

    def path(self, bucket: str, key: str) -> Path:
        """The file of an object."""
        return self.data / bucket / key


class S3Proxy(Server):
    """Needs only what Kafka needs.  Keeps objects in memory."""

    name = "s3proxy"

    def command(self) -> list[str]:
        root = s3dist.s3proxy()
        config = self._scratch.path / "s3proxy.conf"
        config.write_text(
            f"s3proxy.endpoint=http://127.0.0.1:{self.port}\n"
            "s3proxy.authorization=aws-v4\n"
            f"s3proxy.identity={ACCESS_KEY}\n"
            f"s3proxy.credential={SECRET_KEY}\n"
            "s3proxy.ignore-unknown-headers=true\n"
            "jclouds.provider=transient\n"
            f"jclouds.identity={ACCESS_KEY}\n"
            f"jclouds.credential={SECRET_KEY}\n", "utf-8")
        logback = self._scratch.path / "logback.xml"
        logback.write_text(
            '<configuration><appender name="E" '
            'class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>'
            "%msg%n</pattern></encoder></appender>"
            '<root level="WARN"><appender-ref ref="E"/></root>'
            "</configuration>\n", "utf-8")
        jars = sorted((root / "libs").glob("*.jar"))
        return [jdk_tool("java"), "-Xmx640m", *JVM_FLAGS[:4],
                f"-Dlogback.configurationFile={logback}",
                "-cp", ":".join(map(str, jars)), "org.gaul.s3proxy.Main",
                "--properties", str(config)]
