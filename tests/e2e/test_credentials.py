"""Where credentials come from: each source against a stand-in for its endpoint,
the order between them, and that no secret is told.

Where botocore is in reach of the same sources, it is the judge.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from bed.s3 import SECRET_KEY, VersityGw
from conftest import program

FAR = "2099-01-01T00:00:00Z"
SECRETS = ("sec/ret+", "tok/en")


def soon(seconds: float) -> str:
    at = datetime.datetime.now(datetime.timezone.utc) + \
        datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def document(key: str, expiration: str = FAR, token: str = "Token") -> str:
    return json.dumps({"Code": "Success", "AccessKeyId": key,
                       "SecretAccessKey": "sec/ret+" + key,
                       token: "tok/en" + key, "Expiration": expiration})


def sts_answer(action: str, key: str, expiration: str = FAR) -> str:
    return (f'<{action}Response xmlns="https://sts.amazonaws.com/doc/'
            f'2011-06-15/"><{action}Result><AssumedRoleUser><Arn>arn</Arn>'
            f"</AssumedRoleUser><Credentials><AccessKeyId>{key}</AccessKeyId>"
            f"<SecretAccessKey>sec/ret+{key}</SecretAccessKey>"
            f"<SessionToken>tok/en{key}</SessionToken>"
            f"<Expiration>{expiration}</Expiration></Credentials>"
            f"</{action}Result></{action}Response>")


class StandIn:
    """An HTTP server whose answers a test decides."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], tuple[int, str]]
        self.answer = lambda request: (404, "")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                size = int(self.headers.get("content-length", "0"))
                request = {"method": self.command, "path": self.path,
                           "headers": {name.lower(): value for name, value
                                       in self.headers.items()},
                           "body": self.rfile.read(size).decode()}
                outer.seen.append(request)
                status, text = outer.answer(request)
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def always(self, status: int, text: str) -> None:
        self.answer = lambda request: (status, text)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    made = StandIn()
    yield made
    made.close()


