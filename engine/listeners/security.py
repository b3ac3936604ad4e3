"""The security events of a listener: who was refused, and which certificates were taken into use."""

from __future__ import annotations

import re

from engine.canonical.audit import Event
from engine.canonical.key import subject
from engine.facilities.addresses import read_address
from engine.facilities.facility import Facility
from engine.listeners.trail import Key, Trail

LONGEST_REASON = 80

_HASHED = re.compile(r"unregistered-[0-9a-f]{8}\Z")
_ODD = re.compile(r"[^A-Za-z0-9 _.,:()-]")


class SecurityEvents:
    """Tells the trail of one listener's events, in words of the engine only.

    A facility is written as the registry's code; one that nobody registered as the keyed hash that intake calls it by,
    or as one made here, so that no text of an unknown peer is ever written.
    """

    def __init__(self, listener: str, trail: Trail, secret: bytes) -> None:
        self._listener = listener
        self._trail = trail
        self._secret = secret

    def mismatch(self, address: str, facility: Facility) -> None:
        """A connection claimed a facility that it may not send for."""
        self._note(Event.MISMATCH, address, self._named(facility))

    def unknown_facility(self, address: str, facility: Facility) -> None:
        """A connection claimed a facility that the registry does not know."""
        self._note(Event.UNKNOWN_FACILITY, address, self._named(facility))

    def handshake_refused(self, address: str, reason: str) -> None:
        """A TLS handshake failed; `reason` is the TLS library's word for it."""
        self._note(Event.HANDSHAKE_REFUSED, address, reason=_ODD.sub("?", reason)[:LONGEST_REASON])

    def token_refused(self, address: str) -> None:
        """A request came without a token, or with one that nobody has."""
        self._note(Event.TOKEN_REFUSED, address)

    def certificate_reloaded(self) -> None:
        """New certificates, authorities or revocations are in use."""
        self._note(Event.CERTIFICATE_RELOADED)

    def limit_refused(self, address: str) -> None:
        """A connection was refused because there were too many."""
        self._note(Event.LIMIT_REFUSED, address)

    def _note(self, event: Event, address: str = "", facility: str = "", reason: str = "") -> None:
        known = str(read_address(address) or "")
        self._trail.note(Key(event, self._listener, known, facility, reason))

    def _named(self, facility: Facility) -> str:
        if facility.registered or _HASHED.match(facility.code):
            return facility.code
        return f"claimed-{subject(self._secret, 'claimed', facility.code.encode('utf-8', 'surrogateescape'))[:8]}"
