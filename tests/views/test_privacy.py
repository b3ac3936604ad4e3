"""What analysts see of a column is decided by its tags, and no class of privacy passes that is none."""

from __future__ import annotations

from typing import Any

import pytest

from engine.canonical.key import pseudonym_key_name, pseudonyms
from engine.language.document import parse_document
from engine.language.fault import Faults
from engine.views.fingerprint import fingerprint
from engine.views.privacy import pseudonymous
from engine.views.read import definition_of
from engine.views.view import View, compile_view

SECRET, OTHER = bytes(32), bytes([1]) * 32
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "birthDate": "1980-02-03",
    "gender": "male",
    "name": [{"text": "An"}],
    "identifier": [{"value": "079080000001"}],
    "maritalStatus": {"text": "M"},
}


def view(*columns: str) -> View:
    lines = "".join(f"      - {column}\n" for column in columns)
    text = f"resource: Patient\nselect:\n  - column:\n{lines}"
    return compile_view(definition_of(parse_document(text.encode(), "view.yaml")))


def column(name: str, path: str, type_: str, *tags: tuple[str, str]) -> str:
    told = ", ".join(f"{{ name: {name}, value: {value} }}" for name, value in tags)
    return f"{{ name: {name}, path: {path}, type: {type_}, tag: [{told}] }}"


def seen(one: str, secret: bytes = SECRET) -> list[dict[str, Any]]:
    """What analysts see of a view with that column, beside one that all may see."""
    plain = column("kept", "gender", "code")
    made = pseudonymous(view(one, plain), "analyst_it", pseudonyms(secret), pseudonym_key_name(secret))
    return made.named_rows(PATIENT)


def test_id_is_hashed_alike_wherever_it_stands() -> None:
    (one,) = seen(column("patient_id", "getResourceKey()", "id", ("privacy", "identifying")))
    (other,) = seen(column("same", "id", "id", ("privacy", "identifying")))
    assert one["patient_id"] == other["same"] == pseudonyms(SECRET)("p1")
    assert len(one["patient_id"]) == 32


def test_name_is_left_out_and_number_is_hashed_where_the_view_asks_for_it() -> None:
    assert seen(column("name", "name.text", "string", ("privacy", "identifying"))) == [{"kept": "male"}]
    number = column("number", "identifier.value", "string", ("privacy", "identifying"), ("pseudonym", "hash"))
    assert seen(number) == [{"number": pseudonyms(SECRET)("079080000001"), "kept": "male"}]


def test_quasi_identifying_date_becomes_its_year_and_another_value_is_left_out_unless_it_is_kept() -> None:
    assert seen(column("birth_date", "birthDate", "date", ("privacy", "quasi-identifying"))) == [
        {"birth_year": 1980, "kept": "male"}
    ]
    status = ("status", "maritalStatus.text", "string", ("privacy", "quasi-identifying"))
    assert seen(column(*status)) == [{"kept": "male"}]
    assert seen(column(*status, ("pseudonym", "keep"))) == [{"status": "M", "kept": "male"}]


def test_clinical_column_stays_as_it_is() -> None:
    assert seen(column("born", "birthDate", "date", ("privacy", "clinical"))) == [
        {"born": "1980-02-03", "kept": "male"}
    ]


def test_other_key_gives_other_pseudonyms_and_another_fingerprint() -> None:
    one = column("patient_id", "getResourceKey()", "id", ("privacy", "identifying"))
    assert seen(one)[0]["patient_id"] != seen(one, OTHER)[0]["patient_id"]
    names = [pseudonym_key_name(secret) for secret in (SECRET, OTHER)]
    made = [pseudonymous(view(one), "it", pseudonyms(SECRET), name).definition for name in names]
    assert len({fingerprint(definition) for definition in made}) == 2


def test_other_tag_gives_another_fingerprint() -> None:
    plain, hashed = (column("n", "id", "id"), column("n", "id", "id", ("privacy", "identifying")))
    made = [pseudonymous(view(one), "it", pseudonyms(SECRET), "key").definition for one in (plain, hashed)]
    assert fingerprint(made[0]) != fingerprint(made[1])


def test_class_that_there_is_not_is_a_fault_with_its_place() -> None:
    with pytest.raises(Faults) as raised:
        seen(column("name", "name.text", "string", ("privacy", "secret")))
    assert "view.yaml:4:9: name: there is no class of privacy 'secret'" in str(raised.value)
    assert raised.value.faults[0].code == "V119"