class Home:
    """A home directory with AWS' files, and the environment of a run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / ".aws").mkdir(parents=True)
        self.env = {"HOME": str(path), "PATH": os.environ["PATH"],
                    "AWS_EC2_METADATA_DISABLED": "true"}

    def write(self, name: str, text: str) -> Path:
        path = self.path / ".aws" / name
        path.write_text(text, "utf-8")
        path.chmod(0o600)
        return path

    def command(self, *words: str) -> list[str]:
        tool = program().resolve().parent / "tools" / "show_credentials"
        if not tool.exists():
            pytest.fail(f"{tool} is not there: run make tools", pytrace=False)
        return [str(tool), *words]

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*words), text=True, check=False,
                              capture_output=True, timeout=30,
                              env={**self.env, **env})

    def find(self, *words: str, **env: str) -> dict[str, Any]:
        done = self.run(*words, **env)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def refused(self, *words: str, **env: str) -> str:
        """The error; it must tell no secret."""
        done = self.run(*words, **env)
        assert done.returncode == 1, done.stdout
        for secret in SECRETS:
            assert secret not in done.stderr
        assert len(done.stderr.splitlines()[0]) < 400
        return done.stderr


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "sec/ret+e"}


# Fixed keys

def test_the_environment(home: Home) -> None:
    found = home.find(**ENVIRONMENT)
    assert found["access_key"] == "ENV" and found["token"] is None
    assert home.find(**ENVIRONMENT, AWS_SESSION_TOKEN="t")["token"] == "t"
    assert home.find(**ENVIRONMENT, AWS_SECURITY_TOKEN="o")["token"] == "o"
    assert "no secret access key" in home.refused(AWS_ACCESS_KEY_ID="ENV")
    for wrong in ("sec/ret+ ", "sec/ret+\n", "sec/ret+\u00e4"):
        assert "no key has" in home.refused(
            **{**ENVIRONMENT, "AWS_SECRET_ACCESS_KEY": wrong})


def test_the_files(home: Home, tmp_path: Path) -> None:
    home.write("config", "[default]\naws_access_key_id = CONF\n"
               "aws_secret_access_key = c\n[profile p]\n"
               "aws_access_key_id = P\naws_secret_access_key = p\n")
    assert home.find()["access_key"] == "CONF"
    home.write("credentials", "[default]\naws_access_key_id = CRED\n"
               "aws_secret_access_key = d\naws_session_token = s\n")
    assert home.find()["access_key"] == "CRED"
    assert home.find(AWS_PROFILE="p")["access_key"] == "P"
    assert home.find(AWS_DEFAULT_PROFILE="p")["access_key"] == "P"
    other = tmp_path / "other"
    other.write_text("[default]\naws_access_key_id=O\n"
                     "aws_secret_access_key=o\n", "utf-8")
    assert home.find(AWS_SHARED_CREDENTIALS_FILE=str(other))["access_key"] \
        == "O"
    assert "nobody" in home.refused(AWS_PROFILE="nobody")
    assert "no such file" in home.refused(
        AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "none"))
    # An option's profile is meant before the environment's keys.
    assert home.find("--profile", "p", **ENVIRONMENT)["access_key"] == "P"
    assert home.find(**ENVIRONMENT, AWS_PROFILE="p")["access_key"] == "ENV"


def test_a_file_that_is_broken(home: Home) -> None:
    home.write("credentials", "[default]\nsec/ret+ in a line\n")
    assert "credentials:2:" in home.refused()


def test_nowhere(home: Home) -> None:
    refused = home.refused()
    assert "no credentials" in refused and "--s3-profile" in refused


# credential_process

def process_line(home: Home, text: str) -> None:
    home.write("config", f"[default]\ncredential_process = {text}\n")


def script(home: Home, code: str) -> str:
    path = home.path / "a program"
    path.write_text(f"#!{sys.executable}\n{code}\n", "utf-8")
    path.chmod(0o755)
    return str(path)


def test_a_process(home: Home) -> None:
    made = json.dumps({"Version": 1, "AccessKeyId": "PROC",
                       "SecretAccessKey": "sec/ret+", "SessionToken": "tok/en",
                       "Expiration": FAR})
    path = script(home, "import sys\nassert sys.argv[1:] == ['a b', '; c', "
                        f"'$HOME']\nprint({made!r})")
    process_line(home, f'"{path}" \'a b\' "; c" \\$HOME')
    found = home.find()
    assert found["access_key"] == "PROC" and found["token"] == "tok/en"
    assert found["expires_ms"] == 4070908800000


@pytest.mark.parametrize("code, text", [
    ("print('sec/ret+')", "no JSON object"),
    ("print('{}')", "Version is not 1"),
    ("""print('{"Version": 1}')""", "lacks the access key"),
    ("import sys; sys.stderr.write('sec/ret+'); sys.exit(3)", "status 3"),
    ("print('x' * 100000)", "64 KiB"),
    ("import os; os.kill(os.getpid(), 9)", "signal"),
    ("""print('{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "sec/ret+ """
     """x"}')""", "blanks"),
    ("""print('{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b","""
     """ "Expiration": "then"}')""", "is no time")])
def test_a_process_that_fails(home: Home, code: str, text: str) -> None:
    process_line(home, f'"{script(home, code)}"')
    refused = home.refused()
    assert text in refused and "credential_process" in refused


def test_a_process_that_goes_on_behind_its_answer(home: Home) -> None:
    """Its output ends before it does: its status still counts."""
    process_line(home, '"' + script(home, "import os, sys, time\n"
                                    "print('{}')\nsys.stdout.flush()\n"
                                    "os.close(1)\ntime.sleep(0.3)\n"
                                    "os._exit(4)") + '"')
    assert "status 4" in home.refused()


