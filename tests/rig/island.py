"""A network of its own for one process, which can be cut off from all others and let in again (Linux, as root)."""

from __future__ import annotations

import os
import subprocess
import uuid
from typing import Self


class Island:
    """A network namespace joined to the machine's by one wire; as a context manager it is taken away at the end.

    `inside` is the address of what runs in it, started with `prefix` before its command; `outside` is the machine's.
    Nobody is told when the wire is cut: packets are lost, as between two halls of a computing centre.
    """

    def __init__(self) -> None:
        self._name = f"island{uuid.uuid4().hex[:6]}"
        self._near, self._far = f"n{self._name[6:]}", f"f{self._name[6:]}"
        third = os.getpid() % 250 + 1
        self.outside, self.inside = f"10.213.{third}.1", f"10.213.{third}.2"
        self.prefix = ("ip", "netns", "exec", self._name)

    def __enter__(self) -> Self:
        if os.geteuid() != 0:
            raise PermissionError("a network of its own needs root - run this as root")
        _ip("netns", "add", self._name)
        _ip("link", "add", self._near, "type", "veth", "peer", "name", self._far, "netns", self._name)
        _ip("addr", "add", f"{self.outside}/24", "dev", self._near)
        _ip("link", "set", self._near, "up")
        self._within("addr", "add", f"{self.inside}/24", "dev", self._far)
        self._within("link", "set", "lo", "up")
        self.join()
        return self

    def __exit__(self, *_: object) -> None:
        _ip("netns", "del", self._name)

    def cut(self) -> None:
        """Nothing passes from now on, in either direction."""
        self._within("link", "set", self._far, "down")

    def join(self) -> None:
        """All passes again."""
        self._within("link", "set", self._far, "up")

    def _within(self, *words: str) -> None:
        _ip("-n", self._name, *words)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], check=False, capture_output=True, text=True, timeout=10)
    if done.returncode:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")
