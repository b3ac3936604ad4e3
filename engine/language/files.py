"""Files as they may be read: regular ones, and no more of them than fits; what they hold is for others to say."""

from __future__ import annotations

from pathlib import Path

from engine.language.fault import Fault, Faults, Mark


def is_file(path: Path) -> bool:
    """Whether a regular file stands there; False for a device, a pipe, and for what can be no file's name."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read_content(path: Path, most: int) -> bytes:
    """The content, cut a byte behind `most`, so that no file fills the memory; raises Faults for an unreadable one."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise Faults(
            [Fault(Mark(str(path)), "E001", "", f"cannot be read ({error.strerror})", "check the path")]
        ) from None
