"""Durations and sizes as people write them in engine.yaml: `500ms`, `20s`, `30m`, `12h`, `7d`; `16MiB`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, ByteSize, WithJsonSchema

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)\Z")


def _read_duration(value: object) -> object:
    found = _DURATION.match(value) if isinstance(value, str) else None
    if isinstance(value, str) and not found:
        raise ValueError("is no duration - write it as 500ms, 20s, 30m, 12h or 7d")
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]]) if found else value


_TEXT: dict[str, Any] = {
    "type": "string",
    "pattern": r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$",
    "examples": ["500ms", "20s", "30m"],
}

Duration = Annotated[timedelta, BeforeValidator(_read_duration), WithJsonSchema(_TEXT)]

FOREVER = "forever"


def _read_retention(value: object) -> object:
    return None if value == FOREVER else _read_duration(value)


Retention = Annotated[
    timedelta | None, BeforeValidator(_read_retention), WithJsonSchema({"anyOf": [{"const": FOREVER}, _TEXT]})
]
"""How long something is kept; None is for ever."""

Size = Annotated[ByteSize, WithJsonSchema({"type": ["string", "integer"], "examples": ["16MiB", "8GiB"]})]
