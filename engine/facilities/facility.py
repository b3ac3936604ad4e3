"""A facility: one of the hospitals, centres, stations and clinics that send."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from zoneinfo import ZoneInfo

from engine.facilities.destination import Destination
from engine.facilities.identifier import LOCAL_TYPES

CITY_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

EVERYBODY = "*"
"""In `sends_for`: every facility, one that the registry does not know yet too."""

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Facility:
    """What the registry knows of one sender.

    `senders` are the texts of MSH-4.1 that mean this facility, beside its code. `charset` overrides what its messages
    declare, `charset_default` stands in where they declare nothing and are no UTF-8. `identifier_types` is the order in
    which PID-3 repetitions name its patients (table 0203), `authorities` the PID-3.4 texts that are its own.
    """

    code: str
    name: str
    senders: tuple[str, ...] = ()
    zone: ZoneInfo = CITY_ZONE
    charset: str | None = None
    charset_default: str | None = None
    identifier_types: tuple[str, ...] = LOCAL_TYPES
    authorities: tuple[str, ...] = ()
    registered: bool = True
    listeners: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    addresses: tuple[Network, ...] = ()
    tokens: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    sends_for: tuple[str, ...] = ()
    expects: tuple[str, ...] = ()
    """Types of MSH-9.1 that should come from it."""
    departments: tuple[str, ...] = ()
    """Codes of PV1-3.1 that should come from it."""
    sector: str = "public"
    kind: str = "hospital"
    level: str = ""
    """Of care: initial, basic or specialized."""
    commune: str = ""
    """The code of the commune that it stands in."""
    answers_to: Destination | None = None
    """Where its application acknowledgments go."""

    @property
    def is_identified(self) -> bool:
        """Whether a connection must be known as its own, or as one that sends for it, before it may be claimed."""
        return bool(self.certificates or self.tokens or self.addresses)


class Registry:
    """The facilities, found by what a message claims in MSH-4."""

    def __init__(self, facilities: Iterable[Facility] = ()) -> None:
        self._by_code = {facility.code: facility for facility in facilities}
        self._by_sender = {
            sender: facility for facility in self._by_code.values() for sender in (*facility.senders, facility.code)
        }

    def __len__(self) -> int:
        return len(self._by_code)

    def __iter__(self) -> Iterator[Facility]:
        return iter(self._by_code.values())

    def by_code(self, code: str) -> Facility:
        """The facility of that code; one that nobody registered gets the city's defaults."""
        return self._by_code.get(code) or Facility(code, code, registered=False)

    def by_sender(self, claimed: str) -> Facility | None:
        """The facility whose messages claim this in MSH-4.1."""
        return self._by_sender.get(claimed)
