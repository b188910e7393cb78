"""What is deployed fits the program: commands, variables, ports; images are pinned and nothing runs as root."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import helm_engine
import pytest
import yaml

from api.cli import COMMANDS
from api.settings import NAMES, read_settings
from masterdeal.errors import Misconfigured

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
MANIFESTS: list[dict[str, Any]] = list(
    yaml.safe_load_all((DEPLOY / "kubernetes" / "masterdeal.yaml").read_text(encoding="utf-8"))
)
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
PINNED = re.compile(r"^[\w./-]+:\d+\.\d+[\w.-]*$")


def ours() -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Name, command and environment of each of our own containers."""
    for name, service in COMPOSE["services"].items():
        if service["image"].startswith("masterdeal"):
            yield name, service["command"], service["environment"]
    for manifest in MANIFESTS:
        if manifest["kind"] == "Deployment":
            (container,) = manifest["spec"]["template"]["spec"]["containers"]
            environment = {row["name"]: row.get("value", "secret") for row in container["env"]}
            yield container["name"], container["args"], environment


def test_every_container_of_ours_runs_a_command_there_is_with_variables_that_are_read() -> None:
    found = list(ours())
    assert [name for name, *_ in found] == ["service", "worker", "service", "worker"]
    for name, command, environment in found:
        assert command[0] in COMMANDS, name
        assert set(environment) <= set(NAMES.values()), name
        values = {key: value for key, value in environment.items() if "$" not in value}
        settings = read_settings(values)
        assert settings.log_format == "json"


def test_images_are_pinned() -> None:
    images = [service["image"] for service in COMPOSE["services"].values()]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    images += [
        container["image"]
        for manifest in MANIFESTS
        if manifest["kind"] == "Deployment"
        for container in manifest["spec"]["template"]["spec"]["containers"]
    ]
    assert len(images) >= 9
    assert [image for image in images if not PINNED.match(image)] == []


def test_ports_and_probes_meet_the_service() -> None:
    service = COMPOSE["services"]["service"]
    port = service["command"][service["command"].index("--port") + 1]
    assert f"EXPOSE {port}" in DOCKERFILE
    assert service["expose"] == [port]
    assert f"http://service:{port}" in COMPOSE["configs"]["nginx"]["content"]
    assert f":{port}/readyz" in service["healthcheck"]["test"][-1]
    assert service["deploy"]["replicas"] == 2
    deployment = next(one for one in MANIFESTS if one["metadata"]["name"] == "masterdeal")
    spec = deployment["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert container["ports"][0]["containerPort"] == int(port)
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    # What is open gets ten seconds; the platform must wait longer before it kills.
    assert spec["terminationGracePeriodSeconds"] > 10
    assert spec["securityContext"]["runAsNonRoot"] is True
    selectors = next(one for one in MANIFESTS if one["kind"] == "Service")["spec"]["selector"]
    assert selectors.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()


def test_secrets_stand_in_no_file_that_is_kept() -> None:
    for file in DEPLOY.rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            assert not re.search(r"whsec_\w{8}|(?i:password): *[\"']?[a-z0-9]{6,}", text), file.name


CHART = DEPLOY / "helm" / "masterdeal"
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """The chart for any Kubernetes: the engine at hand plays an old one."""
    if lacking := helm_engine.absent():
        pytest.skip(lacking)
    copy = tmp_path / "masterdeal"
    shutil.copytree(CHART, copy)
    about = copy / "Chart.yaml"
    lines = about.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("kubeVersion")]
    assert len(kept) == len(lines) - 1
    about.write_text("\n".join(kept), encoding="utf-8")
    return copy


def rendered(chart: Path, *settings: str) -> list[dict[str, Any]]:
    """What Helm makes of the chart with these values."""
    made = helm_engine.helm("template", chart, *settings)
    assert made.returncode == 0, made.stderr
    return [one for one in yaml.safe_load_all(made.stdout) if one]


