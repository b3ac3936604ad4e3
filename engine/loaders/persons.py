"""Persons, kept up in the loader's transaction: of what changed, only the persons that it touches are told anew.

What the tables hold is a function of the current patients, of all decisions and of the rule: neither the order in which
they came nor the batches make a difference. A number that joins nobody is counted and never read as a group, so that a
test value that a million patients share costs no more than any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from engine.loaders import person_rows as rows
from engine.loaders.currents import Changes
from engine.loaders.person_rows import Held, write_difference
from engine.loaders.tables import (
    PERSON_CROWDS,
    PERSON_DECISIONS,
    PERSON_IDENTIFIERS,
    PERSON_LINKS,
    PERSON_RULE,
    PERSONS,
)
from engine.loaders.warehouse import Overtaken, Transaction
from engine.persons.components import joined_pairs, persons
from engine.persons.decision import Decision
from engine.persons.links import Link, Rule, link_all
from engine.persons.patient import PATIENT, Evidence, Patient, read_patient

Told = Mapping[str, Patient | None]
"""Patients as they are now, by id; None for one that is no more."""


@dataclass(frozen=True, slots=True)
class Persons:
    """Keeps persons by one rule; a Follow."""

    secret: bytes
    rule: Rule

    def __call__(self, transaction: Transaction, changes: Changes, _now_us: int = 0) -> Mapping[str, int]:
        """Bring persons up to the patients among the changes; raises Overtaken where another rule is in use."""
        told = {
            identity: read_patient(current, self.secret) if current else None
            for (kind, identity), current in changes.items()
            if kind == PATIENT
        }
        if not told:
            return {}
        self._require_rule(transaction)
        return {PERSONS.name: refresh_persons(transaction, self.rule, told)}

    def decide(self, transaction: Transaction, decisions: Collection[Decision]) -> None:
        """Store decisions that were not stored before, and join and part what they say."""
        self._require_rule(transaction)
        transaction.insert(PERSON_DECISIONS, [rows.decision_row(one) for one in decisions])
        refresh_persons(transaction, self.rule, {}, {one for decision in decisions for one in decision.choice.pair})

    def _require_rule(self, transaction: Transaction) -> None:
        if not transaction.find(PERSON_RULE, ("rule",), ("name",), [(self.rule.name,)]):
            raise Overtaken("persons are kept by another rule - give all loaders one key and one `persons.most`")


def refresh_persons(transaction: Transaction, rule: Rule, told: Told, decided: Collection[str] = ()) -> int:
    """Bring the tables up to what is `told`, and to decisions about those `decided`; returns how many are changed."""
    held = rows.find_held(transaction, "patient", told)
    changes = {one: patient for one, patient in told.items() if patient != _patient(held.get(one))}
    if not changes and not decided:
        return 0
    before = [held[one].patient for one in changes if one in held]
    after = [patient for patient in changes.values() if patient]
    numbers = _regroup(transaction, rule, before, after)
    write_difference(transaction, PERSON_IDENTIFIERS, rows.identifier_rows(before), rows.identifier_rows(after))
    near = {*changes, *decided, *_members(numbers.before), *_members(numbers.after)}
    near.update(one for choice in rows.find_choices(transaction, near) for one in choice.pair)
    touched = _touched(transaction, near)
    patients = {one: held_one.patient for one, held_one in touched.items() if one not in changes}
    patients |= {patient.id: patient for patient in after}
    links = _relink(transaction, numbers, patients)
    joined = joined_pairs(links, rows.find_choices(transaction, patients))
    whose = persons(patients, joined)
    now = {one: Held(patient, whose[one]) for one, patient in patients.items()}
    return write_difference(transaction, PERSONS, rows.held_rows(touched), rows.held_rows(now))


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers that changed hands: who had and has those that join, and those that do not."""

    before: Mapping[Evidence, set[str]]
    after: Mapping[Evidence, set[str]]
    all: frozenset[Evidence]


def _regroup(transaction: Transaction, rule: Rule, before: Iterable[Patient], after: Iterable[Patient]) -> _Numbers:
    """Find the patients of each number that some of these patients had or have, and count those that join nobody."""
    lost, gained = _by_number(before), _by_number(after)
    numbers = frozenset(lost.keys() | gained.keys())
    crowds = rows.find_crowds(transaction, numbers)
    growth = Counter({one: len(gained.get(one, ())) - len(lost.get(one, ())) for one in numbers})
    still = {one: count + growth[one] for one, count in crowds.items() if not rule.joins(one, count + growth[one])}
    still = {one: count for one, count in still.items() if count}
    groups = rows.find_groups(transaction, [one for one in numbers if one not in still])
    grown = {one: (group - lost.get(one, set())) | gained.get(one, set()) for one, group in groups.items()}
    new = {one: len(group) for one, group in grown.items() if group and not rule.joins(one, len(group))}
    write_difference(transaction, PERSON_CROWDS, rows.crowd_rows(crowds), rows.crowd_rows({**still, **new}))
    joining = {one: group for one, group in grown.items() if one not in new}
    return _Numbers({one: group for one, group in groups.items() if one not in crowds}, joining, numbers)


def _relink(transaction: Transaction, numbers: _Numbers, patients: Mapping[str, Patient]) -> set[Link]:
    """Write the links of numbers that changed hands anew; all links that these patients now have."""
    theirs = {one for patient in patients.values() for one in patient.evidence}
    stored = rows.find_links(transaction, numbers.all | theirs)
    old = {link for link in stored if link.evidence in numbers.all}
    new = {
        link for number, group in numbers.after.items() for link in link_all(number, [patients[one] for one in group])
    }
    write_difference(transaction, PERSON_LINKS, rows.link_rows(old), rows.link_rows(new))
    return (stored - old) | new


def _touched(transaction: Transaction, near: Iterable[str]) -> dict[str, Held]:
    """All patients of all persons that some of these patients are."""
    held = rows.find_held(transaction, "patient", near)
    return rows.find_held(transaction, "person", {one.person for one in held.values()})


def _by_number(patients: Iterable[Patient]) -> dict[Evidence, set[str]]:
    groups: dict[Evidence, set[str]] = {}
    for patient in patients:
        for one in patient.evidence:
            groups.setdefault(one, set()).add(patient.id)
    return groups


def _members(groups: Mapping[Evidence, set[str]]) -> set[str]:
    return {one for group in groups.values() for one in group}


def _patient(held: Held | None) -> Patient | None:
    return held.patient if held else None
