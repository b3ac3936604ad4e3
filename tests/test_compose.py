"""docker-compose.yml and Dockerfile: right by the Compose schema, and everything that they name exists."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema_rs import Draft201909Validator

from engine.config import MllpSettings, read_settings
from tests.rig.compose import ROOT, interpolate, read_compose, read_member
from tests.rig.kafka import Kafka
from tests.rig.kafka.node import Node
from tests.rig.process import free_port

SCHEMA = Path(__file__).parent / "rig" / "compose-spec.json"
POM = Path(__file__).parent / "rig" / "kafka" / "pom.xml"
VARIABLES = {"POSTGRES_PASSWORD": "secret", "GRAFANA_PASSWORD": "secret"}
ROLES = ("listen", "transform", "load", "alert", "observe")

compose = read_compose()
services: dict[str, dict[str, Any]] = compose["services"]


def mounts(member: dict[str, Any]) -> list[tuple[str, str]]:
    pairs = (volume.split(":") for volume in member.get("volumes", []))
    return [(pair[0], pair[1]) for pair in pairs]


def test_file_is_right_by_the_compose_specification() -> None:
    plain = {key: value for key, value in compose.items() if key != "name"}  # newer than the schema
    assert [error.message for error in Draft201909Validator(json.loads(SCHEMA.read_text())).iter_errors(plain)] == []


def test_schema_refuses_what_compose_does_not_know() -> None:
    wrong = {"services": {"listen": {"image": "engine", "comand": ["run"]}}}
    assert not Draft201909Validator(json.loads(SCHEMA.read_text())).is_valid(wrong)


@pytest.mark.parametrize("name", services)
def test_what_a_service_names_is_there(name: str) -> None:
    member = services[name]
    folders = [source for source, _ in mounts(member) if source.startswith(".")]
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []
    named = {source for source, _ in mounts(member) if not source.startswith(".")}
    assert named <= set(compose["volumes"])
    assert set(member.get("depends_on", ())) <= set(services)
    assert set(member.get("secrets", ())) <= set(compose["secrets"])
    waited_for = [other for other, how in member.get("depends_on", {}).items() if how["condition"] == "service_healthy"]
    assert [other for other in waited_for if "healthcheck" not in services[other]] == []


@pytest.mark.parametrize("name", services)
def test_ports_are_open_to_this_machine_only(name: str) -> None:
    assert [port for port in services[name].get("ports", []) if not port.startswith("127.0.0.1:")] == []


def test_no_password_is_written_down() -> None:
    secret = re.compile(r"PASSWORD|SECRET|TOKEN|URL")
    given = [pair for member in services.values() for pair in member.get("environment", {}).items()]
    passwords = [value for name, value in given if secret.search(name)]
    assert passwords
    assert [value for value in passwords if "${" not in value] == []


@pytest.mark.parametrize("role", ROLES)
def test_engine_takes_the_environment_of_each_role(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    member = read_member(role, VARIABLES, {"kafka:9092": "127.0.0.1:19092"})
    for name, value in member.environment.items():
        monkeypatch.setenv(name, value)
    settings = read_settings(None)
    assert settings.bus.bootstrap == "127.0.0.1:19092"
    assert settings.http.port == 9464
    assert [one.port for one in settings.listeners if isinstance(one, MllpSettings)] == [2575]
    assert member.command[-3:] == ("run", "--role", role)
    if role == "load":
        assert settings.warehouse.url.get_secret_value() == "postgresql://engine:secret@postgres:5432/engine"


def test_a_missing_password_is_named() -> None:
    with pytest.raises(KeyError, match="POSTGRES_PASSWORD: run tools/secrets first"):
        read_member("load", {}, {})


def test_variables_are_put_in_as_compose_does() -> None:
    given = {"A": "1"}
    assert interpolate("$$A ${A} ${B:-2} ${A:-3} ${B}", given) == "$A 1 2 1 "


def test_prometheus_scrapes_every_role() -> None:
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    targets = config["scrape_configs"][0]["static_configs"][0]["targets"]
    assert targets == [f"{role}:9464" for role in ROLES]
    [facilities] = [one for one in config["scrape_configs"] if one["job_name"] == "engine-facilities"]
    assert facilities["static_configs"][0]["targets"] == ["observe:9464"]


def test_dockerfile_copies_what_is_there_and_not_ignored() -> None:
    copies = re.findall(r"^COPY (?!--from)(\S+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert sorted(copies) == sorted(allowed)
    assert [path for path in copies if not (ROOT / path).exists()] == []


def test_dockerfile_serves_where_compose_listens() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    found = re.search(r"^EXPOSE (.*)$", dockerfile, re.MULTILINE)
    assert found
    assert found[1].split() == ["2575", "9464"]
    assert "ENGINE_HOME=/var/lib/engine" in dockerfile
    assert "http://127.0.0.1:9464/health/live" in dockerfile


def test_kafka_of_compose_is_the_kafka_of_the_tests() -> None:
    tested = re.search(r"<kafka.version>(.*)</kafka.version>", POM.read_text())
    assert tested
    assert services["kafka"]["image"] == f"apache/kafka:{tested[1]}"


def test_kafka_starts_with_the_settings_of_compose(tmp_path: Path) -> None:
    """The image turns KAFKA_NODE_ID into node.id; a real broker here gets the same."""
    port, controller = free_port(), free_port()
    places = {"kafka:9092": f"127.0.0.1:{port}", "//:9092": f"//127.0.0.1:{port}"}
    places |= {"kafka:9093": f"127.0.0.1:{controller}", "//:9093": f"//127.0.0.1:{controller}"}
    environment = read_member("kafka", VARIABLES, places).environment
    cluster, heap = environment.pop("CLUSTER_ID"), environment.pop("KAFKA_HEAP_OPTS").removeprefix("-Xmx")
    settings = {name.removeprefix("KAFKA_").lower().replace("_", "."): value for name, value in environment.items()}
    with Kafka([Node(tmp_path / "node", settings, heap)], [("127.0.0.1", port)], cluster):
        pass
