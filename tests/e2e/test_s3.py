"""Repositories in S3, on real servers: the whole way, how a server is found
and spoken to, rights, and every fault that a put can meet.

The judge of what is in a bucket is boto3.
"""

from __future__ import annotations

import datetime
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bed import s3dist, tls
from bed.archive import Archive
from bed.cluster import Cluster
from bed.faultproxy import Fault, FaultProxy, Request
from bed.process import Port
from bed.s3 import REGION, SECRET_KEY, Server, VersityGw, client
from bed.wait import wait_for

Unique = Callable[[str], str]

FAST = {"TIDEMARK_S3_RETRY": "10s", "TIDEMARK_S3_STALL": "1s"}


class Rig:
    """A bucket, one broker with a topic and a group, and the words that every
    call needs."""

    def __init__(self, tidemark: Any, server: Server, cluster: Cluster,
                 group: str, topic: str) -> None:
        self.tidemark, self.server, self.cluster = tidemark, server, cluster
        self.group, self.topic = group, topic
        self.bucket = server.bucket("backups")
        self.url = f"s3://{self.bucket}/team=x/prod"
        self.env = {**server.environment, **FAST}

    def through(self, proxy: FaultProxy) -> None:
        self.env["AWS_ENDPOINT_URL_S3"] = proxy.endpoint

    def run(self, *words: str, status: int | None = 0, **more: Any) -> Any:
        result = self.tidemark(*words, "-r", self.url, status=status,
                               env={**self.env, **more})
        assert SECRET_KEY not in result.out + result.err
        return result

    def init(self) -> None:
        self.run("init")

    def snapshot(self, *words: str, status: int | None = 0, **more: Any) -> Any:
        return self.run("snapshot", "-b", self.cluster.bootstrap, "--group",
                        self.group, *words, status=status, **more)

    def keys(self) -> list[str]:
        return self.server.keys(self.bucket)

    def archives(self) -> list[str]:
        return [key for key in self.keys() if "/snapshots/" in key]

    def check_whole(self, count: int) -> None:
        """Nothing torn: the repository verifies and has so many snapshots."""
        assert len(self.archives()) == count, self.keys()
        if count > 0:
            found = self.run("verify", AWS_ENDPOINT_URL_S3=self.server.endpoint)
            assert f"{count} whole, 0 damaged" in found.out


def make_rig(tidemark: Any, server: Server, cluster: Cluster,
             unique: Unique) -> Rig:
    rig = Rig(tidemark, server, cluster, unique("group"), unique("topic"))
    cluster.driver.create_topic(rig.topic, 1)
    cluster.driver.produce(rig.topic, 0, 50)
    cluster.driver.commit(rig.group, {(rig.topic, 0): 17})
    return rig


@pytest.fixture
def rig(tidemark: Any, s3_server: Server, broker_44: Cluster,
        unique: Unique) -> Rig:
    """On both servers in turn."""
    return make_rig(tidemark, s3_server, broker_44, unique)


@pytest.fixture
def faulty(tidemark: Any, versitygw: VersityGw, broker_44: Cluster,
           unique: Unique, fault_proxy: FaultProxy) -> Rig:
    """On versitygw behind the proxy; the repository is made."""
    made = make_rig(tidemark, versitygw, broker_44, unique)
    made.init()
    made.through(fault_proxy)
    return made


# The whole way

def test_the_whole_way_in_s3(rig: Rig) -> None:
    rig.init()
    first = rig.snapshot("--json").json()
    assert rig.run("list", "--json").json()["id"] == first["id"]
    assert "17" in rig.run("show", "latest", "--group", rig.group).out
    assert "1 whole, 0 damaged" in rig.run("verify").out
    rig.cluster.driver.delete_groups(rig.group)
    plan = rig.run("plan", "-b", rig.cluster.bootstrap, "--at", first["id"],
                   "--group", rig.group)
    assert "17" in plan.out
    rig.run("restore", "-b", rig.cluster.bootstrap, "--at", "latest",
            "--group", rig.group, "--execute")
    found = rig.cluster.driver.offsets(rig.group)
    assert found[rig.topic, 0].offset == 17
    rig.run("undo", "latest", "-b", rig.cluster.bootstrap, "--execute",
            "--settle", "0s")
    assert rig.cluster.driver.offsets(rig.group) == {}
    assert "undone" in rig.run("list", "--restores").out


