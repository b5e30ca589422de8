"""Our Signature Version 4 against botocore's, byte for byte, on 10,000 random
requests."""

from __future__ import annotations

import base64
import datetime
import json
import random
import subprocess
from typing import Any
from unittest import mock
from urllib.parse import quote

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from conftest import program

COUNT, SEED = 10_000, 20261125
ALPHABET = ("abcXYZ019-._~/ +%=?#&:;,@!$'()*[]{}|\\^`\"<>\t\u00e4\u00df\u20ac"
            "\u65e5\u672c\U0001f30a\u0301")
# Not what HTTP itself cannot carry in a header.
VALUES = "abcXYZ019 -._~/+%=?#&:;,@!$'()*  \t"


def random_text(rng: random.Random, alphabet: str, most: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(0, most)))


def random_request(rng: random.Random) -> dict[str, Any]:
    headers = [["host", rng.choice(["bucket.s3.eu-west-1.amazonaws.com",
                                    "127.0.0.1:9000", "minio"])]]
    if rng.random() < 0.5:
        headers.append(["x-amz-security-token",
                        base64.b64encode(rng.randbytes(90)).decode()])
    # Names that are prefixes of one another, in any case.
    for name in rng.sample(["x-amz-meta-test", "x-amz-meta-test-two",
                            "X-Amz-Meta-A", "x-amz-meta-aa", "Content-Type",
                            "If-None-Match", "Range", "x-amz-acl",
                            "Content-MD5", "x-amz-tagging"],
                           rng.randint(0, 6)):
        headers.append([name, random_text(rng, VALUES, 30)])
    rng.shuffle(headers)
    start = datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc)
    return {
        "method": rng.choice(["GET", "PUT", "HEAD", "DELETE", "POST"]),
        "path": random_text(rng, ALPHABET, 40),
        "query": [[random_text(rng, ALPHABET, 8) or "k",
                   random_text(rng, ALPHABET, 12)]
                  for _ in range(rng.randint(0, 6))],
        "headers": headers,
        "hash": rng.randbytes(32).hex(),
        "access_key": random_text(rng, "ABCDEFGH0123:", 20) or "A",
        "secret_key": random_text(rng, VALUES.strip(), 40) or "s",
        "region": rng.choice(["us-east-1", "eu-north-1", "auto", "cn-north-1"]),
        "service": rng.choice(["s3", "sts"]),
        "now_ms": int(start.timestamp() * 1000) + rng.randrange(3_000_000_000_000),
    }


def sign_by_botocore(request: dict[str, Any], path: str, query: str) -> str:
    """Path and query are what goes over the wire."""
    sent = AWSRequest(
        method=request["method"], data=b"",
        url=f"http://{dict(request['headers'])['host']}{path}"
            + (f"?{query}" if query else ""))
    for name, value in request["headers"]:
        sent.headers[name] = value
    sent.headers["X-Amz-Content-SHA256"] = request["hash"]
    signer = botocore.auth.S3SigV4Auth(
        Credentials(request["access_key"], request["secret_key"]),
        request["service"], request["region"])
    now = datetime.datetime.fromtimestamp(request["now_ms"] // 1000,
                                          datetime.timezone.utc)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    sent.headers["X-Amz-Date"] = stamp
    sent.context["timestamp"] = stamp
    sent.context["signing"] = {"region": request["region"]}
    canonical = signer.canonical_request(sent)
    signature = signer.signature(signer.string_to_sign(sent, canonical), sent)
    return (f"AWS4-HMAC-SHA256 Credential={signer.scope(sent)}, "
            f"SignedHeaders={signer.signed_headers(signer.headers_to_sign(sent))}"
            f", Signature={signature}")


def test_ten_thousand_requests_are_signed_as_botocore_does() -> None:
    tool = program().resolve().parent / "tools" / "sign_requests"
    if not tool.exists():
        pytest.fail(f"{tool} is not there: run make tools", pytrace=False)
    rng = random.Random(SEED)
    requests = [random_request(rng) for _ in range(COUNT)]
    lines = []
    for request in requests:
        date = datetime.datetime.fromtimestamp(
            request["now_ms"] // 1000, datetime.timezone.utc)
        headers = [*request["headers"],
                   ["x-amz-content-sha256", request["hash"]],
                   ["x-amz-date", date.strftime("%Y%m%dT%H%M%SZ")]]
        lines.append(json.dumps({
            **request, "headers": headers,
            "path": base64.b64encode(request["path"].encode()).decode()}))
    done = subprocess.run([tool], input="\n".join(lines) + "\n", text=True,
                          capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == COUNT
    with mock.patch("botocore.auth.S3SigV4Auth._should_sha256_sign_payload",
                    return_value=True):
        for request, answer in zip(requests, answers, strict=True):
            path = "/" + quote(request["path"], safe="/-._~")
            assert answer["path"] == path
            query = "&".join(sorted(
                f"{quote(name, safe='-._~')}={quote(value, safe='-._~')}"
                for name, value in request["query"]))
            assert sorted(answer["query"].split("&")) == query.split("&")
            assert answer["authorization"] == sign_by_botocore(
                request, answer["path"], answer["query"]), request
