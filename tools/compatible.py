"""Whether a schema may take another's place: who reads by either reads what was written by both.

Optional members may come. None may go, be of another type, begin or cease to be required, or take fewer values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_EXACT = ("type", "const", "pattern", "format", "contentMediaType")
"""What must stay as it is."""


def breaches(before: Any, after: Any, where: str = "") -> Iterator[str]:
    """What of `after` breaks who relies on `before`, each with its place."""
    for word in _EXACT:
        if before.get(word) != after.get(word):
            yield f"{where or 'the record'}: {word} was {before.get(word)!r}, and is {after.get(word)!r}"
    yield from _members(before, after, where)
    if gone := sorted(set(before.get("enum", ())) - set(after.get("enum", ()))):
        yield f"{where}: no longer {', '.join(gone)}"
    for word in ("items", "additionalProperties"):
        if isinstance(before.get(word), dict):
            yield from breaches(before[word], after.get(word, {}), f"{where}[]")
    for number, (one, other) in enumerate(zip(before.get("anyOf", ()), after.get("anyOf", ()), strict=False)):
        yield from breaches(one, other, f"{where}({number})")
    if len(before.get("anyOf", ())) > len(after.get("anyOf", ())):
        yield f"{where}: fewer alternatives"


def _members(before: Any, after: Any, where: str) -> Iterator[str]:
    now = after.get("properties", {})
    for name, member in before.get("properties", {}).items():
        if name in now:
            yield from breaches(member, now[name], f"{where}.{name}".lstrip("."))
        else:
            yield f"{where}.{name}".lstrip(".") + ": is gone"
    for name in sorted((set(before.get("required", ())) ^ set(after.get("required", ()))) & now.keys()):
        yield (
            f"{where}.{name}".lstrip(".")
            + ": "
            + ("is required now" if name in after.get("required", ()) else "was required")
        )
