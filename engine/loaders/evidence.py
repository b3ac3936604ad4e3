"""The evidence for reconciliation, read from the bus and from the warehouse while all of it runs on.

The order of reading makes sure that nothing is called missing which merely moved on in between: first the raw records
that are counted, then what came of them, each stage after the one before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from engine.bus.bus import Bus, read_topic
from engine.bus.record import Partition, Position, Record, Span
from engine.canonical import dead, held, raw, receipt, resolution
from engine.canonical.dead import Stage
from engine.canonical.envelope import is_latest, raw_of, topic_of
from engine.canonical.letter import read_letter, read_resolutions
from engine.canonical.resolution import Verdict
from engine.loaders.reconcile import Accepted, Account, Evidence, Refusal, reconcile
from engine.loaders.warehouse import Reader

Spans = Mapping[Partition, Span]

LATE_US = 6 * 3600 * 1_000_000
"""How much older than its neighbours on the bus a record may be: one that waited in a spool came late."""


def take_account(
    bus: Bus, warehouse: Reader, transformer: str, since_us: int = 0, starts: dict[Partition, int] | None = None
) -> Account:
    """Reconcile what the bus holds now; `transformer` is the group that reads raw records. Raises BusError.

    Of messages received since `since_us` alone, without reading all that came before: `starts` are kept between two
    calls, and tell where they begin.
    """
    received = bus.spans(raw.TOPIC)
    begin = find_starts(bus, received, since_us - LATE_US, starts) if since_us else {}
    transformed = bus.committed(transformer, raw.TOPIC)
    waits = held.read_held(read_topic(bus, held.TOPIC))
    told = _spans_of(bus, [topic for topic in bus.topics() if _is_told(topic)])
    loaded = warehouse.offsets()
    waiting = {position for record in _read(bus, told, loaded) if (position := _raw_of(record))}
    ledger = warehouse.ledger(since_us)
    stopped, dropped, refused = _dead(bus)
    accepted = (one for one in map(_accepted, _read(bus, received, begin)) if one.received_us >= since_us)
    lately = [refusal for refusal in refused if refusal.refused_us >= since_us]
    return reconcile(accepted, Evidence(transformed, waiting, ledger, stopped, dropped, waits), lately)


def find_starts(
    bus: Bus, spans: Spans, since_us: int, starts: dict[Partition, int] | None = None
) -> Mapping[Partition, int]:
    """Where the records received since then begin in each partition, sought from what is known of it."""
    known = {} if starts is None else starts
    for partition, span in spans.items():
        low, high = max(known.get(partition, 0), span.first), span.next
        while low < high:
            middle = (low + high) // 2
            found = next(bus.read(partition, middle, high), None)
            if found is None or _accepted(found).received_us >= since_us:
                high = middle
            else:
                low = found.offset + 1
        known[partition] = low
    return known


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
        return raw_of(told)
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
