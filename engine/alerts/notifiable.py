"""Notifiable diseases: a case from its diagnosis or laboratory confirmation on, until it is acknowledged as notified.

State, by the keyed hash of the patient: each case with the disease by its number, commune, and what it rests on; a case
whose diagnosis is corrected or taken back is a case no longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timezone
from typing import Self

from engine.alerts.case_file import Case, CaseFile, diagnosed, tell
from engine.alerts.diseases import Disease, Diseases, due_us
from engine.alerts.event import Event
from engine.alerts.evidence import Laboratory, Sighting, sight
from engine.alerts.kind import Line, Signal, State, Step

HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Notifiable:
    """The behavior of a rule of this kind."""

    diseases: Diseases
    deadline: str
    zone: timezone
    laboratory: tuple[Laboratory, ...] = ()
    before_us: int = 0
    """How long before the deadline somebody is told."""
    recent_us: int = 0
    """A diagnosis that is older than this when it is received is no new case."""
    episode_us: int = 0
    """Within this of one another, diagnoses of one disease are one case."""
    keep_us: int = 0
    """How long after its deadline a case is kept."""

    @property
    def settings(self) -> Mapping[str, float]:
        return {"tell_before_hours": self.before_us / HOUR_US}

    def changed(self, settings: Mapping[str, float]) -> Self:
        return replace(self, before_us=round(settings["tell_before_hours"] * HOUR_US))

    def key(self, event: Event) -> str | None:
        return event.subject if event.type in ("Condition", "Patient", "Observation") else None

    def lines(self, state: State) -> Iterable[Line]:
        return (self._line(case, held) for case, held in state["cases"].items())

    def step(self, state: State | None, event: Event | None, now_us: int) -> Step:
        file = CaseFile.of(state)
        signals: list[Signal] = []
        if event is not None and event.type == "Patient":
            file.move(event)
        elif event is not None:
            signals += self._take(file, event)
        signals += self._forget(file, now_us)
        tells = {case: self._tell_us(held) for case, held in file.cases.items()}
        for case, tell_us in tells.items():
            if tell_us <= now_us:
                signals.append(tell(case, file.cases[case], holds=True, at_us=tell_us))
        return Step(file.state(), tuple(signals), self._wake(file, tells, now_us))

    def _take(self, file: CaseFile, event: Event) -> Iterable[Signal]:
        """Put what an event says into the cases; those that rest on nothing any more end."""
        sighting = sight(event, self.diseases, self.laboratory, self.zone)
        ours = sighting if sighting and self._is_ours(sighting, event) else None
        held = file.seen.get(event.resource)
        if held is None and ours is None:
            return
        if held is not None and held["stamp"] >= event.stamp:
            return
        file.seen[event.resource] = {"stamp": event.stamp, "at": event.received_us}
        again = held is not None and held["stamp"].startswith(f"{event.version}/")
        yield from file.drop(event, ours.disease.id if ours else "")
        if ours:
            file.add(event, ours, self.episode_us, held is not None, again)

    def _is_ours(self, sighting: Sighting, event: Event) -> bool:
        is_new = sighting.at_us > event.received_us - self.recent_us
        return sighting.disease.deadline == self.deadline and is_new

    def _forget(self, file: CaseFile, now_us: int) -> Iterable[Signal]:
        for case, held in list(file.cases.items()):
            ends_us = self._due_us(held) + self.keep_us
            if ends_us <= now_us:
                del file.cases[case]
                yield tell(case, held, holds=False, at_us=ends_us)
        for resource, seen in list(file.seen.items()):
            is_used = any(resource in held["evidence"] for held in file.cases.values())
            if not is_used and seen["at"] + self.keep_us <= now_us:
                del file.seen[resource]

    def _wake(self, file: CaseFile, tells: Mapping[str, int], now_us: int) -> int | None:
        waits = [one for one in tells.values() if one > now_us]
        waits += [self._due_us(held) + self.keep_us for held in file.cases.values()]
        waits += [seen["at"] + self.keep_us for seen in file.seen.values() if not file.cases]
        return min(waits, default=None)

    def _due_us(self, held: Case) -> int:
        return due_us(self.deadline, diagnosed(held), self.zone)

    def _tell_us(self, held: Case) -> int:
        return max(self._due_us(held) - self.before_us, int(held["from"]))

    def _line(self, case: str, held: Case) -> Line:
        first = min(held["evidence"].values(), key=lambda one: one["at"])
        events = tuple(one["event"] for one in held["evidence"].values())
        place, name = held.get("place", ""), self._name(held["disease"])
        known = (case, held["subject"], held["facility"], place, name, first["basis"])
        return Line(*known, first["at"], self._due_us(held), self._tell_us(held), events)

    def _name(self, disease: str) -> str:
        found: Disease | None = next((one for one in self.diseases.all if one.id == disease), None)
        return found.name if found else disease
