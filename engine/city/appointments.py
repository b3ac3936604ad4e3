"""Appointments: booked, moved, cancelled, missed, or kept by another visit."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from engine.city import forms
from engine.city.truth import Case, Record
from engine.city.visits import Visit
from engine.city.world import Step, Told, World, tell

WORDS = {"booked": "Booked", "cancelled": "Cancelled", "noshow": "Noshow"}
MOVED, CANCELLED, MISSED = 0.1, 0.2, 0.3
"""Of all appointments, one share added to the next; who comes after one was moved comes at the new time."""


class Appointment:
    """A time at which a patient shall come again."""

    def __init__(self, world: World, visit: Visit, time: datetime) -> None:
        self.world, self.visit, self.time = world, visit, time
        number = world.number(visit.sender, "appointment")
        self.number = f"LK{number:08d}"
        self.case: Case = world.case(time - timedelta(days=366))
        self.record: Record = self.case.record("appointments", visit.sender.code, self.number)

    def tell(self, when: datetime, event: str, status: str) -> Told:
        """An SIU message (version 2.3 has them too) with the time as it is now."""
        visit, sender = self.visit, self.visit.sender
        begins, ends = (forms.stamp(sender, self.time + timedelta(minutes=one)) for one in (0, 15))
        head = f"SCH|{self.number}^HIS|{self.number}^LICH|||||TK^Tái khám^99{sender.code}||15|min|^^^{begins}^{ends}"
        lines = (
            f"{head}{'|' * 14}{WORDS[status]}",
            visit.patient.pid,
            "RGS|1|A",
            f"AIL|1|A|K01^PK01^^{sender.code}",
        )
        said = {"patient": visit.patient.number, "time": self.time.isoformat(), "status": status}
        return tell(self.case, when, visit.patient, f"SIU^{event}", lines, ((self.record, said),))


def book(world: World, visit: Visit, comes: Step, when: datetime) -> list[Told]:
    """An appointment some days ahead; what becomes of it is planned, `comes` where it is kept."""
    rng = world.rng
    days = rng.choice((3, 7, 14, 28))
    one = Appointment(world, visit, when.replace(hour=rng.randrange(7, 16), minute=0, second=0) + timedelta(days=days))
    before, chance = one.time - timedelta(days=1), rng.random()
    if chance < MOVED:
        world.at(before, one.case, partial(_move, world, one, comes))
    elif chance < CANCELLED:
        world.at(before, one.case, partial(_end, one, "S15", "cancelled"))
    elif chance < MISSED:
        world.at(one.time + timedelta(hours=4), one.case, partial(_end, one, "S26", "noshow"))
    else:
        world.at(one.time, one.case, comes)
    return [one.tell(when, "S12", "booked")]


def _move(world: World, one: Appointment, comes: Step, when: datetime) -> list[Told]:
    one.time += timedelta(days=2)
    world.at(one.time, one.case, comes)
    return [one.tell(when, "S13", "booked")]


def _end(one: Appointment, event: str, status: str, when: datetime) -> list[Told]:
    return [one.tell(when, event, status)]
