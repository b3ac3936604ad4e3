"""What the laboratories measure, and the values that they find."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from engine.city.diagnoses import Diagnosis


class Analyte(NamedTuple):
    """One measured quantity: local code, name, LOINC, unit, reference range, and beyond what it endangers life."""

    code: str
    name: str
    loinc: str
    unit: str
    low: float
    high: float
    decimals: int = 1
    panic: float = 0.0


class Panel(NamedTuple):
    """What is ordered under one code; one without analytes has a text for a result, and `loinc` of its own."""

    code: str
    name: str
    section: str
    analytes: tuple[Analyte, ...] = ()
    loinc: str = ""


class Finding(NamedTuple):
    """One result as it is written: `value` with its decimals, or a text."""

    code: str
    name: str
    loinc: str
    value: str
    unit: str = ""
    reference: str = ""
    flag: str = "N"
    numeric: bool = False


_PLATELETS = Analyte("PLT", "Số lượng tiểu cầu", "777-3", "G/L", 150, 400, 0)
_POTASSIUM = Analyte("K", "Kali", "2823-3", "mmol/L", 3.5, 5.0, 1, 6.5)
BLOOD_COUNT = Panel(
    "CTM",
    "Tổng phân tích tế bào máu ngoại vi",
    "HM",
    (
        Analyte("WBC", "Số lượng bạch cầu", "6690-2", "G/L", 4.0, 10.0),
        Analyte("HGB", "Huyết sắc tố", "718-7", "g/L", 120, 165, 0),
        Analyte("HCT", "Thể tích khối hồng cầu", "4544-3", "%", 36, 46),
        _PLATELETS,
    ),
)
ELECTROLYTES = Panel(
    "DGD",
    "Điện giải đồ (Na, K, Cl)",
    "CH",
    (
        Analyte("Na", "Natri", "2951-2", "mmol/L", 135, 145, 0),
        _POTASSIUM,
        Analyte("Cl", "Clo", "2075-0", "mmol/L", 98, 106, 0),
    ),
)
CHEMISTRY = Panel(
    "SHM",
    "Sinh hóa máu cơ bản",
    "CH",
    (
        Analyte("GLU", "Glucose", "14749-6", "mmol/L", 3.9, 6.4),
        Analyte("CRE", "Creatinin", "14682-9", "umol/L", 53, 106, 0),
        Analyte("AST", "AST (GOT)", "1920-8", "U/L", 5, 40, 0),
        Analyte("ALT", "ALT (GPT)", "1742-6", "U/L", 5, 40, 0),
    ),
)
LIPIDS = Panel(
    "LIPID",
    "Bộ mỡ máu",
    "CH",
    (
        Analyte("CHOL", "Cholesterol toàn phần", "14647-2", "mmol/L", 3.0, 5.2),
        Analyte("TRIG", "Triglycerid", "14927-8", "mmol/L", 0.5, 1.7),
    ),
)
SUGAR = Panel("HBA1C", "HbA1c", "CH", (Analyte("HBA1C", "HbA1c", "4548-4", "%", 4.0, 6.0),))
INFLAMMATION = Panel("CRP", "CRP định lượng", "CH", (Analyte("CRP", "CRP", "1988-5", "mg/L", 0.0, 5.0),))
DENGUE = Panel("DENNS1", "Dengue virus NS1Ag test nhanh", "MB", (), "75377-2")
PANELS = (BLOOD_COUNT, BLOOD_COUNT, ELECTROLYTES, CHEMISTRY, CHEMISTRY, LIPIDS, SUGAR, INFLAMMATION)
POSITIVE, NEGATIVE = "Dương tính", "Âm tính"
_SPREAD = 0.87
"""Of half the reference range; so about a quarter of the values lie outside."""


def draw_panel(rng: Random, diagnosis: Diagnosis) -> Panel:
    """What is ordered for somebody with that diagnosis."""
    return DENGUE if diagnosis.code.startswith("A97") and rng.random() < 0.5 else rng.choice(PANELS)


def measure(rng: Random, panel: Panel, diagnosis: Diagnosis) -> tuple[Finding, ...]:
    """Findings of the panel."""
    dengue = diagnosis.code.startswith("A97")
    if not panel.analytes:
        positive = rng.random() < (0.8 if dengue else 0.03)
        value, flag = (POSITIVE, "A") if positive else (NEGATIVE, "N")
        return (Finding(panel.code, panel.name, panel.loinc, value, "", NEGATIVE, flag),)
    return tuple(_find(rng, one, lowered=dengue and one is _PLATELETS) for one in panel.analytes)


def _find(rng: Random, analyte: Analyte, *, lowered: bool) -> Finding:
    code, name, loinc, unit, low, high, decimals, panic = analyte
    middle, half = (low + high) / 2, (high - low) / 2
    drawn = max(middle + rng.gauss(0.0, _SPREAD) * half, low * 0.5, 0.0) * (0.35 if lowered else 1.0)
    value = round(drawn + (panic if panic and rng.random() < 0.01 else 0.0), decimals)
    flag = "HH" if panic and value > panic else "H" if value > high else "L" if value < low else "N"
    text, reference = f"{value:.{decimals}f}", f"{low:.{decimals}f}-{high:.{decimals}f}"
    return Finding(code, name, loinc, text, unit, reference, flag, numeric=True)
