"""What the laboratories of the sample feed measure, and the values they find."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Analyte:
    """One measured quantity: its local code, its LOINC code, its unit and its reference range."""

    code: str
    name: str
    loinc: str
    unit: str
    low: float
    high: float
    decimals: int = 1


@dataclass(frozen=True, slots=True)
class Panel:
    """What is ordered under one code; `loinc` is empty where the order has only a local code."""

    code: str
    name: str
    section: str
    analytes: tuple[Analyte, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One result: a number of an analyte, or a text of a test that has no number."""

    code: str
    name: str
    loinc: str
    value: float | str
    decimals: int = 0
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    flag: str = ""
    normal: str = ""


BLOOD_COUNT = Panel(
    "CTM",
    "Tổng phân tích tế bào máu ngoại vi",
    "HM",
    (
        Analyte("WBC", "Số lượng bạch cầu", "6690-2", "G/L", 4.0, 10.0),
        Analyte("HGB", "Huyết sắc tố", "718-7", "g/L", 120, 165, 0),
        Analyte("HCT", "Thể tích khối hồng cầu", "4544-3", "%", 36, 46),
        Analyte("PLT", "Số lượng tiểu cầu", "777-3", "G/L", 150, 400, 0),
    ),
)
POTASSIUM = Analyte("K", "Kali", "2823-3", "mmol/L", 3.5, 5.0)
ELECTROLYTES = Panel(
    "DGD",
    "Điện giải đồ (Na, K, Cl)",
    "CH",
    (
        Analyte("Na", "Natri", "2951-2", "mmol/L", 135, 145, 0),
        POTASSIUM,
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
DENGUE = Panel("DENNS1", "Dengue virus NS1Ag test nhanh", "MB")
PANELS = (BLOOD_COUNT, ELECTROLYTES, CHEMISTRY, DENGUE)
DENGUE_LOINC = "75377-2"
CRITICAL_POTASSIUM = 6.5


def measure(panel: Panel, rng: Random) -> tuple[Finding, ...]:
    """Findings of the panel: a quarter of the numbers out of range, one dengue test in four positive."""
    if panel is DENGUE:
        return (dengue_finding(rng.random() < 0.25),)
    return tuple(number_finding(analyte, _draw(analyte, rng)) for analyte in panel.analytes)


def number_finding(analyte: Analyte, value: float) -> Finding:
    """The finding of that number, flagged L, H, or HH where it endangers life (HL7 table 0078)."""
    rounded = round(float(value), analyte.decimals)
    low, high = rounded < analyte.low, rounded > analyte.high
    critical = analyte is POTASSIUM and rounded > CRITICAL_POTASSIUM
    return Finding(
        analyte.code,
        analyte.name,
        analyte.loinc,
        rounded,
        analyte.decimals,
        analyte.unit,
        analyte.low,
        analyte.high,
        flag="HH" if critical else "H" if high else "L" if low else "N",
    )


def dengue_finding(positive: bool) -> Finding:
    """The finding of a rapid test for the NS1 antigen of dengue."""
    value, flag = ("Dương tính", "A") if positive else ("Âm tính", "N")
    return Finding(DENGUE.code, DENGUE.name, DENGUE_LOINC, value, flag=flag, normal="Âm tính")


def _draw(analyte: Analyte, rng: Random) -> float:
    """A value around the middle of the range; kept below what would be critical, which stories set on purpose."""
    middle, half = (analyte.low + analyte.high) / 2, (analyte.high - analyte.low) / 2
    value = max(middle + rng.gauss(0.0, 0.87) * half, analyte.low * 0.5)
    return min(value, CRITICAL_POTASSIUM - 0.3) if analyte is POTASSIUM else value
