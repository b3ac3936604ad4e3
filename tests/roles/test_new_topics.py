"""Topics that come into being while the roles run: loaded, and told of, without a restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Record, Topic
from engine.language.fault import Faults
from engine.observe.metrics import Metrics
from engine.roles import alert, load
from engine.roles.alert import Files
from engine.routes.load import load_routes

SECONDS = 20
ROUTE = "routes:\n  - {{ route: {0}, when: gender = male, to: alerts.{0} }}\n"


def topics_of(folder: Path) -> tuple[str, ...]:
    return load_routes(folder).topics


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[EmbeddedBus]:
    with EmbeddedBus(tmp_path / "bus") as bus:
        yield bus


def until(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < limit, "it does not come to hold"
        time.sleep(0.02)


def test_the_loader_ends_its_round_when_there_is_another_topic_of_resources(
    bus: EmbeddedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "LOOK", 0.02)
    bus.ensure([Topic("fhir.patient", partitions=1), Topic("alerts.a", partitions=1)])
    topics = load.topics_to_load(bus)
    assert topics == ["receipts", "fhir.patient"]
    with load._until_others(bus, topics, threading.Event()) as ended:
        bus.ensure([Topic("alerts.b", partitions=1)])
        assert not ended.wait(0.2)
        bus.ensure([Topic("fhir.coverage", partitions=1)])
        assert ended.wait(SECONDS)


def test_the_loader_ends_its_round_when_the_role_stops(bus: EmbeddedBus) -> None:
    stop = threading.Event()
    with load._until_others(bus, load.topics_to_load(bus), stop) as ended:
        stop.set()
        assert ended.wait(SECONDS)


def test_topics_of_routes_at_fault_are_those_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert, "LOOK", 0)
    (tmp_path / "a.yaml").write_text(ROUTE.format("first"))
    refused: list[Faults] = []
    routes = Files(tmp_path, topics_of, refused.append)
    (tmp_path / "a.yaml").write_text("routes: [")
    assert [routes.changed(), routes.changed(), routes.read] == [False, False, ("alerts.first",)]
    assert [routes.changed(), len(refused)] == [False, 1]
    (tmp_path / "a.yaml").write_text(ROUTE.format("second"))
    assert [routes.changed(), routes.changed(), routes.read] == [False, True, ("alerts.second",)]


def test_events_of_a_topic_that_a_new_route_names_are_told_of(
    tmp_path: Path, bus: EmbeddedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert, "LOOK", 0.05)
    counted, stop, folder = CollectorRegistry(), threading.Event(), tmp_path / "routes"
    folder.mkdir()
    (folder / "a.yaml").write_text(ROUTE.format("first"))
    bus.ensure([Topic("alerts.first", partitions=1), Topic("alerts.second", partitions=1)])
    routes, metrics = Files(folder, topics_of), Metrics(counted)

    def run() -> None:
        while not stop.is_set():
            alert._alert(bus, routes, metrics, stop)

    thread = threading.Thread(target=run)
    thread.start()
    producer = bus.producer()
    headers = {"ce_source": b"/facility/1", "ce_type": b"fhir.Patient", "ce_id": b"1", "ce_subject": b"s"}
    producer.publish(
        [Record(name, b"k", b"{}", headers) for name in ("alerts.first", "alerts.second")], lambda _error: None
    )
    producer.close()
    (folder / "b.yaml").write_text(ROUTE.format("second"))
    until(lambda: counted.get_sample_value("engine_alerts_total", {"topic": "alerts.second"}) == 1)
    assert counted.get_sample_value("engine_alerts_total", {"topic": "alerts.first"}) == 1
    stop.set()
    thread.join()