def test_what_is_in_the_bucket_is_what_a_directory_would_have(
        rig: Rig, tmp_path: Path) -> None:
    """The same archive, byte for byte, read by boto3 and by path."""
    rig.init()
    made = rig.snapshot("--json").json()
    assert made["id"] in rig.archives()[0]
    body = rig.server.boto().get_object(
        Bucket=rig.bucket, Key=rig.archives()[0])["Body"].read()
    path = tmp_path / "copy.tar.zst"
    path.write_bytes(body)
    listed = subprocess.run(["tar", "--zstd", "-tf", path], check=True,
                            capture_output=True, text=True).stdout
    assert "MANIFEST.json" in listed
    rig.tidemark("verify", path)
    assert not [key for key in rig.keys() if "/probe/" in key]


def test_init_twice_and_in_a_foreign_place(rig: Rig) -> None:
    rig.init()
    assert "a repository already" in rig.run("init", status=1).err
    rig.server.boto().put_object(Bucket=rig.bucket, Key="other/thing",
                                 Body=b"x")
    before = rig.keys()
    rig.url = f"s3://{rig.bucket}/other"
    assert "thing" in rig.run("init", status=1).err
    rig.url = f"s3://{rig.bucket}"
    assert "not tidemark's" in rig.run("init", status=1).err
    assert rig.keys() == before


def test_a_bucket_without_a_prefix(rig: Rig) -> None:
    rig.url = f"s3://{rig.bucket}"
    rig.init()
    rig.snapshot()
    assert "tidemark.json" in rig.keys()
    assert "1 whole" in rig.run("verify").out


def test_more_snapshots_than_a_page_are_listed(rig: Rig) -> None:
    """Foreign objects between them are counted, not shown."""
    rig.init()
    rig.snapshot()
    real = rig.archives()[0]
    folder, name = real.rsplit("/", 1)
    boto = rig.server.boto()
    for number in range(1100):
        boto.put_object(Bucket=rig.bucket, Body=b"",
                        Key=f"{folder}/{name[:-8]}-{number}")
    result = rig.run("list", "--json")
    assert len(result.jsonl()) == 1
    assert "1100 objects" in result.err


def test_two_at_once_lose_nothing(rig: Rig) -> None:
    """Contract 8, in S3."""
    rig.init()
    several = [rig.tidemark.start(
        "snapshot", "-b", rig.cluster.bootstrap, "--group", rig.group, "-r",
        rig.url, env=rig.env) for _ in range(4)]
    for process in several:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    rig.check_whole(4)


def test_killed_at_any_moment_nothing_is_torn(rig: Rig) -> None:
    """Contract 8, in S3: kill -9 at random moments."""
    rig.init()
    rng, finished = random.Random(6), 0
    for _ in range(25):
        process = rig.tidemark.start(
            "snapshot", "-b", rig.cluster.bootstrap, "--group", rig.group,
            "-r", rig.url, env=rig.env)
        try:
            process.wait(timeout=rng.uniform(0.0, 0.15))
            finished += 1
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
    rig.snapshot()
    count = len(rig.run("list", "--json").jsonl())
    assert count >= finished + 1
    assert f"{count} whole, 0 damaged" in rig.run("verify").out


# Finding and speaking to the server

def test_tls_needs_the_servers_authority(tidemark: Any, broker_44: Cluster,
                                         unique: Unique,
                                         tmp_path: Path) -> None:
    if s3dist.versitygw() is None:
        pytest.skip("versitygw needs Go 1.25 or newer")
    with VersityGw(tls=tls.make(tmp_path / "tls")) as server:
        assert server.tls is not None
        rig = make_rig(tidemark, server, broker_44, unique)
        refused = rig.run("init", status=1)
        assert "certificate" in refused.err
        assert "--s3-ca-file" in refused.err
        rig.run("init", "--s3-ca-file", str(server.tls.ca))
        rig.run("list", AWS_CA_BUNDLE=str(server.tls.ca))
        other = rig.run("list", "--s3-ca-file", str(server.tls.other_ca),
                        status=1)
        assert "certificate" in other.err
        assert "list" not in rig.run(
            "list", "--s3-ca-file", str(tmp_path / "none"), status=2).out


