"""A patient of one facility as far as it tells which person it is: numbers, birth date, sex.

Numbers are known by their systems (docs/reference/vietnam.md) and their forms, and are kept as keyed hashes only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from engine.canonical.fold import Current
from engine.canonical.key import subject
from engine.canonical.resource import Body

PATIENT = "Patient"

_CITIZEN_SYSTEM = "http://fhir.ehealth.gov.vn/core/sid/national_id"
_CARD_SYSTEM = "http://fhir.ehealth.gov.vn/core/sid/insurance_number"
_SOCIAL_SYSTEM = "urn:vn:social-insurance"
_CITIZEN = re.compile(r"[0-9]{12}")
_CARD = re.compile(r"[A-Z]{2}[1-5][0-9]{12}")
_SOCIAL = re.compile(r"[0-9]{10}")
_SOCIAL_DIGITS = 10

OBVIOUS = frozenset(
    {
        *(digit * length for digit in "0123456789" for length in (10, 12)),
        *("0123456789", "1234567890", "012345678901", "123456789012"),
    }
)
"""Numbers that are typed in where there is none."""


class Kind(StrEnum):
    """Which number of a person it is."""

    CITIZEN = "citizen"
    """CCCD: twelve digits, kept for life."""
    CARD = "card"
    """BHYT: a health-insurance card in 15 characters."""
    SOCIAL = "social"
    """BHXH: ten digits, the last of every card."""


class Evidence(NamedTuple):
    """A number that a patient has, as a keyed hash; equal hashes, equal numbers of one kind."""

    kind: Kind
    value: str


@dataclass(frozen=True, slots=True)
class Patient:
    """What is known of a patient; birth date and sex as FHIR has them, empty where they are not known."""

    id: str
    facility: str
    birth_date: str
    sex: str
    evidence: frozenset[Evidence]


def read_patient(current: Current, secret: bytes) -> Patient:
    """The patient that a current resource tells of."""
    body = current.body
    numbers = frozenset(hash_number(secret, kind, number) for kind, number in _numbers(body))
    born, sex = body.get("birthDate"), body.get("gender")
    return Patient(
        current.id,
        current.newest.facility,
        born if isinstance(born, str) else "",
        sex if sex in ("male", "female") else "",
        numbers,
    )


def hash_number(secret: bytes, kind: Kind, number: str) -> Evidence:
    """A number as evidence."""
    return Evidence(kind, subject(secret, f"person/{kind}", number.encode()))


def _numbers(body: Body) -> Iterator[tuple[Kind, str]]:
    identifiers = body.get("identifier")
    for one in identifiers if isinstance(identifiers, list) else ():
        if isinstance(one, dict) and isinstance(one.get("value"), str):
            yield from _read(one.get("system"), one["value"])


def _read(system: Any, value: str) -> Iterator[tuple[Kind, str]]:
    if system == _CITIZEN_SYSTEM and _CITIZEN.fullmatch(value):
        yield Kind.CITIZEN, value
    elif system == _SOCIAL_SYSTEM and _SOCIAL.fullmatch(value):
        yield Kind.SOCIAL, value
    elif system == _CARD_SYSTEM and (_CARD.fullmatch(value) or _SOCIAL.fullmatch(value)):
        social = value[-_SOCIAL_DIGITS:]
        yield Kind.SOCIAL, social
        if len(value) > _SOCIAL_DIGITS and social not in OBVIOUS:
            yield Kind.CARD, value
