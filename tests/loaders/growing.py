"""A loader of a warehouse that holds so many rows already, in a process of its own: what a row costs there.

    python -m tests.loaders.growing FILE ROWS BATCHES

Prints the CPU seconds a row, and the process's memory after the first batch and after the last, in bytes.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import islice
from pathlib import Path

import duckdb
import psutil

from benchmarks.loader import EPOCH_US, records
from engine.bus.record import Partition
from engine.config.settings import ROOT
from engine.loaders.batch import load_batch
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.evolution import apply
from engine.loaders.loader import BATCH
from engine.loaders.reading import read
from engine.loaders.standing import plan_views
from engine.loaders.view_rows import ViewRows
from engine.loaders.view_tables import load_view_tables

VIEWS = load_view_tables(ROOT / "mappings" / "views")
BODY = '{"resourceType":"Observation","status":"final","valueQuantity":{"value":5.5,"unit":"mmol/L"}}'
HALF = "9223372036854775808"


def lay(path: Path, rows: int) -> None:
    """A warehouse whose history, current and largest view hold so many rows, and messages a twentieth."""
    warehouse = DuckdbWarehouse(path)
    warehouse.migrate()
    apply(warehouse, plan_views(warehouse, VIEWS), EPOCH_US)
    warehouse.close()
    with duckdb.connect(path) as connection:
        lookup = f"(hash(i) - {HALF}::hugeint)::bigint"
        raw = "'hl7.raw', 0, 1000000000 + i"
        told = "'79014', '5f'"
        moment = "timestamp '2025-01-01'"
        connection.execute(
            f"insert into history select {lookup}, {raw}, 1, 0, 'Observation', 'r' || i, 'v', {told}, '{BODY}', '', '',"
            f" false, 'm', 'k' || i, {moment}, {moment} from range({rows}) r(i)"
        )
        connection.execute(
            f"insert into current select {lookup}, 'Observation', 'r' || i, 'v', {told}, '{BODY}', '{{}}', 'm', {raw},"
            f" {moment} from range({rows}) r(i)"
        )
        connection.execute(f"insert into messages select {lookup}, 'k' || i, {raw}, 1 from range({rows // 20}) r(i)")
        connection.execute(
            f"insert into observations by name select {lookup} as lookup, 'r' || i as resource_id, 0 as row_number"
            f" from range({rows}) r(i)"
        )


def measure(path: Path, batches: int) -> tuple[float, int, int]:
    """CPU seconds a row of so many batches, and the memory after the first and after the last."""
    warehouse, follows = DuckdbWarehouse(path, memory="1GB"), [ViewRows(VIEWS)]
    feed, stands, written = records(), dict[Partition, int](), 0
    began, memory = 0.0, list[int]()
    for number in range(1 + batches):
        batch = list(islice(feed, BATCH))
        if number == 1:
            began, written = time.process_time(), 0
        reading = read(batch)
        with warehouse.transaction() as transaction:
            loaded = load_batch(transaction, reading.batch(stands), EPOCH_US, follows)
        stands.update(reading.offsets)
        written += sum(loaded.rows.values())
        memory.append(psutil.Process().memory_info().rss)
    spent = time.process_time() - began
    warehouse.close()
    return spent / written, memory[0], memory[-1]


if __name__ == "__main__":
    file, rows, batches = sys.argv[1:]
    lay(Path(file), int(rows))
    sys.stdout.write(json.dumps(measure(Path(file), int(batches))))
