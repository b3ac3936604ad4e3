"""Visits, merges and results from message to warehouse: what is begun, cancelled, merged, corrected and withdrawn.

Each is told in every order of arrival, and ends the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import permutations
from pathlib import Path
from shutil import copytree
from typing import Any

import orjson
import pytest

from engine.bus.record import Position
from engine.canonical.fold import refold
from engine.canonical.resource import Body, Resource
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import MappingSet
from engine.transforms.transform import transform
from tests.contract.warehouse_feed import Feeder
from tests.transforms.folders import FACILITY, HEAD, RECEIVED_US, SHIPPED, raw, shipped, write

DAY_US = 86_400_000_000
Message = Sequence[str]
"""An event and the segments behind MSH."""


def made(day: int, event: str, *segments: str, mappings: MappingSet | None = None) -> tuple[Resource, ...]:
    """What a message of the day makes."""
    head = HEAD.format(event).replace("20251001073512", f"202510{day:02d}073512")
    sent = raw("\r".join((head, *segments, "")).encode())
    named = sent._replace(message_key=f"k{day}", received_us=RECEIVED_US + (day + 1) * DAY_US)
    done = transform(named, Position("hl7.raw", 0, day), FACILITY, mappings or shipped(), 1)
    assert done.refusal is None
    return done.resources


def folded(resources: Iterable[Resource]) -> list[Body]:
    """The current resources that these events come to."""
    events: dict[tuple[str, str], list[Resource]] = defaultdict(list)
    for one in resources:
        events[one.type, one.id].append(one)
    return [current.body for _, told in sorted(events.items()) if (current := refold(told))]


def current(*messages: Message) -> list[Body]:
    """What is current after a message a day, whatever order they come in."""
    days = [made(day, *message) for day, message in enumerate(messages, 1)]
    first, *others = [folded(one for day in order for one in day) for order in permutations(days)]
    assert all(other == first for other in others)
    return first


PID = "PID|1||BN1^^^79991^PI||Nguyen^An"
HERE, THERE = "K11^P302^G05", "K12^P1^G1"
BEGAN, ENDED = "20251001073000+0700", "20251005100000+0700"
START, END = "2025-10-01T07:30:00+07:00", "2025-10-05T10:00:00+07:00"


def pv1(**fields: str) -> str:
    """PV1 of a visit; `_45` is PV1-45."""
    told = {"_1": "1", "_2": "I", "_3": HERE, "_19": "V1", "_44": BEGAN, **fields}
    return "PV1|" + "|".join(told.get(f"_{number}", "") for number in range(1, 53))


def visit(*messages: tuple[str, str]) -> Body:
    """The visit after these events, each with its PV1."""
    bodies = current(*((event, PID, segment) for event, segment in messages))
    (found,) = (body for body in bodies if body["resourceType"] == "Encounter")
    return found


def places(encounter: Body) -> list[tuple[str, str]]:
    """Where the visit was, and whether it is there."""
    return [(one["location"]["display"], one["status"]) for one in encounter.get("location", ())]


ADMITTED = ("ADT^A01", pv1(_14="1"))
DISCHARGED = ("ADT^A03", pv1(_36="01", _37="79992", _45=ENDED))
UPDATED = ("ADT^A08", pv1(_44=""))


def test_a_visit_that_ended_is_finished_whatever_is_updated_later() -> None:
    found = visit(ADMITTED, DISCHARGED, UPDATED)
    assert (found["status"], found["period"]) == ("finished", {"start": START, "end": END})


@pytest.mark.parametrize("repeated", [{}, {"_36": "01", "_37": "79992", "_45": ENDED}])
def test_a_cancelled_discharge_goes_on_though_the_message_repeats_it(repeated: dict[str, str]) -> None:
    found = visit(ADMITTED, DISCHARGED, ("ADT^A13", pv1(**repeated)), UPDATED)
    assert (found["status"], found["period"]) == ("in-progress", {"start": START})
    assert "hospitalization" not in found


def test_a_visit_may_end_again_after_a_cancelled_discharge() -> None:
    found = visit(ADMITTED, DISCHARGED, ("ADT^A13", pv1()), ("ADT^A03", pv1(_45="20251007100000+0700")))
    assert (found["status"], found["period"]["end"]) == ("finished", "2025-10-07T10:00:00+07:00")


@pytest.mark.parametrize(
    ("begin", "cancel", "status"),
    [
        ("A01", "A11", "cancelled"),
        ("A04", "A11", "cancelled"),
        ("A05", "A38", "cancelled"),
        ("A14", "A27", "cancelled"),
        ("A01", "A23", "entered-in-error"),
    ],
)
def test_what_was_cancelled_stays_so_until_it_is_begun_anew(begin: str, cancel: str, status: str) -> None:
    told = (f"ADT^{begin}", pv1()), (f"ADT^{cancel}", pv1()), UPDATED
    assert visit(*told)["status"] == status
    assert visit(*told, ADMITTED)["status"] == "in-progress"


def test_a_cancelled_transfer_leaves_the_patient_where_he_was() -> None:
    moved = ("ADT^A02", pv1(_3=THERE, _6=HERE))
    assert places(visit(ADMITTED, moved)) == [("K12 P1 G1", "active"), ("K11 P302 G05", "completed")]
    assert places(visit(ADMITTED, moved, ("ADT^A12", pv1(_3=HERE, _6=THERE)))) == [("K11 P302 G05", "active")]


def test_a_cancelled_pending_transfer_holds_no_place() -> None:
    found = visit(ADMITTED, ("ADT^A15", pv1(_42=THERE)), ("ADT^A26", pv1(_42=THERE)))
    assert places(found) == [("K11 P302 G05", "active")]


def test_a_cancelled_pending_discharge_takes_back_how_the_visit_was_to_end() -> None:
    pending = pv1(_36="01", _45=ENDED)
    found = visit(ADMITTED, ("ADT^A16", pending), ("ADT^A25", pending))
    assert (found["status"], found["period"]) == ("in-progress", {"start": START})
    assert "hospitalization" not in found


@pytest.mark.parametrize("event", ["A12", "A25", "A26", "A32", "A33", "A55", "A62"])
def test_what_is_cancelled_in_the_middle_of_a_visit_does_not_reopen_it(event: str) -> None:
    assert visit(ADMITTED, DISCHARGED, (f"ADT^{event}", pv1()))["status"] == "finished"


@pytest.mark.parametrize(
    ("events", "status"),
    [("A21", "onleave"), ("A21 A52", "in-progress"), ("A21 A22", "in-progress"), ("A21 A22 A53", "onleave")],
)
def test_a_leave_and_a_return_are_cancelled_into_each_other(events: str, status: str) -> None:
    assert visit(ADMITTED, *((f"ADT^{event}", pv1()) for event in events.split()))["status"] == status


@pytest.mark.parametrize(("change", "cancel"), [("A54", "A55"), ("A61", "A62")])
def test_a_cancelled_change_of_doctors_leaves_none_but_those_it_names(change: str, cancel: str) -> None:
    changed = (f"ADT^{change}", pv1(_7="999002^Le^Minh", _9="999002^Le^Minh"))
    assert len(visit(ADMITTED, changed)["participant"]) == 2
    assert "participant" not in visit(ADMITTED, changed, (f"ADT^{cancel}", pv1()))
    assert len(visit(ADMITTED, changed, (f"ADT^{cancel}", pv1(_7="999001^Tran^Mai")))["participant"]) == 1


def patients(*messages: Message) -> dict[str, tuple[bool | None, list[tuple[str, str]]]]:
    """Of each patient whether he is in use, and which other numbers he is linked to."""
    found = {body["id"]: body for body in current(*messages) if body["resourceType"] == "Patient"}
    called = {identity: body["identifier"][0]["value"] for identity, body in found.items()}
    return {
        called[identity]: (body.get("active"), [(one["type"], called[_id(one)]) for one in body.get("link", ())])
        for identity, body in found.items()
    }


def _id(link: Any) -> str:
    return str(link["other"]["reference"].removeprefix("Patient/"))


def merged(kept: int, former: int) -> Message:
    return ("ADT^A40", f"PID|1||BN{kept}^^^79991^PI||Nguyen^An", f"MRG|BN{former}^^^79991^PI")


PAIR = (PID, "PID|1||BN2^^^79991^PI||Nguyen^An")


def test_a_patient_of_several_merges_keeps_the_links_of_all() -> None:
    found = patients(merged(1, 2), merged(1, 3))
    assert sorted(found.pop("BN1")[1]) == [("replaces", "BN2"), ("replaces", "BN3")]
    assert found == {"BN2": (False, [("replaced-by", "BN1")]), "BN3": (False, [("replaced-by", "BN1")])}


def test_a_merge_is_reversed_by_one_the_other_way() -> None:
    assert patients(merged(1, 2), merged(2, 1)) == {
        "BN1": (False, [("replaced-by", "BN2")]),
        "BN2": (None, [("replaces", "BN1")]),
    }


@pytest.mark.parametrize("link", [("ADT^A24", *PAIR), merged(1, 2)])
def test_patients_that_are_unlinked_are_both_in_use(link: Message) -> None:
    assert patients(link, ("ADT^A37", *PAIR)) == {"BN1": (None, []), "BN2": (None, [])}


def test_a_person_who_is_deleted_stays_so_until_added_again() -> None:
    told = [(f"ADT^{event}", PID, "PV1|1|N") for event in ("A28", "A29", "A31", "A28")]
    assert patients(*told[:3]) == {"BN1": (False, [])}
    assert patients(*told) == {"BN1": (None, [])}


def states(body: Body) -> dict[str, str]:
    return {name: body[name]["coding"][0]["code"] for name in ("clinicalStatus", "verificationStatus") if name in body}


@pytest.mark.parametrize(
    ("event", "kind", "segment", "add", "delete"),
    [
        ("A60", "AllergyIntolerance", "IAM|1|DA|7980^Penicillin^RXNORM|SV||{}|DU1^HIS", "A", "D"),
        ("PC1", "Condition", "PRB|{}|20251001|E11^Dai thao duong^I10|VD1^HIS", "AD", "DE"),
    ],
)
def test_what_is_deleted_has_no_clinical_state_until_added_again(
    event: str, kind: str, segment: str, add: str, delete: str
) -> None:
    message = f"ADT^{event}" if event == "A60" else f"PPR^{event}^PPR_PC1"
    told = [(message, PID, "PV1|1|I", segment.format(action)) for action in (add, delete, add)]
    found = [states(body) for count in (2, 3) for body in current(*told[:count]) if body["resourceType"] == kind]
    assert found == [{"verificationStatus": "entered-in-error"}, {"clinicalStatus": "active"}]


def test_a_diagnosis_that_is_deleted_stands_again_when_added_again() -> None:
    told = [("ADT^A08", PID, pv1(), f"DG1|1||A97.1^^I10|||A{'|' * 15}{action}") for action in "ADA"]
    found = [states(body) for count in (2, 3) for body in current(*told[:count]) if body["resourceType"] == "Condition"]
    assert found == [{"verificationStatus": "entered-in-error"}, {}]


def report(state: str, *results: str) -> Message:
    """A report in this state (OBR-25) with results, each a code and its state (OBX-11)."""
    lines = [f"OBX|{n}|NM|{one[:3]}^{one[:3]}^99BVA||1|G/L|||||{one[4:]}" for n, one in enumerate(results, 1)]
    order = "OBR|1|P1^HIS|F1^LIS|CTM^CTM^99BVA|||20251001075800|||||||||||||||20251001091200||HM|"
    return ("ORU^R01^ORU_R01", PID, "ORC|RE|P1^HIS|F1^LIS", order + state, *lines)


def results(path: Path, *messages: Message) -> dict[str, str]:
    """The state of each result in a warehouse, whatever order a message a day comes in."""
    found = []
    for number, order in enumerate(permutations(made(day, *message) for day, message in enumerate(messages, 1))):
        warehouse = DuckdbWarehouse(path / f"{number}.duckdb")
        warehouse.migrate()
        feeder = Feeder(warehouse)
        for day in order:
            feeder.load(*day)
        rows = warehouse.query("select body from current where resource_type = 'Observation'").rows
        warehouse.close()
        bodies = [orjson.loads(body) for (body,) in rows]
        found.append({body["code"]["coding"][0]["code"]: body["status"] for body in bodies})
    assert all(one == found[0] for one in found)
    return found[0]


GONE = "entered-in-error"


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([report("F", "WBC F", "PLT F"), report("C", "WBC C")], {"WBC": "corrected", "PLT": GONE}),
        ([report("P", "WBC P"), report("A", "PLT F"), report("F", "PLT F")], {"WBC": GONE, "PLT": "final"}),
        ([report("P", "WBC P"), report("P", "PLT P")], {"WBC": "preliminary", "PLT": "preliminary"}),
        ([report("F", "WBC F"), report("R", "PLT R")], {"WBC": "final", "PLT": "preliminary"}),
        ([report("F", "WBC F"), report("F")], {"WBC": "final"}),
        ([report("P", "WBC P"), report("X")], {"WBC": GONE}),
        ([report("F", "WBC F", "PLT F"), report("C", "WBC W", "PLT D")], {"WBC": GONE, "PLT": GONE}),
        ([report("F", "WBC F"), report("C", "PLT F"), report("C", "WBC F")], {"WBC": "final", "PLT": GONE}),
        ([report("I"), report("F", "WBC X")], {"WBC": "cancelled"}),
    ],
)
def test_results_are_withdrawn_and_never_erased(
    tmp_path: Path, messages: list[Message], expected: dict[str, str]
) -> None:
    assert results(tmp_path, *messages) == expected


def test_a_sender_whose_corrections_hold_only_what_changed_is_told_so_by_a_table(tmp_path: Path) -> None:
    """An overlay says that C adds, as ResultStatus: { C: appended }."""
    folder = tmp_path / "mappings"
    copytree(SHIPPED / "standard", folder / "standard")
    write(folder, {"facilities/79991.yaml": 'facility: "79991"\ntables: { ResultStatus: { C: appended } }\n'})
    overlaid = load_mappings(folder, ())
    days = [made(1, *report("F", "WBC F", "PLT F")), made(2, *report("C", "WBC C"), mappings=overlaid)]
    bodies = folded(one for day in days for one in day)
    (found,) = (body for body in bodies if body["resourceType"] == "DiagnosticReport")
    assert (found["status"], len(found["result"])) == ("appended", 2)
