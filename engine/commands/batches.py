"""Many items, so many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def batched(items: Iterable[Item], most: int) -> Iterator[list[Item]]:
    """The items in order, `most` at a time."""
    remaining = iter(items)
    while batch := list(islice(remaining, most)):
        yield batch
