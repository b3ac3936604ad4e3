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
    for identity, key in ((A, "a"), (B, "b"), (C, "c")):
        window.see(identity, key)
    assert len(window) == 2
    assert window.see(A, "a")[0] is Sighting.FIRST


def test_a_message_seen_again_stays_longer() -> None:
    window = Window(2)
    for identity, key in ((A, "a"), (B, "b"), (A, "a"), (C, "c")):
        window.see(identity, key)
    assert window.see(A, "a")[0] is Sighting.AGAIN
    assert window.see(B, "b")[0] is Sighting.FIRST


def test_a_message_that_could_not_be_stored_is_first_once_more() -> None:
    window = Window(2)
    _, entered = window.see(A, "k")
    window.forget(entered)
    assert window.see(A, "k")[0] is Sighting.FIRST


def test_a_message_is_known_again_after_its_control_id_was_reused() -> None:
    window = Window(10)
    _, first = window.see(A, "k1")
    window.see(A, "k2")
    assert window.see(A, "k1") == (Sighting.AGAIN, first)
    assert window.see(A, "k3")[0] is Sighting.REUSED


def test_a_control_id_whose_message_left_the_window_is_free() -> None:
    window = Window(1)
    window.see(A, "k1")
    window.see(B, "k2")
    assert window.see(A, "k3")[0] is Sighting.FIRST


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
