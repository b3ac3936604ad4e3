"""Numbers and codes as Vietnam writes them: each read as its normal form, or as nothing.

None of these numbers has a check digit. What a number says of its holder (sex, year of birth, province) may be out of
date, so nothing is refused because of it.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PROVINCES = (
    "001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040 042 "
    "044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 086 087 "
    "089 091 092 093 094 095 096"
)
"""The 63 provinces of before July 2025, by which citizens were numbered."""

_CITIZEN = re.compile(rf"(?:{'|'.join(_PROVINCES.split())})[0-3][0-9]{{8}}\Z")
"""Province, century and sex, year of birth, number; those of births from 2100 on are still to come."""
_OLD_CARD = re.compile(r"[0-9]{9}\Z")
_INSURANCE = re.compile(r"[A-Z]{2}[1-5][0-9]{12}\Z")
_SOCIAL = re.compile(r"[0-9]{10}\Z")
_LICENCE = re.compile(r"[0-9]{3,6}/[A-ZĐ]{2,5}-(?:CCHN|GPHN)\Z")
_ICD_10 = re.compile(r"([A-Z][0-9]{2})\.?([0-9]{1,2})?\Z")
_PRINTED = str.maketrans("", "", " \t\u00a0-.")
_MARKS = str.maketrans("", "", " \t\u00a0\u2020*+")
"""Around a code: the dagger and asterisk of dual classification, also typed as a plus sign."""
_DIGITS_OF_SOCIAL = 10

MOST = 256
"""Numbers remembered of one kind, since a mapping asks what a number is more than once."""


@lru_cache(maxsize=MOST)
def citizen(text: str) -> str | None:
    """A citizen's number (CCCD): 12 digits that begin with a province, and a century (decree 137/2015, art. 13)."""
    bare = text.translate(_PRINTED)
    return bare if _CITIZEN.match(bare) else None


@lru_cache(maxsize=MOST)
def old_card(text: str) -> str | None:
    """A number of the identity cards (CMND) before those of 12 digits: 9 digits."""
    bare = text.translate(_PRINTED)
    return bare if _OLD_CARD.match(bare) else None


@lru_cache(maxsize=MOST)
def insurance_card(text: str) -> str | None:
    """A health-insurance card (BHYT) in its 15 characters: group, benefit, province, number (decision 1351/2015)."""
    bare = text.translate(_PRINTED).upper()
    return bare if _INSURANCE.match(bare) else None


@lru_cache(maxsize=MOST)
def social_insurance(text: str) -> str | None:
    """A number of social insurance (BHXH): 10 digits, or the last 10 of a health-insurance card."""
    card = insurance_card(text)
    bare = card[-_DIGITS_OF_SOCIAL:] if card else text.translate(_PRINTED)
    return bare if _SOCIAL.match(bare) else None


def licence(text: str) -> str | None:
    """A licence to practise medicine: `000123/HCM-CCHN`, since the law of 2023 `-GPHN`."""
    bare = "".join(text.split()).upper()
    return bare if _LICENCE.match(bare) else None


def icd_10(text: str) -> str | None:
    """A code of ICD-10 with its point: `A97.1` of `A971`; dagger and asterisk are left out."""
    match = _ICD_10.match(text.translate(_MARKS).upper())
    if match is None:
        return None
    return f"{match[1]}.{match[2]}" if match[2] else match[1]
