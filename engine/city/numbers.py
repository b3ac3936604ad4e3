"""Numbers of people in the form that Vietnam gives them, and that nobody was given on purpose.

None has a check digit. Citizens are numbered by decree 137/2015, article 13: province of registration, century and
sex, year of birth, six digits. A health-insurance card is two letters of the group, a digit of the benefit, the
province and the ten digits of social insurance (decision 1351/2015); cards since April 2021 show these ten alone.
"""

from __future__ import annotations

from random import Random
from typing import Literal

Sex = Literal["M", "F"]

PROVINCES = ("079", "074", "077", "080", "082", "083", "087", "089", "091", "092", "094", "096", "001", "038", "040")
"""Where people of the city were registered at birth: most of them here, by the numbers of before July 2025."""
_WEIGHTS = (50, 8, 6, 4, 4, 4, 3, 3, 3, 3, 3, 3, 2, 2, 2)
_MOST = 100_000
_CHILD, _PUPIL, _RETIRED = 6, 18, 60


def citizen_number(rng: Random, sex: Sex, year: int, number: int) -> str:
    """Twelve digits; the last six count up from 900000, then from 800000 and so on, so that none comes twice."""
    (province,) = rng.choices(PROVINCES, _WEIGHTS)
    century_and_sex = 2 * (year // 100 - 19) + (sex == "F")
    serial = (900_000 - number // _MOST * _MOST) % 1_000_000 + number % _MOST
    return f"{province}{century_and_sex}{year % 100:02d}{serial:06d}"


def social_number(number: int) -> str:
    """Ten digits of social insurance, beginning with the city's 79."""
    return f"799{number % 10_000_000:07d}"


def insurance_card(rng: Random, age: int, social: str) -> str:
    """A card of 15 characters: group and benefit as the age has it, the city, the number of social insurance."""
    return f"{_group(rng, age)}79{social}"


def _group(rng: Random, age: int) -> str:
    if age < _CHILD:
        return "TE1"
    if age < _PUPIL:
        return "HS4"
    if age >= _RETIRED:
        return rng.choice(("HT3", "HT3", "GD4", "BT2"))
    return rng.choice(("DN4", "DN4", "DN4", "HC4", "GD4", "HN2", "SV4"))
