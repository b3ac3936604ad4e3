"""Which of a patient's identifiers names the patient for the facility that sends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

LOCAL_TYPES = ("MR", "PI")
"""Table 0203: medical record number, patient internal identifier."""

NULL = '""'
KIND = 4
"""Where a repetition has its type code."""
LAST = 1 << 16
"""Behind every rank."""

Components = Sequence[str]
"""A CX repetition as its components: number, check digit, scheme, assigning authority, type code, …"""


def choose_identifier(
    repetitions: Iterable[Components], types: Sequence[str] = LOCAL_TYPES, authorities: Sequence[str] = ()
) -> str:
    """The number of the repetition of PID-3 that names the patient, or "" when none has a number.

    First one of the facility's own authority and of a preferred type, then one of a preferred type, then the first.
    The authority does not enter the identity, so that a sender may begin to fill it in without renaming its patients.
    """
    chosen, best = "", LAST
    for repetition in repetitions:
        number = repetition[0] if repetition else ""
        if number and number != NULL:
            rank = _rank(repetition, types, authorities)
            if rank == 0:
                return number
            if rank < best:
                chosen, best = number, rank
    return chosen


def is_best(repetition: Components, types: Sequence[str], authorities: Sequence[str]) -> bool:
    """Whether a repetition of a facility that names no authorities is chosen, whatever stands behind it."""
    if authorities or len(repetition) <= KIND or not types or repetition[KIND] != types[0]:
        return False
    return repetition[0] not in ("", NULL)


def _rank(repetition: Components, types: Sequence[str], authorities: Sequence[str]) -> int:
    kind = repetition[KIND] if len(repetition) > KIND else ""
    if kind not in types:
        return 2 * len(types)
    foreign = bool(authorities) and repetition[3].partition("&")[0] not in authorities
    return types.index(kind) + foreign * len(types)
