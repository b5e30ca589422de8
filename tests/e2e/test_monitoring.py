"""Alerts and dashboard: right by Prometheus' own judge, and about metrics that
tidemark writes."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bed.promdist import promtool
from conftest import TREE

MONITORING = TREE / "deploy" / "monitoring"
RULES = MONITORING / "tidemark.rules.yml"


def judge(*words: Any) -> str:
    program = promtool()
    if program is None:
        pytest.skip("there is no promtool")
    run = subprocess.run([program, *map(str, words)], text=True, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert run.returncode == 0, run.stdout
    return run.stdout


def written() -> set[str]:
    """The names that the program's source has."""
    names = set(re.findall(r'PREFIX "(\w+)"', (
        TREE / "snapshot/metricstext.c").read_text()))
    names |= {"expiring_" + name for name in re.findall(
        r'PREFIX "(\w+)"', (TREE / "cli/expiring_metrics.c").read_text())}
    return {"tidemark_" + name for name in names}


def used(text: str) -> set[str]:
    return set(re.findall(r"\btidemark_\w+", text))


def dashboard() -> Any:
    return json.loads((MONITORING / "tidemark.dashboard.json").read_text())


def expressions(value: Any) -> Iterator[str]:
    """Every "expr" at any depth."""
    if isinstance(value, dict):
        if "expr" in value:
            yield value["expr"]
        for each in value.values():
            yield from expressions(each)
    elif isinstance(value, list):
        for each in value:
            yield from expressions(each)


def test_alert_rules_are_right() -> None:
    assert "SUCCESS" in judge("check", "rules", RULES)


def test_alerts_fire_when_they_should() -> None:
    """And each of them has a case in which it does."""
    test = MONITORING / "tidemark.test.yml"
    judge("test", "rules", test)
    alerts = set(re.findall(r"- alert: (\w+)", RULES.read_text()))
    fired = set(re.findall(r"alertname: (\w+)\n\s+exp_alerts:\n",
                           test.read_text()))
    assert fired == alerts


def test_alerts_are_about_metrics_that_there_are() -> None:
    names = used(RULES.read_text())
    assert len(names) > 5 and names <= written()
    labels = set(re.findall(r'result=~"([a-z|]+)"', RULES.read_text()))
    told = (TREE / "snapshot/metricstext.c").read_text()
    for word in "|".join(labels).split("|"):
        assert f'= "{word}",' in told, word


def test_the_dashboard_asks_what_prometheus_understands(
        tmp_path: Path) -> None:
    """As rules, with Grafana's own variables filled in."""
    found = list(expressions(dashboard()))
    assert len(found) > 10
    rules = [{"record": f"panel:{number}", "expr": each.replace(
        "$__rate_interval", "5m").replace("$instance", ".*")}
        for number, each in enumerate(found)]
    path = tmp_path / "dashboard.rules.json"  # JSON is YAML
    path.write_text(json.dumps({"groups": [{"name": "dashboard",
                                            "rules": rules}]}))
    assert f"{len(found)} rules found" in judge("check", "rules", path)


def test_the_dashboard_shows_metrics_that_there_are() -> None:
    names = used(json.dumps(dashboard()))
    assert len(names) > 10 and names <= written()


def test_panels_of_the_dashboard_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
