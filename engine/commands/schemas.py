"""JSON Schemas of every kind of YAML file, for editors with a YAML language server, from what the readers take."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel

from engine.alerts import keys as alerts
from engine.alerts.kinds import KINDS as ALERT_KINDS
from engine.bus.topics_file import TopicsFile
from engine.canonical import r4
from engine.commands.topic_schemas import DRAFT, print_topic_schema
from engine.config import Settings
from engine.facilities.entry import RegistryFile
from engine.language.fault import nearest
from engine.language.keys import TEXT, Keys, Schema, list_of, map_of, object_schema, reference
from engine.listeners.profile_file import ProfileFile
from engine.routes import keys as routes
from engine.routes.router import REST
from engine.transforms import keys
from engine.views import keys as views

_FILLED: Schema = {
    "anyOf": [TEXT, {"type": "null"}, reference("alternative"), list_of({"anyOf": [TEXT, reference("alternative")]})]
}
"""What an element holds: a right side, alternatives, or nothing where an overlay takes it away."""

_DEFINITIONS: Mapping[str, Schema] = {
    "filled": _FILLED,
    "elements": map_of(reference("filled")),
    "alternative": object_schema(keys.ALTERNATIVE),
    "test": object_schema(keys.TEST),
    "codes": map_of({"anyOf": [TEXT, object_schema(keys.CODE)]}),
    "table": {"anyOf": [TEXT, reference("codes"), object_schema(keys.TABLE)]},
    "datatype": object_schema(keys.DATATYPE),
    "resource": object_schema(keys.RESOURCE, others=TEXT),
    "group": object_schema(keys.GROUP),
    "resources": {
        "type": "object",
        "properties": {"groups": {**list_of(reference("group")), "description": "Runs of segments that repeat."}},
        "additionalProperties": reference("resource"),
    },
}


def write_schemas(folder: Path) -> None:
    """Write one file a kind, `segment.json` for one."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        (folder / f"{kind}.json").write_bytes(schema_bytes(kind))


def print_schema(kind: str) -> int:
    """Print the schema of one kind of file, or of what one topic holds; 2 when there is none of this name."""
    name, is_topic, topic = kind.partition(":")
    if is_topic and name == "topic":
        return print_topic_schema(topic)
    if kind not in KINDS:
        hint = nearest(kind, KINDS) or f"there are: {', '.join(KINDS)}, and topic:NAME"
        sys.stderr.write(f"there is no schema {kind!r} - {hint}\n")
        return 2
    sys.stdout.buffer.write(schema_bytes(kind))
    return 0


