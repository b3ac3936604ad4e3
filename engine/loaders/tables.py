"""The tables of the warehouse, as the loader knows them; their SQL stands in sql/, one file an engine.

Names of tables and columns enter SQL from here alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Row = tuple[Any, ...]
"""One row, a value for each column of its table; JSON is text, TIME is microseconds since the epoch, UTC."""


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "truth"
    FLOAT = "float"
    DECIMAL = "decimal"
    """38 digits, 9 of them behind the point."""
    JSON = "json"
    DATE = "date"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns in order, and those that name a row."""

    name: str
    columns: dict[str, Kind]
    key: tuple[str, ...]

    def keys(self, rows: Sequence[Row]) -> list[Row]:
        """The values of the key columns of each row."""
        names = list(self.columns)
        places = [names.index(column) for column in self.key]
        return [tuple(row[place] for place in places) for row in rows]


RAW = ("raw_topic", "raw_part", "raw_offset")
"""The columns of a raw record's position."""

ID = ("resource_type", "id")
"""The columns of a resource's id."""

_RAW = {"raw_topic": Kind.TEXT, "raw_part": Kind.NUMBER, "raw_offset": Kind.NUMBER}

OFFSETS = Table("offsets", {"topic": Kind.TEXT, "part": Kind.NUMBER, "next_offset": Kind.NUMBER}, ("topic", "part"))
"""Where the loader stands in each partition."""

MESSAGES = Table("messages", {"message_key": Kind.TEXT, **_RAW, "generation": Kind.NUMBER}, ("message_key",))
"""For each message the raw record that counts, of all that hold a copy, and that record's newest generation."""

RECEIPTS = Table(
    "receipts",
    {
        **_RAW,
        "generation": Kind.NUMBER,
        "facility": Kind.TEXT,
        "message_type": Kind.TEXT,
        "received": Kind.TIME,
        "message_key": Kind.TEXT,
        "outcome": Kind.TEXT,
        "events": Kind.NUMBER,
        "reason": Kind.TEXT,
        "loaded_at": Kind.TIME,
        "event_time": Kind.TIME,
    },
    RAW,
)
"""The newest receipt of each raw record, copies included."""

HISTORY = Table(
    "history",
    {
        **_RAW,
        "generation": Kind.NUMBER,
        "event_index": Kind.NUMBER,
        "resource_type": Kind.TEXT,
        "id": Kind.TEXT,
        "version": Kind.TEXT,
        "facility": Kind.TEXT,
        "subject": Kind.TEXT,
        "body": Kind.JSON,
        "deleted": Kind.TEXT,
        "inferred": Kind.TEXT,
        "weak": Kind.TRUTH,
        "mapping": Kind.TEXT,
        "message_key": Kind.TEXT,
        "received": Kind.TIME,
        "loaded_at": Kind.TIME,
    },
    (*RAW, "generation", "event_index"),
)
"""Every event of the raw records that count, in every generation."""

CURRENT = Table(
    "current",
    {
        "resource_type": Kind.TEXT,
        "id": Kind.TEXT,
        "version": Kind.TEXT,
        "facility": Kind.TEXT,
        "subject": Kind.TEXT,
        "body": Kind.JSON,
        "element_versions": Kind.JSON,
        "mapping": Kind.TEXT,
        **_RAW,
        "loaded_at": Kind.TIME,
    },
    ID,
)
"""What is current of each resource: the fold of its history rows of the newest generations."""

FATES = ("received", "loaded", "dead", "duplicate", "ignored", "held", "in_flight", "missing", "refused")
"""What reconciliation counts of raw records, and of messages that never were any."""

RECONCILIATION = Table(
    "reconciliation",
    {
        "hour": Kind.TEXT,
        "facility": Kind.TEXT,
        "message_type": Kind.TEXT,
        **dict.fromkeys(FATES, Kind.NUMBER),
        "counted_at": Kind.TIME,
    },
    ("hour", "facility", "message_type"),
)
"""What became of the messages that one facility sent of one type in one hour (UTC), as it was counted last."""

WITHDRAWALS = Table(
    "withdrawals",
    {"observation": Kind.TEXT, "report": Kind.TEXT, "listed": Kind.TEXT, "withdrawn": Kind.TEXT},
    ("observation", "report"),
)
"""The observations that a report listed, last in version `listed`, and that it took back in version `withdrawn`."""

PERSONS = Table(
    "persons",
    dict.fromkeys(("patient", "person", "facility", "birth_date", "sex", "identifiers"), Kind.TEXT),
    ("patient",),
)
"""The person that each current patient is, and by what: birth date, sex, identifiers as `citizen:HASH card:HASH`."""

PERSON_IDENTIFIERS = Table(
    "person_identifiers", dict.fromkeys(("patient", "kind", "value"), Kind.TEXT), ("value", "patient")
)
"""The numbers that say which person a patient is, as keyed hashes."""

PERSON_LINKS = Table(
    "person_links",
    dict.fromkeys(("kind", "value", "one", "other", "verdict", "differs", "one_facility", "other_facility"), Kind.TEXT),
    ("value", "one", "other"),
)
"""For each two patients with the same number whether it joins them, or what contradicts."""

PERSON_CROWDS = Table("person_crowds", {"kind": Kind.TEXT, "value": Kind.TEXT, "patients": Kind.NUMBER}, ("value",))
"""The numbers that join nobody, as too many patients have them or as they are known to name nobody."""

PERSON_DECISIONS = Table(
    "person_decisions",
    {
        "topic": Kind.TEXT,
        "part": Kind.NUMBER,
        "at_offset": Kind.NUMBER,
        "one": Kind.TEXT,
        "other": Kind.TEXT,
        "together": Kind.TRUTH,
        "who": Kind.TEXT,
        "decided": Kind.TIME,
        "why": Kind.TEXT,
    },
    ("topic", "part", "at_offset"),
)
"""What somebody decided about two patients; of one pair the newest stands."""

PERSON_RULE = Table("person_rule", dict.fromkeys(("rule", "name", "read_to"), Kind.TEXT), ("rule",))
"""The rule that persons are kept by, and how far the patients have been read since it was taken into use."""

BY_PERSONS = (PERSONS, PERSON_IDENTIFIERS, PERSON_LINKS, PERSON_CROWDS)
"""The tables that follow from current patients, decisions and the rule."""

VIEW_TABLES = Table(
    "view_tables",
    {
        "name": Kind.TEXT,
        "resource_type": Kind.TEXT,
        "fingerprint": Kind.TEXT,
        "column_kinds": Kind.JSON,
        "state": Kind.TEXT,
        "filled_to": Kind.TEXT,
        "changed_at": Kind.TIME,
    },
    ("name",),
)
"""The tables of views: what view each holds the rows of, and whether of all resources that are current."""

TABLES = (
    *(OFFSETS, MESSAGES, RECEIPTS, HISTORY, CURRENT, WITHDRAWALS, RECONCILIATION, VIEW_TABLES),
    *(*BY_PERSONS, PERSON_DECISIONS, PERSON_RULE),
)
"""The engine's own tables; those of views stand in `view_tables`."""
