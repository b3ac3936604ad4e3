"""Checking what a mapping itself says: constants and defaults."""

from __future__ import annotations

import re

from engine.canonical import r4
from engine.language.document import Plain
from engine.transforms.values import TYPES

EMPTY = "the value is empty, which FHIR has no place for"

_PATTERNS = {
    "date": re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?\Z"),
    "dateTime": re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?\Z"),
    "instant": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})\Z"),
    "time": re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}\Z"),
    "base64Binary": re.compile(r"[A-Za-z0-9+/=]*\Z"),
}
_DEFAULTS = frozenset({"boolean", "integer", "unsignedInt", "positiveInt", "Coding", "CodeableConcept", "Reference"})


def check_constant(value: Plain, kind: str) -> str:
    """What is wrong with a constant as a value of a FHIR type, "" for nothing."""
    if r4.is_primitive(kind):
        return "" if _is_primitive(value, kind) else f"the value is no {kind}"
    if not isinstance(value, dict):
        return f"the value is no {kind}"
    if not value:
        return EMPTY
    for name, inner in value.items():
        element = r4.member(kind, name)
        if element is None:
            return f"{kind} has no element {name!r}"
        wrong = _check_entry(inner, element)
        if wrong:
            return wrong
    return ""


def _check_entry(value: Plain, element: r4.Element) -> str:
    if element.is_list != isinstance(value, list):
        return f"{element.name!r} is {'a list' if element.is_list else 'no list'}"
    if value == []:
        return EMPTY
    entries = value if isinstance(value, list) else [value]
    return next((wrong for entry in entries if (wrong := check_constant(entry, element.type))), "")


def _is_primitive(value: Plain, kind: str) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in ("integer", "unsignedInt", "positiveInt"):
        return isinstance(value, int) and not isinstance(value, bool) and TYPES[kind].read(str(value)) is not None
    if kind == "decimal":
        return isinstance(value, int | float) and not isinstance(value, bool)
    pattern = _PATTERNS.get(kind)
    return isinstance(value, str) and bool(value) and (pattern is None or bool(pattern.match(value)))


def default_fits(text: str, kind: str) -> bool:
    """Whether the text of an `else` is a value of a FHIR type."""
    if kind == "boolean":
        return text in ("true", "false")
    if kind in ("integer", "unsignedInt", "positiveInt"):
        return TYPES[kind].read(text) is not None
    return kind in r4.SAME_SHAPE or kind in _DEFAULTS
