"""The evidence for reconciliation, read from the bus and from the warehouse while all of it runs on.

The order of reading makes sure that nothing is called missing which merely moved on in between: first the raw records
that are counted, then what came of them, each stage after the one before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from engine.bus.bus import Bus, read_topic
from engine.bus.record import Partition, Position, Record, Span
from engine.canonical import dead, raw, receipt, resolution
from engine.canonical.dead import Stage
from engine.canonical.envelope import is_latest, topic_of
from engine.canonical.letter import read_letter, read_resolutions
from engine.canonical.resolution import Verdict
from engine.loaders.reconcile import Accepted, Account, Evidence, Refusal, reconcile
from engine.loaders.warehouse import Reader

Spans = Mapping[Partition, Span]


def take_account(bus: Bus, warehouse: Reader, transformer: str) -> Account:
    """Reconcile what the bus holds now; `transformer` is the group that reads raw records. Raises BusError."""
    received = bus.spans(raw.TOPIC)
    transformed = bus.committed(transformer, raw.TOPIC)
    told = _spans_of(bus, [topic for topic in bus.topics() if _is_told(topic)])
    loaded = warehouse.offsets()
    waiting = {position for record in _read(bus, told, loaded) if (position := _raw_of(record))}
    ledger = warehouse.ledger()
    stopped, dropped, refused = _dead(bus)
    accepted = (_accepted(record) for record in _read(bus, received, {}))
    return reconcile(accepted, Evidence(transformed, waiting, ledger, stopped, dropped), refused)


def _is_told(topic: str) -> bool:
    """Whether the loader reads it."""
    return topic == receipt.TOPIC or (topic.startswith(topic_of("")) and not is_latest(topic))


def _spans_of(bus: Bus, topics: Iterable[str]) -> dict[Partition, Span]:
    return {partition: span for topic in sorted(topics) for partition, span in bus.spans(topic).items()}


def _read(bus: Bus, spans: Mapping[Partition, Span], begin: Mapping[Partition, int]) -> Iterator[Record]:
    """The records of these spans in order of their positions, from `begin` on where it says so."""
    for partition, span in sorted(spans.items()):
        yield from bus.read(partition, max(begin.get(partition, 0), span.first), span.next)


def _accepted(record: Record) -> Accepted:
    return Accepted(record.position, record.text("facility"), record.text("type"), _number(record.text("received")))


def _raw_of(told: Record) -> Position | None:
    """The raw record that an event or a receipt tells of; None when it cannot be read."""
    with suppress(ValueError, KeyError):
        if told.topic == receipt.TOPIC:
            return receipt.decode(told).origin.raw
        return Position.parse(told.text("ce_raw"))
    return None


def _dead(bus: Bus) -> tuple[set[Position], set[Position], list[Refusal]]:
    """The raw records of dead letters, those of them that were dropped, and messages refused before they were any."""
    stopped: set[Position] = set()
    dropped: set[Position] = set()
    refused = []
    resolutions = read_resolutions(read_topic(bus, resolution.TOPIC))
    for record in _read(bus, bus.spans(dead.TOPIC), {}):
        letter = read_letter(record, resolutions)
        if letter.raw:
            (dropped if letter.state == Verdict.DROPPED else stopped).add(letter.raw)
        elif letter.stage == Stage.LISTEN:
            refused.append(Refusal(letter.facility, letter.message_type, letter.time_us))
    return stopped, dropped - stopped, refused


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
