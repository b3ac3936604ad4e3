"""The fake warehouse keeps the contract of those that are loaded into; its queries are DuckDB's."""

from __future__ import annotations

import pytest

from tests.contract.warehouse_loading import LoadingContract
from tests.contract.warehouse_persons import PersonsContract
from tests.contract.warehouse_tables import TablesContract
from tests.contract.warehouse_view_tables import ViewTablesContract
from tests.contract.warehouse_withdrawals import WithdrawalsContract
from tests.simulation.fake_warehouse import FakeWarehouse
from tests.simulation.mirror import no_rows
from tests.simulation.plan import Plan


class FakeWarehouseContract(TablesContract, LoadingContract, WithdrawalsContract, ViewTablesContract, PersonsContract):
    """All but the ways of asking."""


class TestFakeWarehouse(FakeWarehouseContract):
    @pytest.fixture
    def warehouse(self) -> FakeWarehouse:
        return FakeWarehouse(no_rows(), Plan())
