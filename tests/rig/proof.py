"""Long proofs: a short form in every test run, the full counts and a written report with ENGINE_PROVE=1."""

from __future__ import annotations

import os
from pathlib import Path

_REPORTS = Path(__file__).parents[2] / "docs" / "proofs"


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