def test_a_process_that_cannot_run(home: Home) -> None:
    process_line(home, "/no/such/program")
    assert "cannot be run" in home.refused()
    process_line(home, "'open quote")
    assert "not closed" in home.refused()


# Roles

def test_assuming_a_role(home: Home, stand_in: StandIn) -> None:
    """The judge of the signature is botocore."""
    home.write("credentials", "[base]\naws_access_key_id = BASE\n"
               "aws_secret_access_key = sec/ret+base\n")
    home.write("config", "[default]\nrole_arn = arn:aws:iam::1:role/r\n"
               "source_profile = base\nexternal_id = ext+id\n"
               "role_session_name = me@here\nduration_seconds = 900\n")
    stand_in.always(200, sts_answer("AssumeRole", "ROLE"))
    found = home.find(AWS_ENDPOINT_URL_STS=stand_in.url,
                      AWS_REGION="eu-west-1")
    assert found["access_key"] == "ROLE"
    assert found["token"] == "tok/enROLE"
    request = stand_in.seen[0]
    form = {name: values[0] for name, values
            in parse_qs(request["body"]).items()}
    assert form == {"Action": "AssumeRole", "Version": "2011-06-15",
                    "RoleArn": "arn:aws:iam::1:role/r",
                    "RoleSessionName": "me@here", "ExternalId": "ext+id",
                    "DurationSeconds": "900"}
    check_signature(request, stand_in.url)


def check_signature(request: dict[str, Any], url: str) -> None:
    sent = botocore.awsrequest.AWSRequest(
        method="POST", url=url + "/", data=request["body"].encode())
    for name in ("content-type", "x-amz-date"):
        sent.headers[name] = request["headers"][name]
    signer = botocore.auth.SigV4Auth(
        botocore.credentials.Credentials("BASE", "sec/ret+base"), "sts",
        "eu-west-1")
    sent.context["timestamp"] = request["headers"]["x-amz-date"]
    canonical = signer.canonical_request(sent)
    signature = signer.signature(signer.string_to_sign(sent, canonical), sent)
    assert request["headers"]["authorization"].endswith(signature)


def test_a_role_of_a_role(home: Home, stand_in: StandIn) -> None:
    home.write("config", "[default]\nrole_arn = outer\nsource_profile = mid\n"
               "[profile mid]\nrole_arn = inner\nsource_profile = mid\n"
               "aws_access_key_id = MID\naws_secret_access_key = m\n")
    stand_in.answer = lambda request: (200, sts_answer(
        "AssumeRole", "INNER" if "inner" in request["body"] else "OUTER"))
    assert home.find(AWS_ENDPOINT_URL=stand_in.url)["access_key"] == "OUTER"
    assert "MID/" in stand_in.seen[0]["headers"]["authorization"]
    assert "INNER/" in stand_in.seen[1]["headers"]["authorization"]


@pytest.mark.parametrize("config, text", [
    ("[default]\nrole_arn=x\nsource_profile=a\n[profile a]\nrole_arn=y\n"
     "source_profile=b\n[profile b]\nrole_arn=z\nsource_profile=a\n",
     "circle"),
    ("[default]\nrole_arn=x\nsource_profile=gone\n", "no profile"),
    ("[default]\nrole_arn=x\nsource_profile=e\n[profile e]\nregion=x\n",
     "no credentials are in the source_profile"),
    ("[default]\nrole_arn=x\ncredential_source=Moon\n", "Moon"),
    ("[default]\nrole_arn=x\ncredential_source=Environment\n",
     "no credentials are at the credential_source"),
    ("[default]\nrole_arn=x\nsource_profile=default\nmfa_serial=m\n"
     "aws_access_key_id=a\naws_secret_access_key=b\n", "mfa_serial"),
    ("[default]\nsso_session=s\n", "credential_process = aws configure")])
