"""What goes on: the agenda of everything that is still to happen, and what the facilities know and number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import NamedTuple

from engine.city.patients import Patient
from engine.city.people import Person, Population
from engine.city.senders import Sender
from engine.city.truth import Case, Record, Values

Says = tuple[tuple[Record, Values], ...]


class Told(NamedTuple):
    """One message before it has its MSH: of which case, when, by whom, its type, its other segments.

    `says` is what becomes true once it has been sent.
    """

    case: Case
    when: datetime
    sender: Sender
    type: str
    lines: tuple[str, ...]
    says: Says


Step = Callable[[datetime], list[Told]]
"""What happens at a time, and the messages that tell of it."""

_SECOND = timedelta(seconds=1)


class World:
    """The state of the city; all chance comes from `rng`, in the order in which things happen."""

    def __init__(self, rng: Random, population: Population, finished: Callable[[Record], None]) -> None:
        self.rng = rng
        self.population = population
        self._finished = finished
        self._cases: dict[Case, None] = {}  # in the order in which they began
        self._agenda: list[tuple[datetime, int, Case, Step]] = []
        self._steps = 0
        self._patients: dict[tuple[str, int], Patient] = {}
        self._numbers: Counter[tuple[str, str]] = Counter()

    def case(self, began: datetime) -> Case:
        """Something new that takes time."""
        made = Case(self._finish, began)
        self._cases[made] = None
        return made

    def _finish(self, case: Case) -> None:
        del self._cases[case]
        for one in case.records:
            if one.values:
                self._finished(one)

    def at(self, when: datetime, case: Case, step: Step) -> None:
        """Let it happen then; what is due at one time happens in the order in which it was planned."""
        case.hold()
        self._steps += 1
        heappush(self._agenda, (when, self._steps, case, step))

    def until(self, when: datetime) -> Iterator[Told]:
        """Everything that happens before then, in order of time."""
        while self._agenda and self._agenda[0][0] < when:
            due, _, case, step = heappop(self._agenda)
            yield from step(due)
            case.release()

    def number(self, sender: Sender, what: str) -> int:
        """The next number of that kind at the facility, from 1."""
        self._numbers[sender.code, what] += 1
        return self._numbers[sender.code, what]

    def patient(self, sender: Sender, person: Person) -> Patient:
        """The person at the facility, registered there if that was not done before."""
        found = self._patients.get((sender.code, person.number))
        if found is None:
            number = sender.vendor.patient.format(self.number(sender, "patient"))
            found = self._patients[sender.code, person.number] = Patient(sender, person, number, self.rng)
        return found

    def knows(self, sender: Sender, person: Person) -> bool:
        """Whether the person is registered there."""
        return (sender.code, person.number) in self._patients

    def open_records(self) -> Iterator[Record]:
        """What was told so far in cases that are not over."""
        return (one for case in self._cases for one in case.records if one.values)

    def patients(self) -> Iterator[Record]:
        """What was told of all patients who are registered."""
        return (one.record for one in self._patients.values() if one.record.values)


def tell(case: Case, when: datetime, patient: Patient, type_: str, lines: tuple[str, ...], says: Says) -> Told:
    """A message about a patient; no two of one case have the same second, so that it is clear which came first."""
    case.latest = max(when, case.latest + _SECOND)
    case.hold()
    return Told(case, case.latest, patient.sender, type_, lines, ((patient.record, patient.values), *says))
