"""Reading the files of a mapping folder, each kind by the key it begins with."""

from __future__ import annotations

import re
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from pathlib import Path

from engine.language.document import Node
from engine.language.fault import Mark
from engine.language.gather import Gather
from engine.language.path import read_field
from engine.transforms.mapping import (
    Also,
    Group,
    Mapping,
    MessageMapping,
    Overlay,
    Reference,
    ResourceRule,
    Table,
    Undone,
)
from engine.transforms.read_rules import (
    DATATYPE,
    EACH,
    SEGMENT,
    read_display,
    read_identity,
    read_rules,
    read_sources,
    read_tests,
    read_when,
)
from engine.transforms.tables import read_table

MESSAGE_KEYS = ("message", "about", "events", "needs", "resources", "tests")
SEGMENT_KEYS = ("segment", "resource", "about", "identity", "elements", "parts", "sample", "tests")
DATATYPE_KEYS = (
    "datatype",
    "type",
    "about",
    "identity",
    "display",
    "reference",
    "optional",
    "elements",
    "sample",
    "tests",
)
GROUP_KEYS = ("group", "begins", "resources")
OVERLAY_KEYS = ("facility", "vendor", "extends", "about", "segments", "datatypes", "tables", "tests")
MOST_RESOURCES = 256
"""In one message mapping: each is looked for among the others."""

RESOURCE_KEYS = ("from", "also", "when", "identity", "elements", "type", "optional", "undoes")
ALSO_KEYS = ("from", "when", "into", "lines")
UNDONE_KEYS = ("element", "when")

_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}\Z")
_MAPPING = re.compile(r"(?P<segment>[A-Z][A-Z0-9]{2})(\.[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*)?\Z")
"""A segment, or the name of one of its mappings."""


def read_message(node: Node, gather: Gather) -> MessageMapping:
    """A message mapping (`message: ADT_A01`)."""
    name = gather.text(node.get("message"), "")
    gather.keys(node, name, MESSAGE_KEYS, ("message", "events", "resources"))
    body = _scope("", (), node, node.get("resources"), name, gather)
    if sum(1 + len(group.resources) for group in body.walk()) > MOST_RESOURCES:
        gather.add(node.mark, "M201", name, f"has more than {MOST_RESOURCES} resources and groups", "split it up")
        body = replace(body, resources=(), groups=())
    return MessageMapping(
        name=name,
        code=name.partition("_")[0],
        events=gather.texts(node.get("events"), name),
        needs=tuple(_segment(entry, name, gather) for entry in gather.entries(node.get("needs"))),
        mark=node.mark,
        needs_mark=_mark(node, "needs"),
        body=body,
        tests=read_tests(node.get("tests"), gather, name),
    )


def _scope(name: str, begins: tuple[str, ...], at: Node, resources: Node | None, where: str, gather: Gather) -> Group:
    entries = gather.map(resources, where)
    rules = [_resource(key, resources, entry, where, gather) for key, entry in entries.items() if key != "groups"]
    groups = [_group(entry, where, gather) for entry in gather.entries(entries.get("groups"))]
    return Group(
        name, begins, at.mark, tuple(rule for rule in rules if rule), tuple(group for group in groups if group)
    )


def _group(node: Node, where: str, gather: Gather) -> Group | None:
    if not gather.keys(node, where, GROUP_KEYS, GROUP_KEYS):
        return None
    name = gather.text(node.get("group"), where)
    begins = tuple(part.strip() for part in gather.text(node.get("begins"), where).split("|"))
    for segment in begins:
        if not _SEGMENT.match(segment):
            gather.add(node.keys.get("begins", node.mark), "M113", where, f"{segment!r} is no segment", "write ORC|OBR")
    return _scope(name, begins, node, node.get("resources"), f"{where}.{name}", gather)


