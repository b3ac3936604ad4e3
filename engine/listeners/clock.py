"""The clocks of a listener, passed in so that tests can turn them."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time of day for what is written down, and a steady one for deadlines."""

    def now_us(self) -> int:
        """Microseconds since the epoch, UTC."""

    def monotonic(self) -> float:
        """Seconds that only ever go forward, whatever becomes of the time of day."""


class SystemClock:
    """The clocks of the machine."""

    def now_us(self) -> int:
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        return time.monotonic()
