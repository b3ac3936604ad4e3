"""The keys of a kind of file: what each holds, told once for the schemas that editors read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Schema = dict[str, Any]
"""A part of a JSON Schema (draft 2020-12)."""

TEXT: Schema = {"type": ["string", "number", "boolean"]}
"""Any scalar: readers take it as text."""

TEXTS: Schema = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}


class Key(NamedTuple):
    """One key: what it holds, in words and as a schema."""

    about: str
    schema: Schema
    required: bool = False


Keys = Mapping[str, Key]


def keys(**given: Key) -> Keys:
    """The keys of a map; a trailing underscore of a name is left out, so that `from_` is `from`."""
    return MappingProxyType({name.removesuffix("_"): key for name, key in given.items()})


def object_schema(known: Keys, *, others: Schema | bool = False) -> Schema:
    """The schema of a map with these keys; `others` is what further keys may hold, False where there are none."""
    properties = {name: {**key.schema, "description": key.about} for name, key in known.items()}
    required = [name for name, key in known.items() if key.required]
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": others}
    return schema | ({"required": required} if required else {})


def reference(name: str) -> Schema:
    """A reference to a definition of the same schema."""
    return {"$ref": f"#/$defs/{name}"}


def list_of(schema: Schema) -> Schema:
    """A list of such entries."""
    return {"type": "array", "items": schema}


def map_of(schema: Schema) -> Schema:
    """A map whose values are such."""
    return {"type": "object", "additionalProperties": schema}