def test_profiles_that_lead_nowhere(home: Home, config: str,
                                    text: str) -> None:
    home.write("config", config)
    assert text in home.refused()


def test_a_role_from_the_environments_keys(home: Home,
                                           stand_in: StandIn) -> None:
    home.write("config", "[profile r]\nrole_arn = x\n"
               "credential_source = Environment\n")
    stand_in.always(200, sts_answer("AssumeRole", "ROLE"))
    found = home.find("--profile", "r", **ENVIRONMENT,
                      AWS_ENDPOINT_URL_STS=stand_in.url)
    assert found["access_key"] == "ROLE"


def test_web_identity_reads_its_token_each_time(home: Home, tmp_path: Path,
                                                stand_in: StandIn) -> None:
    token = tmp_path / "token"
    token.write_text("tok/en-one\n", "utf-8")
    stand_in.answer = lambda request: (200, sts_answer(
        "AssumeRoleWithWebIdentity", f"WEB{len(stand_in.seen)}", soon(100)))
    process = subprocess.Popen(
        home.command("--again"), text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**home.env, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
             "AWS_ROLE_ARN": "arn", "AWS_ROLE_SESSION_NAME": "name",
             "AWS_ENDPOINT_URL_STS": stand_in.url})
    assert process.stdin and process.stdout
    assert json.loads(process.stdout.readline())["access_key"] == "WEB1"
    token.write_text("tok/en-two\n", "utf-8")
    second, _ = process.communicate("\n", 20)
    # A hundred seconds are less than five minutes: asked again.
    assert json.loads(second)["access_key"] == "WEB2"
    forms = [parse_qs(each["body"]) for each in stand_in.seen]
    assert [each["WebIdentityToken"] for each in forms] == [
        ["tok/en-one"], ["tok/en-two"]]
    assert forms[0]["RoleSessionName"] == ["name"]
    assert "authorization" not in stand_in.seen[0]["headers"]
    with open(f"/proc/{os.getpid()}/cmdline", "rb") as own:
        assert b"tok/en" not in own.read()


