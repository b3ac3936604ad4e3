"""Visits by day: some hours in a hospital, a centre, a station or a clinic."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from engine.city import laboratory, stays, treatment
from engine.city.appointments import book
from engine.city.diagnoses import Diagnosis
from engine.city.merges import plan_merge
from engine.city.patients import Patient
from engine.city.visits import CANCELLED, FINISHED, Visit
from engine.city.world import Step, Told, World

LEFT, KEPT_IN, AGAIN = 0.015, 0.02, 0.15
"""Of a hundred visits: those of which nothing comes, that become stays, and that end with an appointment."""


def consult(
    world: World, patient: Patient, diagnosis: Diagnosis, when: datetime, known: Patient | None = None
) -> list[Told]:
    """Somebody registers, perhaps one who is `known` under another number; what follows is planned."""
    rng = world.rng
    urgent = patient.sender.kind == "hospital" and rng.random() < KEPT_IN
    visit = Visit(world, patient, "E" if urgent else "O", diagnosis, when)
    told = visit.adt(when, "A04", {})
    if known:
        plan_merge(world, visit, known)
    if urgent:
        world.at(when + timedelta(minutes=rng.randrange(60, 240)), visit.case, partial(stays.keep_in, world, visit))
    elif rng.random() < LEFT:
        world.at(when + timedelta(minutes=rng.randrange(10, 60)), visit.case, partial(_cancel, visit))
    else:
        _plan(world, visit, partial(consult, world, known or patient, diagnosis), when)
    return [told]


def _cancel(visit: Visit, when: datetime) -> list[Told]:
    return [visit.adt(when, "A11", {"status": CANCELLED})]


def _plan(world: World, visit: Visit, again: Step, began: datetime) -> None:
    """What happens in the hours until the patient leaves, and perhaps `again` some days later."""
    rng = world.rng

    def later(minutes: int, step: Step) -> None:
        world.at(began + timedelta(minutes=minutes + rng.randrange(20)), visit.case, step)

    if not visit.patient.is_right or rng.random() < 0.3:
        later(5, partial(_update, visit))
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        later(15, partial(laboratory.order, world, visit))
    if rng.random() < 0.9:
        later(210, partial(treatment.prescribe, world, visit))
    if rng.random() < 0.3:
        later(220, partial(treatment.write_document, world, visit, "PN"))
    if rng.random() < AGAIN:
        later(230, partial(book, world, visit, again))
    later(235, partial(treatment.charge, world, visit))
    later(260, partial(_leave, visit))


def _update(visit: Visit, when: datetime) -> list[Told]:
    """What the facility had wrong of the patient it has right now, and says so."""
    visit.patient.correct()
    return [visit.adt(when, "A08", {})]


def _leave(visit: Visit, when: datetime) -> list[Told]:
    values = {"status": FINISHED, "ended": when.isoformat()}
    return [visit.adt(when, "A03", values, ended=when)]
