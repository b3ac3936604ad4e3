"""deploy/ as Prometheus and Alertmanager themselves read it, and no metric in it that the engine does not have."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry, start_http_server

from engine.observe.facility_metrics import FACILITY_METRICS
from engine.observe.metrics import Definition, Metrics
from tests.rig.prometheus import Prometheus, program

DEPLOY = Path(__file__).parents[1] / "deploy"
DASHBOARDS = [json.loads(path.read_text()) for path in (DEPLOY / "grafana/dashboards").glob("*.json")]
EXPRESSIONS = [target["expr"] for one in DASHBOARDS for panel in one["panels"] for target in panel.get("targets", ())]
GROUPS = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text())["groups"]
RULES = [rule["expr"] for group in GROUPS for rule in group["rules"]]
ALERTS = {rule["alert"] for group in GROUPS for rule in group["rules"] if "alert" in rule}
RECORDED = {rule["record"] for group in GROUPS for rule in group["rules"] if "record" in rule}


def run(*command: str, folder: str) -> None:
    done = subprocess.run(command, cwd=DEPLOY / folder, check=False, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr


def names_in(expressions: list[str]) -> set[str]:
    found = re.findall(r"\bengine_[a-z_]+", " ".join(expressions))
    return {re.sub(r"_seconds_(bucket|count|sum)$", "_seconds", name) for name in found}


def touch(metrics: Metrics, metric: Definition) -> None:
    """Give the metric a first value under some label."""
    attribute = metric.name.removeprefix("engine_").removesuffix("_total").removesuffix("_records")
    child = getattr(metrics, attribute)
    child = child.labels(*metric.labels) if metric.labels else child
    match metric.kind:
        case "counter":
            child.inc()
        case "gauge":
            child.set(1)
        case "histogram":
            child.observe(0.01)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that has seen every metric of the engine move."""
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    server, thread = start_http_server(0, "127.0.0.1", registry)
    with Prometheus(tmp_path_factory.mktemp("prometheus"), f"127.0.0.1:{server.server_port}") as running:
        for metric in metrics.definitions:
            touch(metrics, metric)
        running.wait_series("count_over_time(engine_messages_received_total[1m]) > 2")
        yield running
    server.shutdown()
    thread.join()


def test_prometheus_takes_the_configuration() -> None:
    run(program("promtool"), "check", "config", "prometheus.yml", folder="prometheus")


@pytest.mark.parametrize("file", ["rules.test.yml", "rules.slow.test.yml"])
def test_rules_fire_when_they_should(file: str) -> None:
    run(program("promtool"), "test", "rules", file, folder="prometheus")


def test_every_alert_rule_is_seen_to_fire() -> None:
    told = "".join((DEPLOY / "prometheus" / name).read_text() for name in ("rules.test.yml", "rules.slow.test.yml"))
    assert {name for name in ALERTS if not re.search(rf"alertname: {name}\n", told)} == set()


def test_alertmanager_takes_the_configuration() -> None:
    run(program("amtool"), "check-config", "alertmanager.yml", folder="alertmanager")


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (("severity=page",), "pages"),
        (("severity=ticket",), "tickets"),
        (("source=engine", "severity=critical"), "pages"),
        (("source=engine", "severity=warning"), "tickets"),
    ],
)
def test_alertmanager_tells_whom_it_should(labels: tuple[str, ...], receiver: str) -> None:
    words = (program("amtool"), "config", "routes", "test", "--config.file=alertmanager.yml", *labels)
    run(*words, f"--verify.receivers={receiver}", folder="alertmanager")


def test_an_alert_is_inhibited_by_alerts_that_there_are() -> None:
    rules = yaml.safe_load((DEPLOY / "alertmanager/alertmanager.yml").read_text())["inhibit_rules"]
    matchers = [matcher for rule in rules for side in ("source", "target") for matcher in rule[f"{side}_matchers"]]
    assert {name for matcher in matchers for name in re.findall(r"[A-Z]\w+", matcher)} <= ALERTS


def test_recorded_series_that_are_asked_are_recorded() -> None:
    asked = {name for rule in RULES + EXPRESSIONS for name in re.findall(r"engine:[a-z0-9_:]+", rule)}
    assert asked <= RECORDED


def test_metrics_that_are_watched_exist() -> None:
    known = {metric.name for metric in (*Metrics(CollectorRegistry()).definitions, *FACILITY_METRICS)}
    assert names_in(EXPRESSIONS + RULES) <= known


@pytest.mark.parametrize("expression", RULES)
def test_each_rule_is_a_question_prometheus_can_answer(prometheus: Prometheus, expression: str) -> None:
    prometheus.query(expression)


def test_a_panel_over_a_metric_that_is_not_there_shows_nothing(prometheus: Prometheus) -> None:
    assert prometheus.query("sum(engine_messages_lost_total)") == []
