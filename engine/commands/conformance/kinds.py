"""The kinds of rows that the guide has."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a row maps."""

    MESSAGE = "message"
    SEGMENT = "segment"
    DATATYPE = "datatype"
    TABLE = "table"
