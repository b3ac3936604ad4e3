"""Look for new ways through the code, and keep cases that take them: `python -m tests.fuzz.keep TARGET RUNS`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.fuzz.guided import run_guided
from tests.fuzz.targets import read_corpus, write_corpus

MOST_BYTES = 16_000
"""What the cases of a target may take in the repository."""


def keep(target: str, runs: int) -> None:
    """Add to the corpus of the target what a run finds, the shortest cases first, up to what it may take."""
    with tempfile.TemporaryDirectory() as name:
        run_guided(target, runs, Path(name), seed=0)
        found = {file.read_bytes() for file in Path(name, "found").iterdir()}
    kept = read_corpus(target)
    left = MOST_BYTES - sum(map(len, kept))
    for case in sorted(found - set(kept), key=len):
        left -= len(case)
        if left > 0:
            kept.append(case)
    write_corpus(target, kept)


if __name__ == "__main__":
    keep(sys.argv[1], int(sys.argv[2]))