def test_helm_finds_nothing_wrong_with_the_chart(chart: Path) -> None:
    said = helm_engine.helm("lint", chart)
    assert said.returncode == 0, said.stderr
    assert "Failed: false" in said.stdout
    assert "ERROR" not in said.stdout
    assert "WARNING" not in said.stdout


def test_the_chart_sets_variables_that_are_read_and_keeps_secrets_out_of_values() -> None:
    assert set(VALUES["env"]) | set(VALUES["secret"]["keys"]) <= set(NAMES.values())
    assert set(VALUES["env"]) & set(VALUES["secret"]["keys"]) == set()
    settings = read_settings({name: str(value) for name, value in VALUES["env"].items()})
    assert settings.log_format == "json"
    meta = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert meta["appVersion"] == meta["version"]


def test_the_chart_makes_what_the_plain_manifests_are(chart: Path) -> None:
    made = {
        (one["kind"], one["metadata"]["name"]): one
        for one in rendered(chart, "service.autoscaling.enabled=false")
    }
    plain = {(one["kind"], one["metadata"]["name"]): one for one in MANIFESTS}
    assert set(made) == set(plain)
    for key, one in plain.items():
        if one["kind"] != "Deployment":
            continue
        pod, wanted = (side["spec"]["template"]["spec"] for side in (made[key], one))
        (ours,), (theirs,) = pod.pop("containers"), wanted.pop("containers")
        set_here, set_there = (
            {row["name"]: row for row in container.pop("env")} for container in (ours, theirs)
        )
        assert {name: set_here[name] for name in set_there} == set_there
        assert theirs.items() <= ours.items()
        assert wanted["securityContext"].items() <= pod.pop("securityContext").items()
        assert {name: value for name, value in wanted.items() if name != "securityContext"} == pod
        labels = made[key]["spec"]["selector"]["matchLabels"]
        assert labels.items() <= made[key]["spec"]["template"]["metadata"]["labels"].items()


def test_the_chart_scales_and_serves_where_it_is_told_to(chart: Path) -> None:
    made = {
        one["kind"]: one
        for one in rendered(chart, "ingress.enabled=true", "worker.replicas=0", "ingress.tlsSecret=tls")
    }
    assert made["HorizontalPodAutoscaler"]["spec"]["minReplicas"] == 2
    assert "replicas" not in made["Deployment"]["spec"]
    assert made["Deployment"]["metadata"]["name"] == "masterdeal"
    assert made["Ingress"]["spec"]["tls"][0]["secretName"] == "tls"


@pytest.mark.parametrize(
    "setting", ["service.replicas=0", "env.MASTERDEAL_TRACKER_TOKEN=t0k3n", "image.repository="]
)
def test_values_that_cannot_work_are_refused_before_anything_is_made(chart: Path, setting: str) -> None:
    made = helm_engine.helm("template", chart, setting)
    assert made.returncode == 1
    assert "values don't meet the specifications of the schema" in made.stderr


def test_brokers_behind_tls_and_sasl_are_spoken_to_in_their_own_words() -> None:
    producer = pytest.importorskip("confluent_kafka").Producer
    plain = read_settings({})
    assert plain.kafka_security == {"security.protocol": "PLAINTEXT"}
    secured = read_settings(
        {
            "MASTERDEAL_KAFKA_PROTOCOL": "SASL_SSL",
            "MASTERDEAL_KAFKA_USER": "md",
            "MASTERDEAL_KAFKA_PASSWORD": "s3cret",
        }
    )
    assert "s3cret" not in repr(secured)
    producer({"bootstrap.servers": "127.0.0.1:1", "log_level": 0, **secured.kafka_security})
    with pytest.raises(Misconfigured, match="USER and PASSWORD"):
        _ = read_settings({"MASTERDEAL_KAFKA_PROTOCOL": "SASL_SSL"}).kafka_security
    with pytest.raises(Misconfigured, match="MASTERDEAL_KAFKA_PROTOCOL"):
        read_settings({"MASTERDEAL_KAFKA_PROTOCOL": "TLS"})
