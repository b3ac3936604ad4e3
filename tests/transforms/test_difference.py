"""What differs in what two sets of mappings make of one message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.canonical.dead import Reason
from engine.canonical.resource import Resource
from engine.transforms.difference import Difference, compare, compare_resources
from engine.transforms.mapping_set import preview_origin
from engine.transforms.transform import Refusal, Transformed
from tests.transforms.folders import send, shipped

MOVED = {("a", "moved", None, None)}
ORIGIN = preview_origin("79991")


def resource(body: dict[str, Any], identity: str = "1", **more: Any) -> Resource:
    return Resource("Patient", identity, body, ORIGIN, 0, **more)


def found(old: dict[str, Any], new: dict[str, Any]) -> set[tuple[str, str, Any, Any]]:
    return {(one.element, one.kind, one.old, one.new) for one in compare_resources(resource(old), resource(new))}


@pytest.mark.parametrize(
    ("old", "new", "differences"),
    [
        ({"a": 1}, {"a": 1}, set()),
        ({"a": 1}, {"a": 2}, {("a", "changed", 1, 2)}),
        ({}, {"a": 2}, {("a", "added", None, 2)}),
        ({"a": {"b": "x"}}, {}, {("a.b", "removed", "x", None)}),
        ({"a": True}, {"a": 1}, {("a", "changed", True, 1)}),
        ({"a": {"b": [False]}}, {"a": {"b": [0]}}, {("a.b", "changed", False, 0)}),
        ({"a": [{"b": "x"}]}, {"a": [{"b": "y"}, {"b": "x"}]}, {("a.b", "added", None, "y")}),
        ({"a": ["x", "x"]}, {"a": ["x"]}, {("a", "removed", "x", None)}),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, MOVED),
        (
            {"a": [{"b": 1, "c": 1}, {"b": 2, "c": 2}]},
            {"a": [{"b": 1, "c": 2}, {"b": 2, "c": 1}]},
            {("a", "moved", None, None)},
        ),
        ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 2}]}}, {("a.b.c", "changed", 1, 2)}),
    ],
)
def test_values_are_compared_by_element(
    old: dict[str, Any], new: dict[str, Any], differences: set[tuple[str, str, Any, Any]]
) -> None:
    assert found(old, new) == differences


LEAVES = st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2)
BODIES = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xy"), inner)),
)


@given(BODIES, BODIES)
def test_there_is_a_difference_exactly_when_bodies_differ_and_both_ways(old: Any, new: Any) -> None:
    there = [(one.element, one.kind, one.old, one.new) for one in compare_resources(resource(old), resource(new))]
    back = [(one.element, one.kind, one.old, one.new) for one in compare_resources(resource(new), resource(old))]
    assert bool(there) == (repr(_sorted(old)) != repr(_sorted(new)))
    swap = {"added": "removed", "removed": "added"}
    assert sorted(map(repr, there)) == sorted(repr((at, swap.get(kind, kind), b, a)) for at, kind, a, b in back)


def _sorted(value: Any) -> Any:
    """The value with its keys in order."""
    if isinstance(value, dict):
        return {key: _sorted(inner) for key, inner in sorted(value.items())}
    return [_sorted(inner) for inner in value] if isinstance(value, list) else value


def test_what_is_said_of_elements_is_compared_too() -> None:
    old, new = resource({}, inferred=("gender",)), resource({}, deleted=("name",), weak=True)
    assert list(compare_resources(old, new)) == [
        Difference("Patient", "name (deleted)", "added"),
        Difference("Patient", "gender (inferred)", "removed"),
        Difference("Patient", "(weak)", "added"),
    ]


def test_resources_are_matched_by_their_ids() -> None:
    made = send(shipped(), "PID|1||BN1^^^^PI||A^B|||M")
    (patient,) = made.resources
    other = Transformed((patient._replace(id="other"),), made.receipt)
    assert {(one.element, one.kind) for one in compare(made, other)} == {("", "added"), ("", "removed")}
    assert list(compare(made, made)) == []


def test_a_message_that_is_refused_has_no_resources_to_compare() -> None:
    made = send(shipped(), "PID|1||BN1^^^79991^PI||A^B|||M")
    refused = Transformed((), made.receipt, Refusal(Reason.VALUE, "PID-7", ""))
    assert list(compare(made, refused)) == []
