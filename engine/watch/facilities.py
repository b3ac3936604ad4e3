"""The facilities that send, as one observing process knows them; bounded by the registry, whatever senders claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from engine.facilities.facility import Facility, Registry
from engine.watch.tally import Tally, read_tally

UNREGISTERED = "unregistered"
"""Stands for every facility that the registry does not have."""
MOST = 12_000
"""Facilities with a tally of their own; a registry with more has the rest counted as unregistered."""
REPORTING_US = 24 * 3600 * 1_000_000
"""A facility that sent within this time takes part."""
NOBODY = Facility(UNREGISTERED, UNREGISTERED, registered=False, sector="none", kind="none")


class Group(NamedTuple):
    """Facilities of one sector and kind."""

    sector: str
    kind: str


class Share(NamedTuple):
    """Of how many registered facilities how many take part."""

    registered: int = 0
    reporting: int = 0


class Facilities:
    """Tallies by facility; not safe to share between threads."""

    def __init__(self, registry: Registry, objective_us: int) -> None:
        """Messages should be in the warehouse within `objective_us`; those that take longer are late."""
        self._objective_us = objective_us
        self._tallies: dict[str, Tally] = {}
        self._unregistered = Tally()
        self.use(registry)

    def use(self, registry: Registry) -> None:
        """Go by this registry from now on; what was counted of facilities that are gone is forgotten."""
        kept = list(registry)[:MOST]
        self._known = {one.code: one for one in kept}
        self._expects = {one.code: frozenset(one.expects) for one in kept}
        self._tallies = {code: tally for code, tally in self._tallies.items() if code in self._known}

    def receive(self, facility: str, message_type: str, at_us: int) -> None:
        """Count an accepted message."""
        code = message_type[:3]
        self.of(facility).receive(at_us, code if code in self._expects.get(facility, ()) else None)

    def load(self, facility: str, received_us: int, took_us: int | None) -> None:
        """Count a message that the warehouse has; `took_us` is None where nobody saw when it got there."""
        tally = self.of(facility)
        tally.loaded += 1
        tally.loaded_us = max(tally.loaded_us, received_us)
        if took_us is not None and took_us > self._objective_us:
            tally.late += 1

    def bury(self, facility: str) -> None:
        """Count a dead letter."""
        self.of(facility).dead += 1

    def of(self, facility: str) -> Tally:
        """The tally of a facility, or the one of all that nobody registered."""
        if facility not in self._known:
            return self._unregistered
        found = self._tallies.get(facility)
        if found is None:
            found = self._tallies[facility] = Tally()
        return found

    def __iter__(self) -> Iterator[tuple[Facility, Tally]]:
        """Every registered facility, in the registry's order, and at the end those that are not."""
        for code, facility in self._known.items():
            yield facility, self._tallies.get(code) or Tally()
        yield NOBODY, self._unregistered

    def coverage(self, now_us: int) -> dict[Group, Share]:
        """By sector and kind, how many facilities there are and how many sent lately; platforms send for others."""
        found: dict[Group, Share] = defaultdict(Share)
        for facility, tally in self:
            if facility.registered and facility.kind != "platform":
                group = Group(facility.sector, facility.kind)
                share = found[group]
                reports = tally.received_us > now_us - REPORTING_US
                found[group] = Share(share.registered + 1, share.reporting + reports)
        return dict(sorted(found.items()))

    def body(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {code: tally.body() for code, tally in self._tallies.items()} | {UNREGISTERED: self._unregistered.body()}

    def restore(self, body: Mapping[str, Any]) -> None:
        """Go on from what `body` was made of; raises KeyError, TypeError or ValueError where it was made of none."""
        read = {code: read_tally(one) for code, one in body.items()}
        self._unregistered = read.pop(UNREGISTERED, Tally())
        self._tallies = {code: tally for code, tally in read.items() if code in self._known}
