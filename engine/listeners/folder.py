"""A folder that others write into: each name in it is untrusted, and only regular files of it are ever opened.

Everything goes by the folder's descriptor and never through a link, so that nothing outside of it is read or written.
A name is neither logged nor shown: it may be a patient's.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path, PurePath
from typing import NamedTuple

from engine.listeners.messages import SUFFIXES
from engine.listeners.sockets import ListenFault

DONE = "done"
REFUSED = "refused"
LOCK = ".engine.lock"

LONGEST_NAME = 240
"""Bytes of a name that leave room for what is added to it."""

_LEFT = (".tmp", ".part")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_LOCK = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Stamp(NamedTuple):
    """What changes when a file is written, or another takes its name."""

    inode: int
    size: int
    modified_ns: int


class Found(NamedTuple):
    """A file of messages in the folder."""

    name: str
    stamp: Stamp


class Folder:
    """The watched folder, with `done/` and `refused/` in it; one engine holds it at a time. All of it blocks."""

    def __init__(self, path: Path) -> None:
        """Raises ListenFault where the folder cannot be had."""
        try:
            self._folder = os.open(path, _FOLDER)
        except OSError as error:
            raise _fault(path, error, "see that it is there and can be read") from None
        try:
            self._places = {name: self._open_place(name) for name in (DONE, REFUSED)}
            self._lock = os.open(
                LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=self._folder
            )
        except OSError as error:
            raise _fault(path, error, "see that it can be written, done/ and refused/ in it too") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _fault(path, error, "another engine watches it: choose another folder") from None

    def close(self) -> None:
        """Let go of the folder."""
        for descriptor in (self._lock, *self._places.values(), self._folder):
            os.close(descriptor)

    def look(self) -> list[Found]:
        """The files of messages that are there, the oldest first; what is no regular file is passed over."""
        found = [one for one in map(self._see, os.listdir(self._folder)) if one]
        return sorted(found, key=lambda one: (one.stamp.modified_ns, one.name))

    def read(self, found: Found, most: int) -> bytes | None:
        """The content, of at most so many bytes; None if it is not what was found any more."""
        try:
            descriptor = os.open(found.name, _FILE, dir_fd=self._folder)
        except FileNotFoundError:
            return None
        with open(descriptor, "rb") as file:
            if _stamp(os.fstat(descriptor)) != found.stamp:
                return None
            return file.read(most)

    def write_answers(self, found: Found, content: bytes) -> None:
        """Write `<name>.ack`, whole or not at all, with a number where there is one already."""
        draft = f".{found.stamp.inode}.tmp"
        self._remove(draft)  # what a power cut left
        with open(os.open(draft, _NEW, 0o640, dir_fd=self._folder), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            self._name(draft, found.name)
        finally:
            self._remove(draft)
        os.fsync(self._folder)

    def put_away(self, found: Found, place: str) -> None:
        """Move the file to `done` or `refused`; one that was changed meanwhile is left, to be read again."""
        target = self._places[place]
        name = _move(self._folder, found.name, target)
        if _stamp(os.stat(name, dir_fd=target, follow_symlinks=False)) != found.stamp:
            _move(target, name, self._folder, found.name)
        os.fsync(target)
        os.fsync(self._folder)

    def _open_place(self, name: str) -> int:
        with suppress(FileExistsError):
            os.mkdir(name, 0o750, dir_fd=self._folder)
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=self._folder)

    def _see(self, name: str) -> Found | None:
        if not is_wanted(name):
            return None
        try:
            stamp = _stamp(os.stat(name, dir_fd=self._folder, follow_symlinks=False))
        except FileNotFoundError:
            return None
        return Found(name, stamp) if stamp else None

    def _name(self, draft: str, name: str) -> None:
        """Give the draft the first name that is free; a link never replaces a file, and is never half there."""
        for free in _names(f"{name}.ack"):
            try:
                os.link(draft, free, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            except FileExistsError:
                continue
            except OSError:  # the file system knows no links
                _move(self._folder, draft, self._folder, f"{name}.ack")
            return

    def _remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._folder)


def is_wanted(name: str) -> bool:
    """Whether the name is that of a file of messages which is complete."""
    if name.startswith(".") or name.endswith(_LEFT) or len(os.fsencode(name)) > LONGEST_NAME:
        return False
    return PurePath(name).suffix.lower() in SUFFIXES


def _move(source: int, name: str, target: int, wanted: str | None = None) -> str:
    """Move a file without replacing another; gives the name that it has now."""
    for free in _names(wanted or name):
        try:
            os.close(os.open(free, _NEW, 0o600, dir_fd=target))
        except FileExistsError:
            continue
        try:
            os.rename(name, free, src_dir_fd=source, dst_dir_fd=target)
        except OSError:
            os.unlink(free, dir_fd=target)
            raise
        return free
    raise AssertionError("numbers do not end")


def _names(name: str) -> Iterator[str]:
    """The name, and then the name with numbers before its suffix."""
    yield name
    stem, dot, suffix = name.rpartition(".")
    for number in count(1):
        yield f"{stem}.{number}{dot}{suffix}"


def _stamp(found: os.stat_result) -> Stamp | None:
    """None for what is no regular file."""
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def _fault(path: Path, error: OSError, remedy: str) -> ListenFault:
    return ListenFault(f"cannot watch: {error.strerror} ({path}) - {remedy}")
