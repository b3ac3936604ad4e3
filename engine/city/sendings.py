"""What goes over the wire: bytes, and what must become of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


class Fate(StrEnum):
    """What an engine must make of a message."""

    LOADED = "loaded"
    """Accepted, and in the warehouse."""
    DEAD = "dead"
    """Accepted, and a dead letter with its reason."""
    DUPLICATE = "duplicate"
    """Accepted again, and counted once."""
    REFUSED = "refused"
    """Not accepted; kept as a dead letter."""


class Sending(NamedTuple):
    """One message at the time when it is sent; `fault` names what is wrong with it or its way, if anything is.

    `reason` is that of the dead letter, if there must be one.
    """

    payload: bytes
    facility: str
    type: str
    control_id: str
    told: datetime
    sent: datetime
    fate: Fate = Fate.LOADED
    reason: str = ""
    fault: str = ""
    departments: tuple[str, ...] = ()
    """Those that the message names, in PV1-3, PV1-6 and AIL-3."""

    def line(self, place: str) -> dict[str, Any]:
        """What is written of it; `place` tells where its bytes are."""
        return {
            "place": place,
            "facility": self.facility,
            "type": self.type,
            "control_id": self.control_id,
            "told": self.told.isoformat(),
            "sent": self.sent.isoformat(),
            "fate": self.fate,
            "reason": self.reason,
            "fault": self.fault,
            "departments": self.departments,
        }
