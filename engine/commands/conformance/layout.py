"""Which segments a probe message holds, and in which order."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from engine.commands.conformance.structures import Slot, parts_of, slots, version_of
from engine.hl7.dictionary import Part


class Layout(NamedTuple):
    """The segments of one message in order, and which of them the probe is in."""

    version: str
    segments: tuple[str, ...]
    at: int


@lru_cache(maxsize=4096)
def lay_out(structure: str, segment: str, path: str, context: tuple[str, ...]) -> Layout:
    """The segments of a message that holds `segment` where the guide's path says, and those of the context.

    A path is `ORU_R01.PATIENT_RESULT.PATIENT.PRT`, or `ADT_A01:follow:PID.ROL` for a segment behind another. Where the
    structure has no such place the segment stands behind the one that it follows, or at the end of its group.
    """
    version = version_of(structure, segment)
    every = slots(structure, version)
    own = _choose(every, segment, path)
    wanted = _wanted(every, own, context)
    tree = _Tree(parts_of(structure, version), wanted, own.number if own else -1)
    numbers = tree.numbers()
    names = [every[number].segment for number in numbers]
    if own is not None:
        return Layout(version, tuple(names), numbers.index(own.number))
    at = _insert_at([every[number] for number in numbers], path)
    return Layout(version, (*names[:at], segment, *names[at:]), at)


def _choose(every: tuple[Slot, ...], segment: str, path: str) -> Slot | None:
    found = [slot for slot in every if slot.segment == segment]
    _, follows, behind = path.partition(":follow:")
    if follows:
        anchor = behind.split(".")[0]
        begin = next((slot.number for slot in every if slot.segment == anchor), 0)
        end = next(
            (
                slot.number
                for slot in every
                if slot.number > begin
                and not slot.groups
                and slot.segment in ("NK1", "PV1", "PV2", "DB1", "OBX", "AL1")
            ),
            len(every),
        )
        found = [slot for slot in found if begin < slot.number < end]
    return max(found, key=lambda slot: (_likeness(slot, path), -slot.number), default=None)


def _likeness(slot: Slot, path: str) -> int:
    names = path.split(".")[1:-1]
    own = [group.split("_", 2)[-1] for group in slot.groups]
    return sum(name in own for name in names) * 10 - len(own)


def _wanted(every: tuple[Slot, ...], own: Slot | None, context: Collection[str]) -> frozenset[int]:
    """The places to fill: the probe's own, and one for each segment of the context, near the probe's."""
    found = {own.number} if own else set()
    for name in context:
        if own is not None and name == own.segment:
            continue
        having = [slot for slot in every if slot.segment == name]
        if having:
            found.add(max(having, key=lambda slot: (_is_before(slot, own), _shared(slot, own), -slot.number)).number)
    return frozenset(found)


def _is_before(slot: Slot, own: Slot | None) -> bool:
    """Whether a place comes before the probe's: what others refer to mostly does."""
    return own is None or slot.number < own.number


def _shared(slot: Slot, own: Slot | None) -> int:
    """How many groups a place is in together with the probe's; one deeper inside than the probe's counts less."""
    groups = own.groups if own else ()
    shared = 0
    for one, other in zip(slot.groups, groups, strict=False):
        if one != other:
            break
        shared += 1
    return shared


class _Tree:
    """A structure cut down to the places wanted and what they and the standard require."""

    def __init__(self, parts: tuple[Part, ...], wanted: frozenset[int], own: int) -> None:
        self._wanted = wanted
        self._own = own
        self._next = 0
        self._parts = parts

    def numbers(self) -> list[int]:
        """The places kept, in order."""
        return self._keep(self._parts, is_choice=False)

    def _keep(self, parts: tuple[Part, ...], *, is_choice: bool) -> list[int]:
        found: list[tuple[list[int], int, int]] = []
        for part in parts:
            start = self._next
            inner = self._part(part)
            wanted = [one for one in self._wanted if start <= one < self._next]
            found.append((inner, 1 + (self._own in wanted) if wanted else 0, part.minimum))
        if is_choice:
            return max(found, key=lambda one: one[1])[0]
        return [one for inner, is_wanted, minimum in found if is_wanted or minimum for one in inner]

    def _part(self, part: Part) -> list[int]:
        if part.parts:
            return self._keep(part.parts, is_choice=part.choice)
        self._next += 1
        return [self._next - 1]


def _insert_at(kept: list[Slot], path: str) -> int:
    anchor = path.partition(":follow:")[2].split(".")[0]
    if anchor:
        found = [at for at, slot in enumerate(kept) if slot.segment == anchor]
        return found[-1] + 1 if found else len(kept)
    best = max(range(len(kept)), key=lambda at: (_likeness(kept[at], path), at), default=len(kept) - 1)
    return best + 1
