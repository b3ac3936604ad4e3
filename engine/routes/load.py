"""Loading routes: every `*.yaml` of a folder, all of it checked at once."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from engine.canonical import audit, dead, gaps, held, r4, raw, receipt, resolution, unmapped
from engine.canonical.resource import Body
from engine.language.condition import Condition, Reads, parse_condition, parts_of
from engine.language.document import Node, read_document
from engine.language.gather import Gather
from engine.language.path import ElementPath, read_element
from engine.language.scan import text_of
from engine.routes.check import check_condition, check_event
from engine.routes.match import compile_match, types_of
from engine.routes.record_key import BY_SUBJECT, WORDS, RecordKey, is_code
from engine.routes.router import REST, Route, Router, RouteTest

ROUTE_KEYS = ("route", "about", "when", "to", "key", "order", "tests")
FILE_KEYS = ("match", "routes")
OWN_TOPICS = frozenset(
    {
        *(raw.TOPIC, receipt.TOPIC, dead.TOPIC, held.TOPIC, gaps.TOPIC, resolution.TOPIC, audit.TOPIC, unmapped.TOPIC),
        *("mappings", "person-decisions", "sequences", "stops"),
        *("feed_counts", "feed_states", "cases", "case_moves", "baselines", "places"),
        *("alerting", "alert_settings", "alert_state", "alert_table", "case_table"),
    }
)
EXAMPLE = "code.coding[*].code"

_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}\Z")
_TOPIC = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*\Z")


def load_routes(folder: Path) -> Router:
    """The router of a folder of routes, in order of files; raises Faults with everything that is wrong in them."""
    gather = Gather()
    routes: list[Route] = []
    for path in sorted(folder.glob("[!.]*.yaml")):
        node = gather.attempt(partial(read_document, path))
        if node is not None:
            routes += _read_file(node, gather)
    _refuse_repeats(routes, gather)
    _refuse_other_keys(routes, gather)
    gather.close()
    return Router(routes)


def _read_file(node: Node, gather: Gather) -> list[Route]:
    if not gather.keys(node, "", FILE_KEYS, ("routes",)):
        return []
    first = _read_match(node.get("match"), gather)
    found = [_read_route(entry, first, gather) for entry in gather.entries(node.get("routes"))]
    return sorted((route for route in found if route), key=lambda route: route.name == REST)


def _read_match(node: Node | None, gather: Gather) -> bool:
    """Whether of the file's routes only the first takes an event that several match."""
    text = gather.text(node, "match")
    if node is not None and text not in ("all", "first"):
        gather.add(node.mark, "R111", "match", f"{text!r} is no way to match", "write all or first")
    return text == "first"


def _read_route(node: Node, first: bool, gather: Gather) -> Route | None:
    if not gather.keys(node, "route", ROUTE_KEYS, ("route", "to")):
        return None
    name = gather.text(node.get("route"), "route")
    if not (_NAME.match(name) or name == REST):
        named = node.get("route")
        mark, hint = named.mark if named else node.mark, "write lower-case words joined by hyphens"
        gather.add(mark, "R101", "route", "is no name for a route", hint)
    when = node.get("when")
    if when is None and name != REST:
        gather.add(node.mark, "M103", "route", "the key 'when' is missing", "add it")
    condition = _read_condition(when, name, gather)
    types = types_of(condition) if condition else None
    return Route(
        name=name,
        about=gather.text(node.get("about"), f"{name}.about"),
        match=compile_match(condition) if condition else _match_all if when is None else _match_nothing,
        topics=_read_topics(node.get("to"), name, gather),
        mark=node.mark,
        tests=tuple(test for entry in gather.entries(node.get("tests")) if (test := _read_test(entry, name, gather))),
        types=types,
        condition=condition,
        key=_read_key(node.get("key"), types, name, gather),
        yields=first or name == REST,
        strict=_read_order(node.get("order"), name, gather),
    )


