"""The folders that files listeners watch: there, and the engine may write in them."""

from __future__ import annotations

import os
from collections.abc import Iterator

from engine.commands.doctor.finding import Finding, ill, well
from engine.config import FilesSettings, Settings


def look_at_folders(settings: Settings) -> Iterator[Finding]:
    """Findings on the folder of each files listener; nothing is made in it."""
    for one in settings.listeners:
        if isinstance(one, FilesSettings):
            yield _look(one)


def _look(one: FilesSettings) -> Finding:
    what = f"listener {one.name}"
    if not one.folder.is_dir():
        return ill(what, f"there is no folder {one.folder}", "make it, and let the senders write into it")
    if not os.access(one.folder, os.R_OK | os.W_OK | os.X_OK):
        return ill(what, f"{one.folder} cannot be read and written", "give the engine's user the right to")
    return well(what, f"watches {one.folder}")
