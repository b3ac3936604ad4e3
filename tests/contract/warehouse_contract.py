"""The contract of `engine.loaders.warehouse`, as one suite: a warehouse that passes it may be loaded into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.loaders.warehouse import Warehouse
from tests.contract.warehouse_loading import LoadingContract
from tests.contract.warehouse_queries import QueriesContract, loaded
from tests.contract.warehouse_tables import TablesContract

__all__ = ["WarehouseContract", "loaded"]


class WarehouseContract(TablesContract, LoadingContract, QueriesContract):
    """Subclass it, and give `warehouse` and `empty`."""

    @pytest.fixture
    def warehouse(self) -> Iterator[Warehouse]:
        """An empty warehouse with its tables."""
        raise NotImplementedError
