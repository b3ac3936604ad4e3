"""Values of rules' files: numbers, durations and ages, each noted as a fault where it is none."""

from __future__ import annotations

import re

from pydantic import TypeAdapter, ValidationError

from engine.alerts.limits import DAYS
from engine.config.duration import Duration
from engine.language.document import Node
from engine.language.gather import Gather

PAGE = "see docs/reference/alerts.md"

_DURATION: TypeAdapter[Duration] = TypeAdapter(Duration)
_AGE = re.compile(r"([0-9]+)([dwmy])\Z")


def read_duration_us(node: Node | None, where: str, gather: Gather, default_us: int) -> int:
    """A duration such as 15m in microseconds; one that begins with - is negative."""
    text = gather.text(node, where)
    if node is None or not text:
        return default_us
    try:
        span = _DURATION.validate_python(text.removeprefix("-"))
    except ValidationError:
        gather.add(node.mark, "A105", where, f"{text!r} is no duration", "write it as 30s, 15m, 12h or 7d")
        return default_us
    return round(span.total_seconds() * 1_000_000) * (-1 if text.startswith("-") else 1)


def read_number(node: Node | None, where: str, gather: Gather) -> float | None:
    """A number, None where there is no node or it is none."""
    if node is None:
        return None
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        gather.add(node.mark, "A106", where, "is no number", "write one such as 6.5, without quotes and unit")
        return None
    return float(node.value)


def read_age(node: Node | None, where: str, gather: Gather) -> float | None:
    """An age such as 28d, 6w, 3m or 18y in days."""
    text = gather.text(node, where)
    if node is None or not text:
        return None
    found = _AGE.match(text)
    if not found:
        gather.add(node.mark, "A107", where, f"{text!r} is no age", "write it as 28d, 6w, 3m or 18y")
    return int(found[1]) * DAYS[found[2]] if found else None


def read_choice(node: Node | None, where: str, known: tuple[str, ...], gather: Gather) -> str:
    """One of a few words; the first where there is no node."""
    text = gather.text(node, where)
    if node is not None and text and text not in known:
        gather.add(node.mark, "A103", where, f"{text!r} has no meaning here", f"write {' or '.join(known)}")
    return text if text in known else known[0]
