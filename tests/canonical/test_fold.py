from __future__ import annotations

from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.canonical.claim import Claim
from engine.canonical.fold import Current, fold, merge, refold, tell
from engine.canonical.resource import Body, Resource
from tests.canonical.events import BODIES, NAMES, event


def current(*events: Resource) -> Current:
    folded = refold(events)
    assert folded is not None
    return folded


def body(*events: Resource) -> Body:
    return {name: value for name, value in current(*events).body.items() if name not in ("resourceType", "id")}


def identifiers(*pairs: tuple[str, str]) -> Body:
    return {"identifier": [{"system": system, "value": value} for system, value in pairs]}


def test_resource_without_events_is_none() -> None:
    assert refold([]) is None


def test_body_names_its_type_and_id_first() -> None:
    assert list(current(event(1, {"name": [{"family": "A"}], "active": True})).body) == [
        "resourceType",
        "id",
        "active",
        "name",
    ]


def test_newer_value_replaces_an_older_one() -> None:
    assert body(event(2, {"gender": "female"}), event(1, {"gender": "male"})) == {"gender": "female"}


def test_absent_and_empty_elements_leave_older_values_alone() -> None:
    assert body(event(1, {"gender": "male", "active": True}), event(2, {"gender": ""})) == {
        "gender": "male",
        "active": True,
    }


def test_deleted_element_is_erased_and_remembered() -> None:
    folded = current(event(2, {}, deleted=("gender",)), event(1, {"gender": "male"}))
    assert "gender" not in folded.body
    assert folded.element_versions["gender"] == Claim(1, "00002")


def test_value_newer_than_its_erasure_stands() -> None:
    assert body(event(2, {}, deleted=("gender",)), event(3, {"gender": "male"})) == {"gender": "male"}


def test_inferred_value_never_replaces_a_sent_one() -> None:
    closed = event(1, {"status": "finished"}, of="Encounter/e")
    later = event(2, {"status": "in-progress"}, of="Encounter/e", inferred=("status",))
    assert body(closed, later) == {"status": "finished"}


def test_newest_of_inferred_values_stands() -> None:
    first = event(1, {"status": "planned"}, inferred=("status",))
    second = event(2, {"status": "in-progress"}, inferred=("status",))
    assert body(second, first) == {"status": "in-progress"}


def test_inferred_value_does_not_undo_an_erasure() -> None:
    assert body(event(1, {}, deleted=("gender",)), event(2, {"gender": "unknown"}, inferred=("gender",))) == {}


def test_erasure_with_a_default_means_the_default() -> None:
    erased = event(2, {"gender": "unknown"}, deleted=("gender",), inferred=("gender",))
    assert body(event(1, {"gender": "male"}), erased) == {"gender": "unknown"}


def test_types_of_a_choice_replace_each_other() -> None:
    assert body(event(1, {"deceasedBoolean": True}), event(2, {"deceasedDateTime": "2026"})) == {
        "deceasedDateTime": "2026"
    }


def test_erasure_of_one_type_of_a_choice_erases_the_choice() -> None:
    assert body(event(1, {"deceasedDateTime": "2026"}), event(2, {}, deleted=("deceasedBoolean",))) == {}


def test_twin_of_a_primitive_goes_with_it() -> None:
    older = event(1, {"birthDate": "1980", "_birthDate": {"id": "x"}})
    assert body(older, event(2, {"birthDate": "1981"})) == {"birthDate": "1981"}


def test_lists_are_replaced() -> None:
    assert body(event(1, {"name": [{"family": "A"}, {"family": "B"}]}), event(2, {"name": [{"family": "C"}]})) == {
        "name": [{"family": "C"}]
    }


def test_identifiers_of_other_systems_stay() -> None:
    assert body(event(1, identifiers(("a", "1"), ("b", "2"))), event(2, identifiers(("b", "3"), ("c", "4")))) == (
        identifiers(("a", "1"), ("b", "3"), ("c", "4"))
    )


def test_erasure_of_identifiers_erases_the_older_ones_of_every_system() -> None:
    erased = event(2, {}, deleted=("identifier",))
    later = event(3, identifiers(("b", "2")))
    earlier = event(1, identifiers(("a", "1"), ("b", "1")))
    assert body(erased, later, earlier) == identifiers(("b", "2"))


