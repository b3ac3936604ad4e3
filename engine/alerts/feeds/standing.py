"""What stands of feeds: a facility whose messages are missing, and a certificate that ends.

State, by facility or listener: the last word on it. That time passes ends no certificate's alert; a newer one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from engine.alerts.event import Event
from engine.alerts.kind import Line, Signal, State, Step
from engine.canonical.feed_state import ACCOUNT, CERTIFICATE

DAY_US = 86_400_000_000
MISSING, ENDS = "missing", "certificate"


@dataclass(frozen=True, slots=True)
class Missing:
    """The behavior of `check: missing`: messages of a facility are nowhere that were accepted."""

    above: float = 1.0
    facilities: frozenset[str] = frozenset()
    """Those that it is about; all where there are none."""

    @property
    def settings(self) -> Mapping[str, float]:
        return {"above": self.above}

    def changed(self, settings: Mapping[str, float]) -> Self:
        return replace(self, above=settings["above"])

    def key(self, event: Event) -> str | None:
        ours = event.type == ACCOUNT and (not self.facilities or event.facility in self.facilities)
        return event.facility if ours else None

    def lines(self, state: State) -> Iterable[Line]:
        return ()

    def step(self, state: State | None, event: Event | None, now_us: int) -> Step:
        held = state or {"missing": 0, "facility": ""}
        if event is not None:
            held = {"missing": int(event.body["missing"]), "facility": event.facility}
        holds = held["missing"] >= max(self.above, 1)
        signal = Signal(MISSING, holds, now_us, facility=held["facility"], labels=(("check", MISSING),))
        return Step(held if held["missing"] else None, (signal,))


@dataclass(frozen=True, slots=True)
class Ending:
    """The behavior of `check: certificate`: the certificate of a listener ends soon, or has ended."""

    within_us: int = 30 * DAY_US

    @property
    def settings(self) -> Mapping[str, float]:
        return {"within_days": self.within_us / DAY_US}

    def changed(self, settings: Mapping[str, float]) -> Self:
        return replace(self, within_us=round(settings["within_days"] * DAY_US))

    def key(self, event: Event) -> str | None:
        return str(event.body.get("listener", "")) if event.type == CERTIFICATE else None

    def lines(self, state: State) -> Iterable[Line]:
        return ()

    def step(self, state: State | None, event: Event | None, now_us: int) -> Step:
        held = state
        if event is not None:
            ends_us = int(event.body["ends"])
            if held is None or held["ends"] != ends_us:
                held = {"listener": str(event.body["listener"]), "ends": ends_us, "since": now_us}
        if held is None:
            return Step(None)
        soon_us = held["ends"] - self.within_us
        holds = soon_us <= now_us
        labels = (("check", ENDS), ("listener", held["listener"]))
        signal = Signal(ENDS, holds, max(soon_us, held["since"]) if holds else now_us, labels=labels)
        return Step(held, (signal,), None if holds else soon_us)
