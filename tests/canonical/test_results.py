from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.canonical.claim import Claim
from engine.canonical.fold import Current, merge, refold, tell
from engine.canonical.resource import Resource
from engine.canonical.results import Withdrawal, withdraw, withdrawals
from tests.canonical.events import event


def report(version: int, *listed: str, whole: bool = True) -> Resource:
    result = [{"reference": f"Observation/{one}"} for one in listed]
    return event(version, {"result": result}, of="DiagnosticReport/d", deleted=("result",) if whole else ())


def current(*events: Resource) -> Current:
    folded = refold(events)
    assert folded is not None
    return folded


def listed(report: Current) -> list[str]:
    return [one["reference"].removeprefix("Observation/") for one in report.body.get("result", ())]


def taken(report: Current) -> set[tuple[str, str, str]]:
    return {(one.observation, one.listed, one.withdrawn) for one in withdrawals("d", report.element_versions)}


def test_what_the_newest_version_lists_needs_no_claims() -> None:
    assert current(report(1, "a", "b"), report(2, "b", "a")).element_versions == {
        "*": Claim(1, "00002"),
        "result": Claim(1, "00002"),
    }


def test_whole_version_takes_back_what_it_does_not_list() -> None:
    folded = current(report(1, "a", "b"), report(2, "b"))
    assert (listed(folded), taken(folded)) == (["b"], {("a", "00001", "00002")})


def test_other_versions_add() -> None:
    folded = current(report(1, "b", "a"), report(2, "c", whole=False), report(3, whole=False))
    assert (listed(folded), taken(folded)) == (["a", "b", "c"], set())


def test_whole_version_that_comes_late_takes_back_only_what_is_older() -> None:
    folded = current(report(3, "c", whole=False), report(1, "a", whole=False), report(2, "b"))
    assert (listed(folded), taken(folded)) == (["c", "b"], {("a", "00001", "00002")})


@pytest.mark.parametrize("status", ["registered", "partial", "preliminary", "appended", "unknown"])
def test_version_whose_status_says_that_it_adds_takes_nothing_back(status: str) -> None:
    later = report(2, "b")
    later.body["status"] = status
    folded = current(report(1, "a"), later)
    assert (listed(folded), taken(folded)) == (["b", "a"], set())


def test_references_to_anything_else_are_replaced_with_the_report() -> None:
    other = event(1, {"result": [{"display": "x"}, {"reference": "urn:uuid:1"}, "x"]}, of="DiagnosticReport/d")
    assert current(other).body["result"] == other.body["result"]
    assert listed(current(other, report(2, "a", whole=False))) == ["a"]


def test_observation_told_of_since_stands() -> None:
    told = tell(event(2, {"status": "final"}, of="Observation/a"))
    assert withdraw(told.body, told.element_versions, [Withdrawal("a", "d", "00001", "00003")]) is None


def test_withdrawn_observation_says_so_and_no_more_what_its_status_was_called() -> None:
    told = tell(event(1, {"status": "final", "_status": {}, "valueString": "x"}, of="Observation/a"))
    body, claims = withdraw(told.body, told.element_versions, [Withdrawal("a", "d", "00001", "00003")]) or ({}, {})
    assert body == {**told.body, "status": "entered-in-error"}
    assert claims == {"*": Claim(1, "00001"), "status": Claim(0, "00003")}


REPORTS = st.lists(
    st.builds(
        lambda version, listed, whole: report(version, *listed, whole=whole),
        st.integers(0, 99),
        st.lists(st.sampled_from("abc"), unique=True),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda made: made.origin.version,
)


@given(REPORTS, st.data())
def test_any_order_and_cuts_list_and_take_back_what_the_versions_say(
    reports: list[Resource], data: st.DataObject
) -> None:
    order = data.draw(st.permutations([*reports, *data.draw(st.lists(st.sampled_from(reports), max_size=3))]))
    cut = data.draw(st.integers(0, len(order)))
    folded = reduce(merge, (current(*part) for part in (order[:cut], order[cut:]) if part))
    newest = {one: max((told.origin.version for told in reports if _lists(told, one)), default="") for one in "abc"}
    whole = max((told.origin.version for told in reports if told.deleted), default="")
    assert set(listed(folded)) == {one for one, version in newest.items() if version and version >= whole}
    assert taken(folded) == {(one, version, whole) for one, version in newest.items() if version and version < whole}
    assert folded == refold(reports)


def _lists(told: Resource, identity: str) -> bool:
    return {"reference": f"Observation/{identity}"} in told.body["result"]
