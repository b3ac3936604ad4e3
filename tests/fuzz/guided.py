"""One run of coverage-guided fuzzing (atheris, libFuzzer), from the cases that are kept."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.targets import read_corpus

_HERE = Path(__file__).parent
_DONE = re.compile(r"Done (\d+) runs in (\d+) second")
_COVERED = re.compile(r"DONE\s+cov: (\d+)")
_LONGEST = {"framing": 128, "receiving": 400}
"""Bytes of a case: enough to meet every limit, and few, because each is fed byte by byte too."""


class Guided(NamedTuple):
    """How many cases a run tried in how many seconds, and how many branches of the code they took."""

    runs: int
    seconds: int
    branches: int


def run_guided(target: str, runs: int, folder: Path, seed: int = 1) -> Guided:
    """Try so many cases; raises AssertionError with libFuzzer's words, which end in the case, for one that fails.

    What took a new way through the code is a file of `folder`/found then.
    """
    found = folder / "found"
    found.mkdir(parents=True)
    for number, case in enumerate(read_corpus(target)):
        (found / f"kept-{number}").write_bytes(case)
    told = _fuzz(target, f"-runs={runs}", f"-seed={seed}", f"-artifact_prefix={folder}/", str(found))
    done, covered = _DONE.search(told), _COVERED.search(told)
    assert done, told[-4000:]
    assert covered, told[-4000:]
    return Guided(int(done[1]), int(done[2]), int(covered[1]))


def _fuzz(target: str, *arguments: str) -> str:
    """What a run says; its exit code is 77 or so for a case that fails, and the words then hold no `Done`."""
    words = [f"-dict={_HERE / 'words.dict'}", f"-max_len={_LONGEST[target]}", "-timeout=60", *arguments]
    command = [sys.executable, "-m", "tests.fuzz.child", target, *words]
    done = subprocess.run(command, cwd=_HERE.parents[1], capture_output=True, check=False)
    return (done.stdout + done.stderr).decode("utf-8", "replace")
