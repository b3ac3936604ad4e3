"""Looking codes up while a mapping runs; a code that a table does not hold stays as it was sent, and is noted."""

from __future__ import annotations

from typing import Any

from engine.canonical.r4 import is_primitive
from engine.canonical.resource import Body
from engine.transforms.fields import Scene
from engine.transforms.mapping import KEEP, Table
from engine.transforms.places import find, index
from engine.transforms.shape_code import shape_code
from engine.transforms.values import code

Miss = tuple[str, str]
"""A table, and a code that it does not hold."""


SYSTEM_END = "|"
"""Ends the system of a code that counts only where the sender names that system: `http://loinc.org|2823-3`."""


class Codes(dict[str, Any]):
    """A table in the shape of a FHIR type, and what it gives for a code that it does not hold."""

    def __init__(self, table: Table, kind: str, codes: dict[str, Any]) -> None:
        super().__init__(codes)
        self.name = table.name
        self.system = table.system
        self.partial = table.partial
        self.keeps = table.default == KEEP and is_primitive(kind) and kind != "boolean"
        self.by_system = any(SYSTEM_END in key for key in codes)
        self.places = index(table) if table.match else {}
        given = table.default if table.default != KEEP else None
        self.otherwise = shape_code(given, table.system, kind) if given else None

    def place(self, text: str) -> Any:
        """What the table has for the place that a text speaks of, None for nothing."""
        key = find(self.places, text)
        return self[key] if key else None


class Unmapped(dict[str, Any]):
    """A coding or a concept as it was sent, since a table holds none of its codes."""

    miss: Miss = ("", "")


def missing(codes: Codes, value: str, scene: Scene) -> Any:
    """What a table gives for a code that it does not hold; None for nothing."""
    if codes.places and (found := codes.place(value)):
        return found
    if not codes.partial:
        scene.misses.append((codes.name, "" if codes.places else value))  # an address is nothing to show
    return code(value) if codes.keeps else codes.otherwise


def translate(value: Body, codings: Codes) -> Body:
    """A concept with what a table has for one of its codes added; a Coding gives way to what the table has for it."""
    if "coding" not in value:
        return _found(value, codings) or _left(value, [value], codings)
    sent = value["coding"]
    given = next((found for coding in sent if (found := _found(coding, codings))), None)
    if given is None:
        return _left(value, sent, codings)
    if any(_is_same(coding, given) for coding in sent):
        return {**value, "coding": [given | coding if _is_same(coding, given) else coding for coding in sent]}
    return {**value, "coding": [*sent, given]}


def _found(coding: Body, codings: Codes) -> Any:
    """What a table has for a coding: for the code in its system, else for the code in any."""
    code = coding.get("code", "")
    named = codings.by_system and coding.get("system")
    return (named and codings.get(f"{named}{SYSTEM_END}{code}")) or codings.get(code)


def _is_same(coding: Body, given: Body) -> bool:
    return coding.get("code") == given.get("code") and coding.get("system") == given.get("system")


def _left(value: Body, sent: list[Body], codings: Codes) -> Body:
    """What the table holds nothing for; a code of the table's own system needs no translation."""
    unknown = next((one["code"] for one in sent if one.get("code")), "")
    if not unknown or any(codings.system and one.get("system") == codings.system for one in sent):
        return value
    if codings.otherwise:
        value = {**value, "coding": [*sent, codings.otherwise]} if "coding" in value else codings.otherwise
    if codings.partial:
        return value
    left = Unmapped(value)
    left.miss = codings.name, unknown
    return left


def note_unmapped(value: Any, scene: Scene) -> None:
    """Note a concept none of whose codes a table holds, each time that it is sent."""
    if type(value) is Unmapped:
        scene.misses.append(value.miss)
