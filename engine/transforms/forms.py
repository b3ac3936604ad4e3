"""Forms: messages whose segments hold something in the same fields, as a system sends them again and again.

Of a form that has come often two functions are written. One asks whether a message is of the form: of what the rules
read, what it holds and what not. The other makes its resources, in the order in which the rules name each other. What
is asked for each message elsewhere is known here: which rules apply, where their segments stand, what has been made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from engine.hl7.message import Message

Reads = Mapping[str, Collection[int]]
"""The fields that the rules of a message read, by segment."""


class Form(NamedTuple):
    """The functions of one form."""

    fits: Callable[[list[list[str]], list[str], str], bool]
    """Whether the fields of a message's segments, its lines, and all of its text are of the form."""
    make: Callable[..., None]
    """Lets a maker make the resources, of the segments' fields, scene and origin."""


class Sample(NamedTuple):
    """The message after which a form is written, and the places of the segments that are taken."""

    message: Message
    rows: list[list[str]]
    used: Sequence[int]