def schema_bytes(kind: str) -> bytes:
    """The schema of a kind of file, as it is written."""
    return orjson.dumps(KINDS[kind](), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def _mapping(title: str, known: Keys) -> Schema:
    return {"$schema": DRAFT, "title": title, **object_schema(known), "$defs": dict(_DEFINITIONS)}


def _filling(title: str, known: Keys, key: str, types: Iterable[str]) -> Schema:
    """A mapping that fills a FHIR type: which elements there are follows from what `key` says."""
    chosen = [
        {
            "if": {"properties": {key: {"const": kind}}, "required": [key]},
            "then": {"properties": {"elements": reference(f"elements-of-{kind}")}},
        }
        for kind in types
    ]
    schema = _mapping(title, known)
    nested = {"pattern": r"^[A-Z][A-Za-z]+\."}  # Encounter.location, an element's own type
    schema["properties"][key] = {**schema["properties"][key], "anyOf": [{"enum": list(types)}, nested]}
    schema["$defs"] |= {f"elements-of-{kind}": _elements(kind) for kind in types}
    return schema | {"allOf": chosen}


def _elements(kind: str) -> Schema:
    """The elements of a FHIR type, alone, with an index, or with a path inside."""
    found = {r4.VALUE: r4.value_element(kind)} if r4.is_primitive(kind) else r4.elements(kind)
    properties = {name: {**reference("filled"), "description": _described(one)} for name, one in found.items()}
    inside = f"^({'|'.join(found)})(\\[[1-9][0-9]*\\])?(\\.[A-Za-z]+(\\[[1-9][0-9]*\\])?)*$"
    return {
        "type": "object",
        "properties": properties,
        "patternProperties": {inside: reference("filled")},
        "additionalProperties": False,
    }


def _described(element: r4.Element) -> str:
    targets = f" to {', '.join(element.targets)}" if element.targets else ""
    more = (", a list" if element.is_list else "", ", required" if element.is_required else "")
    return f"{element.type}{targets}{''.join(more)}"


def _routes() -> Schema:
    named: Schema = {"if": {"properties": {"route": {"const": REST}}}, "else": {"required": ["when"]}}
    definitions = {"route": object_schema(routes.ROUTE) | named, "test": object_schema(routes.TEST)}
    return {"$schema": DRAFT, "title": "Routes", **object_schema(routes.FILE), "$defs": definitions}


def _view() -> Schema:
    parts = {
        "select": views.SELECT,
        "column": views.COLUMN,
        "tag": views.TAG,
        "where": views.WHERE,
        "constant": views.CONSTANT,
    }
    definitions = {name: object_schema(known) for name, known in parts.items()}
    return {"$schema": DRAFT, "title": "ViewDefinition", **object_schema(views.VIEW), "$defs": definitions}


def _alerts() -> Schema:
    definitions: dict[str, Schema] = {"rule": {"anyOf": [reference(f"rule-{kind}") for kind in ALERT_KINDS]}}
    named = {"test": alerts.TEST, "moment": alerts.MOMENT, "expected": alerts.EXPECTED, "escalation": alerts.ESCALATION}
    definitions |= {name: object_schema(known) for name, known in named.items()}
    for kind in ALERT_KINDS.values():
        of_kind = alerts.RULE["kind"]._replace(schema={"const": kind.name})
        definitions[f"rule-{kind.name}"] = object_schema({**alerts.RULE, "kind": of_kind, **kind.keys})
        definitions |= kind.definitions
    return {"$schema": DRAFT, "title": "Alert rules", **object_schema(alerts.FILE), "$defs": definitions}


def _model(model: type[BaseModel]) -> Schema:
    return {"$schema": DRAFT, **_any_of(model.model_json_schema())}


def _any_of(schema: Any) -> Any:
    """Alternatives of which several may fit, as of a listener without a kind."""
    if isinstance(schema, list):
        return [_any_of(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {("anyOf" if key == "oneOf" else key): _any_of(one) for key, one in schema.items() if key != "discriminator"}


def _resources() -> list[str]:
    return sorted(kind for kind in r4.types() if r4.is_resource(kind))


def _datatypes() -> list[str]:
    return sorted(kind for kind in r4.types() if "." not in kind)


_ONE_OF_TWO: Schema = {"oneOf": [{"required": ["facility"]}, {"required": ["vendor"]}]}

KINDS: Mapping[str, Callable[[], Schema]] = {
    "engine": lambda: _model(Settings),
    "registry": lambda: _model(RegistryFile),
    "profile": lambda: _model(ProfileFile),
    "message": lambda: _mapping("Message mapping", keys.MESSAGE),
    "segment": lambda: _filling("Segment mapping", keys.SEGMENT, "resource", _resources()),
    "datatype": lambda: _filling("Datatype mapping", keys.DATATYPE, "type", _datatypes()),
    "table": lambda: _mapping("Table", keys.TABLE),
    "overlay": lambda: _mapping("Overlay of a facility or a vendor", keys.OVERLAY) | _ONE_OF_TWO,
    "routes": _routes,
    "alerts": _alerts,
    "topics": lambda: _model(TopicsFile),
    "view": _view,
}
"""The kinds of file, by the names of their schemas."""
