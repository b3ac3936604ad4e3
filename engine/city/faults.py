"""Faults as in life: messages that are not as they should be, and what must become of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from engine.city.sendings import Fate, Sending
from engine.city.world import Told
from engine.city.writing import msh, write


class Broken(NamedTuple):
    """A way in which a message is broken: how it is written then, and what must become of it."""

    name: str
    weight: float
    write: Callable[[Told, str], bytes]
    fate: Fate
    reason: str


def _with_header(told: Told, lines: tuple[str, ...], control_id: str, type_: str = "") -> bytes:
    return write(told.sender, (msh(told.sender, type_ or told.type, control_id, told.when), *lines))


def _unknown_type(told: Told, control_id: str) -> bytes:
    return _with_header(told, told.lines, control_id, "ZZZ^Z99")


def _broken_date(told: Told, control_id: str) -> bytes:
    """PID-7 holds a thirteenth month."""
    return _with_header(told, _changed(told.lines, 7, "19851332"), control_id)


def _broken_line(told: Told, control_id: str) -> bytes:
    """A line break inside PID-11 cuts the segment in two, and the second part is no segment."""
    text = f"12 Hẻm Mẫu{told.sender.vendor.terminator}Phường Mẫu"
    return _with_header(told, _changed(told.lines, 11, text), control_id)


def _other_charset(told: Told, control_id: str) -> bytes:
    """TCVN3 bytes of a sender of whom nobody knows that it writes TCVN3."""
    sender = replace(told.sender, vendor=replace(told.sender.vendor, codec="tcvn3"))
    return _with_header(told._replace(sender=sender), told.lines, control_id)


def _no_header(told: Told, _control_id: str) -> bytes:
    """No MSH at all, so that nobody knows who sent it."""
    return write(told.sender, told.lines)


def _no_control_id(told: Told, _control_id: str) -> bytes:
    """MSH-10 is empty: an answer could not name what it answers."""
    return _with_header(told, told.lines, "")


BROKEN = (
    Broken("unknown-type", 6, _unknown_type, Fate.DEAD, "UNMATCHED"),
    Broken("broken-date", 6, _broken_date, Fate.DEAD, "VALUE"),
    Broken("broken-line", 6, _broken_line, Fate.DEAD, "STRUCTURE"),
    Broken("other-charset", 6, _other_charset, Fate.DEAD, "CHARSET"),
    Broken("no-header", 2, _no_header, Fate.REFUSED, "NOT_HL7"),
    Broken("no-control-id", 3, _no_control_id, Fate.REFUSED, "CONTROL_ID_MISSING"),
)


def fits(broken: Broken, told: Told) -> bool:
    """Whether a message of that sender can be broken so: another charset only where UTF-8 is all that is known."""
    vendor = told.sender.vendor
    known = vendor.codec != "utf-8" or vendor.registry_charset or vendor.registry_default
    return broken.write is not _other_charset or not known


def sending(told: Told, control_id: str, broken: Broken | None = None) -> Sending:
    """The message, whole or broken, as it is sent at once."""
    if broken is None:
        payload = _with_header(told, told.lines, control_id)
        sent = Sending(payload, told.sender.code, told.type, control_id, told.when, told.when)
        return sent._replace(departments=_departments(told))
    payload = broken.write(told, control_id)
    facility = "" if broken.write is _no_header else told.sender.code
    type_ = {"unknown-type": "ZZZ^Z99", "no-header": ""}.get(broken.name, told.type)
    identity = control_id if broken.fate is Fate.DEAD else ""
    return Sending(payload, facility, type_, identity, told.when, told.when, broken.fate, broken.reason, broken.name)


def _departments(told: Told) -> tuple[str, ...]:
    """The first components of PV1-3, PV1-6 and AIL-3, each once."""
    lines = [line.split("|") for line in told.lines if line.startswith(("PV1|", "AIL|"))]
    places = [fields[at] for fields in lines for at in (3, 6) if at == 3 or (fields[0] == "PV1" and len(fields) > at)]
    return tuple(dict.fromkeys(place.partition("^")[0] for place in places if place))


def _changed(lines: tuple[str, ...], field: int, text: str) -> tuple[str, ...]:
    """The segments with another text in that field of PID."""
    place = next(number for number, line in enumerate(lines) if line.startswith("PID"))
    fields = lines[place].split("|")
    fields[field] = text
    return (*lines[:place], "|".join(fields), *lines[place + 1 :])
