"""Persons converge: many more cases than a database has time for."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.loaders.tables import BY_PERSONS, PERSON_RULE
from tests.contract.warehouse_persons import CASES, PERSONS, PersonFeeder, expected
from tests.rig.proof import count
from tests.simulation.fake_warehouse import FakeWarehouse
from tests.simulation.mirror import no_rows
from tests.simulation.plan import Plan


@settings(max_examples=count(150, 20_000), deadline=None)
@given(data=st.data())
def test_persons_are_a_function_of_what_was_told(data: st.DataObject) -> None:
    cases = data.draw(CASES)
    warehouse = FakeWarehouse(no_rows(), Plan())
    with warehouse.transaction() as transaction:
        transaction.insert(PERSON_RULE, [("rule", PERSONS.rule.name, "~")])
    PersonFeeder(warehouse).go(cases)
    held = {table.name: sorted(warehouse.tables[table.name].values()) for table in BY_PERSONS}
    assert held == expected(cases)
