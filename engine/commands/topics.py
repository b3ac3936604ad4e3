"""`engine topics`: the topics as they are beside those that are declared, and made so."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import orjson
from rich.table import Table

from engine.bus.bus import Bus, BusError
from engine.bus.difference import Difference, differences, reachable
from engine.bus.record import Topic
from engine.canonical.envelope import topic_of
from engine.commands.explain.shown import wide_console
from engine.config import Settings
from engine.parts import declare_topics, open_bus, require_home
from engine.routes.load import load_routes
from engine.transforms.load import load_mappings

DIFFERENT, FAILED = 1, 3
OURS = (topic_of(""), "alerts.")
"""How names begin that are the engine's wherever they stand."""


def diff_topics(settings: Settings, as_json: bool) -> int:
    """Print what differs; 1 if something does."""
    require_home(settings)
    declared = _declared(settings)
    with open_bus(settings) as bus:
        there = bus.describe([topic.name for topic in declared])
        found = _differences(settings, declared, there)
        _print(found, as_json)
        _note_others(bus, declared)
    return DIFFERENT if found else 0


def apply_topics(settings: Settings, as_json: bool) -> int:
    """Make missing topics and change what may be changed; prints what stays otherwise than declared, and 1 if any."""
    declared = _declared(settings)
    names = [topic.name for topic in declared]
    try:
        with open_bus(settings) as bus:
            before = bus.describe(names)
            _note_moved_keys(_differences(settings, declared, before))
            bus.ensure(declared)
            _change(bus, settings, declared, before)
            found = _differences(settings, declared, bus.describe(names))
            _print(found, as_json)
            _note_others(bus, declared)
    except BusError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    return DIFFERENT if found else 0


def _declared(settings: Settings) -> list[Topic]:
    mappings = load_mappings(settings.mappings, settings.optional_resources)
    routes = load_routes(settings.mappings / "routes")
    return declare_topics(settings, mappings.resource_types, routes.topics)


def _differences(settings: Settings, declared: Sequence[Topic], there: Mapping[str, Topic]) -> list[Difference]:
    kind = settings.bus.kind
    return [one for topic in declared for one in differences(there.get(topic.name), topic, kind)]


def _change(bus: Bus, settings: Settings, declared: Sequence[Topic], there: Mapping[str, Topic]) -> None:
    kind = settings.bus.kind
    for topic in (one for one in declared if one.name in there):
        now = there[topic.name]
        if any(not one.remedy for one in differences(now, topic, kind)):
            bus.change(reachable(now, topic, kind))


def _print(found: Sequence[Difference], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(orjson.dumps([one._asdict() for one in found], option=orjson.OPT_INDENT_2).decode() + "\n")
    elif not found:
        sys.stdout.write("every topic is as declared\n")
    else:
        table = Table(box=None, pad_edge=False)
        for column in ("topic", "setting", "now", "declared", "what to do"):
            table.add_column(column, overflow="fold")
        for one in found:
            table.add_row(one.topic, one.setting, one.now, one.declared, one.remedy or "engine topics apply")
        wide_console().print(table, markup=False)


def _note_moved_keys(found: Sequence[Difference]) -> None:
    grown = [one.topic for one in found if one.setting == "partitions" and not one.remedy]
    if grown:
        told = "keys move to other partitions, and their order is not kept across the change"
        sys.stderr.write(f"{', '.join(grown)}: {told} - run `engine reconcile` until nothing is in flight first\n")


def _note_others(bus: Bus, declared: Sequence[Topic]) -> None:
    names = {topic.name for topic in declared}
    others = [name for name in bus.topics() if name.startswith(OURS) and name not in names]
    if others:
        sys.stderr.write(f"not declared, and kept: {', '.join(others)}\n")