def test_identifiers_sent_with_their_own_erasure_stay() -> None:
    both = event(2, identifiers(("b", "2")), deleted=("identifier",))
    assert body(event(1, identifiers(("a", "1"))), both) == identifiers(("b", "2"))


def link(other: str, kind: str = "replaces") -> Body:
    return {"link": [{"other": {"reference": f"Patient/{other}"}, "type": kind}]}


def test_links_to_other_patients_stay() -> None:
    assert body(event(2, link("r")), event(1, link("q")))["link"] == link("q")["link"] + link("r")["link"]


def test_newer_link_to_the_same_patient_replaces_an_older_one() -> None:
    assert body(event(1, link("q")), event(2, link("q", "replaced-by"))) == link("q", "replaced-by")


def test_erasure_of_links_erases_the_older_ones() -> None:
    assert body(event(1, link("q")), event(2, {}, deleted=("link",)), event(3, link("r"))) == link("r")


@pytest.mark.parametrize("result", ["Observation/o", "DiagnosticReport/d"])
def test_result_is_replaced_whole(result: str) -> None:
    preliminary = event(1, {"status": "preliminary", "note": [{"text": "haemolysed"}]}, of=result)
    final = event(2, {"status": "final"}, of=result)
    assert body(final, preliminary) == {"status": "final"}


@pytest.mark.parametrize("told", [{"inferred": ("status",)}, {"deleted": ("note",)}])
def test_result_is_replaced_whole_though_parts_are_inferred_or_erased(told: dict[str, Any]) -> None:
    older = event(1, {"status": "preliminary"}, of="Observation/o")
    assert body(event(2, {"status": "final"}, of="Observation/o", **told), older) == {"status": "final"}


def test_newest_event_names_mapping_and_raw_record() -> None:
    newest = event(5, {}, generation=3)
    assert current(newest, event(4, {"gender": "male"})).newest.raw == newest.origin.raw
    assert current(newest, event(4, {"gender": "male"})).newest.mapping == "set 3"


def test_two_contents_of_one_version_give_the_same_in_either_order() -> None:
    one, other = event(1, {"gender": "male"}, version="v"), event(2, {"gender": "female"}, version="v")
    assert current(one, other) == current(other, one)


def test_value_goes_before_an_erasure_of_the_same_version() -> None:
    one, other = event(1, {}, version="v", deleted=("gender",)), event(2, {"gender": "male"}, version="v")
    assert body(one, other) == body(other, one) == {"gender": "male"}


EVENTS = st.lists(
    st.builds(
        lambda raw, body, deleted, inferred: event(
            raw, body, deleted=deleted, inferred=inferred, version=f"{raw // 2}"
        ),
        st.integers(0, 9),
        BODIES,
        NAMES,
        NAMES,
    ),
    min_size=1,
    max_size=6,
)
"""Events of one patient, some of one version and unlike content."""

RESULTS = EVENTS.map(lambda events: [event(e.origin.raw.offset, e.body, of="Observation/o") for e in events])


@given(st.one_of(EVENTS, RESULTS), st.data())
def test_order_and_repeats_of_events_change_nothing(events: list[Resource], data: st.DataObject) -> None:
    repeated = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events), max_size=4))))
    assert refold(repeated) == refold(events)


@given(st.one_of(EVENTS, RESULTS), st.data())
def test_batches_that_events_came_in_change_nothing(events: list[Resource], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(events)))
    batches = [part for part in (events[:cut], events[cut:]) if part]
    assert reduce(merge, (current(*batch) for batch in batches)) == refold(events)


@given(EVENTS)
def test_folding_an_event_again_changes_nothing(events: list[Resource]) -> None:
    folded = current(*events)
    assert all(fold(folded, again) == folded for again in events)


@given(EVENTS)
def test_every_element_of_the_body_has_a_claim(events: list[Resource]) -> None:
    folded = current(*events)
    claimed: set[Any] = {name.partition("|")[0].removesuffix("[x]") for name in folded.element_versions}
    for member in folded.body.keys() - {"resourceType", "id"}:
        assert any(member.removeprefix("_").startswith(name) for name in claimed)


def test_event_alone_is_its_own_fold() -> None:
    told = event(1, {"gender": "male", "name": []}, inferred=("gender",))
    assert tell(told).element_versions == {"gender": Claim(0, "00001")}
