"""Which address a name has, asked once, and whether the engine may go there: connections go to what was checked.

A name that is public when it is checked and private when it is used (DNS rebinding) leads nowhere, as it is used once.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from engine.alerts.sinks.sink import Away

Address = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: an IPv4 address in the last 32 bits."""
_LOW = (1 << 32) - 1


def resolve(host: str, port: int, allow: Iterable[str]) -> str:
    """An address of the host, all of which must be public or within `allow`; raises Away."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise Away(f"no address is known of {host} - see its name, and the resolver of this machine") from None
    addresses = [ip_address(str(place[0]).partition("%")[0]) for *_, place in found]
    ranges = [ip_network(one) for one in allow]
    if not addresses or not all(may_reach(one, ranges) for one in addresses):
        raise Away(f"its address is not allowed ({host}) - name its private range in `allow` if that is meant")
    return str(addresses[0])


def may_reach(address: Address, ranges: Iterable[object]) -> bool:
    """Whether it is public, or in one of the ranges, whatever form it is written in."""
    plain = _plain(address)
    if any(plain in one for one in ranges):  # type: ignore[operator]  # a network of either version
        return True
    return plain.is_global and not plain.is_multicast


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & _LOW)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)
