"""What the warehouse holds of persons: found by patients, persons and numbers, and written as differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from engine.bus.record import Position
from engine.loaders.tables import PERSON_CROWDS, PERSON_DECISIONS, PERSON_IDENTIFIERS, PERSON_LINKS, PERSONS, Row, Table
from engine.loaders.warehouse import Transaction
from engine.persons.decision import Choice, Decision
from engine.persons.links import Link, Verdict
from engine.persons.patient import Evidence, Kind, Patient

_CHOICE = ("topic", "part", "at_offset", "one", "other", "together")


class Held(NamedTuple):
    """A patient as the warehouse holds it, and the person it is."""

    patient: Patient
    person: str


def find_held(transaction: Transaction, by: str, keys: Iterable[str]) -> dict[str, Held]:
    """The patients that are held with one of these values of `patient` or `person`."""
    rows = transaction.find(PERSONS, tuple(PERSONS.columns), (by,), _keys(keys))
    return {row[0]: _read_held(row) for row in rows}


def find_groups(transaction: Transaction, evidence: Iterable[Evidence]) -> dict[Evidence, set[str]]:
    """The patients that have each of these numbers."""
    groups: dict[Evidence, set[str]] = {one: set() for one in evidence}
    wanted = _keys(one.value for one in groups)
    for kind, value, patient in transaction.find(PERSON_IDENTIFIERS, ("kind", "value", "patient"), ("value",), wanted):
        groups[Evidence(Kind(kind), value)].add(patient)
    return groups


def find_crowds(transaction: Transaction, evidence: Iterable[Evidence]) -> dict[Evidence, int]:
    """How many patients have those of the numbers that join nobody."""
    keys = _keys(one.value for one in evidence)
    rows = transaction.find(PERSON_CROWDS, tuple(PERSON_CROWDS.columns), ("value",), keys)
    return {Evidence(Kind(kind), value): patients for kind, value, patients in rows}


def find_links(transaction: Transaction, evidence: Iterable[Evidence]) -> set[Link]:
    """The links that these numbers make."""
    keys = _keys(one.value for one in evidence)
    return {_read_link(row) for row in transaction.find(PERSON_LINKS, tuple(PERSON_LINKS.columns), ("value",), keys)}


def find_choices(transaction: Transaction, patients: Iterable[str]) -> set[Choice]:
    """All that was decided about these patients."""
    keys = _keys(patients)
    found = [row for by in ("one", "other") for row in transaction.find(PERSON_DECISIONS, _CHOICE, (by,), keys)]
    return {Choice(Position(*row[:3]), *row[3:]) for row in found}


def write_difference(transaction: Transaction, table: Table, before: Iterable[Row], after: Iterable[Row]) -> int:
    """Make the rows that stood as `before` stand as `after`; equal rows are left alone. Returns how many are not."""
    held = dict(zip(table.keys(rows := list(before)), rows, strict=True))
    wanted = dict(zip(table.keys(rows := list(after)), rows, strict=True))
    gone = sorted(held.keys() - wanted.keys())
    changed = [row for key, row in sorted(wanted.items()) if key in held and held[key] != row]
    new = [row for key, row in sorted(wanted.items()) if key not in held]
    transaction.remove(table, table.key, gone)
    transaction.replace(table, changed)
    transaction.insert(table, new)
    return len(gone) + len(changed) + len(new)


def held_rows(held: Mapping[str, Held]) -> list[Row]:
    """Patients as rows of `persons`."""
    return [_held_row(one) for one in held.values()]


def identifier_rows(patients: Iterable[Patient]) -> list[Row]:
    """The numbers of patients as rows of `person_identifiers`."""
    return [(patient.id, *evidence) for patient in patients for evidence in patient.evidence]


def link_rows(links: Iterable[Link]) -> list[Row]:
    """Links as rows of `person_links`."""
    return [(*link.evidence, *link[1:]) for link in links]


def crowd_rows(crowds: Mapping[Evidence, int]) -> list[Row]:
    """Numbers that join nobody as rows of `person_crowds`."""
    return [(*evidence, patients) for evidence, patients in crowds.items()]


def decision_row(decision: Decision) -> Row:
    """A decision as a row of `person_decisions`."""
    choice = decision.choice
    return (*choice.at, *choice[1:], decision.who, decision.at_us, decision.why)


def _read_link(row: Row) -> Link:
    kind, value, one, other, verdict, *rest = row
    return Link(Evidence(Kind(kind), value), one, other, Verdict(verdict), *rest)


def _held_row(held: Held) -> Row:
    patient = held.patient
    numbers = " ".join(f"{one.kind}:{one.value}" for one in sorted(patient.evidence))
    return patient.id, held.person, patient.facility, patient.birth_date, patient.sex, numbers


def _read_held(row: Row) -> Held:
    identity, person, facility, born, sex, numbers = row
    parted = (one.partition(":") for one in numbers.split())
    evidence = frozenset(Evidence(Kind(kind), value) for kind, _, value in parted)
    return Held(Patient(identity, facility, born, sex, evidence), person)


def _keys(values: Iterable[str]) -> list[Row]:
    return [(value,) for value in dict.fromkeys(values)]
