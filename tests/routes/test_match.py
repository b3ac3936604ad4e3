from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.condition import Condition, parse_condition
from engine.language.fault import Mark, Text
from engine.language.path import read_element
from engine.routes.match import compile_match, types_of, without_type

POTASSIUM: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"code": "K"}, {"code": "2823-3", "system": "http://loinc.org"}]},
    "valueQuantity": {"value": 6.9, "unit": "mmol/L"},
    "note": [],
    "active": True,
}


def condition(when: str) -> Condition:
    return parse_condition(Text(when, Mark("f.yaml", 1, 1)), read_element, "code")


def holds(when: str, body: dict[str, Any]) -> bool:
    return compile_match(condition(when))(body)


@pytest.mark.parametrize(
    "when",
    [
        "status = final",
        "status = preliminary|final",
        "status != preliminary",
        "code.coding.code = 2823-3",
        "code.coding[*].code = 2823-3",
        "code.coding[2].code = 2823-3",
        "code.coding.code begins 9|28",
        "not status begins inal",
        "valueQuantity.value > 6.5 and valueQuantity.value < 7",
        "valueQuantity.value = 6.90",
        "valueQuantity.value valued",
        "note not valued",
        "subject.reference not valued",
        "subject.reference != Patient/1",
        "count(code.coding) = 2",
        "length(status) >= 5",
        "active = true",
        "not (status = preliminary or status = registered)",
    ],
)
def test_a_condition_that_is_true_of_the_event_holds(when: str) -> None:
    assert holds(when, POTASSIUM)


@pytest.mark.parametrize(
    "when",
    [
        "status = finale",
        "code.coding[1].code = 2823-3",
        "code.coding[3].code = 2823-3",
        "valueQuantity.value < 6.5",
        "status > 1",
        "subject.reference = Patient/1",
        "subject.reference valued",
        "status.code = final",
        "active > 0",
        "status = final and status = preliminary",
    ],
)
def test_a_condition_that_is_not_true_of_the_event_does_not_hold(when: str) -> None:
    assert not holds(when, POTASSIUM)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), JSON, max_size=3))
def test_any_event_is_matched_or_not_and_never_fails(body: dict[str, Any]) -> None:
    holds("a.b = x or a[*].b.c > 1 or count(a) = 2 or length(b) < 3 or c valued", body)


@pytest.mark.parametrize(
    ("when", "types"),
    [
        ("resourceType = Observation", {"Observation"}),
        ("resourceType = Observation|Condition and status = final", {"Observation", "Condition"}),
        ("resourceType = Observation or resourceType = Condition", {"Observation", "Condition"}),
        ("resourceType = Observation and resourceType = Condition", set()),
        ("resourceType = Observation or status = final", None),
        ("resourceType != Observation", None),
        ("status = final", None),
    ],
)
def test_a_condition_tells_for_which_types_it_may_hold(when: str, types: set[str] | None) -> None:
    assert types_of(condition(when)) == types


@pytest.mark.parametrize("kind", ["Observation", "Condition", "Patient"])
@pytest.mark.parametrize("status", ["final", "partial"])
@pytest.mark.parametrize(
    "when",
    [
        "resourceType = Observation",
        "resourceType = Observation and status = final",
        "resourceType = Observation|Condition and status = final and status != partial",
        "resourceType = Observation and resourceType = Condition",
        "resourceType = Observation and (resourceType = Condition or status = final)",
        "resourceType != Observation and status = final",
        "resourceType = Observation or status = final",
    ],
)
def test_what_a_condition_asks_besides_the_type_holds_where_the_condition_does(
    when: str, kind: str, status: str
) -> None:
    body = {"resourceType": kind, "status": status}
    assert compile_match(without_type(condition(when), kind))(body) == holds(when, body)


def test_of_a_type_that_is_known_nothing_is_asked() -> None:
    asked = without_type(condition("resourceType = Observation|Patient and status = final"), "Patient")
    assert asked == condition("status = final")
