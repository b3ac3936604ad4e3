"""What is given and done: medicines, vaccines, charged acts and documents; codes of facilities are made up."""

from __future__ import annotations

from typing import NamedTuple


class Medicine(NamedTuple):
    """A medicine: local code, name, how many at a time, how often (a repeat pattern of HL7 table 0335)."""

    code: str
    name: str
    amount: int
    pattern: str


class Vaccine(NamedTuple):
    """A vaccine by its CVX code, with a name and the dose in millilitres."""

    cvx: str
    name: str
    dose: str


class Act(NamedTuple):
    """An act that is charged: local code, name, price in dong."""

    code: str
    name: str
    price: int


MEDICINES = (
    Medicine("PARA500", "Paracetamol 500 mg", 1, "TID"),
    Medicine("AMOX500", "Amoxicillin 500 mg", 1, "TID"),
    Medicine("OMEP20", "Omeprazol 20 mg", 1, "BID"),
    Medicine("AMLO5", "Amlodipin 5 mg", 1, "QD"),
    Medicine("METF850", "Metformin 850 mg", 1, "BID"),
    Medicine("ATOR20", "Atorvastatin 20 mg", 1, "QD"),
    Medicine("CEFT1G", "Ceftriaxon 1 g", 2, "QD"),
    Medicine("ORS", "Oresol gói 27,9 g", 1, "TID"),
)
VACCINES = (
    Vaccine("05", "Vắc xin sởi", "0.5"),
    Vaccine("08", "Vắc xin viêm gan B trẻ em", "0.5"),
    Vaccine("19", "Vắc xin BCG", "0.1"),
    Vaccine("03", "Vắc xin sởi - quai bị - rubella", "0.5"),
    Vaccine("20", "Vắc xin bạch hầu - ho gà - uốn ván", "0.5"),
    Vaccine("88", "Vắc xin cúm", "0.5"),
)
ACTS = (
    Act("KB01", "Khám bệnh", 42_100),
    Act("XN01", "Xét nghiệm máu", 43_700),
    Act("CDHA01", "Siêu âm ổ bụng", 49_300),
    Act("CDHA02", "X-quang ngực thẳng", 58_300),
    Act("GB01", "Ngày giường nội khoa", 273_100),
)
DOCUMENTS = {
    "DS": ("Tóm tắt hồ sơ bệnh án", "Tình trạng ổn, ra viện, tái khám theo hẹn."),
    "PN": ("Tờ điều trị", "Tỉnh, tiếp xúc tốt, sinh hiệu ổn."),
    "DI": ("Kết quả chẩn đoán hình ảnh", "Chưa ghi nhận bất thường."),
}
"""Documents by type (HL7 table 0270), each with its title and an invented text."""
ROUTES = {"ORS": "PO^Uống^HL70162", "CEFT1G": "IV^Tiêm tĩnh mạch^HL70162"}
BY_MOUTH = "PO^Uống^HL70162"
