"""Who runs a made-up facility, how high its level of care is, which departments it has and which of them send."""

from __future__ import annotations

from typing import Literal

Sector = Literal["public", "ministerial", "private"]

MINISTERIAL_EVERY, MINISTERIAL_AT = 12, 5
"""Of 164 hospitals 14 are of ministries; of each five others two are public: 60, and 90 private, as in the city."""
MOST_DEPARTMENTS, DEPARTMENTS = 44, {"centre": 8}
PARTLY_EVERY = 6
"""Each sixth facility that has several departments sends from the first half of them alone."""


def sector_of(kind: str, number: int) -> Sector:
    """Who runs the facility of that number among those of its kind, from 1."""
    if kind != "hospital":
        return "private" if kind == "clinic" else "public"
    if number % MINISTERIAL_EVERY == MINISTERIAL_AT:
        return "ministerial"
    before = (number + MINISTERIAL_EVERY - MINISTERIAL_AT) // MINISTERIAL_EVERY
    return "public" if (number - 1 - before) % 5 < 2 else "private"


def level_of(kind: str, number: int) -> str:
    """Its level of care (law on medical examination and treatment, 2023)."""
    if kind in ("station", "clinic"):
        return "initial"
    return "specialized" if kind == "hospital" and number % 4 == 1 else "basic"


def departments_of(kind: str, number: int) -> tuple[str, ...]:
    """The codes of its departments: of the largest hospital 44, of others fewer, of a station or a clinic one."""
    count = max(MOST_DEPARTMENTS - number // 4, 10) if kind == "hospital" else DEPARTMENTS.get(kind, 1)
    return tuple(f"K{number:02d}" for number in range(1, count + 1))


def fed(departments: tuple[str, ...], number: int) -> tuple[str, ...]:
    """Those of them that send."""
    return departments if number % PARTLY_EVERY else departments[: (len(departments) + 1) // 2]
