"""Compiled code is made shorter without another meaning."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from engine.transforms.tidy import tidied


def tidy(code: str) -> str:
    return ast.unparse(ast.fix_missing_locations(ast.Module(tidied(ast.parse(dedent(code)).body), [])))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = []\nif y:\n    x.append(y)\nif x:\n    body['a'] = x", "if y:\n    body['a'] = [y]"),
        ("x = {}\nif y:\n    x['k'] = y\nif x:\n    body['a'] = [x]", "if y:\n    body['a'] = [{'k': y}]"),
        (
            "z = {}\nx = {}\ny = f()\nif y:\n    x['k'] = y\nif x:\n    z['x'] = x\nif z:\n    body['a'] = z",
            "y = f()\nif y:\n    body['a'] = {'x': {'k': y}}",
        ),
        ("body = {'a': 1}\nbody['b'] = x\nbody['c'] = 2", "body = {'a': 1, 'b': x, 'c': 2}"),
        ("t = a.strip()\nuse(t)\nt = a.strip()\nuse(t)", "t = a.strip()\nuse(t)\nuse(t)"),
        ("t = a.strip()\nif t:\n    t = a.strip()\n    use(t)", "t = a.strip()\nif t:\n    use(t)"),
        ("t = a\nif t:\n    use(t)\nuse(b)", "if a:\n    use(a)\nuse(b)"),
        ("x = []\nx.append(a)\nx.append(b)\nbody['a'] = x", "body['a'] = [a, b]"),
        ("z = {}\nx = {}\nx['k'] = a\nz['x'] = [x]\nbody['a'] = z", "body['a'] = {'x': [{'k': a}]}"),
        ("made = {}\nmade['k'] = a\nreturn made", "return {'k': a}"),
    ],
)
def test_what_is_longer_than_it_need_be_is_shortened(code: str, expected: str) -> None:
    assert tidy(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "x = []\nif y:\n    x.append(y)\nif z:\n    x.append(z)\nif x:\n    body['a'] = x",
        "x = []\nif y:\n    x.append(y)\nif x:\n    body['a'] = x\nuse(x)",
        "x = []\nif y:\n    x.append(y)\nbody['b'] = 1\nif x:\n    body['a'] = x",
        "body = {'a': 1}\nbody['a'] = 2",
        "body = {'a': 1}\nbody['b'] = use(body)",
        "t = a.strip()\na = use(b)\nt = a.strip()\nuse(t)",
        "t = a.strip()\nif c:\n    a = b\nt = a.strip()\nuse(t)",
        "t = use(a)\nt = use(a)",
        "t = a\nif c:\n    t = use(c)\nuse(t)",
        "t = a\na = use(b)\nuse(t)",
        "t = a\nuse((t for t in b))\nuse(c)",
        "t = a\nuse((a := b), t)",
        "x = [a]\nuse(x)\nbody['a'] = x",
        "for a in b:\n    t = a.strip()\n    use(t)\nt = a.strip()\nuse(t)",
        "t = a.strip()\nfor a in b:\n    t = a.strip()\n    use(t)",
    ],
)
def test_what_would_mean_something_else_is_left(code: str) -> None:
    assert tidy(code) == code
