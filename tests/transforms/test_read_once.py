"""What a test asks for is not read again by what stands behind it."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from engine.transforms.read_once import read_once


def once(code: str) -> str:
    return ast.unparse(ast.fix_missing_locations(ast.Module(read_once(ast.parse(dedent(code)).body), [])))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "if sent_date[a] is not None:\n    date_a = sent_date[a]\n    use(date_a)",
            "if (date_a := sent_date[a]) is not None:\n    use(date_a)",
        ),
        (
            "if b and sent_time[zone][a] is not None:\n    x = 1\n    time_a = sent_time[zone][a]\n    use(time_a)",
            "if b and (time_a := sent_time[zone][a]) is not None:\n    x = 1\n    use(time_a)",
        ),
        (
            "if read_id(a) is not None:\n    id_a = read_id(a)\n    if id_a is None and a:\n        refuse(a)",
            "if (id_a := read_id(a)) is not None:\n    pass",
        ),
        (
            "if read_id(a) is not None:\n    id_a = read_id(a)\n    if not id_a is None:\n        use(id_a)",
            "if (id_a := read_id(a)) is not None:\n    use(id_a)",
        ),
        (
            "if read_id(a) is not None:\n    id_a = read_id(a)\n    id_a = f()\n    if id_a is None:\n        use(a)",
            "if (id_a := read_id(a)) is not None:\n    id_a = f()\n    if id_a is None:\n        use(a)",
        ),
    ],
)
def test_what_a_test_has_read_is_there_behind_it(code: str, expected: str) -> None:
    assert once(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "if read_cccd(a) is not None:\n    a = b\n    cccd_a = read_cccd(a)\n    use(cccd_a)",
        "if read_cccd(a) is not None:\n    x3 = read_cccd(a)\n    use(x3)",
        "if read_cccd(a) is not None or b:\n    cccd_a = read_cccd(a)\n    use(cccd_a)",
        "if read_cccd(a) is None:\n    cccd_a = read_cccd(a)\n    use(cccd_a)",
        "if f(a) is not None:\n    cccd_a = f(a)\n    use(cccd_a)",
    ],
)
def test_what_would_mean_something_else_is_left(code: str) -> None:
    assert once(code) == code
