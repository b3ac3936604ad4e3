"""Whose address it is: ranges of addresses, and the facilities that named them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

from engine.facilities.facility import Facility

Address = IPv4Address | IPv6Address


class Addresses:
    """Codes of facilities by the ranges that they name; one look-up for each length of prefix that occurs."""

    def __init__(self, facilities: Iterable[Facility]) -> None:
        ranges: dict[tuple[int, int], dict[int, list[str]]] = {}
        for facility in facilities:
            for network in facility.addresses:
                open_bits = network.max_prefixlen - network.prefixlen
                begins = ranges.setdefault((network.max_prefixlen, open_bits), {})
                begins.setdefault(int(network.network_address) >> open_bits, []).append(facility.code)
        self._ranges = ranges

    def find(self, address: str) -> frozenset[str]:
        """The codes of all facilities one of whose ranges holds the address; none for what is no address."""
        found = read_address(address)
        if found is None:
            return frozenset()
        width, number = found.max_prefixlen, int(found)
        return frozenset(
            code
            for (wide, open_bits), begins in self._ranges.items()
            if wide == width
            for code in begins.get(number >> open_bits, ())
        )


def holds(facility: Facility, address: str) -> bool:
    """Whether one of the facility's own ranges holds the address."""
    found = read_address(address)
    return found is not None and any(found in network for network in facility.addresses)


def read_address(text: str) -> Address | None:
    """The address; IPv4 in IPv6, as a socket for both shows it, is IPv4. None for what is no address."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
