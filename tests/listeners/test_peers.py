"""How many connections there may be."""

from __future__ import annotations

from engine.listeners.peers import Peers


def test_connections_are_counted_in_all_and_by_address() -> None:
    peers = Peers(3, 2)
    assert [peers.enter(peer) for peer in ("a", "a", "a", "b")] == [True, True, False, False]


def test_who_leaves_makes_room() -> None:
    peers = Peers(2, 1)
    assert peers.enter("a")
    assert not peers.enter("a")
    peers.leave("a")
    peers.leave("a")
    assert peers.enter("a")
    assert peers.enter("b")
