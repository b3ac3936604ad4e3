"""The window of recent messages."""

from __future__ import annotations

from engine.listeners.window import Sighting, Window

A, B, C = b"f\rapp\rfac\r1", b"f\rapp\rfac\r2", b"f\rapp\rfac\r3"


def test_a_message_is_first_then_seen_again() -> None:
    window = Window(10)
    first, entered = window.see(A, "k1")
    again, found = window.see(A, "k1")
    assert (first, again) == (Sighting.FIRST, Sighting.AGAIN)
    assert found is entered


def test_another_message_under_the_same_control_id_is_reuse() -> None:
    window = Window(10)
    window.see(A, "k1")
    sighting, entered = window.see(A, "k2")
    assert (sighting, entered.message_key) == (Sighting.REUSED, "k2")


def test_the_oldest_message_leaves_a_full_window() -> None:
    window = Window(2)
    for identity in (A, B, C):
        window.see(identity, "k")
    assert len(window) == 2
    assert window.see(A, "k")[0] is Sighting.FIRST


def test_a_message_seen_again_stays_longer() -> None:
    window = Window(2)
    for identity in (A, B, A, C):
        window.see(identity, "k")
    assert window.see(A, "k")[0] is Sighting.AGAIN
    assert window.see(B, "k")[0] is Sighting.FIRST


def test_a_message_that_could_not_be_stored_is_first_once_more() -> None:
    window = Window(2)
    _, entered = window.see(A, "k")
    window.forget(entered)
    assert window.see(A, "k")[0] is Sighting.FIRST


def test_forgetting_spares_a_newer_message_of_the_same_control_id() -> None:
    window = Window(2)
    _, older = window.see(A, "k1")
    window.see(A, "k2")
    window.forget(older)
    assert window.see(A, "k2")[0] is Sighting.AGAIN


def test_a_window_of_no_size_remembers_nothing() -> None:
    window = Window(0)
    assert window.see(A, "k")[0] is Sighting.FIRST
    assert window.see(A, "k")[0] is Sighting.FIRST
    assert len(window) == 0
