"""The check before the acknowledgment, of listeners with `ack: validated`: bytes in, errors out."""

from __future__ import annotations

from engine.config import ListenerSettings
from engine.facilities.facility import Facility
from engine.hl7.charset import CharsetFault, decode
from engine.hl7.conformance.form import MOST_SEGMENTS, Checker
from engine.hl7.conformance.rules import STANDARD, Profile
from engine.hl7.delimiters import HeaderFault
from engine.hl7.errors import ReportedError
from engine.hl7.header import Header
from engine.hl7.message import parse
from engine.listeners.profile import read_profile


class Validation:
    """Checks messages against a profile."""

    def __init__(self, profile: Profile = STANDARD) -> None:
        self._checker = Checker(profile)

    def check(self, payload: bytes, header: Header, facility: Facility) -> tuple[ReportedError, ...]:
        """What is wrong with the message, errors before warnings; never raises.

        Nothing for what is no matter of conformance: bytes that cannot be decoded, which become a dead letter later,
        and an MSH that cannot be read, which is answered before. The work is bounded, whatever the message.
        """
        try:
            text = decode(payload, header.charset, facility.charset, facility.charset_default).text
            message = parse(_head(text))
        except (CharsetFault, HeaderFault):
            return ()
        return self._checker.check(message)


def _head(text: str) -> str:
    """The text up to the segments that are looked at, and one more to show that there are more."""
    most = MOST_SEGMENTS + 1
    if text.count("\r") + text.count("\n") <= most:
        return text
    lines = text.replace("\r\n", "\r").replace("\n", "\r").split("\r", most)
    return "\r".join(lines[:most])


def validation_of(settings: ListenerSettings) -> Validation | None:
    """The check that a listener makes, None for `ack: stored`; raises Faults for a profile that is wrong."""
    if settings.ack != "validated":
        return None
    return Validation(read_profile(settings.profile).profile if settings.profile else STANDARD)
