"""Invented people: names put together from lists, numbers of the right form that nobody was given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Literal

from demo.places import COMMUNES, Commune

_FAMILIES = "Nguyễn Trần Lê Phạm Huỳnh Hoàng Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Trương Đinh Mai Tô Quách Lưu Cao"
_MEN = "Khải Dũng Hiếu Tuấn Phúc Vượng Thịnh Quân Lộc Tài Nghĩa Đạt Sơn Khôi Hưởng Bửu Trí Toàn"
_WOMEN = "Ánh Hường Thảo Nhung Trâm Vy Diệp Uyên Quỳnh Loan Phượng Yến Thủy Hiền Mỹ Ngân Xuân Dung"
FAMILIES = _FAMILIES.split()
GIVENS = {"M": _MEN.split(), "F": _WOMEN.split()}
MIDDLES = {
    "M": ("Văn", "Hữu", "Quốc", "Đức", "Minh", "Gia", "Công", "Thành", "Văn Hữu", "Ngọc Quang"),
    "F": ("Thị", "Ngọc", "Thị Thanh", "Thị Ngọc", "Kim", "Thúy", "Thị Hồng", "Bảo", "Diễm", "Thị Mỹ"),
}
STREETS = ("Đường Mẫu", "Hẻm Mẫu", "Đường Số 7 Mẫu", "Khu phố Mẫu", "Đường Bờ Kênh Mẫu")

Sex = Literal["M", "F"]


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person; `national_id` is the 12-digit number, `insurance` a BHYT card of 15 characters."""

    number: int
    family: str
    middle: str
    given: str
    sex: Sex
    born: date
    national_id: str
    insurance: str
    street: str
    commune: Commune
    phone: str

    @property
    def name(self) -> str:
        """The whole name in the order in which it is said."""
        return f"{self.family} {self.middle} {self.given}"

    @property
    def address(self) -> str:
        """Street, ward and city in one line, as older systems keep it."""
        return f"{self.street}, {self.commune.name}, TP.HCM"


def invent_person(rng: Random, number: int, earliest: date, latest: date) -> Person:
    """The person of that number, born between the two days: the same for the same state of `rng`."""
    found: Sex = rng.choice(("M", "F"))
    born = earliest + timedelta(days=rng.randrange((latest - earliest).days))
    return Person(
        number=number,
        family=rng.choice(FAMILIES),
        middle=rng.choice(MIDDLES[found]),
        given=rng.choice(GIVENS[found]),
        sex=found,
        born=born,
        national_id=national_id(born, found, number),
        insurance=f"{_insured_as(born, latest)}7979990{number % 100_000:05d}",
        street=f"{rng.randrange(1, 400)} {rng.choice(STREETS)}",
        commune=rng.choice(COMMUNES),
        phone=f"09000{number % 100_000:05d}",
    )


def national_id(born: date, sex: Sex, number: int) -> str:
    """Twelve digits (decree 137/2015, article 13): province 079, century and sex, year, a serial from 990000 up."""
    century_and_sex = 2 * (born.year // 100 - 19) + (sex == "F")
    return f"079{century_and_sex}{born.year % 100:02d}{990_000 + number % 10_000:06d}"


def _insured_as(born: date, now: date) -> str:
    """Group and benefit digit of the insurance card: small child, pupil, employee or pensioner."""
    age = (now - born).days / 365.25
    return "TE1" if age < 6 else "HS4" if age < 18 else "DN4" if age < 60 else "HT3"
