"""The people of the city: each invented from a number, always the same, so that nobody needs to be remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from engine.city.numbers import Sex, citizen_number, insurance_card, social_number
from engine.city.places import STREETS, Commune, communes

_FAMILIES = "Nguyễn Nguyễn Nguyễn Trần Trần Lê Phạm Huỳnh Hoàng Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Trương Đinh Mai"
_MEN = "Khải Dũng Hiếu Tuấn Phúc Vượng Thịnh Quân Lộc Tài Nghĩa Đạt Sơn Khôi Hưởng Bửu Trí Toàn Hậu Kiệt Thắng Vinh"
_WOMEN = "Ánh Hường Thảo Nhung Trâm Vy Diệp Uyên Quỳnh Loan Phượng Yến Thủy Hiền Mỹ Ngân Xuân Dung Hạnh Liên Oanh Tuyết"
FAMILIES = tuple(_FAMILIES.split())
GIVENS: dict[Sex, tuple[str, ...]] = {"M": tuple(_MEN.split()), "F": tuple(_WOMEN.split())}
MIDDLES: dict[Sex, tuple[str, ...]] = {
    "M": ("Văn", "Hữu", "Quốc", "Đức", "Minh", "Gia", "Công", "Thành", "Văn Hữu", "Ngọc Quang"),
    "F": ("Thị", "Ngọc", "Thị Thanh", "Thị Ngọc", "Kim", "Thúy", "Thị Hồng", "Bảo", "Diễm", "Thị Mỹ"),
}
CHILD_EVERY = 5
"""Each fifth person is a child."""
CHILD_AGE, OLDEST = 16, 92
_SPREAD = 1_000_003
_KEPT = 1 << 15


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person; what they were never given (`citizen`, `card`, `social`) is empty."""

    number: int
    family: str
    middle: str
    given: str
    sex: Sex
    born: date
    citizen: str
    card: str
    social: str
    new_card: bool
    """Shows the card of ten digits."""
    street: str
    commune: Commune
    phone: str

    @property
    def name(self) -> str:
        """The whole name in the order in which it is said."""
        return f"{self.family} {self.middle} {self.given}"


class Population:
    """The people who live there on the first day, `size` or some more; a number modulo all communes tells which one.

    `size` is rounded up so that each commune has as many people, and as many children.
    """

    def __init__(self, seed: int, size: int, first: date) -> None:
        block = len(communes()) * CHILD_EVERY
        self.size = max(-(-size // block), 1) * block
        self._seed = seed
        self._first = first
        self.person = lru_cache(_KEPT)(self._invent)

    def anybody(self, rng: Random, home: int, *, near: float, child: bool = False) -> Person:
        """Somebody; with the likelihood `near` one of the commune with the index `home`; `child`: a child."""
        number, all_communes = rng.randrange(self.size), len(communes())
        if rng.random() < near:
            number = number // all_communes * all_communes + home
        while child and number % CHILD_EVERY:
            number = (number + all_communes) % self.size
        return self.person(number)

    def _invent(self, number: int) -> Person:
        rng = Random(self._seed * _SPREAD + number)
        sex: Sex = "M" if rng.random() < 0.49 else "F"
        days = rng.randrange(5, CHILD_AGE * 365) if is_child(number) else rng.randrange(CHILD_AGE * 365, OLDEST * 365)
        born = self._first - timedelta(days=days)
        age = days // 365
        social = social_number(number) if rng.random() < 0.92 else ""
        return Person(
            number=number,
            family=rng.choice(FAMILIES),
            middle=rng.choice(MIDDLES[sex]),
            given=rng.choice(GIVENS[sex]),
            sex=sex,
            born=born,
            citizen=citizen_number(rng, sex, born.year, number) if rng.random() < (0.5 if age < 2 else 0.97) else "",
            card=insurance_card(rng, age, social) if social else "",
            social=social,
            new_card=rng.random() < 0.35,
            street=f"{rng.randrange(1, 400)} {rng.choice(STREETS)}",
            commune=communes()[number % len(communes())],
            phone=f"0900{number % 1_000_000:06d}",
        )


def is_child(number: int) -> bool:
    """Whether the person of that number is a child."""
    return not number % CHILD_EVERY
