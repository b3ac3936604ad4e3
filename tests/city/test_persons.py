"""A year of a simulated city: whoever shares a number is linked, nobody else is, and what contradicts is told."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine.canonical.resource import Resource
from engine.city.plan import Plan
from engine.city.sendings import Fate
from engine.city.simulation import Simulation
from engine.city.truth import Record
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.persons import Persons
from engine.loaders.warehouse import Warehouse
from engine.persons.links import make_rule
from tests.city.comparing import own_number
from tests.city.transformed import SENDERS, reading
from tests.contract.warehouse_persons import SECRET, content, feeder
from tests.rig.proof import count, report

YEAR = Plan(messages=count(2_500, 40_000), days=365, faulty=0.1)
PERSONS = Persons(SECRET, make_rule(SECRET, most=50))

Known = tuple[str, str]
"""A facility's patient: its code and its number there."""
Pair = frozenset[Known]


class City(NamedTuple):
    """The year: events of patients as they came, who each is, and what is true of them."""

    events: Sequence[Resource]
    known: Mapping[str, Known]
    truth: Mapping[Known, Mapping[str, Any]]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    read, records = reading(tmp_path_factory.mktemp("city") / "mappings"), list[Record]()
    events, known = list[Resource](), dict[str, Known]()
    sendings = (one for one in Simulation(YEAR, SENDERS, records.append).sendings() if one.fate is not Fate.REFUSED)
    for raw, one in enumerate(sendings):
        for resource in read.transform(one.payload, raw).resources:
            if resource.type == "Patient":
                events.append(resource)
                known[resource.id] = resource.origin.facility, own_number(resource.body)
    truth = {(one.facility, one.key): one.values for one in records if one.kind == "patients"}
    return City(events, known, truth)


def loaded(path: Path, batches: Iterable[Sequence[Resource]]) -> Warehouse:
    """A warehouse with these events."""
    warehouse = DuckdbWarehouse(path)
    warehouse.migrate()
    work = feeder(warehouse, PERSONS)
    for batch in batches:
        work.load(*batch)
    return warehouse


def cut(events: Sequence[Resource], size: int) -> list[Sequence[Resource]]:
    return [events[start : start + size] for start in range(0, len(events), size)]


def sharing(city: City) -> dict[Pair, set[str]]:
    """The pairs that share a number, and what contradicts, by the truth."""
    groups = defaultdict(set)
    for known, values in city.truth.items():
        for number in (values.get("citizen"), values.get("card", "")[-10:]):
            if number:
                groups[number].add(known)
    pairs = {frozenset(pair) for group in groups.values() for pair in combinations(sorted(group), 2)}
    told = {"birth_date": "born", "sex": "sex"}
    return {
        pair: {name for name, key in told.items() if len({city.truth[one][key] for one in pair}) > 1} for pair in pairs
    }


def found(warehouse: Warehouse, city: City) -> dict[Pair, set[str]]:
    """The pairs that are linked or contradicted in the warehouse."""
    rows = warehouse.query("select one, other, differs from person_links", 1_000_000).rows
    return {
        frozenset((city.known[one], city.known[other])): set(filter(None, differs.split(",")))
        for one, other, differs in rows
    }


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_whoever_shares_a_number_is_linked_and_nobody_else(city: City, tmp_path: Path) -> None:
    shuffled = list(city.events)
    random.Random(79).shuffle(shuffled)
    with (
        closing(loaded(tmp_path / "in-order.duckdb", cut(city.events, 2000))) as one,
        closing(loaded(tmp_path / "shuffled.duckdb", cut(shuffled, count(97, 977)))) as other,
    ):
        assert content(one) == content(other)
        expected = sharing(city)
        assert found(one, city) == expected
        whose: dict[str, str] = dict(one.query("select patient, person from persons", 1_000_000).rows)
    by_truth = {known: values.get("person") for known, values in city.truth.items()}
    people = defaultdict(set)
    for patient, person in whose.items():
        people[person].add(by_truth[city.known[patient]])
    assert [members for members in people.values() if len(members) > 1] == []
    assert len(expected) > count(5, 500)
    assert sum(map(bool, expected.values())) >= count(1, 24)
    told(city, expected, len(people))


def told(city: City, pairs: Mapping[Pair, set[str]], persons: int) -> None:
    differing = Counter(",".join(sorted(differs)) for differs in pairs.values() if differs)
    across = sum(len({facility for facility, _ in pair}) > 1 for pair in pairs)
    real = len({values.get("person") for values in city.truth.values()})
    report(
        "persons",
        f"""# Who is one person

{YEAR.messages:,} messages of a year of a simulated city of {len(SENDERS)} facilities, one in ten of them broken, late,
twice or out of order, went through the shipped mappings, and {len(city.events):,} events of patients into a warehouse:
in the order of sending and in batches of 2,000, and then shuffled and in batches of 977. The tables of persons are
equal, row by row.

| by the truth of the simulation | |
|---|---|
| patients of a facility | {len(city.truth):,} |
| people that they are | {real:,} |
| pairs of patients that share a number | {len(pairs):,} |
| of these at two facilities | {across:,} |
| linked, and nothing else is | {len(pairs) - sum(differing.values()):,} |
| told as contradictions: birth date | {differing["birth_date"]:,} |
| told as contradictions: sex | {differing["sex"] + differing["birth_date,sex"]:,} |
| persons in the warehouse | {persons:,} |

Every pair that shares a citizen's number or a number of social insurance is linked, or told as a contradiction where
the two records differ in birth date or sex; no other pair is. No person of the warehouse holds patients of two people.
There are more persons than people: some were registered without any number, and a birth date or a sex that a facility
has wrong keeps its record apart until somebody corrects it or decides.
""",
    )
