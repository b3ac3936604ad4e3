"""Versions: which of two messages about one thing is the newer."""

from __future__ import annotations

CLOCK_SLACK_US = 10 * 60 * 1_000_000
"""A sender's clock may run ahead of ours by this much; what lies further ahead is taken as received now."""

_DIGITS = 17
"""Of a moment in microseconds."""
_FORM = f"%0{_DIGITS}d-%015d-%0{_DIGITS}d-%s"


def version(event_us: int | None, sequence: int | None, received_us: int, digest: str) -> str:
    """The version that a message gives to what it says, as text that sorts in order of time.

    `event_us` is EVN-2 or MSH-7 as microseconds since the epoch in UTC, `sequence` MSH-13, `received_us` the receipt
    stored with the raw record, `digest` the SHA-256 of the raw bytes in hex, which makes the order total.
    """
    latest = received_us + CLOCK_SLACK_US
    event = received_us if event_us is None else min(event_us, latest)
    order = max(sequence or 0, 0)
    return _FORM % (max(event, 0), order, received_us, digest[:16])


def event_us(version: str, otherwise: int) -> int:
    """When the event was that a version is of, in microseconds since the epoch in UTC; of what is none, `otherwise`."""
    moment = version.partition("-")[0]
    return int(moment) if len(moment) == _DIGITS and moment.isascii() and moment.isdigit() else otherwise
