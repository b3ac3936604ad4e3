"""Code that is narrowed to what segments and values hold."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from engine.hl7.message import parse
from engine.transforms.held import Filled, Told, fill, fill_value, hold
from engine.transforms.narrow import narrowed
from engine.transforms.write_guard import write_asking

READ = {"PID": [(3, "PID_3"), (5, "PID_5"), (8, "PID_8")]}
HEAD = "MSH|^~\\&|A|B|||20250101||ADT^A01|1|P|2.5"


def shown(body: list[ast.stmt]) -> str:
    return ast.unparse(ast.fix_missing_locations(ast.Module(body, [])))


def left(code: str, pid: str, telling: tuple[int, ...] = ()) -> str:
    """What is left of code over PID, and over NTE segments that are not there, for such a segment."""
    message = parse(f"{HEAD}\r{pid}")
    held = hold(message, message.split([1]), [1], {"PID": telling})
    filled = fill(["PID"], ["NTE"], READ, Told((held[1], b""), {"PID": telling}))
    return shown(narrowed(ast.parse(dedent(code)).body, filled._replace(likely={"made_1": "likely_1"})))


@pytest.mark.parametrize(
    ("code", "pid", "expected"),
    [
        ("if PID_3:\n    body['a'] = PID_3", "PID|||7", "PID_3 = PID[3]\nbody['a'] = PID_3"),
        ("if PID_3:\n    body['a'] = PID_3", "PID|||||x", ""),
        ("if PID_3 or PID_5:\n    body['a'] = 1", "PID|||||x", "body['a'] = 1"),
        ("if PID_3 and x:\n    body['a'] = 1", "PID|||7", "if x:\n    body['a'] = 1"),
        ("x = PID_3.strip() if PID_3 else PID_5\nuse(x)", "PID|||||b", "PID_5 = PID[5]\nuse(PID_5)"),
        ("x = text(PID_3, scene)\nif x:\n    use(x)", "PID|||||x", ""),
        ("x = PID[3] if len(PID) > 3 else ''\nuse(x)", "PID|||||x", "use('')"),
        ("x = {}\nif PID_3:\n    x['a'] = 1\nif x:\n    use(x)", "PID|||||x", ""),
        ("x = {}\nif PID_3:\n    x['a'] = 1\nif x:\n    use(x)", "PID|||7", "x = {'a': 1}\nuse(x)"),
        ("for NTE in all_NTE:\n    use(NTE)", "PID|||7", ""),
        ("x = None\nif not PID_3:\n    x = 1\nif x is None:\n    use(x)", "PID|||7", "use(None)"),
        ("if '~' in PID_3:\n    use(1)", "PID|||7", ""),
        ("if '~' in PID_3:\n    use(1)", "PID|||7~8", "PID_3 = PID[3]\nif '~' in PID_3:\n    use(1)"),
        ("if '&' in PID_3:\n    use(1)", "PID|||7&8|||a", "PID_3 = PID[3]\nif '&' in PID_3:\n    use(1)"),
        ("if '&' in PID_3 or '~' in PID_3:\n    use(1)", "PID|||7|||a&b~c", ""),
        (
            "for one in PID_3.split('~'):\n    if one:\n        use(one)",
            "PID|||7",
            "PID_3 = PID[3]\nuse(PID_3)",
        ),
        (
            "for one in PID_3.split('~'):\n    if one:\n        use(one)",
            "PID|||7~8",
            "PID_3 = PID[3]\nfor one in PID_3.split('~'):\n    if one:\n        use(one)",
        ),
        (
            "for one in PID_3.split('~'):\n    use(piece(one, 2))",
            "PID|||7~8",
            "PID_3 = PID[3]\nfor one in PID_3.split('~'):\n    use(one.partition('^')[2].partition('^')[0].strip())",
        ),
        (
            "for one in PID_3.split('~'):\n    use(piece(one, 2))",
            "PID|||7~8&9",
            "PID_3 = PID[3]\nfor one in PID_3.split('~'):\n    use(piece(one, 2))",
        ),
        ("if count(PID_3, scene) > 1.0:\n    use(1)", "PID|||7", ""),
        ("if count(PID_3, scene) < 2.0:\n    use(1)", "PID|||7", "use(1)"),
        (
            "if count(PID_3, scene) > 0.0:\n    use(1)",
            "PID|||7",
            "PID_3 = PID[3]\nif count(PID_3, scene) > 0.0:\n    use(1)",
        ),
        ("use(head(PID_3))", "PID|||7", "PID_3 = PID[3]\nuse(PID_3.partition('^')[0].strip())"),
        (
            "use(piece(PID_3, 2))",
            "PID|||7",
            "PID_3 = PID[3]\nuse(PID_3.partition('^')[2].partition('^')[0].strip())",
        ),
        ("use(piece(PID_3, 2))", "PID|||7~8", "PID_3 = PID[3]\nuse(piece(PID_3, 2))"),
        ("use(piece(PID_3, 4))", "PID|||7", "PID_3 = PID[3]\nuse(piece(PID_3, 4))"),
        (
            "use(made_1(PID_3, scene, 'PID-3'))",
            "PID|||7",
            "PID_3 = PID[3]\nuse(likely_1[len((components := PID_3.split('^')))](PID_3, components, scene, 'PID-3'))",
        ),
        (
            "for one in PID_3.split('~'):\n    use(made_1(one, scene, 'PID-3'))",
            "PID|||7",
            "PID_3 = PID[3]\nuse(likely_1[len((components := PID_3.split('^')))](PID_3, components, scene, 'PID-3'))",
        ),
        (
            "use(made_1(PID_3, scene, 'PID-3'))",
            "PID|||7&8",
            "PID_3 = PID[3]\nuse(made_1(PID_3, scene, 'PID-3'))",
        ),
        ("use(head(PID_3))", "PID|||7~8", "PID_3 = PID[3]\nuse(head(PID_3))"),
        ("x = 1\nx = PID_3\nuse(x)", "PID|||7", "PID_3 = PID[3]\nuse(PID_3)"),
    ],
)
def test_what_asks_for_empty_fields_is_left_out(code: str, pid: str, expected: str) -> None:
    assert left(code, pid) == expected


@pytest.mark.parametrize(
    ("pid", "expected"),
    [
        ("PID||||||||M", "use(1)"),
        ("PID||||||||F", ""),
        ("PID||||||||MALE", "PID_8 = PID[8]\nif PID_8 == 'M':\n    use(1)"),
        ("PID||||||||\u0110", "PID_8 = PID[8]\nif PID_8 == 'M':\n    use(1)"),
        ("PID|||7", ""),
    ],
)
def test_a_short_word_of_a_telling_field_is_known(pid: str, expected: str) -> None:
    assert left("if PID_8 == 'M':\n    use(1)", pid, (8,)) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = ''\nif x:\n    use(1)", ""),
        ("if a:\n    if a:\n        use(1)", "if a:\n    use(1)"),
        ("if a:\n    x = 1\nelse:\n    x = 2\nif x:\n    use(x)", "if a:\n    x = 1\nelse:\n    x = 2\nuse(x)"),
        ("x = {}\nif 'a' not in x:\n    x['b'] = 1\nuse(x)", "x = {'b': 1}\nuse(x)"),
        (
            "x = {}\nadd(x, y)\nif 'a' not in x:\n    use(x)",
            "x = {}\nadd(x, y)\nif 'a' not in x:\n    use(x)",
        ),
        (
            "x = {}\nif a:\n    x['a'] = 1\nif 'a' not in x:\n    use(x)",
            "x = {}\nif a:\n    x['a'] = 1\nif 'a' not in x:\n    use(x)",
        ),
        (
            "x = []\nfor one in a:\n    if x:\n        use(1)\n    x.append(one)",
            "x = []\nfor one in a:\n    if x:\n        use(1)\n    x.append(one)",
        ),
        ("x = []\nif a:\n    x.append(1)\nif x:\n    use(x)", "if a:\n    use([1])"),
        ("x = read_date(a)", "x = read_date(a)"),
        ("return 1\nuse(2)", "return 1"),
    ],
)
def test_what_can_never_run_is_left_out(code: str, expected: str) -> None:
    assert shown(narrowed(ast.parse(code).body, Filled([], {}, {}, {}))) == expected


def test_components_of_a_value_are_known_by_what_it_holds() -> None:
    code = "if c_1:\n    use(c_1)\nif c_2:\n    use(c_2)\nif c_5 == 'MR':\n    use(5)"
    components = [(0, "c_1"), (1, "c_2"), (4, "c_5")]
    filled = fill_value(components, b"\1\0\0\0\1\xffMR", (4,))
    asked = write_asking(components, b"\1\0\0\0\1", filled.facts, "others")
    others = "return others(value, parts, scene, where)"
    assert shown(asked) == f"c_1 = parts[0].strip()\nif not c_1 or parts[1]:\n    {others}"
    assert shown(narrowed(ast.parse(code).body, filled)) == "use(c_1)\nuse(5)"
