"""Memory as a process that works in batches keeps it."""

from __future__ import annotations

import subprocess
import sys

_BATCHES = """
import ctypes, resource
from engine.language.memory import keep_memory
{before}
library = ctypes.CDLL(None)
library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
def batch():
    taken = [library.malloc(size) for size in (40, 1500) * 5000]
    for place in taken:
        ctypes.memset(place, 1, 40)
    for place in taken:
        library.free(place)
for _ in range(3):
    batch()
began = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    batch()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - began)
"""


def test_what_a_batch_took_is_there_for_the_next_and_not_had_from_the_kernel_again() -> None:
    without, kept = (_faults(before) for before in ("", "keep_memory()"))
    assert kept < without / 4


def _faults(before: str) -> int:
    """Pages that five batches had from the kernel, after three that are not counted."""
    script = _BATCHES.format(before=before)
    return int(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout)
