"""Resources of one message that are one and the same: the later one's elements replace the earlier one's."""

from __future__ import annotations

from typing import Any

from engine.canonical.resource import Body
from engine.transforms.message_map import Draft


def merge_drafts(drafts: list[Draft]) -> list[Draft]:
    """One draft for each type and id, in the order they first came."""
    merged: dict[str, Draft] = {}
    for draft in drafts:
        earlier = merged.get(draft.id)
        if earlier is None:
            merged[draft.id] = draft
        else:
            _merge(earlier, draft)
    return list(merged.values()) if len(merged) < len(drafts) else drafts


def _merge(into: Draft, later: Draft) -> None:
    """What is inferred gives way to what was sent; identifiers gather."""
    for element, value in later.body.items():
        if element in into.body and element in later.inferred and element not in into.inferred:
            continue
        into.body[element] = _identifiers(into.body, value) if element == "identifier" else value
    sent = {element for element in later.body if element not in later.inferred}
    into.deleted = tuple(dict.fromkeys(one for one in (*into.deleted, *later.deleted) if one not in sent))
    into.inferred = tuple(dict.fromkeys(one for one in (*into.inferred, *later.inferred) if one not in sent))
    for element in later.deleted:
        into.body.pop(element, None)


def _identifiers(body: Body, later: Any) -> Any:
    earlier = body.get("identifier")
    if not isinstance(earlier, list) or not isinstance(later, list):
        return later
    return [*earlier, *(one for one in later if one not in earlier)]
