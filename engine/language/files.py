"""Files as they may be read: regular ones, and no more of them than fits; what they hold is for others to say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from engine.language.fault import Fault, Faults, Mark


def is_file(path: Path | os.DirEntry[str]) -> bool:
    """Whether a regular file stands there; False for a device, a pipe, and for what can be no file's name."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def files_below(folder: str, endings: tuple[str, ...]) -> Iterator[str]:
    """The regular files of these endings below a folder, in no order; hidden ones, as editors leave them, are none.

    Looked for often: a folder is read once, and no file is asked what it is.
    """
    try:
        with os.scandir(folder) as found:
            entries = [one for one in found if not one.name.startswith(".")]
    except OSError:  # not there, or not to be read
        return
    for one in entries:
        if one.is_dir(follow_symlinks=False):
            yield from files_below(one.path, endings)
        elif one.name.endswith(endings) and is_file(one):
            yield one.path


def read_content(path: Path, most: int) -> bytes:
    """The content, cut a byte behind `most`, so that no file fills the memory; raises Faults for an unreadable one."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise Faults(
            [Fault(Mark(str(path)), "E001", "", f"cannot be read ({error.strerror})", "check the path")]
        ) from None
