"""A simulation is the same again for the same plan, keeps its size, and spreads over its days."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from engine.city.plan import Plan
from engine.city.senders import made_senders
from engine.city.simulation import Simulation
from engine.city.truth import Record

SENDERS = made_senders(40, 1)
PLAN = Plan(messages=3000, days=20)


def run(plan: Plan) -> tuple[list[bytes], list[dict[str, object]], Simulation]:
    records: list[Record] = []
    simulation = Simulation(plan, SENDERS, records.append)
    return [one.payload for one in simulation.sendings()], [one.line() for one in records], simulation


def test_same_plan_makes_the_same_messages_and_the_same_truth() -> None:
    assert run(PLAN)[:2] == run(PLAN)[:2]


def test_another_seed_makes_another_city() -> None:
    assert not set(run(PLAN)[0]) & set(run(replace(PLAN, seed=80))[0])


def test_faults_change_the_way_of_messages_and_not_the_city() -> None:
    whole, faulty = run(replace(PLAN, faulty=0.0))[0], run(replace(PLAN, faulty=0.3))[0]
    assert 0.5 < len(set(whole) & set(faulty)) / len(whole) < 1


def test_number_of_messages_is_kept_and_counted() -> None:
    messages, _, simulation = run(PLAN)
    counts = simulation.counts.as_json()
    assert len(messages) == PLAN.messages == counts["messages"] == sum(counts["fates"].values())
    assert sum(sum(of.values()) for types in counts["facilities"].values() for of in types.values()) == PLAN.messages


def test_messages_take_about_the_days_that_were_asked_for() -> None:
    first, *_, last = Simulation(replace(PLAN, messages=20_000, days=100), SENDERS, lambda _record: None).sendings()
    assert timedelta(days=75) < last.sent - first.sent < timedelta(days=125)


def test_every_record_is_finished_once() -> None:
    records: list[Record] = []
    simulation = Simulation(PLAN, SENDERS, records.append)
    assert sum(1 for _ in simulation.sendings()) == PLAN.messages
    assert max(Counter((one.kind, one.facility, one.key) for one in records).values()) == 1
    assert all(one.values for one in records)


def test_the_same_person_is_known_at_several_facilities_by_one_citizen_number() -> None:
    records: list[Record] = []
    for _ in Simulation(PLAN, SENDERS, records.append).sendings():
        pass
    patients = [one for one in records if one.kind == "patients" and one.values.get("citizen")]
    facilities: dict[str, set[str]] = {}
    for one in patients:
        facilities.setdefault(one.values["citizen"], set()).add(one.facility)
    assert max(map(len, facilities.values())) > 2
    people = {(one.values["citizen"], one.values["person"]) for one in patients}
    assert len(people) == len(facilities)


def test_what_happens_to_a_visit_is_told_in_its_order() -> None:
    """No order before the visit begins, no result before its order, nothing of a visit after it was cancelled."""
    seen: dict[str, list[str]] = {}
    for one in Simulation(replace(PLAN, faulty=0.0), SENDERS, lambda _record: None).sendings():
        pv1 = next((part for part in one.payload.split(b"PV1|")[1:]), b"").split(b"|")
        if len(pv1) > 18:
            seen.setdefault(pv1[18].split(b"\r")[0].split(b"\n")[0].decode(), []).append(one.type)
    assert len(seen) > 100
    for types in seen.values():
        assert types[0] in {"ADT^A01", "ADT^A04"}
        assert all("ORM^O01" in types[:place] for place, type_ in enumerate(types) if type_ == "ORU^R01")
        assert "ADT^A11" not in types[:-1]
        assert not any(pair == ("ADT^A03", "ADT^A03") for pair in pairwise(types))
