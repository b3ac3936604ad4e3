"""Reading fields while a mapping runs: repetitions, components, text without escapes (HL7 v2.9, 2.5.3 and 2.7).

These are called from compiled mappings, once and more for each valued field: what is common is tried first.
"""

from __future__ import annotations

import re
from typing import Any

from engine.facilities.facility import Facility
from engine.hl7.delimiters import STANDARD, Delimiters
from engine.hl7.escapes import unescape
from engine.transforms.trace import Trace

NULL = '""'
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that FHIR's string may not hold, and PostgreSQL's text not all of them (FHIR R4, 2.24.0.1)."""

_BEHIND_MSH_2 = len("\ufeffMSH|^~\\")
"""Where no escape character of a header stands any more."""

LONGEST_PLAIN = 1 << 16
"""Characters of the longest message whose values are remembered as they were sent."""

SEPARATORS = ("component", "repetition", "subcomponent", "escape")
"""The delimiters that fields are read with."""

NEVER = "\x00"
"""Stands for a delimiter that a message does without: no text holds it."""


class Scene:
    """What the fields of one message are read with."""

    __slots__ = (
        *("charset", "component", "delimiters", "drafts", "escape", "facility", "is_plain", "is_standard", "made"),
        *("misses", "nulls", "repetition", "sender", "subcomponent", "text", "trace", "zone"),
    )
    component: str
    repetition: str
    subcomponent: str
    escape: str

    def __init__(self, delimiters: Delimiters, facility: Facility, charset: str, text: str) -> None:
        self.delimiters = delimiters
        self.is_standard = delimiters is STANDARD or delimiters.encoded == STANDARD.encoded
        self.text = text
        self.sender = facility
        self.zone = facility.zone
        self.facility = facility.code
        self.charset = charset
        self.nulls = '"' in text and NULL in text
        """Whether there may be an HL7 null; without one nothing is looked for."""
        is_short = len(text) <= LONGEST_PLAIN
        is_simple = is_short and self.is_standard and not self.nulls
        self.is_plain = is_simple and text.find(STANDARD.escape, _BEHIND_MSH_2) < 0
        """Whether the text is that of fields as they were sent, but for the blanks around it."""
        self.misses: list[tuple[str, str]] = []
        """Tables, and codes of the message that they do not hold."""
        self.made: dict[tuple[str, str], tuple[Any, list[tuple[str, str]]]] = {}
        """What was made of values that are dear to read, by datatype mapping and value, and codes noted on the way."""
        self.drafts: dict[str, Any] = {}
        """The resources made from fields, by what refers to them (engine/transforms/embedding.py)."""
        self.trace: Trace | None = None
        """Where traced code notes which line filled what."""

    def __getattr__(self, separator: str) -> str:
        """A separator, or the escape character: most code for plain messages does without, so they are filled late."""
        if separator not in SEPARATORS:
            raise AttributeError(separator)
        for name in SEPARATORS:
            setattr(self, name, getattr(self.delimiters, name) or NEVER)
        found: str = object.__getattribute__(self, separator)
        return found


def clean(text: str, scene: Scene) -> str:
    """The text without escapes and blanks around it; an HL7 null is no text."""
    if text.isalnum():
        return text
    if text == NULL:
        return ""
    if scene.escape in text:
        text = CONTROLS.sub("", unescape(text, scene.delimiters, scene.charset))
    return text.strip()


def first(field: str, scene: Scene) -> str:
    """The first repetition as sent."""
    return field.partition(scene.repetition)[0] if scene.repetition in field else field


def lines(field: str, scene: Scene) -> str:
    """All that a field holds, its repetitions as lines; what stands before and behind the text is left out."""
    found = [one if one != NULL else "" for one in field.split(scene.repetition)]
    if scene.escape in field:
        found = [CONTROLS.sub("", unescape(one, scene.delimiters, scene.charset)) for one in found]
    return "\n".join(one.rstrip() for one in found).strip("\n")


def join_lines(segments: list[list[str]], number: int, scene: Scene) -> list[list[str]]:
    """The segments as one: the first, whose field has the repetitions of all; none for none."""
    if len(segments) < 2:
        return segments
    joined = scene.repetition.join(one[number] if number < len(one) else "" for one in segments)
    first = [*segments[0], *[""] * (number + 1 - len(segments[0]))]
    return [[*first[:number], joined, *first[number + 1 :]]]


def repetition(field: str, number: int, scene: Scene) -> str:
    """Repetition `number` as sent, "" where it is absent."""
    repetitions = field.split(scene.repetition, number)
    return repetitions[number - 1] if number <= len(repetitions) else ""


def text(field: str, scene: Scene) -> str:
    """The first subcomponent of the first component of the first repetition."""
    if field.isalnum() or not field:
        return field
    if scene.component in field:
        field = field.partition(scene.component)[0]
    if scene.repetition in field:
        field = field.partition(scene.repetition)[0]
    if scene.subcomponent in field:
        field = field.partition(scene.subcomponent)[0]
    if field == NULL:
        return ""
    if scene.escape in field:
        field = CONTROLS.sub("", unescape(field, scene.delimiters, scene.charset))
    return field.strip()


def whole(field: str, scene: Scene) -> str:
    """The first repetition with all that it holds: for text whose senders do not escape delimiters."""
    return clean(first(field, scene), scene)


def raw_component(field: str, number: int, scene: Scene) -> str:
    """A component of the first repetition as sent, "" where it is absent."""
    if scene.component not in field:
        return first(field, scene) if number == 1 else ""
    components = first(field, scene).split(scene.component, number)
    return components[number - 1] if number <= len(components) else ""


def component(field: str, number: int, scene: Scene) -> str:
    """The first subcomponent of a component."""
    if scene.component not in field:
        return text(field, scene) if number == 1 else ""
    return inner_text(raw_component(field, number, scene), scene.subcomponent, scene)


def subcomponent(field: str, number: int, within: int, scene: Scene) -> str:
    """Subcomponent `within` of component `number`."""
    return inner_part(raw_component(field, number, scene), within, scene.subcomponent, scene)


def inner_text(part: str, separator: str, scene: Scene) -> str:
    """The text of a component: what stands before the first separator inside it."""
    if part.isalnum() or not part:
        return part
    if separator in part:
        part = part.partition(separator)[0]
    return clean(part, scene)


def inner_part(part: str, number: int, separator: str, scene: Scene) -> str:
    """Part `number` of a component, "" where it is absent."""
    if separator not in part:
        return clean(part, scene) if number == 1 else ""
    parts = part.split(separator, number)
    return clean(parts[number - 1], scene) if number <= len(parts) else ""


def is_valued(field: str, scene: Scene) -> bool:
    """Whether a field holds anything but separators, blanks and HL7 nulls."""
    separators = scene.component + scene.repetition + scene.subcomponent + " "
    return field.isalnum() or field.strip(separators) not in ("", NULL)


def count(field: str, scene: Scene) -> int:
    """How many repetitions hold anything."""
    if scene.repetition not in field:
        return 1 if field and is_valued(field, scene) else 0
    return sum(is_valued(one, scene) for one in field.split(scene.repetition))
