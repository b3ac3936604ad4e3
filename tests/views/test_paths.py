"""Paths give what FHIRPath and SQL on FHIR say, where the official cases do not look."""

from __future__ import annotations

from typing import Any

import pytest

from engine.language.fault import Faults, Mark, Text
from engine.views.compile import Value
from engine.views.lexer import words
from engine.views.step import RowError
from tests.views.making import PATIENT, odd, path_fault, values


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("name.given", ["A", "B"]),
        ("Patient.name.family", ["F1", "F2"]),
        ("name[1].family", ["F2"]),
        ("name[-1].family", []),
        ("name[5]", []),
        ("name.`family`", ["F1", "F2"]),
        ("multipleBirth", [2]),
        ("multipleBirth.ofType(integer)", [2]),
        ("multipleBirth.ofType(boolean)", []),
        ("multipleBirth.ofType(FHIR.integer)", [2]),
        ("birthDate.extension('u').value.ofType(code)", ["guessed"]),
        ("birthDate.extension('v')", []),
        ("contained.ofType(Practitioner).active", [False]),
        ("contained.active", [False]),
        ("name.where(use = 'old' and family.exists()).family", ["F2"]),
        ("name.where($this.use = 'old').family", ["F2"]),
        ("name.exists(use = 'nickname')", [False]),
        ("name.given.join('-')", ["A-B"]),
        ("'it''s'.empty()", None),
        (r"'a\'\n\u0041\\'", ["a'\nA\\"]),
        ("true and active", [True]),
        ("%resource.id", ["p1"]),
        ("name.where(family = %context.name.family.first()).use", ["official"]),
        ("name /* all */ .family // of them", ["F1", "F2"]),
    ],
)
def test_path_gives(path: str, found: list[Any] | None) -> None:
    if found is None:
        assert path_fault(path)[0] == "V203"
    else:
        assert values(path) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("1 + 2 * 3", [7]),
        ("(1 + 2) * 3", [9]),
        ("10 - 2 - 3", [5]),
        ("0.1 + 0.2", [0.3]),
        ("4 / 2", [2.0]),
        ("1 / 0", []),
        ("1 / 0.0", []),
        ("-multipleBirth.ofType(integer)", [-2]),
        ("1 + id.where(false).length", []),
        ("'a' + 'b'", ["ab"]),
        ("1 = 1.0", [True]),
        ("active = 1", [False]),
        ("active != true", [False]),
        ("name = name", [True]),
        ("name.family = 'F1'", [False]),
        ("name.family != 'F1'", [True]),
        ("id = gender", []),
        ("id < 'p2'", [True]),
        ("2 >= 2", [True]),
        ("1 < 2 = true", [True]),
    ],
)
def test_operator_gives(path: str, found: list[Any]) -> None:
    assert values(path) == found


UNKNOWN = "gender.where(false) = 'x'"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (f"false and ({UNKNOWN})", [False]),
        (f"({UNKNOWN}) and true", []),
        (f"true or ({UNKNOWN})", [True]),
        (f"({UNKNOWN}) or false", []),
        (f"true xor ({UNKNOWN})", []),
        ("true xor false", [True]),
        (f"({UNKNOWN}).not()", []),
        ("active.not()", [False]),
        ("true or false and false", [True]),
        ("id and active", [True]),
    ],
)
def test_truth_has_three_values(path: str, found: list[Any]) -> None:
    assert values(path) == found


def test_key_of_a_reference_is_the_id_of_a_relative_one_of_the_type_asked_for() -> None:
    assert values("getResourceKey()") == ["p1"]
    assert values("managingOrganization.getReferenceKey()") == ["o1"]
    assert values("managingOrganization.getReferenceKey('Organization')") == ["o1"]
    assert values("managingOrganization.getReferenceKey(Patient)") == []
    assert values("generalPractitioner.getReferenceKey()") == []
    assert values("name.getResourceKey()") == []


def test_constant_stands_for_its_value() -> None:
    assert values("name.where(use = %use).family", use=Value("old", "code")) == ["F2"]
    assert values("name[%'n'].family", n=Value(1, "integer")) == ["F2"]
    assert values("birthDate < %day", day=Value("1980-03-01", "date")) == [True]


@pytest.mark.parametrize(
    "path", ["name.family < 'F3'", "name.family + 'x'", "name.family and true", "name[active]", "active.join()"]
)
def test_value_that_does_not_fit_is_an_error_that_names_the_place_and_no_value(path: str) -> None:
    with pytest.raises(RowError, match=r"^view\.yaml:3:\d+: .* - ") as caught:
        values(path)
    assert "F1" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("@@", ("V202", 0)),
        ("name & id", ("V202", 5)),
        ("name.", ("V203", 5)),
        ("", ("V203", 0)),
        ("name id", ("V203", 5)),
        ("name.where(use = 'x'", ("V203", 20)),
        ("use in ('x')", ("V204", 4)),
        ("name.single()", ("V206", 5)),
        ("name.first(1)", ("V206", 5)),
        ("name.where()", ("V206", 5)),
        ("name.where(use = %no)", ("V211", 17)),
        ("birthDate > 5", ("V205", 10)),
        ("name > name", ("V205", 5)),
        ("active + 1", ("V205", 7)),
        ("'a' + 1", ("V205", 4)),
        ("name.ofType(Nmae)", ("V208", 12)),
        ("multipleBirth.first().ofType(integer)", ("V208", 22)),
        ("managingOrganization.getReferenceKey(HumanName)", ("V208", 37)),
        ("(" * 100 + "1" + ")" * 100, ("V201", 64)),
        ("a" * 5000, ("V201", 0)),
        ("id" + ".id" * 1000, ("V201", 600)),
    ],
)
def test_path_that_is_wrong_is_a_fault_at_the_word(path: str, fault: tuple[str, int]) -> None:
    assert path_fault(path) == fault


@pytest.mark.parametrize(
    ("start", "part"),
    [
        ("extension", ".id"),
        ("extension", ".first()"),
        ("extension", ".extension('u')"),
        ("extension", ".value.ofType(Coding)"),
        ("contained", ".x.ofType(Patient)"),
        ("true", " or true"),
        ("1", "+1"),
    ],
)
def test_longest_path_compiles_at_once(start: str, part: str) -> None:
    count = next(count for count in range(200, 0, -1) if _is_short_enough(start + part * count))
    values(start + part * count, {"resourceType": "Patient"})


def _is_short_enough(path: str) -> bool:
    try:
        return len(words(Text(path, Mark("")))) > 0
    except Faults:
        return False


def test_check_refuses_what_a_run_takes() -> None:
    assert odd("nam.family") == ["V210"]
    assert odd("multipleBirthInteger") == ["V207"]
    assert odd("multipleBirth.ofType(string)") == ["V209"]
    assert odd("birthDate.ofType(string)") == ["V209"]
    assert odd("extension('u').value.ofType(Coding).code") == []
    assert odd("contained.whatever") == []
    assert values("multipleBirthInteger", PATIENT) == [2]
