"""A view that is wrong in its form is told of all at once, each fault where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.language.fault import Faults
from engine.views.read import read_view
from engine.views.view import compile_view
from tests.views.making import columns_of, faults_of, view_of

ID = {"name": "id", "path": "id", "type": "id"}


def codes(**content: Any) -> list[str]:
    return [code for code, _ in faults_of(**content)]


@pytest.mark.parametrize(
    ("code", "select"),
    [
        ("V102", {"column": [ID], "forEach": "name", "forEachOrNull": "contact"}),
        ("V102", {"column": [ID], "forEach": "name", "repeat": ["contact"]}),
        ("V105", {"column": [ID], "select": [{"column": [ID]}]}),
        ("V105", {"column": [ID], "unionAll": [{"column": [ID]}]}),
        ("V106", {"forEach": "name"}),
        ("V107", {"unionAll": [{"column": [ID]}, {"column": [{**ID, "name": "b"}]}]}),
        ("V107", {"unionAll": [{"column": [ID]}, {"column": [{**ID, "type": "string"}]}]}),
        ("V109", {"column": [{**ID, "type": "varchar"}]}),
        ("V110", {"column": [{**ID, "name": "_id"}]}),
        ("V110", {"column": [{**ID, "name": 'id"; drop table x'}]}),
        ("V111", {"column": [{**ID, "path": 1}]}),
        ("V111", {"column": [ID], "forEach": 1}),
        ("V112", {"column": [{"name": "name", "path": "name"}]}),
        ("V112", {"column": [{"name": "name", "path": "name", "type": "string"}]}),
        ("V112", {"column": [{"name": "name", "path": "active", "type": "integer"}]}),
        ("V112", {"column": [{"name": "name", "path": "gender", "type": "date"}]}),
        ("M102", {"column": [ID], "foreach": "name"}),
        ("M102", {"column": [{**ID, "typ": "id"}]}),
        ("M103", {"column": [{"name": "id"}]}),
        ("M112", {"column": [{**ID, "collection": "yes"}]}),
        ("M101", "name"),
    ],
)
def test_select_that_is_wrong_is_a_fault(code: str, select: Any) -> None:
    assert code in codes(select=[select])


@pytest.mark.parametrize(
    ("code", "constants"),
    [
        ("V103", [{"name": "a", "valueString": "x"}, {"name": "a", "valueString": "y"}]),
        ("V103", [{"name": "rowIndex", "valueInteger": 1}]),
        ("V104", [{"name": "a"}]),
        ("V104", [{"name": "a", "valueString": "x", "valueCode": "x"}]),
        ("V104", [{"name": "a", "valueInteger": 1.5}]),
        ("V104", [{"name": "a", "valueInteger": True}]),
        ("V104", [{"name": "a", "valueBoolean": "true"}]),
        ("V104", [{"name": "a", "valueDate": 2020}]),
        ("M102", [{"name": "a", "valueQuantity": {}}]),
    ],
)
def test_constant_that_is_wrong_is_a_fault(code: str, constants: list[Any]) -> None:
    assert code in codes(select=[{"column": [ID]}], constant=constants)


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("V101", {"resourceType": "Patient"}),
        ("V108", {"resource": "Pateint"}),
        ("V110", {"name": "a-b"}),
        ("V113", {"where": [{"path": "name.family"}]}),
        ("M103", {"where": [{"description": "x"}]}),
        ("M102", {"wher": []}),
    ],
)
def test_view_that_is_wrong_is_a_fault(code: str, content: dict[str, Any]) -> None:
    assert code in codes(select=[{"column": [ID]}], **content)


def test_all_faults_of_paths_are_told_at_once() -> None:
    wrong = [{"name": name, "path": path} for name, path in (("a", "@@"), ("b", "name.x("), ("c", "%no"))]
    assert codes(select=[{"column": wrong}], where=[{"path": "name."}]) == ["V202", "V203", "V211", "V203"]


def test_fault_in_yaml_names_line_and_column_of_the_word(tmp_path: Path) -> None:
    file = tmp_path / "view.yaml"
    file.write_text("resource: Patient\nselect:\n  - column:\n      - { name: a, path: 'name.nope()' }\n")
    with pytest.raises(Faults) as caught:
        compile_view(read_view(file))
    assert str(caught.value).startswith(f"{file}:4:32: views have no function nope()")


def test_column_keeps_its_type_description_and_tags() -> None:
    column = {**ID, "description": "The id.", "tag": [{"name": "ansi/type", "value": "CHAR(36)"}]}
    told = columns_of({**column, "type": "http://hl7.org/fhir/StructureDefinition/id"}).columns[0]
    assert (told.type, told.description, told.tags) == ("id", "The id.", (("ansi/type", "CHAR(36)"),))


def test_view_of_one_select_need_not_write_a_list() -> None:
    assert view_of(select={"column": ID}).rows({"resourceType": "Patient", "id": "p"}) == [("p",)]
