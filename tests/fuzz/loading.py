"""Files of each kind as the engine loads them, with so much around them that messages can go through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from engine.canonical import r4
from engine.facilities.facility import Registry
from engine.facilities.registry import read_registry
from engine.language.document import parse_document, read_document
from engine.language.fault import Mark
from engine.language.gather import Gather
from engine.listeners.profile import read_profile
from engine.listeners.profile_tests import run_profile_tests
from engine.listeners.validation import Validation
from engine.routes.inline_tests import run_route_tests
from engine.routes.load import load_routes
from engine.routes.router import Router
from engine.transforms import load
from engine.transforms.check_cycles import _reached, _used
from engine.transforms.check_tests import check_tests
from engine.transforms.conversion import Conversion
from engine.transforms.inline_tests import run_inline_tests
from engine.transforms.mapping import Group, Identity, Mapping, MessageMapping, Name, ResourceRule, Rule, Sources, Table
from engine.transforms.mapping_set import MappingSet
from engine.transforms.naming import WORDS
from engine.transforms.read_files import read_message, read_overlay, read_segment
from engine.transforms.read_rules import SEGMENT, read_rules
from engine.transforms.reads import reads_of
from engine.transforms.tables import read_csv
from tests.fuzz.sides import ground, required

MARK = Mark("ground", 1, 1)


ORDINAL = (Identity("n", (Name(MARK, (), "ordinal"),)),)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that loaded, as messages go through it."""

    conversion: Conversion
    facility: str
    segments: tuple[str, ...]
    types: tuple[str, ...]
    validation: Validation | None = None


def _sources(content: bytes, **more: Any) -> Sources:
    """Of the shipped datatypes and tables those that the content speaks of, with what they use."""
    named = {name for name in ground().datatypes if name.encode() in content}
    named |= {inner for name in tuple(named) for inner in _reach(name)}
    datatypes = {name: ground().datatypes[name] for name in named if name in ground().datatypes}
    found = Sources(datatypes=datatypes, tables=ground().tables)
    return replace(found, **more)


@cache
def _reach(name: str) -> frozenset[str]:
    return frozenset(_reached(name, {one: set(_used(mapping.rules)) for one, mapping in ground().datatypes.items()}))


def _finish(sources: Sources, gather: Gather, facility: str = "79991") -> Loaded:
    """Check the sources as `engine check` does, run the tests beside them, and make them ready for messages."""
    load._check(sources, gather)
    check_tests(sources, gather)
    gather.close()
    mappings = MappingSet(sources, "version")
    for _ in run_inline_tests(mappings):
        pass
    view = mappings.view(facility)
    reads = [segment for one in view.sources.messages for segment, _ in reads_of(one, view.sources)]
    segments = tuple(dict.fromkeys(one for one in reads if one not in ("MSH", "EVN")))[:8]
    types = tuple(f"{one.code}^{event}" for one in view.sources.messages for event in one.events)
    return Loaded(Conversion(mappings, 1, Registry(), Router().route), facility, segments, types)


def _message(path: Path, content: bytes) -> Loaded:
    gather = Gather()
    node = read_document(path)
    found = load._named(read_message(node, gather), node, path, gather)
    names = [name for name in ground().segments if name[:3].encode() in content]
    segments = {name: _pruned(name) for name in names}
    used = b" ".join(repr(one.rules).encode() for one in segments.values())
    return _finish(_sources(content + used, messages=(found,), segments=segments), gather)


@cache
def _pruned(name: str) -> Mapping:
    """A shipped segment mapping with little more than what FHIR requires: what is around a case is not the case."""
    mapping = ground().segments[name]
    needed = {one.base for one in r4.elements(mapping.type).values() if one.is_required}
    kept = [one for one in mapping.rules if r4.choice_base(mapping.type, one.steps[0].name) in needed]
    return replace(mapping, rules=(*kept, *(one for one in mapping.rules[:2] if one not in kept)), tests=())


def _around(*mappings: Mapping) -> MessageMapping:
    """A message mapping that makes a resource of each segment of these mappings."""
    rules = tuple(_rule(f"R{number}", one) for number, one in enumerate(mappings))
    return MessageMapping("ADT_A01", "ADT", ("A01",), (), MARK, MARK, Group("", (), MARK, rules))


def _rule(key: str, mapping: Mapping) -> ResourceRule:
    words = {name.word for one in mapping.identity for name in one.names} - {"", *WORDS}
    filled = {r4.choice_base(mapping.type, one.steps[0].name) for one in mapping.rules}
    more = tuple(one for one in _required(mapping.type) if r4.choice_base(mapping.type, one.key) not in filled)
    identity = ORDINAL if words or not mapping.identity else mapping.identity
    return ResourceRule(key, True, MARK, mapping.type, mapping.source, mapping.name, identity=identity, rules=more)


