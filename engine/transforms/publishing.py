"""Publishing what messages came to, and returning when it is durable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial

from engine.bus.bus import BusError, Producer, RecordRefused
from engine.bus.record import Record
from engine.transforms.conversion import Converted

FLUSH_SECONDS = 30.0
MOST_RECORDS = 20_000
MOST_HANDED = 60_000
MOST_BYTES = 64 << 20
"""What is handed to the producer in one go, and before it is waited for: a report may hold thousands of results."""


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


class Handover:
    """Hands over what messages come to as they come, and waits for it at the end.

    Once handed over the records are let go of: the next message is made in the same memory, while it is at hand.
    Waits in between too, so that a producer holds it all.
    """

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._failed: list[BusError] = []
        self._records = self._bytes = 0

    def give(self, batch: Sequence[Converted]) -> list[Converted]:
        """Hand over what these messages came to, and give them without it; raises BusError when some is not durable."""
        found = [record for converted in batch for record in converted.records]
        size = sum([len(record.value) for record in found])
        if found and len(found) <= MOST_RECORDS and size <= MOST_BYTES:
            self._give(found, size)
        else:
            for records in slices(found):
                self._give(records, sum([len(record.value) for record in records]))
        return [converted._replace(records=()) for converted in batch]

    def settle(self) -> None:
        """Return when all of it is durable; raises BusError when some is not."""
        self._records = self._bytes = 0
        self._producer.flush(FLUSH_SECONDS)
        if self._failed:
            raise self._failed[0]

    def _give(self, records: list[Record], size: int) -> None:
        if self._records + len(records) > MOST_HANDED or self._bytes + size > MOST_BYTES:
            self.settle()
        self._producer.publish(records, self._hear)
        self._records, self._bytes = self._records + len(records), self._bytes + size

    def _hear(self, error: BusError | None) -> None:
        if error:
            self._failed.append(error)


def deliver(producer: Producer, batch: Sequence[Converted]) -> dict[int, BusError]:
    """Publish what each message came to by itself; why the bus did not take some, by place in the batch.

    Raises BusError when it took nothing, which says nothing of any message.
    """
    errors = deliver_each(producer, batch)
    passing = [error for error in errors.values() if not isinstance(error, RecordRefused)]
    if passing and len(passing) == len(batch):
        raise passing[0]
    return errors


def deliver_each(producer: Producer, batch: Sequence[Converted]) -> dict[int, BusError]:
    """Publish what each message came to by itself; why the bus did not take some, by place in the batch.

    Raises BusError when that cannot be told of all.
    """
    heard: dict[int, BusError | None] = {}
    waiting = 0
    for place, converted in enumerate(batch):
        producer.publish(converted.records, partial(heard.__setitem__, place))
        waiting += len(converted.records)
        if waiting >= MOST_RECORDS or place == len(batch) - 1:
            with suppress(BusError):
                producer.flush(FLUSH_SECONDS)
            waiting = 0
    if len(heard) < len(batch):
        raise BusError("the bus does not say what became of messages - see that it answers")
    return {place: error for place, error in sorted(heard.items()) if error is not None}


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
