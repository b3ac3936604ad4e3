"""What of a topic is not as declared, and what of that may be changed without taking anything from anybody.

A topic is never deleted, nor made to hold less or to promise less: what would do so stays as it is, with a remedy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Literal, NamedTuple

from engine.bus.record import Topic
from engine.config.duration import FOREVER

BusKind = Literal["embedded", "kafka"]


class Difference(NamedTuple):
    """One setting of a topic that is not as declared; with a `remedy` it stays so until somebody follows that."""

    topic: str
    setting: str
    now: str
    declared: str
    remedy: str = ""


def differences(now: Topic | None, declared: Topic, kind: BusKind) -> list[Difference]:
    """What differs between a topic as it is, None where it is missing, and as it is declared."""
    if now is None:
        return [Difference(declared.name, "topic", "missing", f"{declared.partitions} partitions")]
    found = [_partitions(now, declared, kind), _retention(now, declared, kind), _compaction(now, declared, kind)]
    if kind == "kafka":
        found += [_replication(now, declared), _min_insync(now, declared)]
    return [one for one in (*found, *_others(now)) if one]


def reachable(now: Topic, declared: Topic, kind: BusKind) -> Topic:
    """The topic with all that was declared and may be changed, and the rest as it is."""
    held = {one.setting for one in differences(now, declared, kind) if one.remedy}
    return replace(
        declared,
        partitions=now.partitions if "partitions" in held else declared.partitions,
        retention=now.retention if "retention" in held else declared.retention,
        compacted=now.compacted if "compacted" in held else declared.compacted,
        replication=now.replication,
        min_insync=now.min_insync if "min_insync" in held else declared.min_insync,
    )


def kept(retention: timedelta | None) -> str:
    """A retention as it is written in the file of topics."""
    if retention is None:
        return FOREVER
    milliseconds = retention // timedelta(milliseconds=1)
    units = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))
    return next(f"{milliseconds // size}{unit}" for unit, size in units if milliseconds % size == 0)


def _partitions(now: Topic, declared: Topic, kind: BusKind) -> Difference | None:
    found = Difference(declared.name, "partitions", str(now.partitions), str(declared.partitions))
    if now.partitions == declared.partitions:
        return None
    if now.partitions < declared.partitions and kind == "kafka":
        return found
    if now.partitions < declared.partitions:
        return found._replace(
            remedy="the embedded bus keeps what a topic was made with: begin a new home, or declare it"
        )
    return found._replace(remedy="a topic never has fewer: declare what it has, or replay into a topic of another name")


def _retention(now: Topic, declared: Topic, kind: BusKind) -> Difference | None:
    found = Difference(declared.name, "retention", kept(now.retention), kept(declared.retention))
    if now.retention == declared.retention:
        return None
    if declared.retention is None or (now.retention is not None and now.retention < declared.retention):
        return found
    milliseconds = declared.retention // timedelta(milliseconds=1)
    if kind == "kafka":
        by_hand = f"kafka-configs --alter --topic {now.name} --add-config retention.ms={milliseconds}"
    else:
        by_hand = f"sqlite3 HOME/bus/topics/{now.name}.db 'UPDATE topic SET retention_ms = {milliseconds}'"  # noqa: S608 - shown to a person
    return found._replace(remedy=f"it would remove records: if you mean it, `{by_hand}`")


def _compaction(now: Topic, declared: Topic, kind: BusKind) -> Difference | None:
    found = Difference(declared.name, "compacted", _flag(now.compacted), _flag(declared.compacted))
    if now.compacted == declared.compacted:
        return None
    if declared.compacted:
        return found._replace(remedy="it would remove records: declare a topic of another name")
    if kind == "embedded":
        return found._replace(remedy="the embedded bus keeps what a topic was made with: declare it compacted")
    return found


def _replication(now: Topic, declared: Topic) -> Difference | None:
    if declared.replication in (None, now.replication):
        return None
    found = Difference(declared.name, "replication", str(now.replication), str(declared.replication))
    return found._replace(
        remedy="replicas are moved by `kafka-reassign-partitions`, with a plan of which broker has what"
    )


def _min_insync(now: Topic, declared: Topic) -> Difference | None:
    is_now, wanted = now.min_insync or 1, declared.min_insync
    if wanted is None or wanted == is_now:
        return None
    found = Difference(declared.name, "min_insync", str(is_now), str(wanted))
    if wanted > (now.replication or wanted):
        return found._replace(remedy="it has not so many replicas, and would take no record: add replicas first")
    if wanted < is_now:
        by_hand = f"kafka-configs --alter --topic {now.name} --add-config min.insync.replicas={wanted}"
        return found._replace(remedy=f"records would be less safe: if you mean it, `{by_hand}`")
    return found


def _others(now: Topic) -> Iterator[Difference]:
    """What lets no record of the engine in, or takes records away: the bus sets it as it makes topics."""
    for setting in now.other:
        name, _, value = setting.partition("=")
        yield Difference(now.name, name, value, "the engine's")


def _flag(value: bool) -> str:
    return "true" if value else "false"
