"""Units: one is converted into another that measures the same, and everything else is refused."""

from __future__ import annotations

import pytest

from engine.alerts.units import convert, read_unit


@pytest.mark.parametrize(
    ("value", "unit", "to", "wanted"),
    [
        (7.1, "mmol/L", "mmol/L", 7.1),
        (7100, "µmol/L", "mmol/L", 7.1),
        (5.5, "g/dL", "g/L", 55),
        (0.3, "mmol/dL", "mmol/L", 3),
        (18, "10^9/L", "10*9/L", 18),
        (18, "G/L", "10*9/L", 18),
        (18, "10*3/uL", "10*9/L", 18),
        (18, "K/uL", "10*9/L", 18),
        (40, "kPa", "mm[Hg]", 300.02),
        (300, "mmHg", "kPa", 39.9966),
        (55, "UI/L", "U/L", 55),
        (50, "%", "1", 0.5),
    ],
)
def test_a_value_is_converted_into_a_unit_that_measures_the_same(
    value: float, unit: str, to: str, wanted: float
) -> None:
    assert convert(value, unit, to) == pytest.approx(wanted, rel=1e-4)


def test_mass_and_charge_become_amount_where_the_substance_is_known() -> None:
    assert convert(500, "mg/dL", "mmol/L", molar_mass=180.156) == pytest.approx(27.754, rel=1e-4)
    assert convert(27.754, "mmol/L", "mg/dL", molar_mass=180.156) == pytest.approx(500, rel=1e-4)
    assert convert(2.4, "mEq/L", "mmol/L", valence=1) == pytest.approx(2.4)
    assert convert(5, "meq/L", "mmol/L", valence=2) == pytest.approx(2.5)
    assert convert(500, "mg/dL", "mmol/L") is None
    assert convert(2.4, "mEq/L", "mmol/L") is None


@pytest.mark.parametrize("unit", ["", "furlong", "mmol", "mmol/kg", "mmol/L/h", "/L", "mg/", "xmol/L", "U/L", "mol%"])
def test_what_is_not_known_or_measures_something_else_is_refused(unit: str) -> None:
    assert convert(1, unit, "mmol/L", molar_mass=1, valence=1) is None


def test_a_unit_of_one_letter_more_is_another() -> None:
    assert read_unit("mmol/L") != read_unit("mmol/dL")
    assert read_unit("Mmol/L") is None
