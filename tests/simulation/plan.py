"""What is to happen to one simulated process, and when: the fakes report each point that the process comes to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

START_US = 1_790_000_000_000_000


class Death(BaseException):
    """The end of a process, between two steps of it."""


class Strike(NamedTuple):
    """What happens when a process comes to a point for the n-th time; `kept` records of a flush are stored before."""

    point: str
    nth: int
    act: Callable[[], None]
    kept: int = 0


class Plan:
    """The next strike on a process, if there is one."""

    def __init__(self) -> None:
        self.kept = 0
        self._strike: Strike | None = None

    def arm(self, strike: Strike | None) -> None:
        """Let this happen, in place of what was to happen before."""
        self._strike = strike
        self.kept = strike.kept if strike else 0

    def reach(self, point: str) -> None:
        """The process is at this point: do what is due there, which may raise."""
        strike = self._strike
        if strike is None or strike.point != point:
            return
        self._strike = strike._replace(nth=strike.nth - 1) if strike.nth > 1 else None
        if self._strike is None:
            strike.act()


class Clock:
    """Microseconds since the epoch, which pass only when somebody waits."""

    def __init__(self) -> None:
        self.us = START_US

    def __call__(self) -> int:
        return self.us

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.us += round(seconds * 1_000_000)

    def jump(self, seconds: int) -> None:
        """Somebody sets the clock, forward or back."""
        self.us += seconds * 1_000_000


class Stop(threading.Event):
    """Never set, and waited for by the clock alone."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        """Let time pass."""
        self._clock.wait(timeout or 0)
        return False
