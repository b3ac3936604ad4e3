"""Where the loader stands: offsets that move in the transaction of the rows, and keep an overtaken loader out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from engine.bus.record import Partition, Position
from engine.loaders.tables import OFFSETS
from engine.loaders.warehouse import Overtaken, Transaction

Told = TypeVar("Told")


def find_offsets(transaction: Transaction, partitions: Iterable[Partition]) -> dict[Partition, int]:
    """The next offsets that the warehouse holds of these partitions."""
    rows = transaction.find(OFFSETS, tuple(OFFSETS.columns), OFFSETS.key, list(partitions))
    return {Partition(topic, part): offset for topic, part, offset in rows}


def fence(stored: Mapping[Partition, int], stands: Mapping[Partition, int], partitions: Iterable[Partition]) -> None:
    """Raise Overtaken when the warehouse does not stand where the loader believes, in any of the partitions."""
    for partition in partitions:
        if stored.get(partition) != stands.get(partition):
            place = f"{partition.topic}/{partition.number}"
            raise Overtaken(
                f"the warehouse stands at offset {stored.get(partition)}, not at {stands.get(partition)} ({place})"
                " - read the offsets again"
            )


def unseen(told: Sequence[tuple[Position, Told]], stored: Mapping[Partition, int]) -> list[Told]:
    """What was not loaded before, by its position on the bus."""
    return [thing for (topic, part, offset), thing in told if offset >= stored.get(Partition(topic, part), 0)]


def write_offsets(transaction: Transaction, stored: Mapping[Partition, int], offsets: Mapping[Partition, int]) -> None:
    """Move on to `offsets`; never back."""
    ahead = {partition: (*partition, to) for partition, to in offsets.items() if to > stored.get(partition, -1)}
    transaction.insert(OFFSETS, [row for partition, row in ahead.items() if partition not in stored])
    transaction.replace(OFFSETS, [row for partition, row in ahead.items() if partition in stored])
