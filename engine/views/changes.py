"""What functions of paths make of one value."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, TypeAlias

from engine.views import moments
from engine.views.operators import decimal, is_number
from engine.views.ways import Odd

_REFERENCE = r"{}/([A-Za-z0-9.-]{{1,64}})(?:/_history/[^/]+)?\Z"
"""A relative literal reference: the one kind that says which row it means."""

Change: TypeAlias = Callable[[Any], Any]
"""What a value becomes; None for nothing."""


def resource_key(resource: Any) -> Any:
    """The id of a resource; raises Odd where it is none."""
    if isinstance(resource, dict) and resource.get("id") is not None and "resourceType" in resource:
        return resource["id"]
    raise Odd


@cache
def reference_key(kind: str | None) -> Change:
    """The id that a relative reference names; None for other references, and for another type than `kind`."""
    relative = re.compile(_REFERENCE.format(kind or "[A-Z][A-Za-z]+"), re.ASCII)

    @lru_cache(maxsize=1024)
    def key(text: str) -> str | None:
        match = relative.match(text)
        return match[1] if match else None

    def referred(reference: Any) -> Any:
        text = reference.get("reference") if isinstance(reference, dict) else None
        return key(text) if isinstance(text, str) else None

    return referred


def bound(kind: str | None, late: bool) -> Change:
    """`lowBoundary()`, or `highBoundary()` where `late`: the least or greatest that a value of its precision means."""
    of_moment = moments.high_boundary if late else moments.low_boundary

    def bounded(value: Any) -> Any:
        if isinstance(value, dict):
            value = value.get("end" if late else "start")
        if isinstance(value, str):
            return of_moment(value, kind or ("time" if value[2:3] == ":" else "dateTime"))
        return _number_boundary(value, late) if is_number(value) else None

    return bounded


def _number_boundary(value: float, late: bool) -> float:
    number = decimal(value)
    exponent = number.as_tuple().exponent
    half = Decimal(5).scaleb((exponent if isinstance(exponent, int) else 0) - 1)
    return float(number + half if late else number - half)
