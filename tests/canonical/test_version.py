from __future__ import annotations

from engine.canonical.version import CLOCK_SLACK_US, version

NOON = 1_763_899_200_000_000
DIGEST = "ab" * 32


def test_later_event_is_newer_whatever_came_first() -> None:
    assert version(NOON + 1, None, NOON + 5, DIGEST) > version(NOON, None, NOON + 900, DIGEST)


def test_sequence_number_decides_between_equal_times() -> None:
    assert version(NOON, 10, NOON, DIGEST) > version(NOON, 9, NOON + 5, DIGEST)


def test_receipt_decides_where_the_sender_says_nothing_more() -> None:
    assert version(NOON, None, NOON + 2, DIGEST) > version(NOON, None, NOON + 1, DIGEST)


def test_message_without_a_time_happened_when_it_was_received() -> None:
    assert version(None, None, NOON, DIGEST) == version(NOON, None, NOON, DIGEST)


def test_clock_that_runs_ahead_is_held_back() -> None:
    far, farther = (version(NOON + years * 31_536_000_000_000, None, NOON, DIGEST) for years in (1, 2))
    assert far == farther == version(NOON + CLOCK_SLACK_US, None, NOON, DIGEST)


def test_time_before_the_epoch_and_negative_sequence_still_sort() -> None:
    assert version(-5, -1, NOON, DIGEST) < version(1, 0, NOON, DIGEST)
