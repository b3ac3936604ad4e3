"""What a transaction writes to PostgreSQL: it goes out in a thread of its own while the loader works out the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager


class Writes:
    """Writes of one transaction, one at a time and in the order that they are given."""

    def __init__(self, thread: Executor) -> None:
        self._thread = thread
        self._given: list[Future[None]] = []

    def add(self, write: Callable[..., None], *arguments: object) -> None:
        """Have this done after all that was given before."""
        self._given.append(self._thread.submit(write, *arguments))

    def settle(self) -> None:
        """Return when all that was given is done; raises what the first did that failed."""
        given, self._given = self._given, []
        wait(given)
        for each in given:
            each.result()


@contextmanager
def writing() -> Iterator[Writes]:
    """Writes that are done at the end; when an error ends it, those that did not begin are left out."""
    thread = ThreadPoolExecutor(1, "postgres-writes")
    writes = Writes(thread)
    try:
        yield writes
        writes.settle()
    finally:
        thread.shutdown(cancel_futures=True)
