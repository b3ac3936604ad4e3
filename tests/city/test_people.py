"""Invented people have numbers of the right form, and nobody has another one's."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random

from engine.city.numbers import citizen_number
from engine.city.people import CHILD_AGE, Person, Population
from engine.city.places import communes
from engine.transforms.vietnam import citizen, insurance_card, social_insurance

FIRST = date(2025, 7, 1)
PEOPLE = [Population(79, 3000, FIRST).person(number) for number in range(3000)]
UNITS = Path(__file__).parents[2] / "tools" / "commune-list" / "units.csv"


def test_numbers_are_read_as_what_they_are() -> None:
    for one in PEOPLE:
        assert citizen(one.citizen) == (one.citizen or None)
        assert insurance_card(one.card) == (one.card or None)
        assert social_insurance(one.social) == (one.social or None) == social_insurance(one.card)


def test_citizen_number_tells_century_sex_and_year() -> None:
    for one in PEOPLE:
        if one.citizen:
            assert int(one.citizen[3]) == 2 * (one.born.year // 100 - 19) + (one.sex == "F")
            assert one.citizen[4:6] == f"{one.born:%y}"


def test_no_number_comes_twice() -> None:
    for numbers in ([one.citizen for one in PEOPLE], [one.social for one in PEOPLE]):
        assert max(Counter(filter(None, numbers)).values()) == 1


def test_serials_of_a_million_people_differ() -> None:
    serials = {citizen_number(Random(1), "M", 1980, number)[6:] for number in range(0, 1_000_000, 997)}
    assert len(serials) == len(range(0, 1_000_000, 997))


def test_children_are_children() -> None:
    population, rng = Population(79, 3000, FIRST), Random(1)
    found = [population.anybody(rng, 5, near=0.5, child=True) for _ in range(200)]
    assert all(age(one) <= CHILD_AGE for one in found)
    assert sum(one.commune is communes()[5] for one in found) > 50


def test_communes_are_those_of_the_list_that_is_carried() -> None:
    with UNITS.open(encoding="utf-8", newline="") as file:
        assert [tuple(one) for one in communes()] == [(row["code"], row["full_name"]) for row in csv.DictReader(file)]


def age(person: Person) -> float:
    return (FIRST - person.born).days / 365
