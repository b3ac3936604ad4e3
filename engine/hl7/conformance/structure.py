"""Whether the segments of a message stand as its structure has them (HL7 v2.9, 2.12 and the chapters' syntax).

Segments that the structure does not know are passed over, wherever they stand (A15): Z segments, and those of later
versions. Reading is greedy: a segment belongs to the first place that may have it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from engine.hl7.dictionary import Part, find_structure, structure_names
from engine.hl7.errors import ErrorCondition, ReportedError
from engine.hl7.path import Path

_SHARED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(("ADT_A04", "ADT_A08", "ADT_A13"), ("ADT_A01",)),
        "ADT_A07": ("ADT_A06",),
        **dict.fromkeys(("ADT_A10", "ADT_A11"), ("ADT_A09",)),
        "ADT_A12": ("ADT_A12", "ADT_A09"),
        **dict.fromkeys(("ADT_A14", "ADT_A28", "ADT_A31"), ("ADT_A05", "ADT_A01")),
        **dict.fromkeys(
            ("ADT_A22", "ADT_A23", "ADT_A25", "ADT_A26", "ADT_A27", "ADT_A29", "ADT_A32", "ADT_A33"), ("ADT_A21",)
        ),
        **dict.fromkeys(("ADT_A34", "ADT_A35", "ADT_A36", "ADT_A46", "ADT_A47", "ADT_A48", "ADT_A49"), ("ADT_A30",)),
        **dict.fromkeys(("ADT_A40", "ADT_A41", "ADT_A42"), ("ADT_A39",)),
        **dict.fromkeys(("ADT_A44", "ADT_A43"), ("ADT_A43",)),
        "ADT_A51": ("ADT_A50",),
        "ADT_A53": ("ADT_A52",),
        "ADT_A55": ("ADT_A54",),
        "ADT_A62": ("ADT_A61",),
        **{f"SIU_S{event}": ("SIU_S12",) for event in range(13, 27)},
        **dict.fromkeys(("MDM_T03", "MDM_T05", "MDM_T07", "MDM_T09", "MDM_T11"), ("MDM_T01",)),
        **dict.fromkeys(("MDM_T04", "MDM_T06", "MDM_T08", "MDM_T10"), ("MDM_T02",)),
        "RDE_O25": ("RDE_O11",),
        **dict.fromkeys(("OUL_R23", "OUL_R24"), ("OUL_R22",)),
        **dict.fromkeys(("PPR_PC2", "PPR_PC3"), ("PPR_PC1",)),
        **dict.fromkeys(("REF_I13", "REF_I14", "REF_I15"), ("REF_I12",)),
    }
)
"""Table 0354: the structures of events that have none of their own name, the likelier first."""


@lru_cache(maxsize=1024)
def structure_of(declared: str, code: str, event: str, version: str) -> str:
    """The structure of a message: MSH-9.3, else that of its type and event; "" for one that the version has not."""
    known = structure_names(version)
    called = f"{code}_{event}" if event else code
    return next((name for name in (declared, called, *_SHARED.get(called, ())) if name in known), "")


@lru_cache(maxsize=512)
def firsts(parts: tuple[Part, ...]) -> frozenset[str]:
    """The segments that may be the first of these parts."""
    found: set[str] = set()
    for part in parts:
        found |= _first_of(part)
        if part.minimum:
            break
    return frozenset(found)


def _first_of(part: Part) -> frozenset[str]:
    if not part.parts:
        return frozenset((part.name,))
    if part.is_choice:
        return frozenset().union(*(_first_of(one) for one in part.parts))
    return firsts(part.parts)


@lru_cache(maxsize=512)
def segments_of(parts: tuple[Part, ...]) -> frozenset[str]:
    """Every segment of these parts."""
    return frozenset().union(*(segments_of(part.parts) if part.parts else frozenset((part.name,)) for part in parts))


def check_structure(names: Sequence[str], structure: str, version: str) -> list[ReportedError]:
    """Where the segments of a message, by name and in order, break its structure: missing, or out of place (100)."""
    parts = find_structure(structure, version)
    if not parts:
        return []
    known = segments_of(parts)
    walk = _Walk([(name, index) for index, name in enumerate(names) if name in known])
    walk.sequence(parts)
    return [*(_error(Path(name)) for name in walk.missing()), *_leftover(walk, names)]


def _leftover(walk: _Walk, names: Sequence[str]) -> list[ReportedError]:
    left = walk.left
    if left is None:
        return []
    name, index = left
    return [_error(Path(name, sequence=names[: index + 1].count(name)))]


def _error(where: Path) -> ReportedError:
    return ReportedError(ErrorCondition.SEGMENT_SEQUENCE_ERROR, where)


class _Walk:
    """Goes through the segments once, place by place; each step takes one or moves on in the structure."""

    def __init__(self, segments: Sequence[tuple[str, int]]) -> None:
        self._segments = segments
        self._at = 0
        self._missing: list[str] = []

    @property
    def left(self) -> tuple[str, int] | None:
        """The first segment that no place took."""
        return self._segments[self._at] if self._at < len(self._segments) else None

    def missing(self) -> list[str]:
        """The segments that had to be there and are not, each once; one that stands elsewhere is not missing."""
        elsewhere = {name for name, _ in self._segments[self._at :]}
        return [name for name in dict.fromkeys(self._missing) if name not in elsewhere]

    def sequence(self, parts: Sequence[Part]) -> None:
        """Take what stands in these places."""
        for part in parts:
            self._take(part)

    def _next(self) -> str:
        return self._segments[self._at][0] if self._at < len(self._segments) else ""

    def _take(self, part: Part) -> None:
        count, first = 0, _first_of(part)
        while self._next() in first and (part.maximum is None or count < part.maximum):
            before = self._at
            self._enter(part)
            count += 1
            if self._at == before:
                break
        if count < part.minimum:
            self._missing.append(_needed(part))

    def _enter(self, part: Part) -> None:
        if not part.parts:
            self._at += 1
        elif part.is_choice:
            self._take(next(one for one in part.parts if self._next() in _first_of(one)))
        else:
            self.sequence(part.parts)


def _needed(part: Part) -> str:
    """The segment by whose lack the lack of a part is told."""
    while part.parts:
        part = next((one for one in part.parts if one.minimum), part.parts[0])
    return part.name
