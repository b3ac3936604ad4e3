"""Records of the bus as a batch to load."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from engine.bus.record import Partition, Position, Record
from engine.canonical import envelope, receipt
from engine.canonical.receipt import Receipt
from engine.loaders.batch import Batch
from engine.loaders.event import Event, prepare


@dataclass(slots=True)
class Reading:
    """What records hold: events, receipts, and those records that hold neither, with the class of what is wrong."""

    events: list[tuple[Position, Event]] = field(default_factory=list)
    receipts: list[tuple[Position, Receipt]] = field(default_factory=list)
    unreadable: list[tuple[Record, str]] = field(default_factory=list)
    offsets: dict[Partition, int] = field(default_factory=dict)

    def batch(self, stands: Mapping[Partition, int]) -> Batch:
        """What can be read, for a loader that believes the warehouse at `stands`."""
        believed = {partition: stands[partition] for partition in self.offsets if partition in stands}
        return Batch(self.events, self.receipts, believed, self.offsets)


def read(records: Iterable[Record], buried: Collection[Position] = ()) -> Reading:
    """Read records in the order they came; of the buried ones only the offsets."""
    reading = Reading()
    for record in records:
        reading.offsets[Partition(record.topic, record.partition)] = record.offset + 1
        if not buried or record.position not in buried:
            _read(record, reading)
    return reading


def _read(record: Record, reading: Reading) -> None:
    try:
        if record.topic == receipt.TOPIC:
            reading.receipts.append((record.position, receipt.decode(record)))
        else:
            reading.events.append((record.position, prepare(envelope.decode(record))))
    except (ValueError, KeyError) as error:
        reading.unreadable.append((record, type(error).__name__))
