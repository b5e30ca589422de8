"""What stands in deploy/: units, the example of a configuration."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conftest import TREE, program

DEPLOY = TREE / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"),
                                   reason="there is no systemd-analyze")


def analyze(*words: Any) -> str:
    run = subprocess.run(["systemd-analyze", *map(str, words)], text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         check=False)
    assert run.returncode == 0, run.stdout
    return run.stdout


def uncommented(text: str) -> str:
    """With the settings that the example shows and does not make."""
    return re.sub(r"^#(?=\[|[a-z])", "", text, flags=re.M)


# systemd

@needs_systemd
def test_units_pass_systemd(tmp_path: Path) -> None:
    """With the program under test where the package has its own."""
    for unit in UNITS:
        text = unit.read_text()
        assert "/usr/bin/tidemark" in text or unit.suffix == ".timer"
        (tmp_path / unit.name).write_text(
            text.replace("/usr/bin/tidemark", str(program())))
    told = analyze("verify", "--man=no", *(tmp_path / unit.name
                                           for unit in UNITS))
    assert "tidemark" not in told, told


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_services_are_exposed_little(unit: Path) -> None:
    """The score that systemd gives, from 0 to 10, in tenths."""
    analyze("security", "--offline=yes", "--threshold=15", "--no-pager", unit)


@needs_systemd
def test_the_timer_runs_each_night() -> None:
    text = (DEPLOY / "systemd/tidemark-snapshot.timer").read_text()
    when = re.search(r"^OnCalendar=(.*)$", text, re.M)
    assert when is not None
    told = analyze("calendar", "--iterations=2", when[1])
    days = re.findall(r"\w{3} (\d{4}-\d\d-\d\d) 02:17:00", told)
    assert len(set(days)) == 2
    assert "Persistent=true" in text and "RandomizedDelaySec=" in text


def test_a_partial_snapshot_is_a_failed_unit() -> None:
    for unit in SERVICES:
        assert "SuccessExitStatus" not in unit.read_text()


# The example

def test_the_example_is_right(tidemark: Any) -> None:
    path = DEPLOY / "tidemark.conf"
    told = tidemark("config", "--config", path)
    assert "nothing wrong" in told.out


def test_the_example_shows_every_key(tidemark: Any, tmp_path: Path) -> None:
    """All that it shows is right, too, and nothing is left out."""
    path = tmp_path / "all.conf"
    path.write_text(uncommented((DEPLOY / "tidemark.conf").read_text())
                    .replace("command-config = ", "#"))
    told = tidemark("config", "--config", path, "--show", "--json",
                    env={"KAFKA_PASSWORD": "x", "TIDEMARK_HEARTBEAT":
                         "https://example.net/x"})
    assert "on-recreated" in told.out
    strangers = [each for each in told.json()["settings"]
                 if not each["from"].startswith(str(path))]
    assert strangers == []
    shown = (DEPLOY / "tidemark.conf").read_text()
    for word in re.findall(r"--([a-z0-9-]+)",
                           tidemark("help", "snapshot").out
                           + tidemark("help", "agent").out):
        flag = ["config", "json", "quiet", "verbose", "help", "version",
                "dry-run", "bootstrap-server", "property"]
        assert word in flag or word in shown, word


def test_defaults_of_the_example_are_the_defaults(tidemark: Any) -> None:
    text = (DEPLOY / "tidemark.conf").read_text()
    for each in tidemark("config", "--show", "--json").json()["settings"]:
        assert f"\n#{each['key']} = {each['value']}\n" in text, each
