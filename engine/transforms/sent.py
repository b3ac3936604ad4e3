"""Values of plain messages read as they were sent, and remembered: senders repeat days, times and numbers."""

from __future__ import annotations

from functools import lru_cache

from engine.hl7.delimiters import STANDARD
from engine.transforms.values import TYPES, BuiltIn, Value

MOST = 8192
"""Values remembered of one type."""


_COMPONENT, _REPETITION, _SUBCOMPONENT = STANDARD.component, STANDARD.repetition, STANDARD.subcomponent


def head(sent: str) -> str:
    """The first subcomponent of the first component of the first repetition: what stands before any delimiter."""
    return sent.partition(_COMPONENT)[0].partition(_REPETITION)[0].partition(_SUBCOMPONENT)[0].strip()


def _remember(read: BuiltIn) -> BuiltIn:
    """The same type, but of a field or component as it was sent; None for an empty one too."""

    @lru_cache(maxsize=MOST)
    def read_sent(sent: str, *zone: object) -> Value | None:
        text = head(sent)
        return read(text, *zone) if text else None

    return read_sent


READERS = {f"sent_{name}": _remember(kind.read) for name, kind in TYPES.items() if kind.remembers}
"""By the name under which compiled code calls them."""
