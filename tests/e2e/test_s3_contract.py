"""The contract of storage drivers on real S3 servers (tests/tools/contract_s3
runs the same C code that the unit tests run on a directory and in memory)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bed import s3dist
from bed.s3 import Server, VersityGw
from conftest import program

# Seen to fail within 30 rounds each time that it was tried.
RACY_ROUNDS = 400


def contract(server: Server, *arguments: str) -> subprocess.CompletedProcess:
    tool = program().resolve().parent / "tools" / "contract_s3"
    if not tool.exists():
        pytest.fail(f"{tool} is not there: run make tools", pytrace=False)
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith("AWS_")}
    return subprocess.run([tool, server.bucket("contract"), *arguments],
                          text=True, capture_output=True, check=False,
                          timeout=240,
                          env={**clean, **server.environment})


def test_s3_keeps_the_contract_of_a_store(s3_server: Server) -> None:
    done = contract(s3_server)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[  PASSED  ] 15 test(s)" in done.stdout + done.stderr


def test_of_racing_creators_one_wins_in_every_round(s3_server: Server) -> None:
    """Contract 8: two agents at once, nothing is overwritten."""
    assert contract(s3_server, "30").stdout == "0\n"


def test_the_race_test_sees_a_server_that_fails_it(tmp_path: Path) -> None:
    """The negative control: versitygw 1.7.0 lets two creators win."""
    if s3dist.versitygw(s3dist.VERSITYGW_RACY) is None:
        pytest.skip("versitygw needs Go 1.25 or newer")
    with VersityGw(s3dist.VERSITYGW_RACY) as server:
        done = contract(server, str(RACY_ROUNDS))
    assert int(done.stdout) > 0
