"""A loader in a process of its own, to be killed: event N stands at offset N, so offsets say what rows there are."""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

from engine.bus.record import Partition
from engine.loaders.evolution import apply
from engine.loaders.standing import plan_views
from engine.loaders.view_rows import ViewRows
from engine.loaders.warehouse import Warehouse
from tests.canonical.events import event
from tests.contract.warehouse_feed import EVENTS, NOW, Feeder
from tests.contract.warehouse_view_tables import VIEWS, viewed
from tests.rig.process import Child, wait_until

BATCH = 7


def load_for_ever(warehouse: Warehouse) -> None:
    """Load event after event, each of one of three patients."""
    apply(warehouse, plan_views(warehouse, VIEWS), NOW)
    feeder = Feeder(warehouse, dict(warehouse.offsets()), [ViewRows(VIEWS)])
    while True:
        first = feeder.offsets.get(EVENTS, 0)
        feeder.load(*(event(raw, {"gender": f"{raw}"}, of=f"Patient/{raw % 3}") for raw in range(first, first + BATCH)))
        os.write(1, b"loaded\n")


def loader(opening: str, log: Path) -> Child:
    """The process; `opening` is Python text that makes `warehouse`."""
    code = f"from tests.contract.warehouse_kills import load_for_ever\n{opening}\nload_for_ever(warehouse)"
    root = Path(__file__).parents[2]
    return Child([sys.executable, "-c", code], log, {"PYTHONPATH": str(root)})


def kill_at_random(child: Child, dice: random.Random) -> None:
    """Start it, and kill it soon after it committed something."""
    child.log.unlink(missing_ok=True)
    child.start()
    wait_until(lambda: child.died or child.log.stat().st_size > 0, "a first batch")
    time.sleep(dice.uniform(0, 0.2))
    child.kill9()


def assert_whole(warehouse: Warehouse, stood: int) -> int:
    """What was committed is there, rows as far as the offsets go and no further; returns the offset."""
    offset = warehouse.offsets()[Partition(*EVENTS)]
    assert offset > stood
    assert warehouse.counts()["history"] == offset
    newest = {f"{raw % 3}": f"{raw}" for raw in range(offset)}
    rows = warehouse.query("select id, raw_offset from current").rows
    assert {identity: f"{raw}" for identity, raw in rows} == newest
    genders = warehouse.query("select resource_id, gender from people").rows
    assert dict(genders) == newest
    wanted = viewed(warehouse)
    assert {name: digest for name, digest in warehouse.digest().items() if name in wanted} == wanted
    return offset
