"""Statements run one at a time, those that ask before those that only write, and none after one that failed."""

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


def test_a_table_is_read_after_what_was_written_to_it_and_before_what_waits_for_others() -> None:
    done, go_on = list[str](), threading.Event()
    with running() as statements:
        statements.later("held", lambda: go_on.wait(PATIENCE))
        statements.later("a", lambda: done.append("write a"))
        reading = [threading.Thread(target=statements.find, args=(one, partial(done.append, one))) for one in "ac"]
        for thread in reading:
            thread.start()
        wait_until(lambda: len(statements._waiting) == len(reading) + 1, "both to ask")
        go_on.set()
        for thread in reading:
            thread.join(PATIENCE)
    assert done == ["c", "write a", "a"]


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
