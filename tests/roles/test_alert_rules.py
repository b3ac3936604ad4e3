"""The rules of outbreaks as the alert role runs them: by the engine's runner, and by Faust on Kafka."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from engine.alerts import standing
from engine.alerts.alert import Alert, Status
from engine.alerts.course import News
from engine.alerts.load import load_rules
from engine.alerts.rule import Rule
from engine.alerts.standing import read_standing
from engine.alerts.surveillance.outbreak import Outbreak
from engine.bus.bus import Bus, BusError, read_topic
from engine.bus.record import Position, Record, Topic
from engine.canonical import case
from engine.canonical.envelope import encode
from engine.canonical.resource import Origin, Resource
from engine.canonical.version import version
from engine.config import BusSettings, Settings
from engine.parts import declare_topics, now_us, open_bus
from engine.roles.alert_rules import partitions_of, run_rules
from tests.rig.kafka import Kafka
from tests.rig.kafka.door import PASSWORD, USER, Door, Issuer

ALERTS = Path(__file__).parents[2] / "mappings" / "alerts"
RULES = [rule for rule in load_rules(ALERTS) if isinstance(rule.behavior, Outbreak)]


class Heard:
    def told(self, news: News) -> None:
        """Nothing."""


def diagnosis(number: int, place: str) -> Record:
    """Dengue of today, of a person of its own."""
    at_us = now_us()
    stamp = version(at_us, None, at_us, f"{number:016x}")
    origin = Origin(Position("hl7.raw", 0, number), "79901", f"{number:032x}", "0" * 64, stamp, at_us, "m", 1)
    body = {"code": {"coding": [{"system": case.ICD10, "code": "A97.1"}]}}
    event = encode(Resource("Condition", f"c{number}", body, origin, 0), case.TOPIC)
    headers = {**event.headers, "ce_type": case.TYPE.encode()}
    return Record(case.TOPIC, event.key, orjson.dumps(case.body_of(body, place)), headers)


@contextmanager
def running(settings: Settings, bus: Bus, rules: list[Rule]) -> Iterator[None]:
    stop, failed = threading.Event(), list[BaseException]()

    def work() -> None:
        try:
            run_rules(settings, bus, rules, Heard(), stop.is_set)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join(30)
    assert failed == []


def alerts(bus: Bus) -> list[Alert]:
    return [one.alert for one in read_standing(read_topic(bus, standing.TOPIC)).values()]


def wait(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.1)


def publish(bus: Bus, *records: Record) -> None:
    producer = bus.producer()
    producer.publish(records, lambda _error: None)
    producer.close()


def watch(settings: Settings) -> None:
    """Two outbreaks, each told by rules that were started anew."""
    with open_bus(settings) as bus:
        bus.ensure(declare_topics(settings, (), ()))
        publish(bus, *(diagnosis(number, "27301") for number in range(3)))
        with running(settings, bus, RULES):
            wait(lambda: [one.place for one in alerts(bus) if one.status is Status.FIRING] == ["27301"])
        publish(bus, *(diagnosis(number, "26740") for number in range(10, 13)), diagnosis(0, "26740"))
        with running(settings, bus, RULES):
            wait(lambda: {one.place: one.status for one in alerts(bus)}.get("26740") is Status.FIRING)
            wait(lambda: {one.place: one.status for one in alerts(bus)}["27301"] is Status.RESOLVED)
    assert len({one.id for one in alerts(bus)}) == 2
    assert all(one.started_us <= now_us() for one in alerts(bus))


def test_an_outbreak_is_told_and_ends_when_a_case_moves_away(tmp_path: Path) -> None:
    watch(Settings(home=tmp_path))


@pytest.mark.prove
@pytest.mark.long
def test_faust_tells_of_it_over_tls_by_a_name_with_a_password(tmp_path: Path) -> None:
    with Issuer().running() as issuer:
        door = Door(tmp_path / "door", issuer)
        with Kafka.secured(tmp_path / "kafka", door):
            sasl = {"mechanism": "SCRAM-SHA-512", "username": USER, "password": PASSWORD}
            told = {"kind": "kafka", "bootstrap": door.bootstrap, "partitions": 2, "tls": {"ca": door.ca}, "sasl": sasl}
            watch(Settings(home=tmp_path, bus=BusSettings.model_validate(told)))


def test_topics_that_are_divided_otherwise_are_said(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with open_bus(settings) as bus:
        bus.ensure([Topic(case.TOPIC, 3)])
        bus.ensure(declare_topics(settings, (), ()))
        with pytest.raises(BusError, match=r"alert_table has 6 partitions.*: cases \(3\) - give them as many"):
            partitions_of(bus, [case.TOPIC])
