"""What the doctor finds: one line for each thing looked at."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """How a thing is."""

    WELL = "well"
    WARNING = "warning"
    """It works, and somebody should look at it soon."""
    ILL = "ill"
    """It does not work, or will not."""


class Finding(NamedTuple):
    """One thing looked at: what it is, how it is, and for what is not well what to do."""

    what: str
    state: State
    says: str
    remedy: str = ""


def well(what: str, says: str) -> Finding:
    """A thing that is as it should be."""
    return Finding(what, State.WELL, says)


def warning(what: str, says: str, remedy: str) -> Finding:
    """A thing that should be looked at soon."""
    return Finding(what, State.WARNING, says, remedy)


def ill(what: str, says: str, remedy: str) -> Finding:
    """A thing that does not work."""
    return Finding(what, State.ILL, says, remedy)