def test_the_bucket_in_the_host_name(faulty: Rig,
                                     fault_proxy: FaultProxy) -> None:
    """*.localhost is this machine (RFC 6761), to libcurl too."""
    endpoint = f"http://s3.localhost:{fault_proxy.port}"
    faulty.run("list", "--s3-endpoint", endpoint, "--s3-addressing", "virtual")
    request = fault_proxy.requests[-1]
    assert request.headers["host"] == \
        f"{faulty.bucket}.s3.localhost:{fault_proxy.port}"
    assert not request.target.startswith(f"/{faulty.bucket}")
    faulty.run("list", "--s3-endpoint", endpoint, "--s3-addressing", "path")
    assert fault_proxy.requests[-1].target.startswith(f"/{faulty.bucket}")


def test_proxies_of_the_environment(faulty: Rig, fault_proxy: FaultProxy,
                                    versitygw: VersityGw) -> None:
    # The name leads nowhere: only the proxy can have been asked.
    endpoint = "http://store.example.invalid"
    faulty.run("list", status=1, AWS_ENDPOINT_URL_S3=endpoint,
               TIDEMARK_S3_RETRY="0s")
    fault_proxy.clear()
    fault_proxy.add(Fault(times=-1, answer=403, code="AccessDenied"))
    refused = faulty.run("list", status=1, AWS_ENDPOINT_URL_S3=endpoint,
                         http_proxy=fault_proxy.endpoint)
    assert "AccessDenied" in refused.err
    assert fault_proxy.requests[-1].target.startswith(endpoint)
    fault_proxy.clear()
    faulty.run("list", AWS_ENDPOINT_URL_S3=versitygw.endpoint,
               http_proxy=fault_proxy.endpoint, no_proxy="127.0.0.1")
    assert not fault_proxy.requests


def test_headers_of_what_is_put(faulty: Rig, fault_proxy: FaultProxy) -> None:
    fault_proxy.add(Fault("PUT", times=-1, answer=200))
    faulty.snapshot("--s3-encryption", "aws:kms", "--s3-kms-key", "key-7",
                    "--s3-storage-class", "STANDARD_IA", "--s3-lock-mode",
                    "GOVERNANCE", "--s3-lock-time", "30d", "--s3-legal-hold",
                    status=1)
    put = next(each for each in fault_proxy.requests
               if each.method == "PUT")
    sent = put.headers
    assert sent["x-amz-server-side-encryption"] == "aws:kms"
    assert sent["x-amz-server-side-encryption-aws-kms-key-id"] == "key-7"
    assert sent["x-amz-storage-class"] == "STANDARD_IA"
    assert sent["x-amz-object-lock-mode"] == "GOVERNANCE"
    assert sent["x-amz-object-lock-legal-hold"] == "ON"
    until = datetime.datetime.fromisoformat(
        sent["x-amz-object-lock-retain-until-date"].replace("Z", "+00:00"))
    left = until - datetime.datetime.now(datetime.timezone.utc)
    assert 29 <= left.days <= 30
    assert sent["content-md5"]
    # Real length and hash, no chunks, nothing overwritten.
    assert int(sent["content-length"]) == put.body_size > 0
    assert re.fullmatch("[0-9a-f]{64}", sent["x-amz-content-sha256"])
    assert "transfer-encoding" not in sent
    assert "aws-chunked" not in sent.get("content-encoding", "")
    assert sent["if-none-match"] == "*"
    for name in sent:
        if name.startswith("x-amz-"):
            assert name in sent["authorization"], name


@pytest.mark.parametrize("words", [
    ("--s3-encryption", "rot13"), ("--s3-kms-key", "k"),
    ("--s3-lock-mode", "GOVERNANCE"), ("--s3-lock-time", "1d"),
    ("--s3-lock-mode", "forever", "--s3-lock-time", "1d"),
    ("--s3-storage-class", "A B"), ("--s3-addressing", "sideways"),
    ("--s3-endpoint", "minio:9000"), ("--s3-region", "x y"),
    ("--s3-profile", "nobody")])
def test_bad_options_are_usage_errors(tidemark: Any,
                                      words: tuple[str, ...]) -> None:
    result = tidemark("init", "-r", "s3://bucket/x", *words, status=2)
    assert len(result.err.splitlines()) <= 2


@pytest.mark.parametrize("url", ["s3://", "s3://ab", "s3://bucket/../x",
                                 "s3://bucket//x", "s3://k:secret@bucket/x",
                                 "s3://bucket/a b"])
def test_bad_names_are_usage_errors(tidemark: Any, url: str) -> None:
    result = tidemark("init", "-r", url, status=2)
    assert "s3://BUCKET/PREFIX" in result.err


