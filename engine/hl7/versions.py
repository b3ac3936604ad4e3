"""Versions of HL7 v2 (MSH-12, table 0104): which there are, and which is nearest to what a sender writes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

VERSIONS = (
    *("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6"),
    *("2.7", "2.7.1", "2.8", "2.8.1", "2.8.2", "2.9", "2.9.1"),
)

DEFAULT_VERSION = "2.5.1"
"""What stands in where a sender's version is none of the standard's."""

_SHAPE = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}", re.ASCII)


def order(version: str) -> tuple[int, ...]:
    """The version as numbers that compare, () for what is no version."""
    if not _SHAPE.fullmatch(version):
        return ()
    return tuple(int(part) for part in version.split("."))


@lru_cache(maxsize=256)
def nearest(version: str, known: Iterable[str] = VERSIONS) -> str:
    """The version among `known` (in ascending order) that stands for this one.

    It is the version itself, else the latest known before it, else the first; DEFAULT_VERSION for what is no version.
    """
    wanted = order(version)
    if not wanted:
        return DEFAULT_VERSION
    earlier = [one for one in known if order(one) <= wanted]
    return earlier[-1] if earlier else next(iter(known))
