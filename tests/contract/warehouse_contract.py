"""The contract of `engine.loaders.warehouse`, as one suite: a warehouse that passes it may be loaded into."""

from __future__ import annotations

import pytest

from engine.loaders.warehouse import Warehouse
from tests.contract.history_contract import HistoryContract, Keeper, WarehouseKeeper
from tests.contract.warehouse_evolution import EvolutionContract
from tests.contract.warehouse_loading import LoadingContract
from tests.contract.warehouse_persons import PersonsContract
from tests.contract.warehouse_queries import QueriesContract
from tests.contract.warehouse_tables import TablesContract
from tests.contract.warehouse_view_tables import ViewTablesContract
from tests.contract.warehouse_withdrawals import WithdrawalsContract


class WarehouseContract(
    TablesContract,
    LoadingContract,
    WithdrawalsContract,
    ViewTablesContract,
    EvolutionContract,
    PersonsContract,
    HistoryContract,
    QueriesContract,
):
    """Subclass it where a fixture `warehouse` gives an empty warehouse with its tables."""

    @pytest.fixture
    def keeper(self, warehouse: Warehouse) -> Keeper:
        return WarehouseKeeper(warehouse)