def _resource(key: str, parent: Node | None, node: Node, where: str, gather: Gather) -> ResourceRule | None:
    mark = parent.keys[key] if parent else node.mark
    each = EACH.match(key)
    place = f"{where}.{key}"
    if each is None or not isinstance(node.value, dict):
        gather.add(mark, "M114", where, f"{key!r} is no resource with its segment", "write Patient: { from: PID }")
        return None
    if "from" not in node.value:
        gather.add(node.mark, "M103", place, "the key 'from' is missing", "name the segment that makes the resource")
    kind = gather.text(node.get("type"), place) or each["name"]
    segment, mapping = _mapping(gather.text(node.get("from"), place), kind, node.get("from") or node, place, gather)
    also = [_also(entry, kind, place, gather) for entry in gather.entries(node.get("also"))]
    undoes = [_undone(entry, place, gather) for entry in gather.entries(node.get("undoes"))]
    names = [name for name in node.value if name not in RESOURCE_KEYS]
    references = [_reference(name, node, place, gather) for name in names]
    return ResourceRule(
        key=each["name"],
        many=bool(each["many"]),
        mark=mark,
        type=kind,
        segment=segment,
        mapping=mapping,
        also=tuple(one for one in also if one),
        when=read_when(node.get("when"), SEGMENT, gather),
        identity=read_identity(node.get("identity"), SEGMENT, gather, place),
        references=tuple(reference for reference in references if reference),
        rules=read_rules(node.get("elements"), SEGMENT, gather, place),
        optional=gather.flag(node.get("optional"), place),
        undoes=tuple(one for one in undoes if one),
    )


def _also(node: Node, kind: str, where: str, gather: Gather) -> Also | None:
    """A further segment: its name alone, or a map with the condition under which it counts."""
    described = isinstance(node.value, dict)
    if described and not gather.keys(node, where, ALSO_KEYS, ("from",)):
        return None
    named = node.get("from") if described else node
    text = gather.text(named, where)
    segment, mapping = _mapping(text.removesuffix("[*]"), kind, named or node, where, gather)
    when = read_when(node.get("when"), SEGMENT, gather) if described else None
    into = gather.texts(node.get("into"), where) if described else ()
    lines = _lines(node.get("lines"), text, where, gather) if described else 0
    return Also(segment, text.endswith("[*]"), node.mark, mapping, when, into, lines) if mapping else None


def _lines(node: Node | None, text: str, where: str, gather: Gather) -> int:
    """The field whose repetitions are lines of a text that goes over several segments (`lines: OBX-5`); 0 for none."""
    if node is None:
        return 0
    path = read_field(gather.text(node, where))
    if path is None or path.component or path.segment != text[:3] or not text.endswith("[*]"):
        hint = "write a field of the segments, such as OBX-5, and OBX[*]"
        gather.add(node.mark, "M113", where, "the lines are of no segment that repeats here", hint)
        return 0
    return path.field or 0


def _mapping(text: str, kind: str, node: Node, where: str, gather: Gather) -> tuple[str, str]:
    """A segment and its mapping: a bare segment means the one that is called after the type of the resource."""
    found = _MAPPING.match(text)
    if found is None:
        if text:
            hint = "write a segment such as PID, or its mapping such as OBX.Observation-Component"
            gather.add(node.mark, "M113", where, f"{text!r} is no segment", hint)
        return text, ""
    segment = found["segment"]
    return segment, f"{segment}.{kind}" if text == segment else text


def _undone(node: Node, where: str, gather: Gather) -> Undone | None:
    """An element that an event takes back: its name alone, or a map with the condition."""
    if not isinstance(node.value, dict):
        return Undone(gather.text(node, where), node.mark)
    gather.keys(node, where, UNDONE_KEYS, ("element",))
    return Undone(gather.text(node.get("element"), where), node.mark, read_when(node.get("when"), SEGMENT, gather))


def _reference(element: str, parent: Node, where: str, gather: Gather) -> Reference | None:
    text = gather.text(parent.get(element), where)
    each = EACH.match(text.replace("[1]", "[*]"))
    if each is None and not text:
        return None  # that it is no text was noted
    if each is None:
        hint = "write the key of a resource, such as Patient or Observation[*]"
        gather.add(parent.keys[element], "M115", where, f"{element!r} names no resource", hint)
        return None
    return Reference(element, each["name"], bool(each["many"]), parent.keys[element], text.endswith("[1]"))


def _segment(node: Node | None, where: str, gather: Gather) -> str:
    text = gather.text(node, where)
    if node is not None and text and not _SEGMENT.match(text):
        gather.add(node.mark, "M113", where, f"{text!r} is no segment", "write three capitals or digits, such as PID")
    return text


