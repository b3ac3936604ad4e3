"""What an account may be added up by."""

from __future__ import annotations

from enum import StrEnum


class Place(StrEnum):
    """A part of where a count belongs."""

    FACILITY = "facility"
    TYPE = "type"
    HOUR = "hour"

    @property
    def field(self) -> str:
        """Its name in a line of the account."""
        return "message_type" if self is Place.TYPE else self.value
