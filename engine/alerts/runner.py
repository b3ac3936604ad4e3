"""The runner: carries events to the rules and what comes of them to the bus, one living runner at a time.

Of each batch first the alerts become durable, then the states, then the offsets are committed. After a crash in between
the batch comes again; from whichever states it finds, the course comes to the same states, and to the same alerts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Protocol

from engine.alerts import decisions, memory, standing
from engine.alerts.course import Course, News
from engine.alerts.decisions import read_decisions
from engine.alerts.event import Persons, read_event
from engine.alerts.memory import read_kept
from engine.alerts.rule import Rule
from engine.alerts.standing import read_standing
from engine.bus.bus import Bus, BusError, Consumer, Producer, read_topic
from engine.bus.record import Partition, Record, next_offsets

GROUP, TURN = "alert-rules", "alert-turn"
"""Who reads events, and whose turn it is: that of the member which holds the one partition of the decisions."""

BATCH = 2000
PATIENCE = 0.5
STANDBY = 1.0
FLUSH_SECONDS = 30.0
BEFORE = 5000
"""Records before the committed ones that are looked through for the persons of messages that are half read."""


class Meter(Protocol):
    """What a runner counts and tells."""

    def told(self, news: News) -> None: ...


class Runner:
    """Runs rules over a bus until it is told to stop, or that there are other rules."""

    def __init__(
        self,
        bus: Bus,
        rules: Sequence[Rule],
        now_us: Callable[[], int],
        meter: Meter,
        changed: Callable[[], bool] = lambda: False,
    ) -> None:
        """`changed` is asked now and then whether there are other rules."""
        self._bus = bus
        self._rules = rules
        self._now_us = now_us
        self._meter = meter
        self._changed = changed

    def run(self, ended: threading.Event) -> None:
        """Run until `ended` or other rules; stand by while it is another runner's turn. Raises BusError."""
        turn = self._bus.consumer(TURN, [decisions.TOPIC])
        try:
            while not (ended.is_set() or self._changed()):
                turn.poll(BATCH, STANDBY)
                if is_ours(turn) and self._work(turn, ended):
                    return
        finally:
            turn.close()

    def _work(self, turn: Consumer, ended: threading.Event) -> bool:
        """Work while it is our turn; returns whether it is over for these rules."""
        topics = sorted({topic for rule in self._rules for topic in rule.topics})
        desk = Desk(self._bus, self._rules, self._now_us())
        consumer, producer = self._bus.consumer(GROUP, topics), self._bus.producer()
        try:
            while not (ended.is_set() or self._changed()):
                records = consumer.poll(BATCH, PATIENCE) if topics else []
                desk.take(records, self._now_us())
                if turn.poll(BATCH, 0 if topics else PATIENCE):
                    desk.decide(self._now_us())
                if not is_ours(turn):
                    return False
                self._meter.told(publish(producer, desk.course.news()))
                if records:
                    consumer.commit(next_offsets(records))
            return True
        finally:
            consumer.close()
            producer.close()


class Desk:
    """The rules with what the bus holds of them: read once, then kept up."""

    def __init__(self, bus: Bus, rules: Iterable[Rule], now_us: int) -> None:
        """Read states, alerts and decisions, and the persons of messages that were read in part."""
        self._bus = bus
        kept = read_kept(read_topic(bus, memory.TOPIC))
        rules = tuple(rules)
        self.course = Course(rules, kept, read_standing(read_topic(bus, standing.TOPIC)))
        self.persons = Persons()
        for topic in {topic for rule in rules for topic in rule.topics}:
            remember(bus, GROUP, topic, self.persons)
        self.decide(now_us)

    def decide(self, now_us: int) -> None:
        """Take what people decided by now."""
        self.course.decide(read_decisions(read_topic(self._bus, decisions.TOPIC)), now_us)

    def take(self, records: Sequence[Record], now_us: int) -> None:
        """Let the rules judge what was read, and time pass."""
        for record in records:
            try:
                event = read_event(record)
            except (KeyError, ValueError):
                self.course.refuse("", "record", "")
                continue
            self.course.take(self.persons.complete(event), record.topic, now_us)
        self.course.pass_time(now_us)


def remember(bus: Bus, group: str, topic: str, persons: Persons) -> None:
    """Give `persons` those of messages that a group may have read in part."""
    spans = bus.spans(topic)
    for partition, stop in bus.committed(group, topic).items():
        first = max(spans[partition].first, stop - BEFORE) if partition in spans else stop
        for record in bus.read(partition, first, stop) if first < stop else ():
            with suppress(KeyError, ValueError):
                if record.text("ce_type") == "fhir.Patient":
                    persons.complete(read_event(record))


def is_ours(turn: Consumer) -> bool:
    """Whether it is the turn of the runner that has this membership."""
    return Partition(decisions.TOPIC, 0) in turn.assigned()


def publish(producer: Producer, news: News) -> News:
    """Make durable what came of a batch: alerts first, so that no state knows more than was told. Raises BusError."""
    _publish(producer, [*map(standing.encode, news.standing.values()), *map(standing.encode_gone, news.gone)])
    _publish(producer, [*map(decisions.encode_forgotten, news.unacknowledged)])
    _publish(producer, [memory.encode(place, kept) for place, kept in news.kept.items()])
    return news


def _publish(producer: Producer, records: Sequence[Record]) -> None:
    failed: list[BusError] = []
    for first in range(0, len(records), BATCH):
        producer.publish(records[first : first + BATCH], lambda error: failed.append(error) if error else None)
    if records:
        producer.flush(FLUSH_SECONDS)
    if failed:
        raise failed[0]
