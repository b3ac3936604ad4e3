"""Which parts of a mapping can never come to bear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.language.condition import Condition
from engine.language.fault import Mark
from engine.transforms.mapping import Alternative


def unreachable(alternatives: Sequence[Alternative]) -> Iterator[tuple[Mark, str]]:
    """The alternatives that others before them always forestall, and why."""
    settled: dict[Condition | None, Mark] = {}
    for one in alternatives:
        before = settled.get(None) or settled.get(one.when)
        if before:
            yield one.mark, f"never applies: line {before.line} gives a value wherever this would"
        elif gives(one):
            settled[one.when] = one.mark


def gives(one: Alternative) -> bool:
    """Whether an alternative fills its element whenever it applies, whatever a message holds."""
    if one.rules or one.refers:
        return False
    return one.source is None or one.source.default is not None
