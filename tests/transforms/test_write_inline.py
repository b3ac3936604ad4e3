"""A function is written into a form without another meaning."""

from __future__ import annotations

import ast
from textwrap import dedent

from engine.transforms.nodes import item
from engine.transforms.write_inline import Inlined, inlined

CODE = """
called = None
part_0 = ids.get('Patient', '')
part_1 = ids.get('Encounter', '')
if part_0:
    called = part_0 + part_1 + PID[3]
inferred = ()
deleted = ()
body = {'id': ''}
if not PID[8]:
    inferred += ('gender',)
return called, False, body, deleted, inferred
"""


def written(ids: dict[str, str], code: str = CODE) -> tuple[str, Inlined]:
    given = inlined(ast.parse(dedent(code)).body, ["PID"], [item("rows", 2)], ids)
    return ast.unparse(ast.fix_missing_locations(ast.Module(given.body, []))), given


def test_what_is_given_fills_the_parameters_and_nothing_is_returned() -> None:
    code, _ = written({})
    assert code.startswith("PID = rows[2]\n")
    assert "return" not in code


def test_ids_that_stand_in_locals_are_read_from_these() -> None:
    code, given = written({"Patient": "id_1"})
    assert "part_0 = id_1\npart_1 = ids.get('Encounter', '')" in code
    assert given.asks
    assert not written({"Patient": "id_1", "Encounter": "id_2"})[1].asks


def test_what_stays_the_same_is_known_and_not_filled() -> None:
    code, given = written({})
    assert {local: ast.unparse(value) for local, value in given.known.items()} == {"counted": "False", "deleted": "()"}
    assert "deleted" not in code
    assert "inferred = ()" in code


def test_a_body_that_is_given_as_it_is_made_fills_its_local() -> None:
    code, _ = written({}, "called = None\nreturn called, True, {'id': ''}, (), ()")
    assert "body = {'id': ''}" in code


def test_the_function_itself_stays_as_it_was() -> None:
    function = ast.parse(dedent(CODE)).body
    before = [ast.dump(one) for one in function]
    inlined(function, ["PID"], [item("rows", 2)], {"Patient": "id_1"})
    assert [ast.dump(one) for one in function] == before
