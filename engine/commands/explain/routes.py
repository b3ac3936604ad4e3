"""`engine explain --route`: which routes the events of messages take, which they do not, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from rich.table import Table

from engine.bus.record import Position
from engine.canonical import raw
from engine.canonical.resource import Body, Origin, Resource
from engine.commands.explain.shown import place_of, wide_console
from engine.commands.message_files import header_of, outgoing_of
from engine.config import Settings
from engine.facilities.registry import read_registry
from engine.language.fault import Fault, Faults, Mark
from engine.listeners.intake import Intake
from engine.parts import now_us
from engine.routes.account import Account, account_for
from engine.routes.load import load_routes
from engine.routes.router import Router
from engine.transforms.load import load_mappings
from engine.transforms.transform import transform

DEAD = 1
_NOBODY = Origin(Position(raw.TOPIC, 0, 0), "", "", "", "", 0, "", 1)
"""The origin of a resource that was written down, and came of no message."""


class Event(NamedTuple):
    """One event, and what it is called."""

    title: str
    resource: Resource


def explain_routes(settings: Settings, file: Path, facility: str | None, as_json: bool) -> int:
    """Print it for each event; the file holds messages, or resources as JSON. 1 if one would be a dead letter."""
    router = load_routes(settings.mappings / "routes")
    refused: list[str] = []
    events = _written(file) if file.suffix in (".json", ".ndjson") else _made(settings, file, facility, refused)
    for event in events:
        accounts = account_for(router, event.resource.body)
        if as_json:
            sys.stdout.write(orjson.dumps(_entry(event, router, accounts)).decode() + "\n")
        else:
            _print(event, router, accounts, settings.mappings)
    sys.stderr.write("".join(f"{one}\n" for one in refused))
    return DEAD if refused else 0


def _made(settings: Settings, file: Path, facility: str | None, refused: list[str]) -> Iterator[Event]:
    mappings = load_mappings(settings.mappings, settings.optional_resources)
    registry = read_registry(settings.registry_file())
    intake = Intake(registry, bytes(32), "explain")
    for number, outgoing in enumerate(outgoing_of([file])):
        message = intake.raw(outgoing.payload, header_of(outgoing.payload), now_us())
        message = message._replace(facility=facility) if facility else message
        sender = registry.by_code(message.facility)
        done = transform(message, Position(raw.TOPIC, 0, number), sender, mappings, 1)
        if done.refusal:
            told = done.refusal
            refused.append(f"{outgoing}: dead letter {told.reason} {told.where}: {told.detail}; no route is asked")
        for one in done.resources:
            yield Event(f"{outgoing}  {one.type}[{one.place + 1}]", one)


def _written(file: Path) -> Iterator[Event]:
    """The resources of a file of JSON: one, a list, or one a line."""
    try:
        content = file.read_bytes()
        found = [orjson.loads(line) for line in content.splitlines() if line.strip()]
    except OSError as error:
        raise Faults(
            [Fault(Mark(str(file)), "E001", "", f"cannot be read ({error.strerror})", "check the path")]
        ) from None
    except orjson.JSONDecodeError:
        found = _whole(file, content)
    bodies = found[0] if len(found) == 1 and isinstance(found[0], list) else found
    for number, body in enumerate(bodies, start=1):
        if not (isinstance(body, dict) and isinstance(body.get("resourceType"), str)):
            hint = "write resources, each a map with its resourceType"
            raise Faults([Fault(Mark(str(file)), "C047", "", f"its entry {number} is no resource", hint)])
        yield Event(f"{file}  {body['resourceType']}[{number}]", _resource(body))


def _whole(file: Path, content: bytes) -> list[Any]:
    try:
        return [orjson.loads(content)]
    except orjson.JSONDecodeError as error:
        mark = Mark(str(file), error.lineno, error.colno)
        raise Faults([Fault(mark, "C048", "", "is not JSON", "write one resource, a list, or one a line")]) from None


def _resource(body: Body) -> Resource:
    return Resource(body["resourceType"], str(body.get("id", "")), body, _NOBODY, 0)


def _print(event: Event, router: Router, accounts: list[Account], root: Path) -> None:
    table = Table(title=event.title, title_justify="left", box=None, pad_edge=False)
    for column in ("route", "takes it", "topics", "why not", "line"):
        table.add_column(column, overflow="fold")
    for one in accounts:
        takes, topics = ("yes", ", ".join(one.route.topics)) if one.taken else ("no", "")
        table.add_row(one.route.name, takes, topics, "\n".join(one.reasons), place_of(one.route.mark, root))
    console = wide_console()
    console.print(table, markup=False)
    console.print(f"goes to {', '.join(router.route(event.resource))}\n", markup=False, soft_wrap=True)


def _entry(event: Event, router: Router, accounts: list[Account]) -> dict[str, Any]:
    routes = [
        {
            "route": one.route.name,
            "file": one.route.file,
            "line": one.route.mark.line,
            "taken": one.taken,
            "topics": one.route.topics,
            "key": str(one.route.key),
            "reasons": one.reasons,
        }
        for one in accounts
    ]
    return {"event": event.title, "topics": router.route(event.resource), "routes": routes}
