"""The machine: its clock, its disk, how many connections it lets a process hold, and who may read what is kept."""

from __future__ import annotations

import ctypes
import resource
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from engine.commands.doctor.finding import Finding, ill, warning, well
from engine.config import Settings, SocketSettings
from engine.listeners.sockets import KEPT_HANDLES

LEAST = 1 << 30
LITTLE = 10 << 30
"""Bytes free below which the engine stops soon, and below which somebody should look."""

FIRST_RELEASE = 1_790_000_000
"""Seconds since the epoch: a clock before this was never set."""

_UNSYNCHRONISED = 5
_TIMEX_BYTES = 512
"""adjtimex(2): the state TIME_ERROR, and room enough for its structure."""

_OTHERS = 0o077


def look_at_machine(settings: Settings) -> Iterator[Finding]:
    """Findings on the machine."""
    yield _look_at_clock(time.time(), _clock_state())
    yield _look_at_disk(settings.home)
    yield _look_at_handles(settings)
    yield _look_at_key(settings.key_file or settings.home / "key")


def _look_at_clock(now: float, state: int) -> Finding:
    if now < FIRST_RELEASE:
        return ill("clock", "was never set: versions of resources follow from it", "set the clock, and run NTP")
    if state == _UNSYNCHRONISED:
        return warning("clock", "is not synchronised", "run chrony or systemd-timesyncd")
    return well("clock", "is synchronised")


def _clock_state() -> int:
    """What adjtimex(2) says of the kernel's clock; asking changes nothing."""
    asked = ctypes.create_string_buffer(_TIMEX_BYTES)
    return int(ctypes.CDLL(None).adjtimex(asked))


def _look_at_disk(home: Path) -> Finding:
    there = next(folder for folder in (home.absolute(), *home.absolute().parents) if folder.exists())
    usage = shutil.disk_usage(there)
    says = f"{usage.free >> 30} GiB free of {usage.total >> 30} GiB at {home}"
    if usage.free < LEAST:
        return ill("disk", says, "make room: without it nothing is accepted")
    return warning("disk", says, "make room, or a larger disk") if usage.free < LITTLE else well("disk", says)


def _look_at_handles(settings: Settings) -> Finding:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sum(one.max_connections for one in settings.listeners if isinstance(one, SocketSettings)) + KEPT_HANDLES
    says = f"{most} files and connections a process, of which listeners may want {wanted}"
    if most != resource.RLIM_INFINITY and most < wanted:
        return warning("handles", says, "raise the limit (ulimit -n, LimitNOFILE), or lower max_connections")
    return well("handles", says)


def _look_at_key(path: Path) -> Finding:
    if not path.exists():
        return well("key", f"is made at the first start: {path}")
    if path.stat().st_mode & _OTHERS:
        return warning("key", f"others may read {path}", f"chmod 600 {path}")
    return well("key", f"{path}, its owner's alone")
