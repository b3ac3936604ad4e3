"""What the C library does with memory that is let go of, where one batch after the other takes as much as the last."""

from __future__ import annotations

import ctypes

KEPT = 64 << 20
"""Bytes at the end of the heap that are kept for the next batch."""
LARGE = 32 << 20
"""Bytes from which on a piece of memory is had from the kernel and given back to it by itself; the most glibc takes."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MXFAST = -1, -3, 1
"""Names of the settings in glibc's malloc.h."""


def keep_memory() -> None:
    """Keep memory that is let go of for what comes next, and join small pieces at once; does nothing without glibc.

    Else it is given back to the kernel after every batch and had again, a page at a time, and the small pieces that a
    batch leaves are looked through whenever a large one is wanted.
    """
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        tune(_TRIM_THRESHOLD, KEPT)
        tune(_MMAP_THRESHOLD, LARGE)
        tune(_MXFAST, 0)
