"""A way gives what its path gives by itself, whatever stands at its elements."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.fault import Mark, Text
from engine.views.columns import Cell, compile_cell
from engine.views.compile import compile_path
from engine.views.step import RowError, Scope
from engine.views.view import View
from tests.views.making import PATIENT, view_of

Shape = st.SearchStrategy[Any]

PATHS = (
    "getResourceKey()",
    "active",
    "gender",
    "name.text",
    "name.family.first()",
    "name.first().family",
    "name.first().given.join(' ')",
    "name.period.start",
    "name.first().period.first().start.first()",
    "birthDate.lowBoundary()",
    "deceased.ofType(dateTime).highBoundary()",
    "multipleBirth.ofType(integer)",
    "telecom.where(system = 'a').value.first()",
    "telecom.where(system = 'b').value",
    "telecom.where(system = 'a' and value = 'b').use.first()",
    "identifier.where(type.coding.where(code = 'a').exists()).value.first()",
    "identifier.where(type.exists() and system = 'b').value",
    "maritalStatus.coding.code",
    "maritalStatus.coding.where(system = 'b').code.first()",
    "maritalStatus.coding.display.first()",
    "managingOrganization.getReferenceKey(Organization)",
    "generalPractitioner.getReferenceKey(Practitioner).first()",
    "generalPractitioner.getReferenceKey()",
    "address.first().city.extension('a').value.ofType(code).first()",
    "address.city.first()",
)
WAYLESS = (
    "name.period.first().start.first()",
    "name.exists()",
    "name.given[0]",
    "telecom.where(system != 'a').use",
)
INNER = ("name.family", "%rowIndex", "relationship.coding.code.first()", "name.given.join('-')", "gender")


def odd(shape: Shape) -> Shape:
    """The shape, and what is none: a list, nothing, a list within a list, a value of another type."""
    junk: Shape = st.sampled_from((None, [], {}, [None], [[]], "a", 1, 2.5, True, [{}, {}], ["a", "b"], {"a": "b"}))
    return st.one_of(shape, shape, shape, st.lists(shape, max_size=2), st.lists(st.lists(shape, max_size=1)), junk)


def element(**members: Shape) -> Shape:
    """An element that may have these members, each of them odd."""
    return st.fixed_dictionaries({}, optional={name: odd(shape) for name, shape in members.items()})


TEXT = st.sampled_from("abc")
MOMENT = st.sampled_from(("1980", "1980-02", "2020-13", "1980-02-03T04:05Z", "x"))
REFERENCE = element(reference=st.sampled_from(("Organization/o", "Practitioner/p/_history/1", "#c", "Organization/")))
CODED = element(coding=element(system=TEXT, code=TEXT, display=TEXT))
NAME = element(family=TEXT, given=TEXT, text=TEXT, period=element(start=MOMENT))
RESOURCE = element(
    id=TEXT,
    active=st.booleans(),
    gender=TEXT,
    name=NAME,
    birthDate=MOMENT,
    deceasedDateTime=MOMENT,
    multipleBirthInteger=st.integers(0, 2),
    telecom=element(system=TEXT, value=TEXT, use=TEXT),
    identifier=element(type=CODED, system=TEXT, value=TEXT),
    maritalStatus=CODED,
    managingOrganization=REFERENCE,
    generalPractitioner=REFERENCE,
    address=element(city=TEXT, _city=element(extension=element(url=TEXT, valueCode=TEXT))),
    contact=element(name=NAME, gender=TEXT, relationship=CODED),
)


class Pair(NamedTuple):
    """A view of these paths, and the cells of its columns, each of which runs its path by itself."""

    view: View
    cells: list[Cell]


def columns(paths: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"name": f"c{place}", "path": path} for place, path in enumerate(paths)]


def pair(paths: tuple[str, ...], kind: str, **select: Any) -> Pair:
    view = view_of(select=[{"column": columns(paths), **select}])
    compiled = [compile_path(column.path, frozenset({kind}), "Patient", {}) for column in view.columns]
    return Pair(view, [compile_cell(*one).cell for one in zip(view.columns, compiled, strict=True)])


SINGLE = [pair((path,), "Patient") for path in PATHS]
WHOLE = pair((*PATHS, *WAYLESS), "Patient")
EACH = pair(INNER, "Patient.contact", forEach="contact")
CONTACTS = compile_path(Text("contact", Mark("view.yaml", 1, 1)), frozenset({"Patient"}), "Patient", {}).step.run


ORGANIZATION = {"reference": "Organization/o"}
ODDITIES: tuple[dict[str, Any], ...] = (
    PATIENT,
    {"id": None},
    {"managingOrganization": [ORGANIZATION, ORGANIZATION]},
    {"managingOrganization": [None, ORGANIZATION]},
    {"telecom": {"system": ["a"], "value": "v"}},
    {"name": [{"period": {}}, {"period": {"start": "1980"}}]},
    {"identifier": {"type": [], "value": "a", "system": "b"}},
    {"contact": [[{"name": {"family": "F"}}]]},
    {"name": [None, {"family": None}, {"family": ["F", None]}]},
)


def outcome(rows: Callable[[], list[tuple[Any, ...]]]) -> Any:
    try:
        return repr(rows())
    except RowError:
        return RowError


def by_themselves(told: Pair, resource: dict[str, Any]) -> list[tuple[Any, ...]]:
    top = Scope(resource, 0)
    elements = CONTACTS(resource, top) if told is EACH else [resource]
    return [
        tuple(cell(element, Scope(resource, index)) for cell in told.cells) for index, element in enumerate(elements)
    ]


def differences(members: dict[str, Any]) -> list[str]:
    resource = {**members, "resourceType": "Patient"}
    return [
        told.view.columns[0].path.text
        for told in [*SINGLE, WHOLE, EACH]
        if outcome(partial(told.view.rows, resource)) != outcome(partial(by_themselves, told, resource))
    ]


@pytest.mark.parametrize("path", PATHS)
def test_each_of_these_paths_has_a_way(path: str) -> None:
    assert compile_path(Text(path, Mark("view.yaml", 1, 1)), frozenset({"Patient"}), "Patient", {}).step.way


@pytest.mark.parametrize("path", WAYLESS)
def test_each_of_those_has_none(path: str) -> None:
    assert compile_path(Text(path, Mark("view.yaml", 1, 1)), frozenset({"Patient"}), "Patient", {}).step.way is None


@given(RESOURCE)
def test_way_gives_what_the_path_gives_by_itself(members: dict[str, Any]) -> None:
    assert differences(members) == []


@pytest.mark.parametrize("members", ODDITIES)
def test_way_gives_the_same_for_what_is_odd(members: dict[str, Any]) -> None:
    assert differences(members) == []


def test_columns_beside_an_odd_one_hold_what_they_do_without_it() -> None:
    resource = {"resourceType": "Patient", "id": "p", "gender": ["a"], "active": True}
    assert pair(("getResourceKey()", "gender", "active"), "Patient").view.rows(resource) == [("p", "a", True)]
