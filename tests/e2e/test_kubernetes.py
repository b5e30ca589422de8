"""deploy/kubernetes: right by the schemas of Kubernetes, and as little as the
program needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from conftest import TREE

FILES = sorted((TREE / "deploy/kubernetes").glob("*.yaml"))
VERSIONS = ["1.31", "1.37"]


def documents() -> list[Any]:
    return [each for path in FILES
            for each in yaml.safe_load_all(path.read_text())]


def of_kind(kind: str) -> Any:
    [found] = [each for each in documents() if each["kind"] == kind]
    return found


def pods() -> dict[str, Any]:
    """What runs, by kind."""
    return {"CronJob": of_kind("CronJob")["spec"]["jobTemplate"]["spec"]
            ["template"]["spec"],
            "Deployment": of_kind("Deployment")["spec"]["template"]["spec"]}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_fit_the_schemas(path: Path, version: str) -> None:
    for each in yaml.safe_load_all(path.read_text()):
        kubernetes_validate.validate(each, version, strict=True)


def test_the_judge_finds_what_is_wrong() -> None:
    wrong = of_kind("CronJob")
    wrong["spec"]["concurencyPolicy"] = "Forbid"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


@pytest.mark.parametrize("kind", ["CronJob", "Deployment"])
def test_pods_have_no_right_that_they_do_not_need(kind: str) -> None:
    pod = pods()[kind]
    [container] = pod["containers"]
    rights = container["securityContext"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    assert pod["automountServiceAccountToken"] is False
    assert rights["readOnlyRootFilesystem"] is True
    assert rights["allowPrivilegeEscalation"] is False
    assert rights["capabilities"] == {"drop": ["ALL"]}
    assert set(container["resources"]["limits"]) == {"cpu", "memory"}
    assert all(each["readOnly"] for each in container["volumeMounts"])
    assert [each["secretRef"]["name"] for each in container["envFrom"]] == [
        "tidemark"]


def test_no_secret_stands_in_the_files() -> None:
    assert {each["kind"] for each in documents()} == {
        "ConfigMap", "CronJob", "Deployment"}


def test_a_partial_snapshot_fails_the_job_and_is_not_repeated() -> None:
    job = of_kind("CronJob")["spec"]["jobTemplate"]["spec"]
    [rule] = job["podFailurePolicy"]["rules"]
    assert rule["action"] == "FailJob"
    assert rule["onExitCodes"]["values"] == [2, 3]
    assert of_kind("CronJob")["spec"]["concurrencyPolicy"] == "Forbid"


def test_there_is_one_agent_and_never_two() -> None:
    agent = of_kind("Deployment")["spec"]
    assert agent["replicas"] == 1 and agent["strategy"]["type"] == "Recreate"
    [container] = pods()["Deployment"]["containers"]
    for probe, path in (("livenessProbe", "/healthz"),
                        ("readinessProbe", "/readyz")):
        assert container[probe]["httpGet"] == {"path": path,
                                               "port": "metrics"}
    [port] = container["ports"]
    assert container["args"] == [
        "agent", "--config", "/etc/tidemark/tidemark.conf", "--metrics",
        f"0.0.0.0:{port['containerPort']}"]


def test_the_program_takes_what_the_files_say(tidemark: Any,
                                              tmp_path: Path) -> None:
    path = tmp_path / "tidemark.conf"
    path.write_text(of_kind("ConfigMap")["data"]["tidemark.conf"])
    told = tidemark("config", "--config", path, env={"KAFKA_PASSWORD": "x"})
    assert "nothing wrong" in told.out
    [container] = pods()["CronJob"]["containers"]
    assert container["args"] == ["snapshot", "--config",
                                 "/etc/tidemark/tidemark.conf"]
    assert container["image"] == "tidemark:" + (
        TREE / "VERSION").read_text().strip()
