"""The calls of the operating system that a spool makes, in one place, so that tests can have each of them fail."""

from __future__ import annotations

import errno
import os
from pathlib import Path

BLOCK = 4096
"""Bytes that are given up around a place that the disk cannot read."""


class Disk:
    """Files of a spool: only their owner may read them, and a link that someone put in their place is not followed."""

    def create(self, path: Path) -> int:
        """A new, empty file, open for writing; its name is durable."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            self.sync_folder(path.parent)
        except OSError:
            os.close(handle)
            raise
        return handle

    def open(self, path: Path) -> int:
        """A file that is there, open for reading."""
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def write(self, handle: int, content: bytes, at: int) -> None:
        """Write all of it at an offset."""
        view = memoryview(content)
        while view:
            written = os.pwrite(handle, view, at)
            view, at = view[written:], at + written

    def sync(self, handle: int) -> None:
        """Return when what was written is on the disk."""
        os.fdatasync(handle)

    def cut(self, handle: int, size: int) -> None:
        """Take away what stands behind `size`."""
        os.ftruncate(handle, size)

    def read(self, handle: int, length: int, at: int) -> bytes:
        """Up to `length` bytes from an offset on; 0xFF for what the disk cannot read."""
        try:
            return os.pread(handle, length, at)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
        parts = (self._read_block(handle, min(BLOCK, length - done), at + done) for done in range(0, length, BLOCK))
        return b"".join(parts)

    def close(self, handle: int) -> None:
        """Close a file."""
        os.close(handle)

    def replace(self, path: Path, content: bytes) -> None:
        """Give a small file this content at once; after a crash it may have the old one, or none that makes sense."""
        draft = path.with_name(path.name + ".draft")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            self.write(handle, content, 0)
        finally:
            os.close(handle)
        draft.rename(path)

    def remove(self, path: Path) -> None:
        """Delete a file."""
        path.unlink(missing_ok=True)

    def sync_folder(self, folder: Path) -> None:
        """Make the names in a folder durable."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def free(self, folder: Path) -> int:
        """Bytes that the disk has room for."""
        found = os.statvfs(folder)
        return found.f_bavail * found.f_frsize

    def _read_block(self, handle: int, length: int, at: int) -> bytes:
        try:
            return os.pread(handle, length, at)
        except OSError:
            return b"\xff" * length
