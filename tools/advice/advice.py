"""The advice for one code."""

from __future__ import annotations

from typing import NamedTuple


class Advice(NamedTuple):
    """What a code means, why the engine takes it for a fault, how to mend it, and an example before and after."""

    code: str
    title: str
    why: str
    mend: str
    before: str
    after: str
