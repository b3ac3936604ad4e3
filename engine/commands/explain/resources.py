"""`engine explain FILE`: each value of the resources of a message, with the field and the line that made it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from rich.table import Table

from engine.commands.explain.shown import place_of, wide_console
from engine.commands.message_files import Found, read_found
from engine.config import Settings
from engine.facilities.facility import Facility
from engine.facilities.registry import read_registry
from engine.transforms.explain import Explained, ExplainedResource, explain_message
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import MappingSet
from engine.transforms.message_map import StructureFault
from engine.transforms.values import ValueFault

DEAD = 1


def explain_resources(settings: Settings, file: Path, facility: str | None, as_json: bool) -> int:
    """Print how each message of the file becomes what it becomes; returns 1 if one would be a dead letter."""
    loaded = load_mappings(settings.mappings, settings.optional_resources)
    mappings = MappingSet(loaded.sources, loaded.version, traced=True)
    registry = read_registry(settings.registry_file())
    worst = 0
    for found in read_found([file], registry, facility):
        try:
            made = _explain(found, mappings, registry.by_code(found.facility))
        except (StructureFault, ValueFault, LookupError) as fault:
            sys.stderr.write(f"{found.outgoing}: {fault}\n")
            worst = DEAD
            continue
        if as_json:
            sys.stdout.write(orjson.dumps([_body(one) for one in made]).decode() + "\n")
        else:
            _print(found, made, settings.mappings)
    return worst


def _explain(found: Found, mappings: MappingSet, facility: Facility) -> list[ExplainedResource]:
    view = mappings.view(facility.code)
    message = found.message
    mapping = view.match(message.code, message.event, message.structure)
    if mapping is None:
        raise LookupError("no mapping has this type and event (MSH-9) - see docs/how-to/write-a-mapping.md")
    return explain_message(found.text, view, mapping, facility)


def _print(found: Found, made: list[ExplainedResource], root: Path) -> None:
    console = wide_console()
    for one in made:
        origin = f" from {one.segment}" if one.segment else ""
        table = Table(title=f"{found.outgoing}  {one.key}{origin}", title_justify="left", box=None, pad_edge=False)
        for column in ("element", "value", "from", "line"):
            table.add_column(column, overflow="fold")
        for value in one.values:
            table.add_row(value.element, _shown(value.value), ", ".join(value.fields), _line(value, root))
        console.print(table, markup=False)


def _line(value: Explained, root: Path) -> str:
    if not value.ways:
        return ""
    way = value.ways[-1]
    return f"{place_of(way.mark, root)}{' else' if way.is_default else ''}"


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _body(one: ExplainedResource) -> dict[str, Any]:
    values = [
        {"element": value.element, "value": value.value, "fields": value.fields, "lines": list(_lines(value))}
        for value in one.values
    ]
    return {"resource": one.key, "type": one.resource.type, "segment": one.segment, "values": values}


def _lines(value: Explained) -> Iterator[dict[str, Any]]:
    for way in value.ways:
        yield {"file": way.mark.file, "line": way.mark.line, "says": way.says, "else": way.is_default}
