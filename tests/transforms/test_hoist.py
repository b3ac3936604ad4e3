"""Where compiled code reads what it reads more than once."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from engine.transforms import nodes
from engine.transforms.hoist import Hoist


def placed(body: str, **made: str) -> str:
    """The body with locals that stand for these expressions, by their names."""
    counting = Hoist()
    for local in made:
        counting.use(local, nodes.name("x"))
        counting.use(local, nodes.name("x"))
    hoist = Hoist(counting.count)
    for local, expression in made.items():
        hoist.use(local, ast.parse(expression, mode="eval").body)
    written = hoist.place(ast.parse(dedent(body)).body, ("A",))
    return ast.unparse(ast.fix_missing_locations(ast.Module(written, [])))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a = t_A\nb = t_A", "t_A = read(A)\na = t_A\nb = t_A"),
        ("if x:\n    a = t_A\n    b = t_A", "if x:\n    t_A = read(A)\n    a = t_A\n    b = t_A"),
        ("if x and t_A:\n    a = t_A", "if x and read(A):\n    t_A = read(A)\n    a = t_A"),
        ("if t_A and x:\n    a = t_A", "t_A = read(A)\nif t_A and x:\n    a = t_A"),
        ("a = t_A if x else y\nb = t_A", "a = read(A) if x else y\nt_A = read(A)\nb = t_A"),
        (
            "if x:\n    a = t_A\nelse:\n    b = t_A",
            "if x:\n    t_A = read(A)\n    a = t_A\nelse:\n    t_A = read(A)\n    b = t_A",
        ),
        ("for one in x:\n    a = t_A", "t_A = read(A)\nfor one in x:\n    a = t_A"),
        ("a = x", "a = x"),
    ],
)
def test_a_local_is_filled_only_before_what_reads_it_for_certain(body: str, expected: str) -> None:
    assert placed(body, t_A="read(A)") == expected


def test_a_local_that_is_made_of_another_comes_after_it() -> None:
    found = placed("if x:\n    a = d_A\nb = d_A", t_A="read(A)", d_A="date(t_A)")
    assert (
        found == "if x:\n    t_A = read(A)\n    d_A = date(t_A)\n    a = d_A\nt_A = read(A)\nd_A = date(t_A)\nb = d_A"
    )


def test_what_is_read_once_stays_where_it_is() -> None:
    once = ast.parse("read(A)", mode="eval").body
    assert Hoist().use("t_A", once) is once


def test_locals_of_other_segments_are_left_to_others() -> None:
    assert placed("a = t_B\nb = t_B", t_B="read(B)") == "a = t_B\nb = t_B"
