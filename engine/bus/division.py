"""Who of a group reads which partition: fair, the same for whoever reckons it, and moving as little as it can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.bus.record import Partition

Reads = Mapping[str, Mapping[str, int]]
"""By member: the topics it reads, with their number of partitions (0 while a topic does not exist)."""


def divide(reads: Reads, held: Mapping[Partition, str]) -> dict[Partition, str]:
    """The member that each partition should belong to; what `held` says stays unless fairness moves it."""
    owners: dict[Partition, str] = {}
    loads = dict.fromkeys(sorted(reads), 0)
    for wanted in (True, False):
        for partition in sorted(_partitions(reads)):
            holder = held.get(partition, "")
            keeps = partition.topic in reads.get(holder, ())
            if keeps is wanted:
                owner = holder if keeps else _least(partition, reads, loads)
                owners[partition] = owner
                loads[owner] += 1
    while _move_one(owners, reads, loads):
        pass
    return owners


def _partitions(reads: Reads) -> Iterator[Partition]:
    counts: dict[str, int] = {}
    for topics in reads.values():
        for topic, count in topics.items():
            counts[topic] = max(count, counts.get(topic, 0))
    return (Partition(topic, number) for topic, count in counts.items() for number in range(count))


def _least(partition: Partition, reads: Reads, loads: Mapping[str, int]) -> str:
    able = (member for member in loads if partition.topic in reads[member])
    return min(able, key=lambda member: loads[member])


def _move_one(owners: dict[Partition, str], reads: Reads, loads: dict[str, int]) -> bool:
    for partition, owner in owners.items():
        least = _least(partition, reads, loads)
        if loads[owner] - loads[least] > 1:
            owners[partition] = least
            loads[owner] -= 1
            loads[least] += 1
            return True
    return False
