"""Merges: somebody is registered in a hurry under a number of their own, and found to be known already."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from engine.city import forms
from engine.city.patients import Patient
from engine.city.visits import Visit
from engine.city.world import Told, World, tell


def register_again(world: World, known: Patient) -> Patient:
    """The person under a second number, and without the numbers that would have told who it is."""
    sender = known.sender
    number = f"TAM-{world.number(sender, 'hurry'):06d}"
    again = Patient(sender, known.person, number, world.rng)
    again.forget_numbers()
    return again


def plan_merge(world: World, visit: Visit, known: Patient) -> None:
    """The visit goes on under the number that it began with; both patients become one some hours after that."""
    visit.case.records.append(visit.patient.record)
    due = visit.began + timedelta(hours=world.rng.randrange(6, 48))
    world.at(due, visit.case, partial(_merge, visit, known))


def _merge(visit: Visit, known: Patient, when: datetime) -> list[Told]:
    sender, again = visit.sender, visit.patient
    told = tell(visit.case, when, known, "ADT^A40", (), ())
    old = (
        again.number
        if sender.vendor.old_ids
        else f"{again.number}^^^{sender.authority}^{sender.vendor.identifier_type}"
    )
    lines = (f"EVN|A40|{forms.stamp(sender, told.when)}", known.pid, f"MRG|{old}")
    return [told._replace(lines=lines, says=(*told.says, (again.record, {"merged_into": known.number})))]
