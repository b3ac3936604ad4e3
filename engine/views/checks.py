"""Which types operators take, told before any resource is at hand."""

from __future__ import annotations

from engine.views import kinds
from engine.views.step import Step, Types
from engine.views.telling import Telling
from engine.views.tree import Operation

_ORDERED_AS_DATES = (frozenset({"date", "text"}), frozenset({"time", "text"}))


def check_order(tree: Operation, left: Step, right: Step, telling: Telling) -> None:
    """Raise Faults for a comparison of what has no order, or of different kinds."""
    one, other = kinds.kind_of(left.types), kinds.kind_of(right.types)
    if one and other and one != other and frozenset({one, other}) not in _ORDERED_AS_DATES:
        raise telling.fault(tree, "V205", f"{tree.sign!r} compares {one} with {other}", "compare values of one type")
    if "boolean" in (one, other) or "complex" in (one, other):
        raise telling.fault(tree, "V205", f"{tree.sign!r} compares what has no order", "compare numbers or texts")


def sum_types(tree: Operation, left: Step, right: Step, telling: Telling) -> Types:
    """The types that `+`, `-`, `*` or `/` gives; raises Faults for types that it does not take."""
    one, other = kinds.kind_of(left.types), kinds.kind_of(right.types)
    allowed = ("number", "text", None) if tree.sign == "+" else ("number", None)
    if one not in allowed or other not in allowed or (one and other and one != other):
        raise telling.fault(tree, "V205", f"{tree.sign!r} does not take these types", "take numbers on both sides")
    if "text" in (one, other):
        return frozenset({"string"})
    if not (one and other):
        return None
    is_whole = all(step.types and step.types <= kinds.INTEGERS for step in (left, right))
    return frozenset({"integer" if is_whole and tree.sign != "/" else "decimal"})