@cache
def _required(kind: str) -> tuple[Rule, ...]:
    node = parse_document(orjson.dumps(required(kind)), "ground")
    return read_rules(node, SEGMENT, Gather(), "")


def _segment(path: Path, content: bytes) -> Loaded:
    gather = Gather()
    node = read_document(path)
    found = load._segment(node, path, gather)
    return _finish(_sources(content, messages=(_around(found),), segments={found.name: found}), gather)


def _datatype(path: Path, content: bytes) -> Loaded:
    gather = Gather()
    found = load._datatype(read_document(path), path, gather)
    around = _using(found.type, f"ZZ1-1[*] as {found.name}")
    sources = _sources(content, messages=(_around(around),), segments={around.name: around})
    return _finish(replace(sources, datatypes={**sources.datatypes, found.name: found}), gather)


def _using(kind: str, right_side: str) -> Mapping:
    """A segment mapping that fills an element of a FHIR type with this right side."""
    resource, element = next(
        ((owner, one.name) for owner in _OWNERS for one in r4.elements(owner).values() if one.type == kind),
        ("Patient", "identifier"),
    )
    lines = {**required(resource), element: right_side}
    text = orjson.dumps({"segment": "ZZ1", "resource": resource, "elements": lines})
    return read_segment(parse_document(text, "ground"), f"ZZ1.{resource}", Gather())


_OWNERS = ("Patient", "Observation", "Encounter", "Condition", "Coverage", "Specimen", "DiagnosticReport")


def _table(path: Path, content: bytes) -> Loaded:
    gather = Gather()
    return _translate(load._table(read_document(path), path, gather), gather)


def _sheet(path: Path, _content: bytes) -> Loaded:
    gather = Gather()
    return _translate(Table("AdministrativeSex", MARK, "http://x", read_csv(path, "AdministrativeSex", gather)), gather)


def _translate(table: Table, gather: Gather) -> Loaded:
    name = table.name or "x"
    lines: dict[str, Any] = {
        "gender": f"ZZ1-1 via {name}",
        "maritalStatus": f"ZZ1-2 via {name}",
        "active": f"ZZ1-3 via {name}",
    }
    lines["communication"] = {"elements": {"language": f"ZZ1-4 as CWE.CodeableConcept via {name}"}}
    text = orjson.dumps({"segment": "ZZ1", "resource": "Patient", "elements": lines})
    around = read_segment(parse_document(text, "ground"), "ZZ1.Patient", gather)
    sources = _sources(text, messages=(_around(around),), segments={around.name: around}, tables={name: table})
    return _finish(replace(sources, tables={**ground().tables, name: table}), gather)


def _overlay(path: Path, content: bytes) -> Loaded:
    gather = Gather()
    found = read_overlay(read_document(path), path, gather)
    segments = {name: _pruned(name) for name in ground().segments if name.encode() in content}
    used = b" ".join(repr(one.rules).encode() for one in segments.values())
    messages = (_around(*segments.values()),)
    sources = _sources(content + used, messages=messages, segments=segments, overlays=(found,))
    return _finish(sources, gather, next(iter(found.codes), "79991"))


@cache
def _plain() -> Conversion:
    """Messages through mappings that are right, where the case is no mapping."""
    mappings = [_pruned(name) for name in ("PID.Patient", "OBX.Observation")]
    segments = {one.name: one for one in mappings}
    datatypes = ground().datatypes
    sources = Sources((_around(*mappings),), segments, datatypes, ground().tables)
    return Conversion(MappingSet(sources, "version"), 1, Registry(), Router().route)


def _routes(path: Path, _content: bytes) -> Loaded:
    router = load_routes(path.parent)
    for _ in run_route_tests(router):
        pass
    return Loaded(replace(_plain(), route=router.route), "79991", ("PID", "OBX"), ("ADT^A01",))


def _registry(path: Path, _content: bytes) -> Loaded:
    registry = read_registry(path, ("mllp",))
    codes = [one.code for one in registry]
    return Loaded(replace(_plain(), registry=registry), codes[-1] if codes else "x", ("PID", "OBX"), ("ADT^A01",))


def _profile(path: Path, _content: bytes) -> Loaded:
    read = read_profile(path)
    for _ in run_profile_tests(read):
        pass
    return Loaded(_plain(), "79991", ("PID", "OBX"), ("ADT^A01",), Validation(read.profile))


READERS: dict[str, Callable[[Path, bytes], Loaded]] = {
    "message": _message,
    "segment": _segment,
    "datatype": _datatype,
    "table": _table,
    "sheet": _sheet,
    "overlay": _overlay,
    "routes": _routes,
    "registry": _registry,
    "facilities": _registry,
    "profile": _profile,
}
