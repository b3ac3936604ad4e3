"""What a route's events are keyed by: records of one key stand in one partition, in the order of publishing.

A key never holds what a patient could be known by: `subject` is a keyed hash, and of an event's elements only codes may
be part of a key, which then is a hash of all its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from hashlib import blake2b
from typing import NamedTuple

from engine.canonical import r4
from engine.canonical.resource import Resource
from engine.language.path import ElementPath
from engine.routes.match import read_values

SUBJECT = "subject"
WORDS: dict[str, Callable[[Resource], str]] = {
    SUBJECT: lambda resource: resource.origin.subject,
    "facility": lambda resource: resource.origin.facility,
    "resource": lambda resource: resource.id,
}
"""What a key may hold besides codes: the patient's hash, who sent it, the resource's id."""

CODE = "code"


class RecordKey(NamedTuple):
    """The parts of a key, in order: words or paths to codes."""

    parts: tuple[str | ElementPath, ...] = (SUBJECT,)

    def __str__(self) -> str:
        return ", ".join(map(str, self.parts))

    def of(self, resource: Resource) -> bytes:
        """The key of an event: a single word's value in clear, else the hash of all parts in 32 hex digits."""
        first = self.parts[0]
        if len(self.parts) == 1 and isinstance(first, str):
            return WORDS[first](resource).encode()
        hashed = blake2b(digest_size=16)
        for part in self.parts:
            for value in _values(part, resource):
                hashed.update(len(value).to_bytes(4, "big") + value)
            hashed.update(b"\xff\xff\xff\xff")  # no value is so long: it ends the part
        return hashed.hexdigest().encode()


BY_SUBJECT = RecordKey()
"""What events are keyed by unless their route says otherwise."""


def _values(part: str | ElementPath, resource: Resource) -> Sequence[bytes]:
    if isinstance(part, str):
        return [WORDS[part](resource).encode()]
    return [str(value).encode() for value in read_values(resource.body, part.steps)]


def is_code(path: ElementPath, types: Collection[str]) -> bool:
    """Whether a path leads to codes in every resource of these types that has it, and at least one has it."""
    owners = set(types)
    for step in path.steps:
        owners = {found.type for owner in owners if (found := r4.elements(owner).get(step.name))}
    return owners == {CODE}
