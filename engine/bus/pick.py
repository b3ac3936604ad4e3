"""Records here and there: read by their positions, those that stand near each other in one go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.bus.bus import Bus
from engine.bus.record import Partition, Position, Record, Span

APART = 200
"""Records between two wanted ones that are read and passed over; beyond that it is quicker to begin again."""


def pick(bus: Bus, positions: Iterable[Position]) -> Iterator[Record]:
    """The records at these positions, in order of position; without those that the bus does not keep."""
    spans: dict[str, dict[Partition, Span]] = {}
    for run in runs(sorted(set(positions))):
        partition = Partition(run[0].topic, run[0].partition)
        if partition.topic not in spans:
            spans[partition.topic] = bus.spans(partition.topic)
        kept = spans[partition.topic].get(partition, Span(0, 0))
        wanted = {position.offset for position in run}
        records = bus.read(partition, max(run[0].offset, kept.first), min(run[-1].offset + 1, kept.next))
        yield from (record for record in records if record.offset in wanted)


def runs(positions: Iterable[Position]) -> Iterator[list[Position]]:
    """Sorted positions in parts, each of one partition and without a wide gap."""
    run: list[Position] = []
    for position in positions:
        if run and (position[:2] != run[-1][:2] or position.offset - run[-1].offset > APART):
            yield run
            run = []
        run.append(position)
    if run:
        yield run
