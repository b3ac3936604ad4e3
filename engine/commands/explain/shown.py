"""How explanations look: tables as wide as they need where no terminal bounds them, and places in few words."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from engine.language.fault import Mark

WIDE = 240
"""Columns of a table that goes into a file or a pipe."""


def wide_console() -> Console:
    """A console for tables."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def place_of(mark: Mark, root: Path) -> str:
    """File and line, the file below the folder of the mappings where it stands there."""
    path = Path(mark.file)
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    return f"{shown}:{mark.line}"
