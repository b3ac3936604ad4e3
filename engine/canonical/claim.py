"""Claims: what makes one of two values of an element stand."""

from __future__ import annotations

from typing import NamedTuple

INFERRED, SENT = 0, 1


class Claim(NamedTuple):
    """What stands behind an element: its rank, then the version of the message that said so."""

    rank: int
    version: str
