"""The cases of one patient while a step changes them: what each rests on, where the patient lives, what was taken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from engine.alerts.event import Event
from engine.alerts.evidence import Sighting
from engine.alerts.kind import Signal, State

Case = dict[str, Any]


class CaseFile(NamedTuple):
    """The cases of one patient, and of which resources an event was taken."""

    cases: dict[str, Case]
    seen: dict[str, Any]

    @classmethod
    def of(cls, state: State | None) -> CaseFile:
        """The file that a state holds; the state stays as it is."""
        if state is None:
            return cls({}, {})
        return cls({case: dict(held) for case, held in state["cases"].items()}, dict(state["seen"]))

    def state(self) -> State | None:
        """As it is kept."""
        return {"cases": self.cases, "seen": self.seen} if self.cases or self.seen else None

    def move(self, event: Event) -> None:
        """Where the patient lives now."""
        for held in self.cases.values():
            if event.person.place and held.get("moved", "") < event.stamp:
                held |= {"place": event.person.place, "moved": event.stamp}

    def add(self, event: Event, sighting: Sighting, episode_us: int, was_seen: bool, again: bool) -> None:
        """Let a case rest on what an event says, one that is there or a new one."""
        case = self._case(event.resource, sighting, episode_us) or f"{sighting.disease.id}:{event.resource}"
        held = self.cases.setdefault(case, {"disease": sighting.disease.id, "subject": event.subject, "quiet": again})
        held.setdefault("facility", event.facility)
        held.setdefault("from", event.received_us if was_seen else 0)
        if event.person.place:
            held["place"] = event.person.place
        before = held.get("evidence", {}).get(event.resource)
        at_us = sighting.at_us if sighting.dated or before is None else min(before["at"], sighting.at_us)
        rests = {"at": at_us, "basis": sighting.basis, "event": event.id}
        held["evidence"] = {**held.get("evidence", {}), event.resource: rests}

    def _case(self, resource: str, sighting: Sighting, episode_us: int) -> str | None:
        """The case of the same disease that a sighting belongs to."""
        for case, held in self.cases.items():
            times = [one["at"] for one in held["evidence"].values()]
            is_near = min(times) - episode_us <= sighting.at_us <= max(times) + episode_us
            if held["disease"] == sighting.disease.id and (is_near or resource in held["evidence"]):
                return case
        return None

    def drop(self, event: Event, disease: str) -> Iterable[Signal]:
        """Take a resource out of the cases of other diseases than it tells of now, and end what rests on nothing."""
        for case, held in list(self.cases.items()):
            if event.resource in held["evidence"] and held["disease"] != disease:
                rest = {name: one for name, one in held["evidence"].items() if name != event.resource}
                if rest:
                    held["evidence"] = rest
                else:
                    del self.cases[case]
                    yield tell(case, held, holds=False, at_us=event.received_us)


def diagnosed(held: Case) -> int:
    """When the clock of a case began."""
    return min(int(one["at"]) for one in held["evidence"].values())


def tell(case: str, held: Case, *, holds: bool, at_us: int) -> Signal:
    """That somebody must notify a case, or need not any longer."""
    evidence = tuple(one["event"] for one in held["evidence"].values())
    known = (held["subject"], held["facility"], held.get("place", ""), evidence)
    return Signal(case, holds, at_us, *known, (), held["quiet"])
