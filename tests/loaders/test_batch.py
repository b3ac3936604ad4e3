"""A batch looks up what it needs before it writes, so that a warehouse can write while the loader works."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from engine.loaders.batch import load_batch
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.tables import Table
from engine.loaders.warehouse import Transaction
from tests.canonical.events import event
from tests.contract.warehouse_feed import NOW, Feeder, Told, receipt
from tests.contract.warehouse_view_tables import make_views

TOLD: list[Told] = [
    event(1, {"gender": "male"}),
    event(1, {"status": "final"}, of="Observation/o", index=1),
    event(1, {"status": "final", "result": [{"reference": "Observation/o"}]}, of="DiagnosticReport/d", index=2),
    receipt(1, 3),
]


@dataclass
class Heard:
    """A transaction that notes what is asked of it."""

    transaction: Transaction
    asked: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        asked = getattr(self.transaction, name)

        def hear(table: Table, *told: list[object]) -> object:
            if told[-1]:
                self.asked.append(name)
            return asked(table, *told)

        return hear


def test_whatever_a_batch_finds_it_finds_before_it_writes(tmp_path: Path) -> None:
    warehouse = DuckdbWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.migrate()
    feeder, views = Feeder(warehouse), make_views(warehouse)
    with warehouse.transaction() as transaction:
        heard = Heard(transaction)
        load_batch(heard, feeder.batch(TOLD), NOW, [views])  # type: ignore[arg-type]  # all by __getattr__
    finds = heard.asked.count("find")
    assert set(heard.asked[:finds]) == {"find"}
    assert set(heard.asked[finds:]) == {"insert"}
    warehouse.close()
