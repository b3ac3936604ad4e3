"""Fuzz the mapping language in a process of its own: `python -m tests.fuzz.mapped SEED FIRST FILES MESSAGES`.

It prints what it tried as JSON, or the case that failed as the corpus keeps it, with what was raised.
"""

from __future__ import annotations

import faulthandler
import random
import resource
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from itertools import count
from math import ceil
from pathlib import Path

import orjson

from tests.fuzz.documents import document
from tests.fuzz.mapping import MESSAGES, check_mapping, prepare

MOST_MEMORY = 2 << 30
"""Bytes of address space: what would fill the memory of the machine fails instead."""
MOST_SECONDS = 120.0
"""Of processor time, after which some cases together count as one that never ends; the traceback tells where it is."""
BLOCK = 100


@dataclass(slots=True)
class Tried:
    """What one run tried: files by kind, those that loaded, and the longest case in seconds of processor time."""

    files: dict[str, int]
    loaded: dict[str, int]
    messages: int = 0
    longest: float = 0.0
    longest_number: int = 0
    seconds: float = 0.0
    mib: int = 0


def run(seed: int, first: int, files: int, messages: int) -> Tried:
    """Try so many files from case `first` on, and so many messages through those that load; raises what a case raises.

    Where the messages are too few at the end, there are some more files.
    """
    tried = Tried({}, {})
    faulthandler.register(signal.SIGPROF, chain=True)  # which then ends the process
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        for number in count():
            if number >= files and tried.messages >= messages:
                break
            if number % BLOCK == 0:
                signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
            owed = ceil(messages * (number + 1) / files) - tried.messages
            _try(
                document(random.Random(f"{seed} {first + number}")),
                first + number,
                min(MESSAGES, max(1, owed)),
                Path(name),
                tried,
            )
    signal.setitimer(signal.ITIMER_PROF, 0)
    tried.seconds = time.process_time()
    tried.mib = most_memory()
    return tried


def most_memory() -> int:
    """MiB that this process held at most (`ru_maxrss` would count the process that started it too, execve(2))."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split(None, 1)[0]) >> 10


def _try(case: bytes, number: int, messages: int, folder: Path, tried: Tried) -> None:
    kind = case.partition(b"\n")[0].decode()
    began = time.thread_time()
    try:
        loaded = check_mapping(case, folder, messages)
    except BaseException:
        sys.stdout.write(case.decode("latin-1").encode("unicode_escape").decode("ascii") + "\n")
        sys.stderr.write(f"case {number} failed\n")
        raise
    spent = time.thread_time() - began
    tried.files[kind] = tried.files.get(kind, 0) + 1
    tried.loaded[kind] = tried.loaded.get(kind, 0) + loaded
    tried.messages += messages * loaded
    if spent > tried.longest:
        tried.longest, tried.longest_number = spent, number


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    sys.stdout.buffer.write(orjson.dumps(asdict(run(*map(int, sys.argv[1:])))))
