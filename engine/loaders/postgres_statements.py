"""A transaction's statements to PostgreSQL, in a thread of their own: it writes while the loader works out the next."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from threading import Condition, Thread
from typing import Any, NamedTuple, TypeVar

Found = TypeVar("Found")

HANDOVER = 0.001
"""Seconds until a thread that computes lets another go on, in the whole process from the first transaction on.

Python's own 5 ms leave the server idle: for each statement its thread has to come up a few times, between what the
server answered and what it gets next.
"""


class _Statement(NamedTuple):
    table: str
    run: Callable[[], object]
    done: Future[Any]


class Statements:
    """Runs one at a time; after one that failed, no other."""

    def __init__(self) -> None:
        self._waiting: deque[_Statement] = deque()
        self._is_over = False
        self._changed = Condition()
        self._failed: BaseException | None = None

    def later(self, table: str, write: Callable[[], object]) -> None:
        """Write to a table, after all that was given before."""
        with self._changed:
            self._waiting.append(_Statement(table, write, Future()))
            self._changed.notify()

    def find(self, table: str, read: Callable[[], Found]) -> Found:
        """What is read of a table, after what was written to it and before what waits to be written to others."""
        with self._changed:
            self._waiting = deque(sorted(self._waiting, key=lambda one: one.table != table))
            before = sum(one.table == table for one in self._waiting)
            found = self._ask(read, partial(self._waiting.insert, before))
        return found.result()

    def last(self, run: Callable[[], Found]) -> Found:
        """What comes of a statement after all others; raises what the first did that failed."""
        with self._changed:
            found = self._ask(run, self._waiting.append)
        return found.result()

    def work(self) -> None:
        """Run what is given until the end is."""
        while statement := self._next():
            try:
                if self._failed:
                    raise self._failed
                statement.done.set_result(statement.run())
            except BaseException as error:
                self._failed = error
                statement.done.set_exception(error)

    def end(self) -> None:
        """Run nothing more."""
        with self._changed:
            self._waiting.clear()
            self._is_over = True
            self._changed.notify()

    def _ask(self, run: Callable[[], Found], give: Callable[[_Statement], None]) -> Future[Found]:
        asked: Future[Any] = Future()
        give(_Statement("", run, asked))
        self._changed.notify()
        return asked

    def _next(self) -> _Statement | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_over)
            return self._waiting.popleft() if self._waiting else None


@contextmanager
def running() -> Iterator[Statements]:
    """Statements that are all run at the end; when an error ends it, those that did not begin are left out."""
    statements = Statements()
    thread = Thread(target=statements.work, name="postgres-statements", daemon=True)
    sys.setswitchinterval(min(HANDOVER, sys.getswitchinterval()))
    thread.start()
    try:
        yield statements
        statements.last(lambda: None)
    finally:
        statements.end()
        thread.join()
