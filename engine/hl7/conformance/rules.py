"""What a profile says: rules for messages, segments and fields, on top of the standard's or in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import TypeVar

from engine.hl7.errors import ErrorCondition
from engine.hl7.path import Path

Rule = TypeVar("Rule", "SegmentRule", "FieldRule")
Key = TypeVar("Key", str, Path)


class Usage(StrEnum):
    """Whether something is sent; what is optional may be."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"


class Weight(StrEnum):
    """How much an error counts: an error is refused, a warning told of and accepted, the rest not even looked for."""

    ERROR = "error"
    WARNING = "warning"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """What a message holds of a segment; what is None stays as it is without the rule."""

    usage: Usage | None = None
    maximum: int | None = None
    weight: Weight | None = None


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What a field or a part of it holds; what is None stays as it is without the rule.

    `codes` are the values that it may have, none for any; `length` counts the characters of one repetition.
    """

    usage: Usage | None = None
    maximum: int | None = None
    length: int | None = None
    codes: frozenset[str] | None = None
    weight: Weight | None = None


@dataclass(frozen=True, slots=True)
class MessageRule:
    """The rules for some messages."""

    segments: Mapping[str, SegmentRule] = field(default_factory=dict)
    fields: Mapping[Path, FieldRule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """What is checked of every message.

    `fields` hold for every message; `messages` are named by structure (`ADT_A01`) or by type and event (`ADT^A08`), and
    narrow it further, the latter last. Without `standard` nothing but these rules is checked. `weights` say how much
    the conditions count, all of which are errors by default.
    """

    name: str = "standard"
    standard: bool = True
    messages: Mapping[str, MessageRule] = field(default_factory=dict)
    fields: Mapping[Path, FieldRule] = field(default_factory=dict)
    weights: Mapping[ErrorCondition, Weight] = field(default_factory=dict)

    def rules(self, structure: str, event: str) -> MessageRule:
        """The rules for messages of a structure that come with that type and event, such as `ADT^A08`."""
        segments: dict[str, SegmentRule] = {}
        paths = dict(self.fields)
        for name in (structure, event):
            rule = self.messages.get(name)
            if rule is not None:
                segments = lay(segments, rule.segments)
                paths = lay(paths, rule.fields)
        return MessageRule(segments, paths)


STANDARD = Profile()
"""The standard's tables of each message's own version, nothing else."""


def lay(rules: Mapping[Key, Rule], over: Mapping[Key, Rule]) -> dict[Key, Rule]:
    """The rules with others put over them."""
    return {**rules, **{key: narrow(rules[key], rule) if key in rules else rule for key, rule in over.items()}}


def narrow(rule: Rule, over: Rule) -> Rule:
    """The rule with what the other one says put over it."""
    said = {one.name: getattr(over, one.name) for one in fields(over)}
    return replace(rule, **{name: value for name, value in said.items() if value is not None})
