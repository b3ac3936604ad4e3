"""Garbage collection, where much is built that stays: each look through it would find nothing and cost a third more."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

COLLECT_AFTER = 50_000
"""Objects made before Python looks for cycles."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no cycles while it lasts; of two that overlap, the first to end turns the looking on again."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def look_seldom() -> None:
    """Leave alone what stands now, such as mappings, and look for cycles less often: a message leaves none."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 50)
