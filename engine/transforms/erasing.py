"""What happens to a built resource at its end: parts of further segments added, what an HL7 null erases taken out."""

from __future__ import annotations

from collections.abc import Sequence

from engine.canonical.resource import Body
from engine.transforms.fields import NULL

Erasure = tuple[str, Sequence[str], Sequence[str]]
"""The element as `deleted` names it, its names in a body, and the fields that fill it, as sent."""


def add(body: Body, part: Body) -> None:
    """Put what a further segment gives into the body: lists follow on each other, anything else stays as it was."""
    for element, value in part.items():
        present = body.get(element)
        if present is None:
            body[element] = value
        elif isinstance(value, list):
            body[element] = [*present, *value]


def give_way(body: Body, part: Body, inferred: tuple[str, ...], elements: Sequence[str]) -> tuple[str, ...]:
    """Take out of the body, before a part is added, which of these elements are inferred and sent there; the rest."""
    gone = [one for one in elements if one in inferred and one in part]
    for one in gone:
        body.pop(one, None)
    return tuple(one for one in inferred if one not in gone) if gone else inferred


def undo(
    body: Body, inferred: tuple[str, ...], deleted: tuple[str, ...], element: str, spellings: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The elements erased and those inferred, when the event of a message takes this one back without sending it."""
    found, kept = erase(body, inferred, [(element, spellings, (NULL,))])
    return tuple(dict.fromkeys((*deleted, *found))), kept


def erase(
    body: Body, inferred: tuple[str, ...], elements: Sequence[Erasure]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The elements that the sender erased and those still inferred: an erased one has no default."""
    deleted: list[str] = []
    for name, spellings, fields in elements:
        sent = any(one in body and one not in inferred for one in spellings)
        if sent or NULL not in fields or name in deleted:
            continue
        deleted.append(name)
        for one in spellings:
            body.pop(one, None)
    return tuple(deleted), tuple(one for one in inferred if one in body)
