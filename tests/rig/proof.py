"""Long proofs: a short form in every test run, the full counts and a written report with ENGINE_PROVE=1."""

from __future__ import annotations

import hashlib
import os
import subprocess
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_REPORTS = _ROOT / "docs" / "proofs"


def proving() -> bool:
    """True in `make prove`."""
    return os.environ.get("ENGINE_PROVE") == "1"


def count(short: int, full: int) -> int:
    """How many rounds to run: `full` in `make prove`, else `short`."""
    return full if proving() else short


def report(name: str, text: str) -> None:
    """Keep what a proof measured as docs/proofs/NAME.md; a short run writes nothing."""
    if proving():
        _REPORTS.mkdir(parents=True, exist_ok=True)
        (_REPORTS / f"{name}.md").write_text(text.rstrip() + "\n", encoding="utf-8")


class Ledger:
    """The proofs that passed for one state of the files, so that a run that was broken off goes on where it was."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def passed(self) -> frozenset[str]:
        """The tests that passed, by their node ids."""
        return frozenset(self._path.read_text("utf-8").splitlines()) if self._path.exists() else frozenset()

    def note(self, test: str) -> None:
        """Note a test that passed, at once."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{test}\n")


@cache
def ledger() -> Ledger:
    """The ledger of the files as they are now: the commit and whatever differs from it, reports apart."""
    hashed = hashlib.sha256()
    for question in (("rev-parse", "HEAD"), ("diff", "HEAD", "--", ".", ":(exclude)docs/proofs")):
        hashed.update(subprocess.run(["git", *question], cwd=_ROOT, capture_output=True, check=True).stdout)
    return Ledger(_ROOT / ".cache" / "proofs" / hashed.hexdigest()[:16])
