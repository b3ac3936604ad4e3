"""Stays: days in a hospital, with transfers, rounds, and sometimes a step that is taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from engine.city import laboratory, treatment
from engine.city.diagnoses import Diagnosis
from engine.city.patients import Patient
from engine.city.visits import CANCELLED, FINISHED, IN_PROGRESS, Visit, draw_place
from engine.city.world import Step, Told, World

CANCELLED_ADMISSIONS, TAKEN_BACK = 0.01, 0.03
LONGEST = 45
_ROUND = 7
"""The hour of the morning round."""


def admit(world: World, patient: Patient, diagnosis: Diagnosis, when: datetime) -> list[Told]:
    """Somebody is admitted; what follows is planned."""
    visit = Visit(world, patient, "I", diagnosis, when)
    told = visit.adt(when, "A01", {"status": IN_PROGRESS})
    if world.rng.random() < CANCELLED_ADMISSIONS:
        world.at(when + timedelta(minutes=30), visit.case, partial(_cancel, visit))
    else:
        _plan(world, visit, when)
    return [told]


def keep_in(world: World, visit: Visit, when: datetime) -> list[Told]:
    """A patient of the emergency room becomes an inpatient, under the same number."""
    before = visit.place
    visit.move(draw_place(world, visit.sender, "I"), "I")
    _plan(world, visit, when)
    return [visit.adt(when, "A06", {"status": IN_PROGRESS}, before=before)]


def _cancel(visit: Visit, when: datetime) -> list[Told]:
    return [visit.adt(when, "A11", {"status": CANCELLED})]


def _plan(world: World, visit: Visit, began: datetime) -> None:
    """The days until the discharge."""
    rng = world.rng
    days = min(1 + round(rng.expovariate(1 / 4.2)), LONGEST)
    ends = began.replace(minute=rng.randrange(60), second=0) + timedelta(days=days, hours=rng.randrange(1, 5))
    world.at(ends, visit.case, partial(_discharge, world, visit))
    world.at(began + timedelta(minutes=40), visit.case, partial(_round, world, visit, ends))


def _round(world: World, visit: Visit, ends: datetime, when: datetime) -> list[Told]:
    """A day: what is ordered, given, charged and written, and the next day's round unless the stay is over."""
    rng = world.rng

    def during(hours: int, times: int, step: Step) -> None:
        for _ in range(times):
            due = when + timedelta(minutes=rng.randrange(5, hours * 60))
            if due < ends:
                world.at(due, visit.case, step)

    during(6, rng.choice((2, 3, 3, 4)), partial(laboratory.order, world, visit))
    during(10, rng.choice((2, 3, 4)), partial(treatment.prescribe, world, visit))
    during(10, 1, partial(treatment.charge, world, visit))
    during(10, rng.choice((0, 1, 1)), partial(treatment.write_document, world, visit, rng.choice(("PN", "DI"))))
    if rng.random() < 0.35:
        during(8, 1, partial(_transfer, world, visit))
    if rng.random() < 0.4:
        during(8, 1, partial(_update, visit))
    tomorrow = when.replace(hour=_ROUND, minute=rng.randrange(50)) + timedelta(days=1)
    if tomorrow < ends:
        world.at(tomorrow, visit.case, partial(_round, world, visit, ends))
    return []


def _transfer(world: World, visit: Visit, when: datetime) -> list[Told]:
    before = visit.place
    visit.move(draw_place(world, visit.sender, "I"))
    if world.rng.random() < TAKEN_BACK:
        world.at(when + timedelta(minutes=25), visit.case, partial(_take_back, visit, before))
    return [visit.adt(when, "A02", {"status": IN_PROGRESS}, before=before)]


def _take_back(visit: Visit, before: str, when: datetime) -> list[Told]:
    """The transfer did not take place."""
    if visit.over:
        return []
    visit.move(before)
    return [visit.adt(when, "A12", {"status": IN_PROGRESS})]


def _update(visit: Visit, when: datetime) -> list[Told]:
    visit.patient.correct()
    return [visit.adt(when, "A08", {})]


def _discharge(world: World, visit: Visit, when: datetime) -> list[Told]:
    visit.over = True
    told = visit.adt(when, "A03", {"status": FINISHED, "ended": when.isoformat()}, ended=when)
    paper = timedelta(minutes=world.rng.randrange(10, 300))
    if world.rng.random() < TAKEN_BACK:
        world.at(when + timedelta(minutes=15), visit.case, partial(_stay_on, world, visit))
    else:
        world.at(when + paper, visit.case, partial(treatment.write_document, world, visit, "DS"))
    return [told]


def _stay_on(world: World, visit: Visit, when: datetime) -> list[Told]:
    """The discharge is taken back, and comes a day later."""
    visit.over = False
    world.at(when + timedelta(days=1), visit.case, partial(_discharge, world, visit))
    return [visit.adt(when, "A13", {"status": IN_PROGRESS, "ended": ""})]
