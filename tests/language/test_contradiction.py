from __future__ import annotations

import pytest

from engine.language.condition import parse_condition
from engine.language.contradiction import contradiction
from engine.language.fault import Mark, Text
from engine.language.path import EVERY, FieldPath, Path, read_field


def is_single(path: Path) -> bool:
    return isinstance(path, FieldPath) and path.repetition != EVERY


def why(text: str) -> str:
    found = contradiction(parse_condition(Text(text, Mark("a.yaml", 3, 10)), read_field, "PID-8"), is_single)
    return f"{found.mark.column - 10}: {found.what}" if found else ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("PID-8 = M and PID-8 = F", "14: can never hold: PID-8 = M and PID-8 = F"),
        ("PID-8 valued and PID-8 not valued", "17: can never hold: PID-8 valued and PID-8 not valued"),
        ("PID-8 not valued and PID-8 = F", "21: can never hold: PID-8 not valued and PID-8 = F"),
        ("PID-8 = M and PID-8 != M|F", "14: can never hold: PID-8 = M and PID-8 != M|F"),
        ("not (PID-8 != M) and PID-8 = F", "21: can never hold: PID-8 = M and PID-8 = F"),
        ("PID-7 is date and PID-7 is not date", "18: can never hold: PID-7 is date and PID-7 is not date"),
        ("PID-7 > 5 and PID-7 < 5", "14: can never hold: PID-7 > 5 and PID-7 < 5"),
        ("PID-7 > 5 and PID-7 = 3|4", "14: can never hold: PID-7 > 5 and PID-7 = 3|4"),
        ("count(PID-3) < 0", "6: can never hold: count(PID-3) < 0"),
        ("length(PID-3) = 2 and length(PID-3) > 2", "29: can never hold: length(PID-3) = 2 and length(PID-3) > 2"),
        ("PID-5 valued and (PID-8 = M or PID-8 = F) and PID-8 = O", "46: can never hold: PID-8 = M and PID-8 = O"),
        ("PID-8 begins A97 and PID-8 = B05", "21: can never hold: PID-8 begins A97 and PID-8 = B05"),
        ("PID-8 begins A97 and PID-8 = A97.1|B05", ""),
        ("(PID-8 = M and PID-8 = F) or PID-7 valued", ""),
        ("PID-3[*] = M and PID-3[*] = F", ""),
        ("PID-3[*] = M and PID-3[*] != M|F", "17: can never hold: PID-3[*] = M and PID-3[*] != M|F"),
        ("PID-8 = M|F and PID-8 = F", ""),
        ("PID-8 = 5 and PID-8 = 5.0", ""),
        ("PID-8 = high and PID-8 > 5", ""),
        ("PID-7 >= 5 and PID-7 <= 5", ""),
        ("PID-8 = M and PID-8.2 = F", ""),
        ("PID-8 valued or PID-8 not valued", ""),
    ],
)
def test_condition_that_can_never_hold_is_told_with_its_reason(text: str, told: str) -> None:
    assert why(text) == told


def test_condition_too_large_to_look_through_passes() -> None:
    parts = " and ".join(f"(PID-{n} = a or PID-{n} = b)" for n in range(1, 12))
    assert why(f"{parts} and PID-1 = c") == ""
