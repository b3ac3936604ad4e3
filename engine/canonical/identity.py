"""Identities: the id of a resource is a UUIDv5 of what its sender calls it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

NAMESPACE = UUID("5f1a3c0e-6f0b-5c60-9a4e-2f1d7c3b8e55")
"""Fixed for ever: changing it renames every resource of every warehouse."""

SEPARATOR = "\x1f"


def identify(resource_type: str, facility: str, names: Sequence[str]) -> str:
    """The id of what `facility` (a registry code, never raw MSH-4 text) calls by `names`, in that order."""
    return str(uuid5(NAMESPACE, SEPARATOR.join((resource_type, facility, *names))))
