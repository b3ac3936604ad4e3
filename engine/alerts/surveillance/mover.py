"""The mover: from the topic of cases to that of moves, on a bus whose consumers keep no tables.

Of each batch first the moves become durable, then what is remembered of their cases, then the offsets are committed. A
batch that comes again comes to the same moves, or to newer ones.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import orjson

from engine.alerts.event import read_event
from engine.alerts.publishing import publish_durably
from engine.alerts.surveillance.moves import Diseases, Known, known_of, move
from engine.alerts.surveillance.records import PLACES, encode_known, encode_move, read_case
from engine.bus.bus import Bus, Consumer, Producer, read_topic
from engine.bus.record import Partition, Record, next_offsets
from engine.canonical import case

GROUP = "cases"
BATCH = 1000
PATIENCE = 0.5


class Moving:
    """What is remembered of each case, and what comes of records of cases."""

    def __init__(self, diseases: Diseases, known: dict[str, Known]) -> None:
        self._diseases = diseases
        self.known = known

    def take(self, records: Iterable[Record]) -> tuple[list[Record], list[Record]]:
        """The moves that records come to, and what is remembered since; what tells of no case is passed over."""
        moves: list[Record] = []
        changed: dict[str, Known] = {}
        for record in records:
            try:
                told = read_case(read_event(record))
            except (KeyError, TypeError, ValueError):
                continue
            known, found = move(self.known.get(told.id), told, self._diseases)
            moves += [encode_move(one, record) for one in found]
            if known is not None:
                self.known[told.id] = changed[told.id] = known
        return moves, [encode_known(name, one) for name, one in changed.items()]


def run_mover(bus: Bus, diseases: Diseases, stop: threading.Event) -> None:
    """Move cases until `stop` is set. Raises BusError."""
    consumer, producer = bus.consumer(GROUP, [case.TOPIC]), bus.producer()
    moving, held = Moving(diseases, {}), frozenset[Partition]()
    try:
        while not stop.is_set():
            records = consumer.poll(BATCH, PATIENCE)
            if consumer.assigned() != held:
                held, moving = consumer.assigned(), Moving(diseases, read_known(read_topic(bus, PLACES)))
            if records:
                _work(consumer, producer, moving, records)
    finally:
        consumer.close()
        producer.close()


def read_known(records: Iterable[Record]) -> dict[str, Known]:
    """What is remembered of each case, by its id."""
    found: dict[str, Known] = {}
    for record in records:
        known = known_of(orjson.loads(record.value)) if record.value else None
        if known is not None:
            found[record.key.decode()] = known
    return found


def _work(consumer: Consumer, producer: Producer, moving: Moving, records: Sequence[Record]) -> None:
    moves, remembered = moving.take(records)
    for told in (moves, remembered):
        publish_durably(producer, told)
    consumer.commit(next_offsets(records))
