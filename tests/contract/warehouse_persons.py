"""The warehouse contract: persons follow from patients, decisions and the rule, whatever the order and the batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bus.record import Position
from engine.canonical.fold import refold
from engine.canonical.resource import Resource
from engine.loaders.batch import load_batch
from engine.loaders.currents import Changes
from engine.loaders.person_rows import Held, crowd_rows, held_rows, identifier_rows, link_rows
from engine.loaders.person_rule import Taking
from engine.loaders.persons import Persons
from engine.loaders.tables import BY_PERSONS, Row
from engine.loaders.warehouse import Overtaken, Warehouse
from engine.persons.components import joined_pairs, person_id, persons
from engine.persons.decision import TOPIC, Choice, Decision
from engine.persons.links import link_all, make_rule
from engine.persons.patient import Patient, read_patient
from tests.canonical.events import event
from tests.contract.warehouse_feed import NOW, Feeder, Told, receipt
from tests.contract.warehouse_loading import empty
from tests.rig.proof import count

SECRET = bytes(range(32))
MOST = 3
MANY = 10_000_000
PERSONS = Persons(SECRET, make_rule(SECRET, MOST))
SYSTEMS = {
    "citizen": "http://fhir.ehealth.gov.vn/core/sid/national_id",
    "card": "http://fhir.ehealth.gov.vn/core/sid/insurance_number",
    "social": "urn:vn:social-insurance",
}


def patient(
    raw: int, name: str, born: str = "", sex: str = "", deleted: tuple[str, ...] = (), **numbers: str
) -> Resource:
    """A version of a patient with these numbers."""
    identifiers = [{"system": SYSTEMS[kind], "value": number} for kind, number in numbers.items()]
    body: dict[str, Any] = {"identifier": identifiers, "birthDate": born, "gender": sex}
    return event(raw, {key: value for key, value in body.items() if value}, of=f"Patient/{name}", deleted=deleted)


def decision(offset: int, one: str, other: str, *, together: bool) -> Decision:
    one, other = sorted((one, other))
    return Decision(Choice(Position(TOPIC, 0, offset), one, other, together), "anna", NOW, "seen")


Step = Sequence[Resource | Decision]
"""What comes in one batch."""


@dataclass
class PersonFeeder(Feeder):
    """A loader that keeps persons too."""

    persons: Persons = PERSONS

    def load(self, *told: Told, now_us: int = NOW) -> Any:
        batch = self.batch(told)
        with self.warehouse.transaction() as transaction:
            loaded = load_batch(transaction, batch, now_us, [self.persons])
        self.offsets.update(batch.offsets)
        return loaded

    def decide(self, *decisions: Decision) -> None:
        with self.warehouse.transaction() as transaction:
            self.persons.decide(transaction, decisions)

    def go(self, steps: Iterable[Step]) -> None:
        """Load and decide batch after batch."""
        for step in steps:
            self.load(*(one for one in step if isinstance(one, Resource)))
            self.decide(*(one for one in step if isinstance(one, Decision)))


def feeder(warehouse: Warehouse, persons: Persons = PERSONS) -> PersonFeeder:
    taking = Taking(warehouse, persons)
    taking.begin()
    taking.finish()
    return PersonFeeder(warehouse, persons=persons)


def told_apart(warehouse: Warehouse) -> set[frozenset[str]]:
    """The patients of each person."""
    groups: dict[str, set[str]] = {}
    for one, person in warehouse.query("select patient, person from persons").rows:
        groups.setdefault(person, set()).add(one)
    assert all(person == person_id(min(group)) for person, group in groups.items())
    return {frozenset(group) for group in groups.values()}


def verdicts(warehouse: Warehouse) -> set[Row]:
    return set(warehouse.query("select kind, one, other, verdict, differs from person_links").rows)


def people(*groups: str) -> set[frozenset[str]]:
    return {frozenset(group) for group in groups}


def content(warehouse: Warehouse) -> dict[str, list[Row]]:
    """All rows of the tables that follow."""
    return {
        table.name: sorted(warehouse.query(f"select {', '.join(table.columns)} from {table.name}", MANY).rows)
        for table in BY_PERSONS
    }


def expected(steps: Iterable[Step]) -> dict[str, list[Row]]:
    """The same from the whole set at once."""
    things = [thing for step in steps for thing in step]
    told = [thing for thing in things if isinstance(thing, Resource)]
    choices = [thing.choice for thing in things if isinstance(thing, Decision)]
    folded = [refold(one for one in told if one.id == name) for name in {one.id for one in told}]
    patients = {one.id: one for one in (read_patient(current, SECRET) for current in folded if current)}
    groups: dict[Any, list[Patient]] = {}
    for one in patients.values():
        for number in one.evidence:
            groups.setdefault(number, []).append(one)
    joining = {number: group for number, group in groups.items() if PERSONS.rule.joins(number, len(group))}
    links = [link for number, group in joining.items() for link in link_all(number, group)]
    whose = persons(patients, joined_pairs(links, choices))
    crowds = {number: len(group) for number, group in groups.items() if number not in joining}
    made = (
        held_rows({one.id: Held(one, whose[one.id]) for one in patients.values()}),
        identifier_rows(patients.values()),
        link_rows(links),
        crowd_rows(crowds),
    )
    return {table.name: sorted(rows) for table, rows in zip(BY_PERSONS, made, strict=True)}


_CITIZENS = ("079092999011", "079092999012", "0" * 12)
_CARDS = ("DN4797999900011", "HT3797999900011", "7999900011", "GD4797999900022")
_SAID = st.builds(
    lambda name, citizen, card, born, sex, deleted: (name, citizen, card, born, sex, deleted),
    st.sampled_from("abcdef"),
    st.sampled_from(("", *_CITIZENS)),
    st.sampled_from(("", *_CARDS)),
    st.sampled_from(("", "1980", "1980-01-02", "1981-01-02")),
    st.sampled_from(("", "male", "female", "unknown")),
    st.sampled_from(((), (), ("identifier",))),
)


@st.composite
def _steps(draw: st.DrawFn) -> list[Step]:
    """Versions of patients and decisions in any order, cut into batches."""
    told = [_told(raw, one) for raw, one in enumerate(draw(st.lists(_SAID, min_size=1, max_size=12)))]
    order: Step = draw(st.permutations([*told, *draw(_DECIDED)]))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=6)))
    return [order[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(order)], strict=True)]


_PAIR = st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.booleans()).filter(lambda it: it[0] != it[1])
_DECIDED = st.lists(_PAIR, max_size=3).map(
    lambda drawn: [decision(at, one, other, together=yes) for at, (one, other, yes) in enumerate(drawn)]
)


def _told(raw: int, said: Any) -> Resource:
    name, citizen, card, born, sex, deleted = said
    numbers = {kind: number for kind, number in (("citizen", citizen), ("card", card)) if number}
    return patient(raw, name, born, sex, deleted, **numbers)


CASES = _steps()


class PersonsContract:
    def test_patients_with_one_number_are_one_person(self, warehouse: Warehouse) -> None:
        numbers = {"a": "079092999011", "b": "079092999011", "c": "079092999012"}
        feeder(warehouse).load(*(patient(raw, name, citizen=numbers[name]) for raw, name in enumerate("abc")))
        assert told_apart(warehouse) == people("ab", "c")
        assert verdicts(warehouse) == {("citizen", "a", "b", "linked", "")}

    def test_card_and_its_social_number_join(self, warehouse: Warehouse) -> None:
        work = feeder(warehouse)
        work.load(patient(1, "a", card="DN4797999900011"), patient(2, "b", card="7999900011"))
        work.load(patient(3, "c", social="7999900011"), patient(4, "d", card="HT3797999900012"))
        assert told_apart(warehouse) == people("abc", "d")

    def test_numbers_stand_nowhere_in_clear(self, warehouse: Warehouse) -> None:
        feeder(warehouse).load(patient(1, "a", citizen="079092999011", card="DN4797999900011"))
        held = str(content(warehouse))
        assert [number for number in ("079092999011", "DN4797999900011", "7999900011") if number in held] == []

    @pytest.mark.parametrize(
        ("born", "sex", "differs"),
        [
            (("1980-01-02", "1981-01-02"), ("", ""), "birth_date"),
            (("1980", "1981-01-02"), ("male", "female"), "birth_date,sex"),
            (("", "1981-01-02"), ("male", "female"), "sex"),
        ],
    )
    def test_contradicted_link_does_not_join_and_is_told(
        self, warehouse: Warehouse, born: tuple[str, str], sex: tuple[str, str], differs: str
    ) -> None:
        told = [patient(raw, name, born[raw], sex[raw], citizen="079092999011") for raw, name in enumerate("ab")]
        feeder(warehouse).load(*told)
        assert told_apart(warehouse) == people("a", "b")
        assert verdicts(warehouse) == {("citizen", "a", "b", "contradicted", differs)}

    @pytest.mark.parametrize("born", [("1980", "1980-05-01"), ("1980-05", "1980-05-01"), ("", "1980-05-01")])
    def test_partial_date_and_unknown_sex_contradict_nothing(self, warehouse: Warehouse, born: tuple[str, str]) -> None:
        sex = ("unknown", "male")
        told = [patient(raw, name, born[raw], sex[raw], citizen="079092999011") for raw, name in enumerate("ab")]
        feeder(warehouse).load(*told)
        assert told_apart(warehouse) == people("ab")

    def test_corrected_number_parts_what_it_joined(self, warehouse: Warehouse) -> None:
        work = feeder(warehouse)
        work.load(*(patient(raw, name, citizen="079092999011") for raw, name in enumerate("abc")))
        work.load(patient(9, "a", citizen="079092999012"))
        assert told_apart(warehouse) == people("a", "bc")
        work.load(patient(10, "a", citizen="079092999011"))
        assert told_apart(warehouse) == people("abc")

    def test_withdrawn_patient_joins_nobody_any_more(self, warehouse: Warehouse) -> None:
        work = feeder(warehouse)
        work.load(patient(1, "a", citizen="079092999011"), receipt(1))
        work.load(patient(2, "b", citizen="079092999011", card="DN4797999900011"), receipt(2))
        work.load(patient(3, "c", card="DN4797999900011"), receipt(3))
        assert told_apart(warehouse) == people("abc")
        work.load(receipt(2, 0, generation=2))
        assert told_apart(warehouse) == people("a", "c")
        assert verdicts(warehouse) == set()

    def test_number_that_too_many_share_joins_nobody_until_fewer_do(self, warehouse: Warehouse) -> None:
        work = feeder(warehouse)
        work.load(*(patient(raw, name, citizen="079092999011") for raw, name in enumerate("abc")))
        assert told_apart(warehouse) == people("abc")
        work.load(patient(4, "d", citizen="079092999011"))
        assert (told_apart(warehouse), verdicts(warehouse)) == (people(*"abcd"), set())
        assert warehouse.query("select kind, patients from person_crowds").rows == [("citizen", 4)]
        work.load(patient(5, "a", citizen="079092999012"))
        assert told_apart(warehouse) == people("a", "bcd")
        assert warehouse.query("select * from person_crowds").rows == []

    def test_number_that_is_typed_in_for_none_joins_nobody(self, warehouse: Warehouse) -> None:
        feeder(warehouse).load(patient(1, "a", citizen="0" * 12), patient(2, "b", citizen="0" * 12))
        assert told_apart(warehouse) == people("a", "b")
        assert warehouse.query("select kind, patients from person_crowds").rows == [("citizen", 2)]

    def test_decision_goes_before_numbers_and_the_newest_stands(self, warehouse: Warehouse) -> None:
        work = feeder(warehouse)
        work.load(patient(1, "a", citizen="079092999011"), patient(2, "b", citizen="079092999011"), patient(3, "c"))
        work.decide(decision(0, "a", "b", together=False), decision(1, "c", "b", together=True))
        assert told_apart(warehouse) == people("a", "bc")
        work.decide(decision(2, "b", "a", together=True))
        assert told_apart(warehouse) == people("abc")
        assert len(warehouse.query("select * from person_decisions").rows) == 3

    def test_decision_about_somebody_unknown_waits_for_them(self, warehouse: Warehouse) -> None:
        work = feeder(warehouse)
        work.load(patient(1, "a"))
        work.decide(decision(0, "a", "b", together=True))
        assert told_apart(warehouse) == people("a")
        work.load(patient(2, "b"))
        assert told_apart(warehouse) == people("ab")

    def test_persons_are_kept_by_one_rule(self, warehouse: Warehouse) -> None:
        feeder(warehouse).load(patient(1, "a"))
        other = Persons(SECRET, make_rule(SECRET, MOST + 1))
        with pytest.raises(Overtaken, match="another rule"), warehouse.transaction() as transaction:
            other(transaction, Changes({("Patient", "a"): refold([patient(1, "a")])}))

    def test_another_rule_is_taken_up_from_the_patients_that_are_there(self, warehouse: Warehouse) -> None:
        Feeder(warehouse).load(*(patient(raw, name, citizen="079092999011") for raw, name in enumerate("abcd")))
        feeder(warehouse)
        assert told_apart(warehouse) == people(*"abcd")
        taking = Taking(warehouse, Persons(SECRET, make_rule(SECRET, MOST + 1)), batch=1)
        taking.begin()
        assert content(warehouse)["persons"] == []
        taking.finish()
        assert told_apart(warehouse) == people("abcd")
        assert warehouse.query("select * from person_crowds").rows == []

    def test_reading_goes_on_where_it_was_broken_off_and_loading_meanwhile(self, warehouse: Warehouse) -> None:
        Feeder(warehouse).load(*(patient(raw, name, citizen="079092999011") for raw, name in enumerate("ab")))
        Taking(warehouse, PERSONS, batch=1).begin()
        assert Taking(warehouse, PERSONS, batch=1).step()
        assert len(content(warehouse)["persons"]) == 1
        PersonFeeder(warehouse, dict(warehouse.offsets())).load(patient(3, "c", citizen="079092999011"))
        last = Taking(warehouse, PERSONS, batch=1)
        last.begin()
        last.finish()
        assert told_apart(warehouse) == people("abc")

    def test_taker_of_another_rule_is_told(self, warehouse: Warehouse) -> None:
        taking = Taking(warehouse, PERSONS)
        taking.begin()
        Taking(warehouse, Persons(SECRET, make_rule(SECRET, MOST + 1))).begin()
        with pytest.raises(Overtaken, match="another rule"):
            taking.step()

    @settings(max_examples=count(3, 300), suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def test_any_order_and_batches_leave_the_same_persons(self, warehouse: Warehouse, data: st.DataObject) -> None:
        cases = data.draw(CASES)
        empty(warehouse)
        feeder(warehouse).go(cases)
        assert content(warehouse) == expected(cases)
