from __future__ import annotations

import threading
import time

import pytest

from engine.bus.kafka.patience import within


def test_what_a_call_gives_is_given() -> None:
    assert within(10, lambda: 7) == 7


def test_what_a_call_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        within(10, lambda: 1 // 0)


def test_a_call_that_never_ends_is_left() -> None:
    began, never = time.monotonic(), threading.Event()
    with pytest.raises(TimeoutError):
        within(0.05, never.wait)
    assert time.monotonic() - began < 10
    never.set()
