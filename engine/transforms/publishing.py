"""Publishing what messages came to, and returning when it is durable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from engine.bus.bus import BusError, Producer
from engine.bus.record import Record
from engine.transforms.conversion import Converted

FLUSH_SECONDS = 30.0
MOST_RECORDS = 20_000
MOST_BYTES = 64 << 20
"""What is handed to the producer before it is waited for: one report may hold thousands of results."""


def publish_all(producer: Producer, batch: Sequence[Converted]) -> None:
    """Publish what a batch came to and return when it is durable; raises BusError when some of it is not.

    Goes slice by slice: a producer refuses more than it can hold at once, and would refuse the same batch for ever.
    """
    publish_records(producer, (record for converted in batch for record in converted.records))


def publish_records(producer: Producer, found: Iterable[Record]) -> None:
    """Publish records and return when they are durable; raises BusError when some are not."""
    failed: list[BusError] = []
    for records in slices(found):
        producer.publish(records, lambda error: failed.append(error) if error else None)
        producer.flush(FLUSH_SECONDS)
        if failed:
            raise failed[0]


def slices(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The records in order, so many at a time that a producer holds them; one that is larger stands alone."""
    held: list[Record] = []
    size = 0
    for record in records:
        if held and (len(held) >= MOST_RECORDS or size + len(record.value) > MOST_BYTES):
            yield held
            held, size = [], 0
        held.append(record)
        size += len(record.value)
    if held:
        yield held
