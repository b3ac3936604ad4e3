"""Many messages through two sets of mappings: what differs, counted and with examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from engine.canonical.dead import Reason
from engine.commands.corpus import Arrival
from engine.commands.masking import mask
from engine.facilities.facility import Registry
from engine.transforms.difference import Difference, compare
from engine.transforms.mapping_set import MappingSet
from engine.transforms.transform import Refusal, Transformed, transform


class Show(NamedTuple):
    """How much is shown: examples of each difference, their values as they are or masked, for programs or people."""

    examples: int = 3
    values: bool = False
    as_json: bool = False


class Example(NamedTuple):
    """One difference where it was found: in which message, and the values before and after."""

    where: str
    old: str | None
    new: str | None


Row = tuple[str, str, str]
"""Type of resource, element ("" for the resource itself), kind of difference."""


class Differences:
    """What was compared so far: what messages came to before, and what they come to now."""

    def __init__(self, show: Show) -> None:
        self.messages = 0
        self.changed = 0
        self.rows: Counter[Row] = Counter()
        self.examples: dict[Row, list[Example]] = {}
        self.refusals: Counter[tuple[str, str]] = Counter()
        """Messages by their refusal before and after, "" for a message that is mapped."""
        self.refused: dict[tuple[str, str], list[str]] = {}
        self.renamed: Counter[str] = Counter()
        """By type: messages in which resources of that type both went and came."""
        self._show = show

    def note(self, old: Transformed, new: Transformed, where: str) -> None:
        """Note what differs in one message, which `where` names."""
        self.messages += 1
        found = list(compare(old, new))
        refusals = _spell(old.refusal), _spell(new.refusal)
        if refusals[0] != refusals[1]:
            self.refusals[refusals] += 1
            self._keep(self.refused.setdefault(refusals, []), where)
        if found or refusals[0] != refusals[1]:
            self.changed += 1
        for one in found:
            self._note(one, where)
        whole = {
            kind: {one.type for one in found if not one.element and one.kind == kind} for kind in ("added", "removed")
        }
        self.renamed.update(whole["added"] & whole["removed"])

    def _note(self, one: Difference, where: str) -> None:
        row = (one.type, one.element, one.kind)
        self.rows[row] += 1
        kept = self.examples.setdefault(row, [])
        if not kept or kept[-1].where != where:
            self._keep(kept, Example(where, self._value(one.old), self._value(one.new)))

    def _value(self, value: Any) -> str | None:
        if value is None:
            return None
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        return text if self._show.values else mask(text)

    def _keep(self, kept: list[Any], one: Any) -> None:
        if len(kept) < self._show.examples:
            kept.append(one)


class Comparison(Differences):
    """Messages through two sets of mappings."""

    def __init__(self, old: MappingSet, new: MappingSet, registry: Registry, show: Show) -> None:
        super().__init__(show)
        self._old = old
        self._new = new
        self._registry = registry

    def add(self, arrival: Arrival) -> None:
        """Transform a message with both sets, and note what differs."""
        facility = self._registry.by_code(arrival.raw.facility)
        old, new = (transform(arrival.raw, arrival.position, facility, one, 1) for one in (self._old, self._new))
        self.note(old, new, arrival.where)


def _spell(refusal: Refusal | None) -> str:
    """The reason and the place in the message; a line of a mapping is another one in another folder."""
    if refusal is None:
        return ""
    return refusal.reason if refusal.reason is Reason.MAPPING else f"{refusal.reason} {refusal.where}".strip()


def _types(found: Iterable[Difference], kind: str) -> set[str]:
    """The types of the resources that are there in one of the two only."""
    return {one.type for one in found if not one.element and one.kind == kind}
