"""Calls of Kafka's client that have no limit of their own, and may wait for ever for a coordinator that went away."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """What a call gives or raises; raises TimeoutError when it lasts longer, and leaves it to a thread of its own."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # whatever it is, who asked must hear of it
            future.set_exception(error)

    Thread(target=run, name="kafka call", daemon=True).start()
    return future.result(seconds)
