"""How many connections there are, in all and from each address."""

from __future__ import annotations


class Peers:
    """Counts connections by the address of the peer."""

    def __init__(self, most: int, most_per_peer: int) -> None:
        self._most = most
        self._most_per_peer = most_per_peer
        self._count = 0
        self._by_peer: dict[str, int] = {}

    def enter(self, peer: str) -> bool:
        """Count one more; False if that is more than may be. Who entered leaves, whatever the answer."""
        self._count += 1
        count = self._by_peer[peer] = self._by_peer.get(peer, 0) + 1
        return self._count <= self._most and count <= self._most_per_peer

    def leave(self, peer: str) -> None:
        """Count one less."""
        self._count -= 1
        self._by_peer[peer] -= 1
        if not self._by_peer[peer]:
            del self._by_peer[peer]
