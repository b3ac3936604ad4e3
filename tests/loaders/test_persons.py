"""Persons converge: many more cases than a database has time for."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.warehouse_persons import assert_converging
from tests.rig.proof import count
from tests.simulation.fake_warehouse import FakeWarehouse
from tests.simulation.mirror import no_rows
from tests.simulation.plan import Plan


@settings(max_examples=count(150, 20_000), deadline=None)
@given(data=st.data())
def test_persons_are_a_function_of_what_was_told(data: st.DataObject) -> None:
    assert_converging(FakeWarehouse(no_rows(), Plan()), data)
