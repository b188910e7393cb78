"""What is deployed fits the program: commands, variables, ports; images are pinned and nothing runs as root."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