def test_object_lock_keeps_a_snapshot(tidemark: Any, versitygw: VersityGw,
                                      broker_44: Cluster,
                                      unique: Unique) -> None:
    if s3dist.versitygw() is None:
        pytest.skip("versitygw needs Go 1.25 or newer")
    with VersityGw(versioning=True) as server:
        rig = make_rig(tidemark, server, broker_44, unique)
        boto = server.boto()
        rig.bucket = f"locked-{os.getpid()}"
        rig.url = f"s3://{rig.bucket}/x"
        boto.create_bucket(Bucket=rig.bucket, ObjectLockEnabledForBucket=True)
        rig.init()
        rig.snapshot("--s3-lock-mode", "COMPLIANCE", "--s3-lock-time", "1d")
        key = rig.archives()[0]
        head = boto.head_object(Bucket=rig.bucket, Key=key)
        assert head["ObjectLockMode"] == "COMPLIANCE"
        with pytest.raises(boto.exceptions.ClientError, match="AccessDenied|"
                           "locked|Object Lock"):
            boto.delete_object(Bucket=rig.bucket, Key=key,
                               VersionId=head["VersionId"])
        rig.run("verify")


def test_a_lock_that_the_bucket_cannot_give_is_told(faulty: Rig) -> None:
    """versitygw stores the object and then refuses to lock it."""
    done = faulty.snapshot("--s3-lock-mode", "GOVERNANCE", "--s3-lock-time",
                           "1d", status=1)
    assert "storing it failed" in done.err
    assert "there all the same, WITHOUT a lock" in done.err
    assert not faulty.archives()


# Who may do what

def test_a_public_bucket_is_read_without_credentials(faulty: Rig) -> None:
    faulty.snapshot()
    words = ["list", "--no-sign"]
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    assert "AccessDenied" in faulty.run(*words, status=1, **nobody).err
    faulty.server.boto().put_bucket_policy(
        Bucket=faulty.bucket, Policy=json.dumps({"Statement": [{
            "Effect": "Allow", "Principal": "*",
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": [f"arn:aws:s3:::{faulty.bucket}",
                         f"arn:aws:s3:::{faulty.bucket}/*"]}]}))
    assert faulty.run(*words, **nobody).out
    assert "no credentials" in faulty.run("list", status=1, **nobody).err


