"""The metrics: their names, their labels and how they add up over processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from engine.observe.facility_metrics import FACILITY_METRICS
from engine.observe.metrics import LABELS, MESSAGE_TYPES, Definition, Metrics, message_type

ROOT = Path(__file__).parents[2]
ENGINE = Metrics(CollectorRegistry()).definitions
DEFINITIONS = (*ENGINE, *FACILITY_METRICS)


@pytest.mark.parametrize("metric", DEFINITIONS, ids=lambda metric: metric.name)
def test_a_metric_is_named_for_the_engine_its_noun_and_its_unit(metric: Definition) -> None:
    assert re.fullmatch(r"engine(_[a-z]+){2,}", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    is_gauge = metric.name.endswith(("_timestamp_seconds", "_age_seconds"))
    assert (metric.name.endswith("_seconds") and not is_gauge) == (metric.kind == "histogram")


@pytest.mark.parametrize("metric", DEFINITIONS, ids=lambda metric: metric.name)
def test_a_metric_is_described_by_one_sentence(metric: Definition) -> None:
    assert re.fullmatch(r"[A-Z].*[^.]\.", metric.about)


@pytest.mark.parametrize("metric", DEFINITIONS, ids=lambda metric: metric.name)
def test_a_label_has_a_closed_set_of_values(metric: Definition) -> None:
    assert set(metric.labels) <= set(LABELS)


def test_a_histogram_is_not_split_by_sender_or_type() -> None:
    assert {metric.labels for metric in DEFINITIONS if metric.kind == "histogram"} <= {
        (),
        ("listener",),
        ("sink",),
    }


def test_every_label_is_used() -> None:
    assert {label for metric in DEFINITIONS for label in metric.labels} == set(LABELS)


def test_what_is_exposed_carries_the_names_of_the_list() -> None:
    registry = CollectorRegistry()
    exposed = re.findall(r"^# TYPE (\S+) (\S+)$", _exposition(registry), re.MULTILINE)
    assert {(name, kind) for name, kind in exposed if not name.endswith("_created")} == {
        (metric.name, metric.kind) for metric in ENGINE
    }


def _exposition(registry: CollectorRegistry) -> str:
    Metrics(registry)
    return generate_latest(registry).decode()


@given(st.text())
def test_any_message_type_is_a_label_of_the_closed_set(code: str) -> None:
    assert message_type(code) in MESSAGE_TYPES | {"other"}


def test_the_types_that_are_labels_are_those_that_the_standard_mappings_take() -> None:
    mapped = {path.name[:3] for path in (ROOT / "mappings/standard/messages").glob("*.yaml")}
    assert mapped | {"ACK"} == MESSAGE_TYPES


def test_a_standard_message_type_is_its_own_label() -> None:
    assert (message_type("ADT"), message_type("ORU"), message_type("ZZZ")) == ("ADT", "ORU", "other")


CHILD = """
from engine.observe.metrics import Metrics
metrics = Metrics()
metrics.duplicates.labels("mllp").inc(2)
metrics.connections_active.labels("mllp").set(3)
metrics.mapping_generation.set(7)
"""

PARENT = """
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


def test_the_counters_of_several_processes_add_up(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for script in (CHILD, CHILD):
        subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)
    shown = subprocess.run(
        [sys.executable, "-c", PARENT], env=environment, check=True, timeout=60, capture_output=True, text=True
    ).stdout
    assert 'engine_duplicates_total{listener="mllp"} 4.0' in shown
    assert 'engine_connections_active{listener="mllp"}' in shown
    assert "engine_mapping_generation 7.0" in shown
