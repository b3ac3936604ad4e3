"""Links: which patients a number joins, which it would join if they did not contradict each other, and which nobody.

All of it is a function of the set of patients; their order makes no difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import StrEnum
from hashlib import blake2b
from itertools import combinations
from typing import NamedTuple

from engine.persons.patient import OBVIOUS, Evidence, Kind, Patient, hash_number

_KIND_OF_LENGTH = {10: Kind.SOCIAL, 12: Kind.CITIZEN}


class Verdict(StrEnum):
    """What a number that two patients share comes to."""

    LINKED = "linked"
    CONTRADICTED = "contradicted"
    """Birth date or sex say that they are not one person."""


class Link(NamedTuple):
    """Two patients with the same number, `one` the lesser id; `differs` names what contradicts, by commas."""

    evidence: Evidence
    one: str
    other: str
    verdict: Verdict
    differs: str
    one_facility: str
    other_facility: str


class Rule(NamedTuple):
    """When a number joins: if no more than `most` patients have it, and it is not one of `never`."""

    most: int
    never: frozenset[Evidence]
    name: str
    """Equal names, equal rules and equal hashes of numbers."""

    def joins(self, evidence: Evidence, patients: int) -> bool:
        """Whether a number that so many patients have joins them."""
        return patients <= self.most and evidence not in self.never


def make_rule(secret: bytes, most: int, placeholders: Collection[str] = ()) -> Rule:
    """The rule of a secret and the settings; `placeholders` are numbers that name nobody, beside the obvious ones."""
    numbers = OBVIOUS.union(placeholders)
    never = frozenset(hash_number(secret, _KIND_OF_LENGTH[len(one)], one) for one in numbers)
    hashed = blake2b(digest_size=16)
    for evidence in sorted(never):
        hashed.update(evidence.value.encode())
    return Rule(most, never, f"1 {most} {hashed.hexdigest()}")


def link_all(evidence: Evidence, patients: Collection[Patient]) -> Iterator[Link]:
    """The links between all patients that have a number which joins."""
    for one, other in combinations(sorted(patients, key=lambda patient: patient.id), 2):
        differs = contradictions(one, other)
        verdict = Verdict.CONTRADICTED if differs else Verdict.LINKED
        yield Link(evidence, one.id, other.id, verdict, ",".join(differs), one.facility, other.facility)


def contradictions(one: Patient, other: Patient) -> list[str]:
    """What says that two patients are not one person.

    Dates agree when one begins as the other does, so that a year agrees with its days; what is unknown agrees with all.
    """
    born = one.birth_date, other.birth_date
    differs = [] if born[0].startswith(born[1]) or born[1].startswith(born[0]) else ["birth_date"]
    return differs + (["sex"] if one.sex and other.sex and one.sex != other.sex else [])
