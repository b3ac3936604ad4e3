"""How one listener speaks on the wire: its framing, and what MLLP release 2 adds to it.

Release 2 confirms each block by a block of one byte, ACK when it is stored or NAK when it could not be (HL7 Transport
Specification: MLLP, release 2). The message's own acknowledgment follows as a block that the peer confirms in turn.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.config import MllpSettings
from engine.hl7.framing import Framer, frame

COMMIT_ACK = b"\x06"
COMMIT_NAK = b"\x15"

_STORED = frame(COMMIT_ACK)
_NOT_STORED = frame(COMMIT_NAK)


class Wire(NamedTuple):
    """The settings of a listener's wire; `confirms` is release 2."""

    max_frame: int
    missing_vt: bool = False
    missing_cr: bool = False
    confirms: bool = False

    def framer(self) -> Framer:
        """A framer for one connection."""
        return Framer(self.max_frame, accept_missing_vt=self.missing_vt, accept_missing_cr=self.missing_cr)

    def is_confirmation(self, payload: bytes) -> bool:
        """Whether the peer only confirms a block of ours: nothing to store, nothing to answer."""
        return self.confirms and payload in (COMMIT_ACK, COMMIT_NAK)

    def stored(self, reply: bytes) -> bytes:
        """What goes out for a frame that is stored and gets this answer, b"" for none."""
        answer = frame(reply) if reply else b""
        return _STORED + answer if self.confirms else answer

    def not_stored(self, reply: bytes) -> bytes:
        """What goes out for a frame that could not be stored, before the connection is closed."""
        answer = frame(reply) if reply else b""
        return _NOT_STORED + answer if self.confirms else answer


def read_wire(settings: MllpSettings) -> Wire:
    """The wire as the settings have it."""
    return Wire(
        settings.max_frame, settings.accept_missing_vt, settings.accept_missing_cr, confirms=settings.release == 2
    )
