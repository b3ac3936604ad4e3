"""Who carries events to the alert rules: on Kafka a Faust application, else the engine's own runner."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from engine.alerts import changelog
from engine.alerts.carried import is_by_faust
from engine.alerts.rule import Rule
from engine.alerts.runner import Meter, Runner
from engine.alerts.surveillance.mover import run_mover
from engine.alerts.surveillance.outbreak import diseases_of_rules
from engine.bus.bus import Bus, BusError
from engine.canonical import case
from engine.config import Settings
from engine.parts import now_us

GROUP = "engine-alerts"
LOOK = 0.5
"""Seconds between two looks at whether to stop."""

Ended = Callable[[], bool]


def run_rules(settings: Settings, bus: Bus, rules: Sequence[Rule], meter: Meter, ended: Ended) -> None:
    """Run rules until `ended`. Raises BusError, and whatever a rule could not do."""
    if rules and is_by_faust(settings.bus):
        asyncio.run(_carry(settings, bus, rules, meter, ended))
        return
    with _moving(bus, rules) as failed:
        Runner(bus, rules, now_us, meter, lambda: ended() or failed()).run(threading.Event())


async def _carry(settings: Settings, bus: Bus, rules: Sequence[Rule], meter: Meter, ended: Ended) -> None:
    from engine.alerts.carrying import Cases, Rules
    from engine.alerts.faust_app import AlertApp, Place
    from engine.alerts.faust_settings import faust_settings

    producer, stop = bus.producer(), asyncio.Event()
    told = Rules(bus, producer, rules, GROUP, meter.told)
    kafka, lease = settings.bus, settings.bus.lease.total_seconds()
    known = faust_settings(kafka.bootstrap, kafka.kafka_properties(), lease, str(settings.home / "faust"))
    place = Place(GROUP, known, partitions_of(bus, [*told.topics, case.TOPIC]))
    looking = asyncio.create_task(_look(ended, stop))
    try:
        await AlertApp(place, told, Cases(bus, producer, diseases_of_rules(rules)), now_us).run(stop)
    finally:
        looking.cancel()
        producer.close()


async def _look(ended: Ended, stop: asyncio.Event) -> None:
    while not ended():
        await asyncio.sleep(LOOK)
    stop.set()


def partitions_of(bus: Bus, topics: Sequence[str]) -> int:
    """How the tables are divided, which all these topics must be too; raises BusError when one is not."""
    found = bus.topics()
    number = found[changelog.RULES]
    other = [one for one in (*topics, changelog.CASES) if found.get(one) != number]
    if other:
        told = ", ".join(f"{one} ({found.get(one, 0)})" for one in other)
        hint = "give them as many in topics.yaml, and `engine topics apply`"
        raise BusError(f"{changelog.RULES} has {number} partitions, and what rules read has others: {told} - {hint}")
    return number


@contextmanager
def _moving(bus: Bus, rules: Sequence[Rule]) -> Iterator[Callable[[], bool]]:
    """Move cases on a thread of their own while this lasts; tells whether that failed, and raises it in the end."""
    diseases, stop, errors = diseases_of_rules(rules), threading.Event(), list[Exception]()

    def work() -> None:
        try:
            run_mover(bus, diseases, stop)
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=work, name="cases", daemon=True)
    if diseases:
        thread.start()
    try:
        yield lambda: bool(errors)
    finally:
        stop.set()
        if diseases:
            thread.join()
    if errors:
        raise errors[0]
