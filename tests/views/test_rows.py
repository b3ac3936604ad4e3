"""Rows are what the processing model of SQL on FHIR says, where the official cases do not look."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.views.step import RowError
from tests.views.making import PATIENT, columns_of, view_of

FAMILY = {"name": "family", "path": "family"}
NAMES = st.lists(
    st.fixed_dictionaries({}, optional={"family": st.text(max_size=3), "given": st.lists(st.text(max_size=3))}),
    max_size=4,
)

EACH_NAME = {"forEach": "name", "column": [FAMILY]}
NAME_ROWS = view_of(select=[EACH_NAME])
NAME_ROWS_OR_NULL = view_of(select=[{"forEachOrNull": "name", "column": [FAMILY]}])
JOIN = view_of(select=[EACH_NAME, {"forEach": "contact.name", "column": [{"name": "other", "path": "family"}]}])
UNION = view_of(select=[{"unionAll": [EACH_NAME, {"forEach": "contact.name", "column": [FAMILY]}]}])


def test_blank_row_holds_nothing_but_the_index() -> None:
    columns = [{"name": "a", "path": "'text'"}, {"name": "i", "path": "%rowIndex"}]
    nested = {"forEach": "given", "column": [{"name": "g", "path": "$this"}, {"name": "j", "path": "%rowIndex + 1"}]}
    view = view_of(select=[{"forEachOrNull": "name", "column": columns, "select": [nested]}])
    assert view.rows({"resourceType": "Patient"}) == [(None, 0, None, 1)]


def test_element_without_rows_of_its_own_makes_no_blank_one() -> None:
    nested = {"forEach": "given", "column": [{"name": "g", "path": "$this"}]}
    view = view_of(select=[{"forEachOrNull": "name", "select": [nested]}])
    assert view.rows({"resourceType": "Patient", "name": [{"family": "F"}]}) == []


@given(NAMES)
def test_for_each_makes_a_row_of_each_element_and_or_null_one_at_least(names: list[dict[str, Any]]) -> None:
    patient = {"resourceType": "Patient", "name": names}
    rows = NAME_ROWS.rows(patient)
    assert rows == [(name.get("family"),) for name in names]
    assert NAME_ROWS_OR_NULL.rows(patient) == (rows or [(None,)])


@given(NAMES, NAMES)
def test_selects_beside_each_other_are_joined_and_a_union_adds_up(
    names: list[dict[str, Any]], others: list[dict[str, Any]]
) -> None:
    patient = {"resourceType": "Patient", "name": names, "contact": [{"name": other} for other in others]}
    assert len(JOIN.rows(patient)) == len(names) * len(others)
    assert len(UNION.rows(patient)) == len(names) + len(others)


def test_several_values_are_an_error_but_in_a_collection() -> None:
    given_names = {"name": "given", "path": "name.given"}
    assert columns_of({**given_names, "collection": True}).rows(PATIENT) == [(["A", "B"],)]
    with pytest.raises(
        RowError, match=r"^view.json:1:\d+: column given: has 2 values in one row - narrow it"
    ) as caught:
        columns_of(given_names).rows(PATIENT)
    assert "'A'" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "kind", "wrong"),
    [
        ("active", "boolean", "yes"),
        ("active", "", {"a": 1}),
        ("multipleBirth.ofType(integer)", "integer", 1.5),
        ("multipleBirth.ofType(integer)", "integer", True),
        ("birthDate", "date", 1980),
        ("maritalStatus", "CodeableConcept", "M"),
    ],
)
def test_value_of_another_type_than_the_columns_is_an_error(path: str, kind: str, wrong: Any) -> None:
    view = columns_of({"name": "c", "path": path, **({"type": kind} if kind else {})})
    members = ("active", "multipleBirthInteger", "birthDate", "maritalStatus")
    patient = {
        "resourceType": "Patient",
        **dict.fromkeys((name for name in members if name.startswith(path[:5])), wrong),
    }
    with pytest.raises(RowError, match=r"column c: holds no .* - correct the path"):
        view.rows(patient)


def test_complex_value_is_a_cell_where_the_column_says_its_type() -> None:
    view = columns_of({"name": "org", "path": "managingOrganization", "type": "Reference"})
    assert view.rows(PATIENT) == [({"reference": "Organization/o1/_history/3"},)]


def test_where_takes_true_alone() -> None:
    column = {"name": "id", "path": "id"}
    for path, count in (("active", 1), ("active.not()", 0), ("deceased.ofType(boolean)", 0), ("contained.active", 0)):
        assert len(columns_of(column, where=[{"path": path}]).rows(PATIENT)) == count
    with pytest.raises(RowError, match=r"gives no boolean - compare"):
        columns_of(column, where=[{"path": "contained.where(active = false).resourceType"}]).rows(PATIENT)


def test_repeat_that_leads_to_its_own_element_is_an_error() -> None:
    view = view_of(select=[{"repeat": ["$this"], "column": [{"name": "i", "path": "%rowIndex"}]}])
    with pytest.raises(RowError, match="goes down more than 128 levels - name elements below"):
        view.rows(PATIENT)


def test_repeat_starts_each_level_at_the_elements_of_the_last() -> None:
    item = {"linkId": "1", "answer": [{"valueString": "x", "item": [{"linkId": "1.1", "item": [{"linkId": "1.1.1"}]}]}]}
    select = {"repeat": ["item", "answer.item"], "column": [{"name": "link", "path": "linkId", "type": "string"}]}
    view = view_of(resource="QuestionnaireResponse", select=[select])
    rows = view.rows({"resourceType": "QuestionnaireResponse", "item": [item]})
    assert rows == [("1",), ("1.1",), ("1.1.1",)]
    assert view.odd == ()


def test_resource_of_another_type_has_no_rows() -> None:
    assert columns_of({"name": "id", "path": "id"}).rows({"resourceType": "Observation", "id": "o"}) == []