def test_without_the_right_to_delete_all_works(faulty: Rig,
                                               versitygw: VersityGw) -> None:
    """The agent's rights: put, get, list."""
    name = f"agent-{os.getpid()}"
    boto = versitygw.boto()
    subprocess.run(
        [versitygw.program, "admin", "--access", "testkey", "--secret",
         SECRET_KEY, "--endpoint-url", versitygw.endpoint, "create-user",
         "--access", name, "--secret", "agent-secret", "--role", "user"],
        check=True, capture_output=True)
    boto.put_bucket_policy(
        Bucket=faulty.bucket, Policy=json.dumps({"Statement": [{
            "Effect": "Allow", "Principal": [name],
            "Action": ["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
            "Resource": [f"arn:aws:s3:::{faulty.bucket}",
                         f"arn:aws:s3:::{faulty.bucket}/*"]}]}))
    faulty.url = f"s3://{faulty.bucket}/agent"
    faulty.env |= {"AWS_ACCESS_KEY_ID": name,
                   "AWS_SECRET_ACCESS_KEY": "agent-secret"}
    limited = client(versitygw.endpoint, name, "agent-secret")
    faulty.init()
    left = [key for key in faulty.keys() if "agent/probe/" in key]
    assert len(left) == 1
    with pytest.raises(limited.exceptions.ClientError, match="AccessDenied"):
        limited.delete_object(Bucket=faulty.bucket, Key=left[0])
    faulty.snapshot()
    faulty.snapshot()
    assert len(faulty.run("list", "--json").jsonl()) == 2
    assert "2 whole" in faulty.run("verify").out
    faulty.run("show", "latest")


def test_wrong_credentials_are_told(faulty: Rig) -> None:
    wrong = faulty.run("list", status=1, AWS_SECRET_ACCESS_KEY="wrong")
    assert "SignatureDoesNotMatch" in wrong.err
    assert "secret key is wrong" in wrong.err
    unknown = faulty.run("list", status=1, AWS_ACCESS_KEY_ID="nobody")
    assert "InvalidAccessKeyId" in unknown.err
    token = faulty.run("list", status=1, AWS_SESSION_TOKEN="expired")
    assert "InvalidToken" in token.err
    assert "new credentials" in token.err
    for each in (wrong, unknown, token):
        assert f"s3://{faulty.bucket}/" in each.err
        assert len(each.err.splitlines()) == 2


def test_an_expired_session_is_told(faulty: Rig,
                                    fault_proxy: FaultProxy) -> None:
    fault_proxy.add(Fault(times=-1, answer=400, code="ExpiredToken"))
    result = faulty.run("list", status=1)
    assert "ExpiredToken" in result.err and "new credentials" in result.err
    assert len(fault_proxy.requests) == 1


def test_a_wrong_region_is_corrected_once(faulty: Rig,
                                          fault_proxy: FaultProxy) -> None:
    faulty.run("list", AWS_REGION="eu-west-1")
    status = [each.status for each in fault_proxy.requests]
    assert status.count(400) == 1
    assert REGION in fault_proxy.requests[-1].headers["authorization"]


def test_a_skewed_clock_is_corrected_once(faulty: Rig,
                                          fault_proxy: FaultProxy) -> None:
    """The server's clock is 20 minutes ahead."""
    ahead = datetime.datetime.now(datetime.timezone.utc) + \
        datetime.timedelta(minutes=20)
    date = ahead.strftime("%a, %d %b %Y %H:%M:%S GMT")

    def is_skewed(request: Request) -> bool:
        stamp = datetime.datetime.strptime(
            request.headers["x-amz-date"] + "+0000", "%Y%m%dT%H%M%SZ%z")
        return abs((stamp - ahead).total_seconds()) > 900

    fault_proxy.add(Fault(times=-1, answer=403, code="RequestTimeTooSkewed",
                          headers={"Date": date},
                          unless=lambda request: not is_skewed(request)))
    # What is signed 20 minutes ahead is refused by the real server, so that
    # answer is made, too.
    fault_proxy.add(Fault("GET", r"tidemark\.json", times=1, answer=403,
                          code="AccessDenied"))
    result = faulty.run("list", status=1)
    assert re.search("clock .* by (20m|19m 5.s)", result.err)
    assert "AccessDenied" in result.err
    assert [each.status for each in fault_proxy.requests] == [403, 403]
    fault_proxy.clear()
    fault_proxy.add(Fault(times=-1, answer=403, code="RequestTimeTooSkewed",
                          headers={"Date": date}))
    assert "RequestTimeTooSkewed" in faulty.run("list", status=1).err
    assert len(fault_proxy.requests) == 2


def test_a_missing_bucket_is_told(faulty: Rig) -> None:
    faulty.url = "s3://no-such-bucket-here/x"
    for words in (["list"], ["init"], ["verify"]):
        result = faulty.run(*words, status=10)
        assert "NoSuchBucket" in result.err
        assert "does not create buckets" in result.err


def test_a_server_that_is_no_s3_is_told(faulty: Rig,
                                        fault_proxy: FaultProxy) -> None:
    """A page of somebody else's server must not look like "no repository"."""
    fault_proxy.add(Fault(times=-1, answer=404))
    result = faulty.run("list", status=1)
    assert "404" in result.err
    assert "init" not in result.err


def test_no_server_is_told_after_the_time_for_it(faulty: Rig) -> None:
    port = Port()
    result = faulty.run("list", status=1, TIDEMARK_S3_RETRY="1s",
                        AWS_ENDPOINT_URL_S3=f"http://127.0.0.1:{port.number}")
    port.close()
    assert "tried" in result.err and str(port.number) in result.err


# Faults of a put

def put_fault(**what: Any) -> Fault:
    return Fault("PUT", "/snapshots/", **what)


def test_an_upload_that_is_reset_is_sent_again(
        faulty: Rig, fault_proxy: FaultProxy) -> None:
    for at in (0, 1, 700):
        fault_proxy.add(put_fault(reset_upload_at=at))
    faulty.snapshot()
    faulty.check_whole(1)


@pytest.mark.parametrize("sent", [0, 5, 40, 100])
def test_a_lost_answer_is_no_failure(faulty: Rig, fault_proxy: FaultProxy,
                                     sent: int) -> None:
    """Stored, and the client does not know: it looks, and finds its own."""
    fault_proxy.add(put_fault(cut_answer_at=sent))
    faulty.snapshot()
    asked = [each.method for each in fault_proxy.requests
             if "/snapshots/" in each.target and "zst" in each.target]
    # Without a byte of an answer libcurl itself sends it a second time.
    assert asked == ["PUT"] * (1 if sent > 5 else 2) + ["HEAD", "HEAD"]
    faulty.check_whole(1)


def test_a_server_that_keeps_no_metadata(faulty: Rig,
                                         fault_proxy: FaultProxy) -> None:
    """Then the bytes themselves are compared."""
    fault_proxy.add(put_fault(cut_answer_at=40))
    fault_proxy.add(Fault("HEAD", "/snapshots/", times=-1,
                          drop=("x-amz-meta-tidemark-sha256",)))
    faulty.snapshot()
    asked = [each.method for each in fault_proxy.requests
             if "/snapshots/" in each.target and "zst" in each.target]
    assert asked == ["PUT", "HEAD", "GET", "HEAD"]
    faulty.check_whole(1)


def test_an_error_after_storing_is_no_failure(
        faulty: Rig, fault_proxy: FaultProxy) -> None:
    fault_proxy.add(put_fault(answer=500, code="InternalError",
                              after_forwarding=True))
    faulty.snapshot()
    faulty.check_whole(1)


def test_a_lost_answer_and_a_second_put_is_no_conflict(
        faulty: Rig, fault_proxy: FaultProxy) -> None:
    """The look fails, too: the put is sent again, is told 412, and looks."""
    fault_proxy.add(put_fault(cut_answer_at=40))
    fault_proxy.add(Fault("HEAD", "/snapshots/", answer=403))
    faulty.snapshot()
    status = [each.status for each in fault_proxy.requests
              if each.method == "PUT" and "/snapshots/" in each.target]
    assert status[-1] == 412, " ".join(each.method + str(each.status)
                               for each in fault_proxy.requests)
    faulty.check_whole(1)


def test_throttling_for_a_while_is_waited_for(
        faulty: Rig, fault_proxy: FaultProxy) -> None:
    fault_proxy.add(put_fault(answer=503, code="SlowDown", times=2))
    faulty.snapshot()
    faulty.check_whole(1)


def test_retry_after_is_honoured(faulty: Rig,
                                 fault_proxy: FaultProxy) -> None:
    fault_proxy.add(put_fault(answer=503, code="SlowDown",
                              headers={"Retry-After": "1"}))
    assert "trying again in 1" in faulty.snapshot().err
    fault_proxy.clear()
    # Longer than there is time: given up at once.
    fault_proxy.add(put_fault(answer=503, code="SlowDown", times=-1,
                              headers={"Retry-After": "600"}))
    refused = faulty.snapshot(status=1)
    assert "SlowDown" in refused.err and "storing it failed" in refused.err
    faulty.check_whole(1)


def test_a_stalled_upload_is_cut_and_sent_again(
        faulty: Rig, fault_proxy: FaultProxy) -> None:
    fault_proxy.add(put_fault(stall=True))
    faulty.snapshot()
    faulty.check_whole(1)


def test_a_200_with_an_error_in_it_is_an_error(
        faulty: Rig, fault_proxy: FaultProxy) -> None:
    fault_proxy.add(put_fault(answer=200, code="InternalError"))
    faulty.snapshot()
    faulty.check_whole(1)
    fault_proxy.add(put_fault(answer=200, code="AccessDenied", times=-1))
    assert "AccessDenied" in faulty.snapshot(status=1).err
    faulty.check_whole(1)


def test_a_server_that_always_fails_is_a_failure(
        faulty: Rig, fault_proxy: FaultProxy) -> None:
    fault_proxy.add(put_fault(answer=500, code="InternalError", times=-1))
    refused = faulty.snapshot(status=1, TIDEMARK_S3_RETRY="500ms")
    assert "InternalError" in refused.err
    assert "storing it failed" in refused.err and "tried" in refused.err
    faulty.check_whole(0)


@pytest.mark.parametrize("answer, code", [
    (400, "InvalidRequest"), (401, "Unauthorized"), (403, "AccessDenied"),
    (404, "NoSuchKey"), (412, "PreconditionFailed")])
def test_what_will_not_pass_is_not_tried_again(
        faulty: Rig, fault_proxy: FaultProxy, answer: int, code: str) -> None:
    fault_proxy.add(put_fault(answer=answer, code=code, times=-1))
    faulty.snapshot(status=1)
    puts = [each for each in fault_proxy.requests
            if each.method == "PUT" and "/snapshots/" in each.target]
    assert len(puts) == 1
    faulty.check_whole(0)


def test_a_conflict_of_two_writers_is_tried_again(
        faulty: Rig, fault_proxy: FaultProxy) -> None:
    fault_proxy.add(put_fault(answer=409, code="ConditionalRequestConflict"))
    faulty.snapshot()
    faulty.check_whole(1)


def test_a_server_without_conditions_is_looked_at_first(
        faulty: Rig, fault_proxy: FaultProxy) -> None:
    """It answers 501 to If-None-Match: init says so and all works."""
    fault_proxy.add(Fault("PUT", times=-1, answer=501, code="NotImplemented",
                          unless=lambda r: "if-none-match" not in r.headers))
    faulty.url = f"s3://{faulty.bucket}/plain"
    assert "cannot refuse to overwrite" in faulty.run("init").err
    faulty.snapshot()
    assert "a repository already" in faulty.run("init", status=1).err
    assert len([key for key in faulty.archives() if "/plain/" in key
                or key.startswith("plain/")]) == 1


def test_a_get_that_is_cut_is_read_again(faulty: Rig,
                                         fault_proxy: FaultProxy) -> None:
    faulty.snapshot()
    fault_proxy.add(Fault("GET", "/snapshots/.*zst", cut_answer_at=900))
    assert "1 whole" in faulty.run("verify").out
    fault_proxy.add(Fault("GET", "list-type", cut_answer_at=500))
    assert len(faulty.run("list", "--json").jsonl()) == 1


def test_a_listing_that_is_no_listing_is_an_error(
        faulty: Rig, fault_proxy: FaultProxy) -> None:
    """Less than there is must never be shown as all."""
    faulty.snapshot()
    fault_proxy.add(Fault("GET", "list-type", times=-1, answer=200))
    assert faulty.run("list", status=20).out == ""


def test_interrupted_between_tries(faulty: Rig,
                                   fault_proxy: FaultProxy) -> None:
    fault_proxy.add(put_fault(answer=503, code="SlowDown", times=-1,
                              headers={"Retry-After": "8"}))
    process = faulty.tidemark.start(
        "snapshot", "-b", faulty.cluster.bootstrap, "--group", faulty.group,
        "-r", faulty.url, env=faulty.env)
    wait_for(lambda: any("/snapshots/" in each.target and each.status == 503
                         for each in fault_proxy.requests), 20)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    faulty.check_whole(0)


# Faults of the server

@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[VersityGw]:
    """A server for one test, to be killed."""
    if s3dist.versitygw() is None:
        pytest.skip("versitygw needs Go 1.25 or newer")
    with VersityGw() as server:
        yield server  # type: ignore[misc]


def test_a_server_killed_in_the_middle_of_a_put(
        tidemark: Any, own_server: VersityGw, broker_44: Cluster,
        unique: Unique) -> None:
    """It comes back, and the same run stores its snapshot."""
    rig = make_rig(tidemark, own_server, broker_44, unique)
    rig.init()
    with FaultProxy(own_server.port) as proxy:
        rig.through(proxy)
        half = proxy.add(put_fault(stall_upload_at=900))
        process = tidemark.start(
            "snapshot", "-b", rig.cluster.bootstrap, "--group", rig.group,
            "-r", rig.url, env=rig.env)
        assert half.reached.wait(20)
        own_server.kill()
        own_server.start()
        assert process.wait(20) == 0
    rig.check_whole(1)


def test_a_bucket_that_is_gone(tidemark: Any, own_server: VersityGw,
                               broker_44: Cluster, unique: Unique) -> None:
    rig = make_rig(tidemark, own_server, broker_44, unique)
    rig.init()
    rig.snapshot()
    shutil.rmtree(own_server.data / rig.bucket)
    for words in (["list"], ["verify"], ["show", "latest"]):
        assert "NoSuchBucket" in rig.run(*words, status=10).err
    assert rig.snapshot(status=10).out == ""


def test_a_full_disk_of_the_server(tidemark: Any, broker_44: Cluster,
                                   unique: Unique, tmp_path: Path) -> None:
    if s3dist.versitygw() is None:
        pytest.skip("versitygw needs Go 1.25 or newer")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k",
                              "tidemark-test", disk], capture_output=True,
                             check=False)
    if mounted.returncode != 0:
        pytest.skip("cannot mount a small disk here")
    try:
        with VersityGw(data=disk / "data") as server:
            rig = make_rig(tidemark, server, broker_44, unique)
            rig.init()
            rig.snapshot()
            with open(disk / "filler", "wb", buffering=0) as filler, \
                    pytest.raises(OSError, match="No space"):
                while True:
                    filler.write(b"x" * 4096)
            refused = rig.snapshot(status=1, TIDEMARK_S3_RETRY="1s")
            assert "storing it failed" in refused.err
            (disk / "filler").unlink()
            rig.check_whole(1)
            rig.snapshot()
            rig.check_whole(2)
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