def _read_order(node: Node | None, name: str, gather: Gather) -> bool:
    """Whether the route gets no event of a key after a dead letter of it, until it is told."""
    text = gather.text(node, f"{name}.order")
    if node is not None and text not in ("flowing", "strict"):
        gather.add(node.mark, "R114", f"{name}.order", f"{text!r} is no order", "write flowing or strict")
    return text == "strict"


def _match_all(_body: Body) -> bool:
    return True


def _match_nothing(_body: Body) -> bool:
    return False


def _read_condition(node: Node | None, name: str, gather: Gather) -> Condition | None:
    text = gather.text(node, f"{name}.when")
    if node is None or not text:
        return None
    condition = gather.attempt(partial(parse_condition, text_of(node), _read_path, EXAMPLE))
    if condition is not None and any(isinstance(part, Reads) for part in parts_of(condition)):
        what = "`is` asks for a type, and an event's values have theirs"
        gather.add(node.mark, "R102", f"{name}.when", what, "use =")
        return None
    if condition is not None:
        check_condition(condition, name, gather)
    return condition


def _read_path(text: str) -> ElementPath | None:
    return read_element(text)


def _read_topics(node: Node | None, name: str, gather: Gather) -> tuple[str, ...]:
    entries = gather.entries(node)
    if node is not None and not entries:
        gather.add(node.mark, "R106", f"{name}.to", "the route leads nowhere", "name a topic such as alerts.critical")
    topics = [(entry, gather.text(entry, f"{name}.to")) for entry in entries]
    for entry, topic in topics:
        if topic in OWN_TOPICS or topic.startswith("fhir.") or not _TOPIC.match(topic):
            what = f"{topic!r} is no topic that a route may write to"
            gather.add(entry.mark, "R103", f"{name}.to", what, "write one such as alerts.critical")
    return tuple(topic for _, topic in topics)


def _read_key(node: Node | None, types: frozenset[str] | None, name: str, gather: Gather) -> RecordKey:
    parts: list[str | ElementPath] = []
    for entry in gather.entries(node):
        text = gather.text(entry, f"{name}.key")
        path = read_element(text)
        if text in WORDS:
            parts.append(text)
        elif path and is_code(path, [one for one in types or r4.resource_types() if r4.is_resource(one)]):
            parts.append(path)
        else:
            what = f"{text!r} may not be part of a key"
            hint = f"write {', '.join(WORDS)}, or a path to codes such as {EXAMPLE}"
            gather.add(entry.mark, "R112", f"{name}.key", what, hint)
    return RecordKey(tuple(parts)) if parts else BY_SUBJECT


def _read_test(node: Node, name: str, gather: Gather) -> RouteTest | None:
    if not gather.keys(node, f"{name}.tests", ("event", "expect"), ("event", "expect")):
        return None
    event = node.get("event")
    body = event.plain() if event else None
    if not isinstance(body, dict) or not isinstance(body.get("resourceType"), str):
        gather.add(node.mark, "R104", f"{name}.tests", "the event is no resource", "begin it with resourceType")
        return None
    if event is not None:
        check_event(event, "", f"{name}.tests", gather)
    expected = tuple((gather.text(one, f"{name}.tests"), one.mark) for one in gather.entries(node.get("expect")))
    return RouteTest(body, tuple(topic for topic, _ in expected), node.mark, tuple(mark for _, mark in expected))


def _refuse_repeats(routes: list[Route], gather: Gather) -> None:
    seen: dict[str, Route] = {}
    for route in routes:
        name = f"{route.file} {REST}" if route.name == REST else route.name
        if name in seen:
            hint = f"it stands at {seen[name].mark} already"
            gather.add(route.mark, "R105", route.name, "the route stands here again", hint)
        seen.setdefault(name, route)


def _refuse_other_keys(routes: list[Route], gather: Gather) -> None:
    """A topic has one kind of key: an event that two routes send there stands there once."""
    seen: dict[str, Route] = {}
    for route in routes:
        for topic in route.topics:
            other = seen.setdefault(topic, route)
            if other.key != route.key:
                what = f"{topic} has another key by the route {other.name!r}"
                gather.add(route.mark, "R113", f"{route.name}.key", what, f"write key: [{other.key}] here too")
