"""Faults as in life: messages of the sample feed that are not as they should be, and what must become of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from demo.message import Fate, FeedMessage, encode_lines, write_message
from demo.senders import CHILDREN_HOSPITAL, CITY_HOSPITAL, DISTRICT_CENTRE, PRIVATE_CLINIC, PRIVATE_HOSPITAL, Sender
from demo.visits import Told

Writer = Callable[[Told, str], FeedMessage]
"""Writes a message under a control id."""


def without_header(told: Told, _control_id: str) -> FeedMessage:
    """No MSH at all, so that nobody knows who sent it."""
    payload = encode_lines(told.sender, told.lines)
    return FeedMessage(payload, "", "", "AR", Fate.REFUSED, "NOT_HL7")


def without_control_id(told: Told, _control_id: str) -> FeedMessage:
    """MSH-10 is empty: an answer could not name what it answers."""
    return replace(
        write_message(told, ""),
        expected_answer="AR",
        expected_fate=Fate.REFUSED,
        expected_reason="CONTROL_ID_MISSING",
    )


def of_unknown_type(told: Told, control_id: str) -> FeedMessage:
    """A type that no mapping knows: accepted, since it is durable, then a dead letter."""
    return _dead(write_message(replace(told, type="ZZZ^Z99"), control_id), "UNMATCHED")


def with_broken_date(told: Told, control_id: str) -> FeedMessage:
    """PID-7 holds a thirteenth month."""
    return _dead(write_message(_change(told, "PID", 7, "19851332"), control_id), "VALUE")


def in_undeclared_charset(told: Told, control_id: str) -> FeedMessage:
    """TCVN3 bytes, nothing in MSH-18, and nothing in the registry that tells of them."""
    legacy = replace(told, sender=replace(told.sender, codec="tcvn3"))
    return _dead(write_message(legacy, control_id), "CHARSET")


def with_broken_line(told: Told, control_id: str) -> FeedMessage:
    """A line break inside PID-11 cuts the segment in two, and the second part is no segment."""
    broken = _change(told, "PID", 11, f"12 Hẻm Mẫu{told.sender.terminator}Phường Gò Vấp")
    return _dead(write_message(broken, control_id), "STRUCTURE")


def that_wants_no_answer(told: Told, control_id: str) -> FeedMessage:
    """MSH-15 NE (table 0155): good in itself, and never answered."""
    return write_message(replace(told, sender=replace(told.sender, accept="NE")), control_id)


FAULTS: tuple[tuple[Sender, Writer], ...] = (
    (PRIVATE_CLINIC, without_header),
    (DISTRICT_CENTRE, without_control_id),
    (CITY_HOSPITAL, of_unknown_type),
    (PRIVATE_CLINIC, with_broken_date),
    (PRIVATE_HOSPITAL, in_undeclared_charset),
    (PRIVATE_HOSPITAL, with_broken_line),
    (CHILDREN_HOSPITAL, that_wants_no_answer),
)
"""Each fault with the facility that it happens to."""


def resend(message: FeedMessage) -> FeedMessage:
    """The same bytes once more, as after an answer that got lost."""
    return replace(message, expected_fate=Fate.DUPLICATE)


def _dead(message: FeedMessage, reason: str) -> FeedMessage:
    return replace(message, expected_fate=Fate.DEAD, expected_reason=reason)


def _change(told: Told, segment: str, field: int, text: str) -> Told:
    """The message with another text in that field of its first such segment."""
    lines = list(told.lines)
    number = next(number for number, line in enumerate(lines) if line.startswith(segment))
    fields = lines[number].split("|")
    fields[field] = text
    lines[number] = "|".join(fields)
    return replace(told, lines=tuple(lines))
