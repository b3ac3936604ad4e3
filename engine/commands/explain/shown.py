"""How what is found looks: tables as wide as they need where no terminal bounds them, places and names in few words."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.commands.terminal import Console
from engine.hl7 import dictionary
from engine.hl7.path import Path as FieldPath
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


def name_of(path: FieldPath) -> str:
    """What the standard calls a field or a part of it, in the newest version that has it, "" where none has."""
    names = (dictionary.describe(path, version) for version in reversed(dictionary.VERSIONS))
    entries = next((found for found in names if found), [])
    return ": ".join(entry.name for entry in entries)
