"""Values of plain messages read as they were sent, and remembered: senders repeat days, times and numbers."""

from __future__ import annotations

from functools import lru_cache

from engine.hl7.delimiters import STANDARD
from engine.transforms.values import TYPES, BuiltIn, Value

MOST = 8192
"""Values remembered of one type."""


def _remember(read: BuiltIn) -> BuiltIn:
    """The same type, but of a field or component as it was sent; None for an empty one too."""

    @lru_cache(maxsize=MOST)
    def read_sent(sent: str, *zone: object) -> Value | None:
        for sign in (STANDARD.component, STANDARD.repetition, STANDARD.subcomponent):
            sent = sent.partition(sign)[0]
        text = sent.strip()
        return read(text, *zone) if text else None

    return read_sent


READERS = {f"sent_{name}": _remember(kind.read) for name, kind in TYPES.items() if kind.remembers}
"""By the name under which compiled code calls them."""
