"""Statements run one at a time, those that ask before those that write to other tables, and none after a failure."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import partial

import pytest

from engine.loaders.postgres_statements import HANDOVER, Statements, running
from tests.rig.process import wait_until

PATIENCE = 10


def test_writes_are_done_in_the_order_given_and_all_at_the_end() -> None:
    done: list[int] = []
    with running() as statements:
        for number in range(100):
            statements.later("t", partial(done.append, number))
    assert done == list(range(100))


@pytest.mark.parametrize(
    ("asked", "done"), [("a", ["write a", "ask", "write b"]), ("c", ["ask", "write b", "write a"])]
)
def test_a_table_is_read_after_what_was_written_to_it_and_before_what_waits_for_others(
    asked: str, done: list[str]
) -> None:
    seen, go_on = list[str](), threading.Event()
    with running() as statements:
        statements.later("held", lambda: go_on.wait(PATIENCE))
        wait_until(lambda: not statements._waiting, "the first to begin")
        for table in "ba":
            statements.later(table, partial(seen.append, f"write {table}"))
        asking = threading.Thread(target=statements.find, args=(asked, partial(seen.append, "ask")))
        asking.start()
        wait_until(lambda: len(statements._waiting) == len(done), "the question to wait")
        go_on.set()
        asking.join(PATIENCE)
    assert seen == done


def test_loader_that_computes_does_not_hold_up_the_statements_for_long() -> None:
    before = sys.getswitchinterval()
    try:
        sys.setswitchinterval(5 * HANDOVER)
        with running():
            assert sys.getswitchinterval() == pytest.approx(HANDOVER)
    finally:
        sys.setswitchinterval(before)


def test_the_first_failure_is_raised_and_nothing_is_done_after_it() -> None:
    done: list[str] = []
    with pytest.raises(ZeroDivisionError), running() as statements:
        work(statements, lambda: 1 // 0, partial(done.append, "after it"))
    assert done == []


def test_a_failure_of_the_last_write_is_raised_at_the_end() -> None:
    with pytest.raises(ZeroDivisionError), running() as statements:
        statements.later("t", lambda: 1 // 0)


def test_when_the_loader_fails_what_did_not_begin_is_left_out() -> None:
    done, begun = list[str](), threading.Event()

    def slow() -> None:
        begun.set()
        threading.Event().wait(0.1)
        done.append("begun")

    with pytest.raises(KeyError), running() as statements:
        work(statements, slow, partial(done.append, "left out"), then=lambda: {True: 1}[not begun.wait(PATIENCE)])
    assert done == ["begun"]


def work(statements: Statements, *writes: Callable[[], object], then: Callable[[], object] = lambda: None) -> None:
    """Give the writes, and do what the loader does meanwhile."""
    for write in writes:
        statements.later("t", write)
    then()
