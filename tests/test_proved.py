"""Every row of the protocol and every control of security names tests, and every test that is named is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tools.controls import CONTROLS
from tools.protocol import PENDING, ROWS, Row

_TESTS = Path(__file__).parent
_OF_A_ROW = re.compile(r"test_([af][0-9]+a?)_")


@cache
def names() -> frozenset[str]:
    """The names of all tests."""
    files = (*_TESTS.rglob("test_*.py"), *(_TESTS / "contract").glob("*.py"))
    trees = (ast.parse(file.read_bytes()) for file in files)
    found = (node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return frozenset(name for name in found if name.startswith("test_"))


@pytest.mark.parametrize("row", [*ROWS, *CONTROLS], ids=lambda row: row.number)
def test_a_row_names_tests_that_are_there(row: Row) -> None:
    assert [name for name in row.tests if name not in names()] == []
    assert bool(row.tests) is not (row.number in PENDING), "name a test of the row, or take it out of PENDING"


def test_no_row_is_told_twice() -> None:
    numbers = [row.number for row in (*ROWS, *CONTROLS)]
    assert len(set(numbers)) == len(numbers)
    assert set(numbers) >= PENDING


def test_every_row_that_a_test_is_named_after_is_told() -> None:
    told = {row.number.lower() for row in ROWS}
    rows = {found[1] for name in names() if (found := _OF_A_ROW.match(name))}
    assert rows <= told
    assert told >= {f"a{number}" for number in range(1, 16)} | {f"f{number}" for number in range(1, 21)}
