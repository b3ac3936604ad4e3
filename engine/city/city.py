"""The city's days: who comes where, and everything that is told of it, in order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import accumulate
from random import Random

from engine.city.calendar import arrivals
from engine.city.consultations import consult
from engine.city.diagnoses import draw_diagnosis
from engine.city.merges import register_again
from engine.city.people import Population, is_child
from engine.city.plan import CONSULTATION, STAY, Plan
from engine.city.senders import Sender
from engine.city.stays import admit
from engine.city.truth import Record
from engine.city.vaccinations import vaccinate
from engine.city.world import Told, World

STAYS = {"hospital": 0.068, "centre": 0.03, "station": 0.0, "clinic": 0.0}
"""Of the visits of a kind of facility; 2.56 of 53.6 million visits of the city are stays, most of them in hospitals."""
VACCINATIONS = {"hospital": 0.02, "centre": 0.08, "station": 0.4, "clinic": 0.02}
TWICE = 0.02
"""Of the visits of people who are known, those for which they are registered once more."""
NEAR = 0.5
"""Of the people who come, those of the commune of the facility."""
VISITS_EACH = 2
"""Visits of a person in the whole time, on average."""


class City:
    """Makes up visits and what the facilities tell of them; the same again for the same plan and senders."""

    def __init__(self, plan: Plan, senders: Sequence[Sender], finished: Callable[[Record], None]) -> None:
        self._senders = senders
        self._weights = tuple(accumulate(one.weight for one in senders))
        visits = plan.messages / _messages_a_visit(senders)
        population = Population(plan.seed, int(visits / VISITS_EACH), plan.first)
        self._world = World(Random(plan.seed), population, finished)
        self._arrivals = arrivals(self._world.rng, plan.first, visits / plan.days)

    def messages(self) -> Iterator[Told]:
        """What is told, in order of time and without end."""
        for when in self._arrivals:
            yield from self._world.until(when)
            yield from self._visit(when)

    def unfinished(self) -> Iterator[Record]:
        """What was told of all that goes on for ever or is not over: patients, and cases with steps to come."""
        yield from self._world.patients()
        yield from self._world.open_records()

    def _visit(self, when: datetime) -> list[Told]:
        world, rng = self._world, self._world.rng
        (sender,) = rng.choices(self._senders, cum_weights=self._weights)
        kind, chance = sender.kind, rng.random()
        child = sender.for_children or (kind == "station" and chance < VACCINATIONS[kind])
        person = world.population.anybody(rng, sender.home, near=NEAR, child=child)
        known = world.knows(sender, person)
        patient = world.patient(sender, person)
        if chance < VACCINATIONS[kind]:
            return vaccinate(world, patient, when)
        diagnosis = draw_diagnosis(rng, when.month, child=is_child(person.number))
        if known and rng.random() < TWICE:
            return consult(world, register_again(world, patient), diagnosis, when, known=patient)
        if rng.random() < STAYS[kind]:
            return admit(world, patient, diagnosis, when)
        return consult(world, patient, diagnosis, when)


def _messages_a_visit(senders: Sequence[Sender]) -> float:
    """Messages of an average visit."""
    whole = sum(one.weight for one in senders)
    stays = sum(one.weight * STAYS[one.kind] for one in senders) / whole
    single = sum(one.weight * VACCINATIONS[one.kind] for one in senders) / whole
    return single + (1 - single) * (stays * STAY + (1 - stays) * CONSULTATION)