def test_what_sts_answers_when_it_refuses(home: Home, tmp_path: Path,
                                          stand_in: StandIn) -> None:
    token = tmp_path / "token"
    token.write_text("tok/en", "utf-8")
    env = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": "arn",
           "AWS_ENDPOINT_URL_STS": stand_in.url}
    stand_in.always(403, "<ErrorResponse><Error><Code>AccessDenied</Code>"
                    "<Message>sec/ret+</Message></Error></ErrorResponse>")
    assert "AccessDenied, status 403" in home.refused(**env)
    assert len(stand_in.seen) == 1
    stand_in.always(500, "tok/en")
    assert "status 500" in home.refused(**env)
    assert len(stand_in.seen) == 4
    for text in ("", "tok/en", "<a/>", sts_answer("AssumeRole", "X"),
                 sts_answer("AssumeRoleWithWebIdentity", "")):
        stand_in.always(200, text)
        assert "STS" in home.refused(**env)
    assert "no such file" in home.refused(
        **{**env, "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "none")})
    assert "AWS_ROLE_ARN" in home.refused(**{**env, "AWS_ROLE_ARN": ""})


# Services

def test_a_container(home: Home, stand_in: StandIn, tmp_path: Path) -> None:
    url = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": stand_in.url + "/role"}
    stand_in.always(200, document("CONT"))
    assert home.find(**url)["access_key"] == "CONT"
    assert "authorization" not in stand_in.seen[0]["headers"]
    home.find(**url, AWS_CONTAINER_AUTHORIZATION_TOKEN="tok/en1",
              http_proxy="http://127.0.0.1:1")
    assert stand_in.seen[1]["headers"]["authorization"] == "tok/en1"
    token = tmp_path / "token"
    token.write_text("tok/en2\n", "utf-8")
    home.find(**url, AWS_CONTAINER_AUTHORIZATION_TOKEN="tok/en1",
              AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(token))
    assert stand_in.seen[2]["headers"]["authorization"] == "tok/en2"
    assert stand_in.seen[2]["path"] == "/role"
    assert "more than one line" in home.refused(
        **url, AWS_CONTAINER_AUTHORIZATION_TOKEN="tok/en\r\nX: y")


@pytest.mark.parametrize("url", [
    "http://example.com/x", "http://127.0.0.1.example.com/",
    "http://localhost@example.com/", "ftp://127.0.0.1/", "x"])
def test_a_token_goes_to_no_other_machine(home: Home, url: str) -> None:
    assert "https" in home.refused(AWS_CONTAINER_CREDENTIALS_FULL_URI=url)


def test_a_container_whose_service_fails(home: Home,
                                         stand_in: StandIn) -> None:
    """It is the configured source: none behind it is tried."""
    url = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": stand_in.url + "/role"}
    for status, text in ((403, "tok/en"), (404, ""), (200, "tok/en"),
                         (200, "{}"), (200, document("C").replace(
                             "Success", "Failed")), (200, "x" * 100_000)):
        stand_in.always(status, text)
        assert "container" in home.refused(**url)
    stand_in.seen.clear()
    stand_in.answer = lambda request: (
        500 if len(stand_in.seen) < 3 else 200, document("LATE"))
    assert home.find(**url)["access_key"] == "LATE"
    assert "container" in home.refused(
        AWS_CONTAINER_CREDENTIALS_FULL_URI="http://127.0.0.1:1/x")


def instance(request: dict[str, Any]) -> tuple[int, str]:
    """A metadata service of version 2, and of no other."""
    if request["method"] == "PUT" and request["path"] == "/latest/api/token":
        assert request["headers"]["x-aws-ec2-metadata-token-ttl-seconds"]
        return 200, "session"
    if request["headers"].get("x-aws-ec2-metadata-token") != "session":
        return 401, ""
    prefix = "/latest/meta-data/iam/security-credentials/"
    if request["path"] == prefix:
        return 200, "a-role"
    return (200, document("INST")) if request["path"] == prefix + "a-role" \
        else (404, "")


def test_an_instance(home: Home, stand_in: StandIn) -> None:
    stand_in.answer = instance
    env = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": stand_in.url + "/",
           "AWS_EC2_METADATA_DISABLED": "false"}
    assert home.find(**env)["access_key"] == "INST"
    assert [each["method"] for each in stand_in.seen] == ["PUT", "GET", "GET"]
    assert "no credentials" in home.refused(
        **{**env, "AWS_EC2_METADATA_DISABLED": "TRUE"})
    # No service, one of version 1 only, one without a role: no instance.
    for status in (404, 403, 405):
        stand_in.always(status, "")
        assert "no credentials" in home.refused(**env)
    assert "no credentials" in home.refused(
        **{**env, "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"})
    stand_in.answer = lambda request: (
        (404, "") if "iam" in request["path"] else instance(request))
    assert "no credentials" in home.refused(**env)
    stand_in.answer = lambda request: (
        (200, "a/../role\n") if request["path"].endswith("credentials/")
        else instance(request))
    assert "no name of a role" in home.refused(**env)


# Order

def test_each_source_is_before_the_next(home: Home, stand_in: StandIn,
                                        tmp_path: Path) -> None:
    """All are there; they go one by one, from the first."""
    token = tmp_path / "token"
    token.write_text("tok/en", "utf-8")
    path = script(home, "print('" + json.dumps(
        {"Version": 1, "AccessKeyId": "PROC", "SecretAccessKey": "p"}) + "')")
    arn = "arn:aws:iam::123456789012:role/r"
    role = f"role_arn = {arn}\nsource_profile = base\n"
    process = f'credential_process = "{path}"\n'
    keys = "aws_access_key_id = {}\naws_secret_access_key = k\n"
    base = "[profile base]\n" + keys.format("BASE")

    def answer(request: dict[str, Any]) -> tuple[int, str]:
        if "AssumeRoleWithWebIdentity" in request["body"]:
            return 200, sts_answer("AssumeRoleWithWebIdentity", "WEB")
        if "AssumeRole" in request["body"]:
            return 200, sts_answer("AssumeRole", "ROLE")
        if request["path"] == "/container":
            return 200, document("CONT")
        return instance(request)

    stand_in.answer = answer
    env = {**ENVIRONMENT, "AWS_ENDPOINT_URL_STS": stand_in.url,
           "AWS_ROLE_ARN": arn, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
           "AWS_CONTAINER_CREDENTIALS_FULL_URI": stand_in.url + "/container",
           "AWS_EC2_METADATA_DISABLED": "false",
           "AWS_EC2_METADATA_SERVICE_ENDPOINT": stand_in.url}
    config = ["[default]\n", role, process, keys.format("CONF"), base]
    home.write("credentials", "[default]\n" + keys.format("CRED"))

    def drop(*names: str) -> None:
        for name in names:
            del env[name]

    def remove(line: str) -> None:
        config.remove(line)

    steps: list[tuple[str, Callable[[], object]]] = [
        ("ENV", lambda: drop("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
        ("ROLE", lambda: remove(role)),
        ("WEB", lambda: drop("AWS_WEB_IDENTITY_TOKEN_FILE")),
        ("CRED", lambda: home.write("credentials", "")),
        ("PROC", lambda: remove(process)),
        ("CONF", lambda: remove(config[1])),
        ("CONT", lambda: drop("AWS_CONTAINER_CREDENTIALS_FULL_URI")),
        ("INST", lambda: None)]
    for expected, step in steps:
        home.write("config", "".join(config))
        assert home.find(**env)["access_key"] == expected
        assert by_botocore(home, env) == expected
        step()


def by_botocore(home: Home, env: dict[str, str]) -> str:
    code = ("import botocore.session; print(botocore.session.Session()"
            ".get_credentials().get_frozen_credentials().access_key)")
    done = subprocess.run(
        [sys.executable, "-c", code], text=True, check=False, timeout=60,
        capture_output=True,
        env={**home.env, "AWS_DEFAULT_REGION": "us-east-1", **env})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# In the program

def test_credentials_that_expire_are_renewed_in_a_run(
        tidemark: Any, versitygw: VersityGw, stand_in: StandIn) -> None:
    """They are less than five minutes good: asked for at each request."""
    bucket = versitygw.bucket("renew")
    stand_in.answer = lambda request: (200, json.dumps(
        {"AccessKeyId": "testkey", "SecretAccessKey": SECRET_KEY,
         "Expiration": soon(60)}))
    env = {"AWS_ENDPOINT_URL_S3": versitygw.endpoint,
           "AWS_REGION": versitygw.environment["AWS_REGION"],
           "AWS_CONTAINER_CREDENTIALS_FULL_URI": stand_in.url}
    tidemark("init", "-r", f"s3://{bucket}", env=env)
    assert len(stand_in.seen) > 1
    # The service goes away while they are still good: a warning.
    stand_in.answer = lambda request: (
        200 if len(stand_in.seen) == 1 else 403, json.dumps(
            {"AccessKeyId": "testkey", "SecretAccessKey": SECRET_KEY,
             "Expiration": soon(60)}))
    stand_in.seen.clear()
    result = tidemark("list", "-r", f"s3://{bucket}", env=env)
    assert "could not be renewed" in result.err
    assert SECRET_KEY not in result.err


def test_a_secret_is_not_in_the_process_list(
        tidemark: Any, versitygw: VersityGw, stand_in: StandIn) -> None:
    """Nor can one be given as an option."""
    for option in ("--s3-secret-key", "--aws-secret-access-key"):
        tidemark("list", "-r", "s3://bucket", option, "x", status=2)
