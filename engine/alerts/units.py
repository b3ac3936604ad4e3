"""Units of results, in the signs of UCUM and as laboratories write them: one converted into another, or refused.

A number is never compared with one of another unit; where a conversion needs to know the substance, its molar mass and
valence say what a mole of it weighs, and how many equivalents it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_PREFIXES = {"": 1.0, "k": 1e3, "h": 1e2, "d": 1e-1, "c": 1e-2, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
_ATOMS = {
    "mol": ("amount", 1.0),
    "eq": ("charge", 1.0),
    "g": ("mass", 1.0),
    "L": ("volume", 1.0),
    "l": ("volume", 1.0),
    "U": ("activity", 1.0),
    "[IU]": ("activity", 1.0),
    "[iU]": ("activity", 1.0),
    "IU": ("activity", 1.0),
    "UI": ("activity", 1.0),
    "m[Hg]": ("pressure", 133_322.0),
    "mHg": ("pressure", 133_322.0),
    "Pa": ("pressure", 1.0),
    "s": ("time", 1.0),
    "Cel": ("temperature", 1.0),
    "[pH]": ("acidity", 1.0),
}
_WHOLE = {
    "%": ("ratio", 0.01),
    "1": ("ratio", 1.0),
    "min": ("time", 60.0),
    "h": ("time", 3600.0),
    "mm3": ("volume", 1e-6),
    "mm^3": ("volume", 1e-6),
    "pH": ("acidity", 1.0),
    "G": ("ratio", 1e9),
    "T": ("ratio", 1e12),
    "K": ("ratio", 1e3),
}
"""What takes no prefix; giga and tera of cells are written alone."""
_POWER = re.compile(r"(?:x ?)?10(?:\*|\^|e)?([0-9]{1,2})\Z")
_SPELLING = str.maketrans({"µ": "u", "μ": "u", " ": ""})


class Unit(NamedTuple):
    """A unit: what is measured, over what, and how much of the basic units it is."""

    dimension: tuple[str, str]
    factor: float


@lru_cache(maxsize=4096)
def read_unit(text: str) -> Unit | None:
    """The unit that a text names; None where it is not known."""
    over, _, under = text.translate(_SPELLING).partition("/")
    above, below = _simple(over), _simple(under) if under else ("", 1.0)
    if above is None or below is None:
        return None
    return Unit((above[0], below[0]), above[1] / below[1])


def _simple(text: str) -> tuple[str, float] | None:
    if text in _WHOLE:
        return _WHOLE[text]
    if power := _POWER.match(text):
        return "ratio", float(10 ** int(power[1]))
    spelled = text.replace("Eq", "eq")
    for atom, (dimension, factor) in _ATOMS.items():
        if spelled.endswith(atom) and (prefix := _PREFIXES.get(spelled.removesuffix(atom))):
            return dimension, prefix * factor
    return None


def convert(
    value: float, unit: str, to: str, molar_mass: float | None = None, valence: float | None = None
) -> float | None:
    """The value in the unit `to`; None where a unit is not known or the two do not measure the same."""
    given, wanted = read_unit(unit), read_unit(to)
    if given is None or wanted is None or given.dimension[1] != wanted.dimension[1]:
        return None
    moles = {"amount": 1.0, "mass": molar_mass, "charge": valence}
    if given.dimension[0] == wanted.dimension[0]:
        return value * given.factor / wanted.factor
    one, other = moles.get(given.dimension[0]), moles.get(wanted.dimension[0])
    return value * given.factor / one * other / wanted.factor if one and other else None
