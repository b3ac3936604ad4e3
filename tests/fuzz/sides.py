"""Elements of mappings with their right sides and conditions, by the language's grammar, and a wrong word at times."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import Any

from engine.canonical import r4
from engine.canonical.r4 import Element
from engine.transforms.load import read_sources
from engine.transforms.mapping import Sources
from engine.transforms.values import TYPES
from tests.transforms.folders import SHIPPED

TYPED = ("Patient", "Observation", "Encounter", "Condition", "Specimen", "Coverage", "QuestionnaireResponse", "Basic")


SOURCES = ("PID", "PV1", "OBX", "NTE", "ZZ1", "DG1")


DEFAULTS = ("boolean", "integer", "positiveInt", "Coding", "CodeableConcept", "Reference")


WRONG = 0.004


"""How often a word is one that does not belong there."""


WORDS = ("M", "F", "male", "final", "1", "a b", "NA", "null", "Nguyễn", "keep", "unknown", "0", "true", "5", "A.B")


@cache
def ground() -> Sources:
    """What the shipped files say, which made ones may refer to."""
    return read_sources(SHIPPED)[0]


def required(kind: str) -> dict[str, Any]:
    """Constants for what FHIR requires of a type."""
    return {one.name: {"value": constant_of(one)} for one in r4.elements(kind).values() if one.is_required}


CONSTANTS: dict[str, Any] = {
    "Coding": {"code": "A"},
    "Reference": {"display": "A"},
    "CodeableConcept": {"text": "A"},
    "boolean": True,
    "date": "2025-01-02",
    "dateTime": "2025",
    "instant": "2025-01-02T03:04:05Z",
    "time": "12:30:00",
    "decimal": 1.5,
    "integer": 1,
    "unsignedInt": 0,
    "positiveInt": 1,
    "base64Binary": "JVBE",
}


def constant_of(element: Element) -> Any:
    value = CONSTANTS.get(element.type, {} if r4.elements(element.type) else "final")
    return [value] if element.is_list else value


def elements(kind: str, path: Callable[[], str], dice: random.Random, depth: int) -> dict[str, Any]:
    """Elements of a FHIR type, with right sides that may fill them."""
    known = list(r4.elements(kind).values())
    made: dict[str, Any] = {}
    for _ in range(dice.randrange(1, 5 - depth)):
        element = dice.choice(known) if known else None
        name = element.name if element and dice.random() > WRONG else dice.choice(("x", "a.b", "name[2]", "[*]", ""))
        if element and element.is_list and dice.random() < 0.1:
            name += f"[{dice.choice((1, 2, 9))}]"
        made[name] = _alternatives(element, path, dice, depth) if element else "PID-5"
    return made


def _alternatives(element: Element, path: Callable[[], str], dice: random.Random, depth: int) -> Any:
    if dice.random() < 0.9:
        return _alternative(element, path, dice, depth)
    return [_alternative(element, path, dice, depth) for _ in range(dice.randrange(4))]


def _alternative(element: Element, path: Callable[[], str], dice: random.Random, depth: int) -> Any:
    inner = r4.elements(element.type)
    roll = dice.random()
    if element.type == "Reference" and roll < 0.3:
        made: dict[str, Any] = {"refers": dice.choice(element.targets or ("x",)) + dice.choice(("", "[*]", "[1]"))}
    elif inner and depth < 3 and (roll < 0.3 or not _makers(element.type)):
        made = {"elements": elements(element.type, path, dice, depth + 1)}
        made |= {"each": path().partition("[")[0]} if element.is_list and dice.random() < 0.2 else {}
    elif roll < 0.08:
        made = {
            "value": constant_of(element) if dice.random() < 0.9 else dice.choice((9**30, [], {}, None, "x", -1, 1e30))
        }
    else:
        made = {"from": right_side(element, path, dice)}
        if dice.random() < 0.7:
            return made["from"]
    made |= {"when": condition(path, dice)} if dice.random() < 0.4 else {}
    return made | ({"inferred": True} if dice.random() < 0.1 else {})


@cache
def _makers(kind: str) -> tuple[str, ...]:
    """The types of the language and the datatype mappings that give a FHIR type."""
    own = [name for name, one in TYPES.items() if kind in one.fits]
    return (*own, *(name for name, one in ground().datatypes.items() if one.type == kind))


def right_side(element: Element, path: Callable[[], str], dice: random.Random) -> str:
    """Where a value comes from, mostly of a type that fits the element."""
    makers = _makers(element.type) or ("string",)
    kind = dice.choice(makers) if dice.random() > WRONG else dice.choice((*TYPES, *ground().datatypes, "X.Y"))
    gathers = element.is_list or element.type == "string"
    sign = dice.choice((" | ", " & ")) if gathers else " | "
    text = sign.join(path() for _ in range(dice.choice((1, 1, 1, 2, 3)))) + f" as {kind}"
    coded = element.type in ("code", "CodeableConcept", "Coding", "boolean", "string") and sign == " | "
    if coded and dice.random() < 0.4:
        text = dice.choice((path(), text)) + f" via {dice.choice(tuple(ground().tables))}"
    default = {"boolean": "true", "integer": "9" * 30, "positiveInt": "0"}.get(element.type, dice.choice(WORDS))
    has_default = (element.type in (*DEFAULTS, *r4.SAME_SHAPE) and dice.random() < 0.3) or dice.random() < WRONG
    return text + (f" else {default}" if has_default else "")


def condition(path: Callable[[], str], dice: random.Random, depth: int = 0) -> str:
    """A condition over paths."""
    if depth < 3 and dice.random() < 0.35:
        sign = dice.choice((" and ", " or "))
        many = dice.choice((2, 2, 2, 2, 3, 12)) if depth else dice.choice((2, 2, 2, 2, 2, 3, 60))
        parts = [f"({condition(path, dice, depth + 1)})" for _ in range(many)]
        return sign.join(part for part in parts if len(part) * many < 3600) or f"{path()} valued"
    if dice.random() < 0.1:
        return f"not {condition(path, dice, depth + 1)}"
    one, text = path(), dice.choice(WORDS)
    typed = (
        f"{one} is {dice.choice(tuple(TYPES))}",
        f"{one} is not date",
        f"{one} is {path()}",
        f"{one} is not {path()}",
    )
    tests: tuple[str, ...] = (
        *(f"{one} valued", f"{one} not valued", f"{one} valued", *(typed if "-" in one or one[0] == "." else ())),
        *(
            f'{one} = "{text}"|b',
            f'{one} != "{text}"',
            f'{one} begins "{text}"|b',
            f"{one} > 6.5",
            f"{one} <= -1",
            f"{one} = 5",
        ),
        *(f"count({one}) >= 2", f"length({one}) = 3|4", f"count({one}) = 1"),
    )
    return dice.choice(tests)


def some_field(dice: random.Random) -> Callable[[], str]:
    return lambda: field_path(dice.choice(SOURCES), dice)


def field_path(segment: str, dice: random.Random) -> str:
    field = dice.choice((1, 2, 3, 5, 7, 8, 11, 200)) if segment.startswith("Z") else dice.choice((1, 2, 3, 4, 5, 8))
    index = dice.choice(("", "", "", "[*]", "[2]"))
    part = dice.choice((".2", ".1.1", ".4.2")) if segment.startswith("Z") or dice.random() < 0.02 else ".1"
    return or_wrong(f"{segment}-{field}{index}{dice.choice(('', '', part))}", dice)


def part_path(dice: random.Random) -> str:
    return or_wrong(".1" if dice.random() < 0.6 else dice.choice((".2", ".3", ".4", ".5")), dice)


def or_wrong(text: str, dice: random.Random) -> str:
    return text if dice.random() > WRONG else dice.choice(("PID-0", "x", "PID-5.99", ".0", "__class__", "QQQ-1", "Ệ"))


def some(dice: random.Random, known: Any, most: int) -> list[Any]:
    return dice.sample(list(known), min(len(known), dice.randrange(1, max(2, most + 1))))
