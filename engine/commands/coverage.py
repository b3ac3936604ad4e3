"""`engine coverage`: what senders send and no line of the mappings reads."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
from rich.table import Table

from engine.commands.corpus import raw_count, read_files, read_raw, shown
from engine.commands.explain.shown import name_of, wide_console
from engine.commands.sightings import Sender, Sighting, Sightings
from engine.config import Settings
from engine.facilities.registry import read_registry
from engine.hl7.path import Path as FieldPath
from engine.parts import open_bus, read_secret, require_home
from engine.transforms.load import load_mappings


def show_coverage(settings: Settings, paths: Sequence[Path], facility: str | None, as_json: bool) -> int:
    """Print what is not read in files, or without any in `hl7.raw`, the most frequent first."""
    mappings, registry = (
        load_mappings(settings.mappings, settings.optional_resources),
        read_registry(settings.registry_file()),
    )
    if paths:
        sightings = Sightings(mappings, registry, bytes(32))
        for arrival in shown(read_files(paths, registry, facility), "reading", None):
            sightings.add(arrival)
    else:
        require_home(settings)
        sightings = Sightings(mappings, registry, read_secret(settings))
        with closing(open_bus(settings)) as bus:
            for arrival in shown(read_raw(bus, facility), "reading", raw_count(bus)):
                sightings.add(arrival)
    if as_json:
        sys.stdout.write(orjson.dumps(as_body(sightings)).decode() + "\n")
    else:
        _print(sightings)
    return 0


def as_body(sightings: Sightings) -> dict[str, Any]:
    """What was found as JSON."""
    return {
        "messages": sum(sightings.messages.values()),
        "share": round(sightings.share, 4),
        "unread": [
            sender._asdict()
            | {
                "path": str(path),
                "name": name_of(path),
                "count": place.count,
                "of": _total(sightings, sender, place),
                "messages": sorted(place.mappings),
                "first": place.first,
                "example": place.example,
            }
            for sender, path, place in _sorted(sightings)
        ],
        "unmatched": _counted(sightings.unmatched, "type"),
        "unreadable": _counted(sightings.unreadable, "reason"),
    }


def _counted(counts: Counter[tuple[Sender, str]], label: str) -> list[dict[str, Any]]:
    return [sender._asdict() | {label: what, "count": count} for (sender, what), count in counts.most_common()]


def _sorted(sightings: Sightings) -> Iterator[tuple[Sender, FieldPath, Sighting]]:
    found = sorted(sightings.places.items(), key=lambda one: (-one[1].count, one[0][0], str(one[0][1])))
    return ((sender, path, place) for (sender, path), place in found)


def _total(sightings: Sightings, sender: Sender, place: Sighting) -> int:
    """The messages of the sender that went through the mappings in question."""
    return sum(sightings.messages[sender, mapping] for mapping in place.mappings)


def _print(sightings: Sightings) -> None:
    console = wide_console()
    table = Table(box=None, pad_edge=False)
    for column in ("facility", "application", "path", "name", "messages", "in", "first seen", "example"):
        table.add_column(column, overflow="fold", justify="right" if column == "messages" else "left")
    for sender, path, place in _sorted(sightings):
        count = f"{place.count:,} of {_total(sightings, sender, place):,}"
        mappings = ", ".join(sorted(place.mappings))
        table.add_row(*sender, str(path), name_of(path), count, mappings, place.first, place.example)
    console.print(table, markup=False)
    for (sender, kind), times in sightings.unmatched.most_common():
        console.print(f"no mapping: {times:,} {kind} of {' '.join(sender).strip()}", markup=False)
    for (sender, reason), times in sightings.unreadable.most_common():
        console.print(f"cannot be read: {times:,} of {sender.facility} ({reason})", markup=False)
    console.print(f"{sum(sightings.messages.values()):,} messages, {len(sightings.places):,} places that no line reads")
    console.print(
        f"of the fields with a value, set ids and Z segments apart, no line reads {sightings.share:.1%}, "
        "averaged over the messages"
    )