def test_a_byte_changed_on_the_servers_disk_is_found(
        faulty: Rig, versitygw: VersityGw) -> None:
    faulty.snapshot()
    path = versitygw.path(faulty.bucket, faulty.archives()[0])
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 16
    path.write_bytes(bytes(body))
    result = faulty.run("verify", status=20)
    assert "DAMAGED" in result.out
    faulty.run("show", "latest", status=20)


# Few requests

class History:
    """10,000 snapshots, one every ten minutes until now, as files on the
    server's disk; those that a test has opened hold a real one's content."""

    COUNT, STEP_MS = 10_000, 600_000

    def __init__(self, rig: Rig, server: VersityGw) -> None:
        self.made = Archive.parse(server.path(
            rig.bucket, rig.archives()[0]).read_bytes())
        self.manifest = self.made.manifest()
        self.first_ms = int(time.time() * 1000) - self.COUNT * self.STEP_MS
        self.root = server.path(rig.bucket, "team=x/prod/snapshots") / str(
            self.manifest["cluster_id"])
        for number in range(self.COUNT):
            path = self.path(number)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"never opened")

    def time_ms(self, number: int) -> int:
        return self.first_ms + number * self.STEP_MS

    def path(self, number: int) -> Path:
        begin, end = self.time_ms(number), self.time_ms(number) + 900

        def stamp(ms: int, form: str = "%Y%m%dT%H%M%S") -> str:
            return time.strftime(form, time.gmtime(ms // 1000))

        name = (f"{stamp(begin)}{begin % 1000:03}Z-{number:016x}-{stamp(end)}"
                f"{end % 1000:03}Z-c-{self.manifest['selection_hash']}")
        return self.root / stamp(begin, "%Y/%m/%d") / f"{name}.tar.zst"

    def fill(self, number: int) -> None:
        """Make it one that can be opened."""
        if not 0 <= number < self.COUNT:
            return
        capture = self.manifest["captures"][0]  # type: ignore[index]
        text = self.made.manifest_text().decode()
        for old, new in (
                (str(self.manifest["id"]), f"{number:016x}"),
                (f'"start":{capture["start"]}',
                 f'"start":{self.time_ms(number)}'),
                (f'"end":{capture["end"]}',
                 f'"end":{self.time_ms(number) + 900}')):
            assert old in text
            text = text.replace(old, new)
        self.path(number).write_bytes(
            self.made.with_manifest(text.encode()).build())


def test_finding_and_reading_one_group_takes_few_requests(
        tidemark: Any, own_server: VersityGw, broker_44: Cluster,
        unique: Unique) -> None:
    """list --at and restore --at of one group: 12 requests at most."""
    rig = make_rig(tidemark, own_server, broker_44, unique)
    rig.init()
    rig.snapshot()
    history = History(rig, own_server)
    midnight = next(number for number in range(5000, 5200)
                    if history.path(number).parent
                    != history.path(number - 1).parent)
    rng = random.Random(4)
    moments = [history.time_ms(number) + rng.randrange(1000, 600_000)
               for number in (0, 1, rng.randrange(10_000),
                              rng.randrange(10_000), midnight, 9999)]
    day_ms = 86_400_000
    moments.append(history.time_ms(midnight) // day_ms * day_ms + 1)
    most = 0
    with FaultProxy(own_server.port) as proxy:
        rig.through(proxy)
        for at_ms in moments:
            number = (at_ms - history.first_ms - 900) // history.STEP_MS
            history.fill(number)
            history.fill(number + 1)
            proxy.clear()
            found = rig.run("list", "--at", str(at_ms), "--json").jsonl()
            assert [int(each["id"], 16) for each in found][:1] == [number]
            most = max(most, len(proxy.requests))
            proxy.clear()
            plan = rig.run("restore", "-b", rig.cluster.bootstrap, "--at",
                           str(at_ms), "--group", rig.group, "--json")
            assert f"{number:016x}" in plan.out
            most = max(most, len(proxy.requests))
            assert most <= 12, [each.target for each in proxy.requests]
