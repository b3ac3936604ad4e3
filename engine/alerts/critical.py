"""Critical results: one that is beyond its limits, or flagged by the laboratory, until it is corrected or answered for.

State, by the keyed hash of the patient: of each result that was ever critical or corrected the stamp of its last event,
when it came, and whether it is critical; none of its values. It is forgotten after `remember`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from engine.alerts.event import Event
from engine.alerts.kind import Line, Signal, State, Step
from engine.alerts.limits import Limit, codes_of, flags_of
from engine.canonical.envelope import instant

COUNTING = frozenset({"final", "corrected", "amended"})
WAITING = frozenset({"registered", "preliminary"})
"""Results that say nothing yet."""


@dataclass(frozen=True, slots=True)
class Critical:
    """The behavior of a rule of this kind."""

    limits: tuple[Limit, ...]
    flags: frozenset[str] = frozenset()
    remember_us: int = 30 * 86_400_000_000

    @property
    def settings(self) -> Mapping[str, float]:
        sides = [(one.name, side, getattr(one, side)) for one in self.limits for side in ("below", "above")]
        return {f"{name}.{side}": value for name, side, value in sides if value is not None}

    def changed(self, settings: Mapping[str, float]) -> Self:
        return replace(self, limits=tuple(_changed(one, settings) for one in self.limits))

    def key(self, event: Event) -> str | None:
        if event.type != "Observation":
            return None
        concerns = bool(self.flags) or any(codes_of(event) & one.codes for one in self.limits)
        return event.subject if concerns else None

    def lines(self, state: State) -> Iterable[Line]:
        return ()

    def step(self, state: State | None, event: Event | None, now_us: int) -> Step:
        results: dict[str, Any] = dict(state["results"]) if state else {}
        signals = list(self._forget(results, now_us))
        refused: tuple[str, ...] = ()
        if event is not None and event.body.get("status") not in WAITING:
            judged = self._judge(event)
            if isinstance(judged, str):
                refused = (judged,)
            else:
                signals += _take(results, event, judged)
        wakes = [one["at"] + self.remember_us for one in results.values()]
        return Step({"results": results} if results else None, tuple(signals), min(wakes, default=None), refused)

    def _forget(self, results: dict[str, Any], now_us: int) -> Iterable[Signal]:
        for name, held in list(results.items()):
            ends_us = held["at"] + self.remember_us
            if ends_us <= now_us:
                del results[name]
                yield Signal(name, False, ends_us)

    def _judge(self, event: Event) -> bool | str:
        """Whether the result is critical, or a word for why that cannot be told."""
        if event.body.get("status") not in COUNTING:
            return False
        if flags_of(event) & self.flags:
            return True
        rows = [one for one in self.limits if codes_of(event) & one.codes]
        if not rows:
            return False
        at = str(event.body.get("effectiveDateTime", "")) or instant(event.received_us)
        row = next((one for one in rows if one.fits(event.person, at)), None)
        if row is None:
            return "person" if any(one.is_open(event.person, at) for one in rows) else False
        beyond = row.is_beyond(event.body.get("valueQuantity") or {})
        return "unit" if beyond is None else beyond


def _take(results: dict[str, Any], event: Event, critical: bool) -> Iterable[Signal]:
    held = results.get(event.resource)
    if held is not None and held["stamp"] >= event.stamp:
        return ()
    if held is not None or critical or event.body.get("status") != "final":
        results[event.resource] = {"stamp": event.stamp, "at": event.received_us, "critical": critical}
    again = held is not None and held["stamp"].startswith(f"{event.version}/")
    evidence = (event.id,)
    return (
        Signal(event.resource, critical, event.received_us, event.subject, event.facility, "", evidence, (), again),
    )


def _changed(limit: Limit, settings: Mapping[str, float]) -> Limit:
    sides = {side: settings.get(f"{limit.name}.{side}", getattr(limit, side)) for side in ("below", "above")}
    return limit._replace(**sides)
