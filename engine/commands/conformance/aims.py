"""What a probe is for: where its segment stands, what it fills, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.commands.conformance.draft import WHOLE, Place
from engine.commands.conformance.needs import Needs
from engine.commands.conformance.readings import Reading
from engine.commands.conformance.tokens import Token


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a segment stands: the type and event of a message, the guide's path, and what must hold for its map."""

    code: str
    event: str
    path: str
    needs: Needs = ()
    reading: Reading = field(default_factory=Reading)


@dataclass(frozen=True, slots=True)
class Aim:
    """What to fill: a field or a part of it, of which datatype, and with which value if not with tokens."""

    segment: str
    field: int = 0
    place: Place = WHOLE
    datatype: str = "ST"
    value: str = ""
    system: str = ""
    """What a value belongs to, sent beside it where it is a code."""
    base: Place = WHOLE
    """Where the datatype begins that the place is a part of: values are put together of its parts."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A message, and the values in it to look for."""

    message: str
    tokens: tuple[Token, ...]
    values: Mapping[Place, str]
    """What is aimed at holds, by place inside it: for values that are put together."""
    head: Mapping[Place, str]
    """The same of MSH-9."""