def read_segment(node: Node, name: str, gather: Gather) -> Mapping:
    """A segment mapping (`segment: PID`), which fills a resource, called `name`: the name of its file."""
    segment = gather.text(node.get("segment"), "")
    kind = gather.text(node.get("resource"), segment)
    if not _is_name_of(name, segment, kind):
        mark = next((entry.mark for _, entry in node.items()), node.mark)
        gather.add(mark, "M105", "", f"the file is called {name!r}", f"call it {segment}.{kind}.yaml")
        name = f"{segment}.{kind}"
    gather.keys(node, name, SEGMENT_KEYS, ("segment", "resource", "elements"))
    return Mapping(
        name=name,
        kind="segment",
        source=segment,
        type=kind,
        mark=node.mark,
        rules=read_rules(node.get("elements"), SEGMENT, gather, ""),
        identity=read_identity(node.get("identity"), SEGMENT, gather, name),
        parts=read_sources(node.get("parts"), gather),
        sample=gather.text(node.get("sample"), name),
        sample_mark=_mark(node, "sample"),
        source_mark=_mark(node, "segment"),
        type_mark=_mark(node, "resource"),
        tests=read_tests(node.get("tests"), gather, name),
    )


def _is_name_of(name: str, segment: str, kind: str) -> bool:
    """Whether a mapping may be called so: `PID.Patient`, or as the guide calls it, `OBX.Observation-Component`."""
    return bool(_MAPPING.match(name)) and name.startswith(f"{segment}.") and kind in name[4:].split("-")


def read_datatype(node: Node, name: str, gather: Gather) -> Mapping:
    """A datatype mapping (`datatype: XPN`), called `name`: the name of its file, or its key in an overlay."""
    gather.keys(node, name, DATATYPE_KEYS, ("datatype", "type", "elements"))
    return Mapping(
        name=name,
        kind="datatype",
        source=gather.text(node.get("datatype"), name),
        type=gather.text(node.get("type"), name),
        mark=node.mark,
        rules=read_rules(node.get("elements"), DATATYPE, gather, ""),
        identity=read_identity(node.get("identity"), DATATYPE, gather, name),
        display=read_display(node, gather, name),
        optional=gather.flag(node.get("optional"), name),
        sample=gather.text(node.get("sample"), name),
        sample_mark=_mark(node, "sample"),
        type_mark=_mark(node, "type"),
        tests=read_tests(node.get("tests"), gather, name),
    )


def read_overlay(node: Node, path: Path, gather: Gather) -> Overlay:
    """An overlay of facilities (`facility: "79014"`, or a list), or of a vendor (`vendor: medsys`) that they extend."""
    if gather.keys(node, "", OVERLAY_KEYS) and (node.get("facility") is None) == (node.get("vendor") is None):
        gather.add(node.mark, "M335", path.stem, "needs one of facility and vendor", "say whom it is for")
    vendor, extends = gather.text(node.get("vendor"), "vendor"), gather.texts(node.get("extends"), "extends")
    if vendor and vendor != path.stem:
        gather.add(_mark(node, "vendor"), "M105", "", f"the file is called {path.stem!r}", f"call it {vendor}.yaml")
    if vendor and extends:
        hint = "keep what vendors share in the standard mappings"
        gather.add(_mark(node, "extends"), "M335", path.stem, "a vendor's overlay extends no other", hint)
    segments = gather.map(node.get("segments"), "segments")
    datatypes = gather.map(node.get("datatypes"), "datatypes")
    return Overlay(
        name=path.stem,
        facilities=gather.texts(node.get("facility"), "facility"),
        mark=node.mark,
        segments={name: read_rules(entry, SEGMENT, gather, name) for name, entry in segments.items()},
        datatypes={name: read_datatype(entry, name, gather) for name, entry in datatypes.items()},
        tables=_tables(node.get("tables"), path, gather),
        tests=read_tests(node.get("tests"), gather, ""),
        places=_places(node),
        vendor=bool(vendor),
        extends=extends,
    )


def _mark(node: Node, key: str) -> Mark:
    """Where the value of a key stands, else the whole."""
    found = node.get(key)
    return found.mark if found else node.mark


def _places(node: Node) -> dict[str, Mark]:
    named, segments = node.get("facility"), node.get("segments")
    entries = named.value if named and isinstance(named.value, list) else [named] if named else []
    extends = {"extends": _mark(node, "extends")}
    return extends | {str(one.value): one.mark for one in entries} | dict(segments.keys if segments else {})


def _tables(node: Node | None, path: Path, gather: Gather) -> ReadOnly[str, Table]:
    return {name: read_table(name, entry, path, gather) for name, entry in gather.map(node, "tables").items()}
