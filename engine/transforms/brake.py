"""When too many messages become dead letters: counted by sender, over a window that slides."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from engine.transforms.conversion import Converted

SLICES = 10
"""Parts of the window that are let go one by one."""

UNREGISTERED = "unregistered"
"""All senders that the registry does not know count as one: what they claim to be is theirs to choose."""


class Limits(NamedTuple):
    """Dead letters and their part in all messages that are too many within the window; `most` 0 is no limit."""

    most: int
    share: float
    window_us: int


class Excess(NamedTuple):
    """Too many: messages and dead letters of the window, and these by reason."""

    messages: int
    dead: int
    reasons: dict[str, int]


class Slice(NamedTuple):
    """What came of messages in a part of the window, by sender; dead letters by reason too."""

    began_us: int
    messages: Counter[str]
    dead: Counter[str]
    reasons: Counter[str]


class Brake:
    """Counts what batches came to."""

    def __init__(self, limits: Limits, now_us: Callable[[], int]) -> None:
        self._limits = limits
        self._now_us = now_us
        self._slices: deque[Slice] = deque()

    def excess(self, batch: Sequence[Converted], before: Sequence[Converted] = ()) -> Excess | None:
        """What would be too many with this batch and what came before, not counted yet; None where nothing is."""
        most = self._limits.most
        if not most or not any(one.reason for one in batch):
            return None
        now_us = self._now_us()
        kept = [one for one in self._slices if one.began_us > now_us - self._limits.window_us]
        whole = _sum([*kept, _count([*before, *batch], now_us)])
        if not self._is_too_much(whole.messages.total(), whole.dead.total()):
            return None
        if len(whole.messages) > 1:
            sender, dead = whole.dead.most_common(1)[0]
            if not self._is_too_much(whole.messages.total() - whole.messages[sender], whole.dead.total() - dead):
                return None
        return Excess(whole.messages.total(), whole.dead.total(), dict(whole.reasons.most_common()))

    def add(self, batch: Sequence[Converted]) -> None:
        """Count a batch that was published."""
        now_us, width = self._now_us(), self._limits.window_us // SLICES
        while self._slices and self._slices[0].began_us <= now_us - self._limits.window_us:
            self._slices.popleft()
        if self._slices and self._slices[-1].began_us > now_us:
            self._slices.clear()  # the clock was set back: what came before has no place in the window
        fresh = _count(batch, now_us)
        if self._slices and now_us - self._slices[-1].began_us < width:
            fresh = _sum([self._slices.pop(), fresh])
        self._slices.append(fresh)

    def forget(self) -> None:
        """Begin to count anew."""
        self._slices.clear()

    def _is_too_much(self, messages: int, dead: int) -> bool:
        return dead >= self._limits.most and dead >= self._limits.share * messages


def _count(batch: Sequence[Converted], now_us: int) -> Slice:
    stopped = [one for one in batch if one.reason]
    return Slice(
        now_us,
        Counter(map(_sender, batch)),
        Counter(map(_sender, stopped)),
        Counter(str(one.reason) for one in stopped),
    )


def _sum(slices: Sequence[Slice]) -> Slice:
    messages, dead, reasons = Counter[str](), Counter[str](), Counter[str]()
    for one in slices:
        messages.update(one.messages)
        dead.update(one.dead)
        reasons.update(one.reasons)
    return Slice(slices[0].began_us, messages, dead, reasons)


def _sender(converted: Converted) -> str:
    return UNREGISTERED if converted.facility.startswith(UNREGISTERED) else converted.facility
