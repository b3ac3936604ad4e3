"""The standard's tables by version: which segments, fields and components there are, and what they are called.

They are hl7apy's, imported when first asked for: this is for checks and for people, not for the way of a message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from engine.hl7 import versions
from engine.hl7.path import Path

VERSIONS = ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", "2.8.1", "2.8.2")
"""The versions whose tables there are; any other reads as the nearest before it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A field or a component: its name, datatype and table number ("" for none), and how often it occurs.

    `maximum` is None where it may repeat without end.
    """

    name: str
    datatype: str
    table: str
    minimum: int
    maximum: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """A segment of a structure, or a group of them: how often it occurs, and what a group holds.

    `maximum` is None where it may repeat without end; of a `choice` one part occurs.
    """

    name: str
    minimum: int = 1
    maximum: int | None = 1
    parts: tuple[Part, ...] = ()
    choice: bool = False


@lru_cache(maxsize=64)
def structure_names(version: str) -> frozenset[str]:
    """The message structures of that version, such as ADT_A01."""
    return frozenset(_tables(version, "messages", "MESSAGES"))


@lru_cache(maxsize=512)
def find_structure(name: str, version: str) -> Part | None:
    """The segments and groups of a message structure; None for one that the version does not know."""
    rows = _tables(version, "messages", "MESSAGES").get(name)
    return _group(name, 1, 1, rows) if rows else None


@lru_cache(maxsize=1024)
def find_codes(table: str) -> frozenset[str]:
    """The codes of an HL7 table such as "0085", of all versions together; none for a table that nobody has."""
    every = (_tables(version, "tables", "TABLES").get(f"HL7{table}") for version in VERSIONS if version > "2.3")
    return frozenset(code for found in every if found for code in found[1] if code)


def table_numbers() -> frozenset[str]:
    """The numbers of the HL7 tables that some version has codes of."""
    every = (_tables(version, "tables", "TABLES") for version in VERSIONS if version > "2.3")
    return frozenset(name.removeprefix("HL7") for tables in every for name, found in tables.items() if found[1])


@lru_cache(maxsize=64)
def segment_names(version: str) -> frozenset[str]:
    """The segments of that version."""
    return frozenset(name for name in _tables(version, "segments", "SEGMENTS") if len(name) == _SEGMENT)


def datatype_names(version: str) -> frozenset[str]:
    """The datatypes of that version that have components."""
    return frozenset(_tables(version, "datatypes", "DATATYPES_STRUCTS"))


def field_count(segment: str, version: str) -> int:
    """The number of the segment's last field, 0 for a segment that the version does not know."""
    return max(_entries(version, "segments", "SEGMENTS", segment), default=0)


def find_field(segment: str, number: int, version: str) -> Entry | None:
    """Field `number` of the segment, counted from 1; None where the version has none."""
    return _entries(version, "segments", "SEGMENTS", segment).get(number)


def find_component(datatype: str, number: int, version: str) -> Entry | None:
    """Component `number` of the datatype, counted from 1; None where it has none or is no composite."""
    return _entries(version, "datatypes", "DATATYPES_STRUCTS", datatype).get(number)


def describe(path: Path, version: str) -> list[Entry]:
    """What the path names: the entries of its field, component and subcomponent, as far as the version knows them."""
    found = [find_field(path.segment, path.field, version)]
    for number in (path.component, path.subcomponent):
        if number is not None and found[-1] is not None:
            found.append(find_component(found[-1].datatype, number, version))
    return [entry for entry in found if entry is not None]


@lru_cache(maxsize=64)
def _tables(version: str, module: str, name: str) -> Mapping[str, Any]:
    package = versions.nearest(version, VERSIONS).replace(".", "_")
    tables: Mapping[str, Any] = getattr(import_module(f"hl7apy.v{package}.{module}"), name)
    return tables


@lru_cache(maxsize=4096)
def _entries(version: str, module: str, table: str, name: str) -> dict[int, Entry]:
    """The fields of a segment or the components of a datatype by number; some tables leave withdrawn ones out."""
    rows = _tables(version, module, table).get(name, ())
    if rows and isinstance(rows[0], str):  # a segment's rows stand behind their kind; a choice is of segments
        rows = rows[1] if rows[0] == "sequence" and len(rows) > 1 else ()
    if rows and isinstance(rows[0], str):  # a single row that is in no tuple of rows
        rows = (rows,)
    return {int(row[0].rpartition("_")[2]): _entry(row) for row in rows}


def _entry(row: Any) -> Entry:
    """An entry of hl7apy: (name, (kind, parts, datatype, long name, table, …), (minimum, maximum), …)."""
    _, (_, _, datatype, name, table, *_), (minimum, maximum), *_ = row
    return Entry(_spell(name), datatype, (table or "").removeprefix("HL7"), minimum, _end(maximum))


_SEGMENT = len("PID")


def _group(name: str, minimum: int, maximum: int, rows: Any) -> Part:
    """A group of hl7apy: (kind, ((name, what it is, (minimum, maximum), SEG or GRP), …)).

    What stands for any segment at all is left out: it says nothing of the segments that come. A choice of which a part
    may be left out is none: hl7apy calls some plain groups of v2.6 and later choices.
    """
    kind, inner, *_ = rows
    parts = [
        _group(part, counts[0], counts[1], what) if sort == "GRP" else Part(part, counts[0], _end(counts[1]))
        for part, what, counts, sort in inner
    ]
    named = tuple(part for part in parts if part.parts or len(part.name) == _SEGMENT)
    choice = kind == "choice" and all(part.minimum for part in named)
    return Part(name, minimum, _end(maximum), named, choice)


def _end(maximum: int) -> int | None:
    return None if maximum < 0 else maximum


def _spell(name: str) -> str:
    """PATIENT_NAME as people read it."""
    return re.sub("_+", " ", name or "").strip().capitalize()
