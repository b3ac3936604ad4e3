"""The lake's loader beside the warehouse's: the same events, each once, through failures and kills."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.bus.bus import Bus
from engine.bus.embedded.bus import EmbeddedBus
from engine.canonical.receipt import Outcome
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.lake.lake import Lake
from engine.loaders.lake.loader import Pace
from engine.loaders.tables import HISTORY, RECEIPTS
from tests.canonical.events import event
from tests.contract.history_contract import KEY
from tests.contract.warehouse_feed import Told, receipt
from tests.loaders.lake.keeping import GROUP, LakeKeeper, keeping, lake_in, rows_of
from tests.loaders.stage import TOPICS, loading, prepare_bus, publish, records_of, wait_for_end
from tests.rig.process import Child, wait_until
from tests.rig.proof import count, report

ROOT = Path(__file__).parents[3]
TOLD: list[Told] = [
    event(1, {"gender": "male"}),
    event(1, {"status": "planned"}, of="Encounter/e", index=1),
    receipt(1, 2),
    event(2, {"gender": "female"}, message="copied"),
    receipt(2, message="copied"),
    event(3, {"gender": "female"}, message="copied"),
    receipt(3, message="copied"),
    event(1, {"gender": "other"}, generation=2),
    receipt(1, 1, generation=2),
    receipt(4, 0, outcome=Outcome.DEAD),
]


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    with EmbeddedBus(tmp_path / "bus") as bus:
        prepare_bus(bus)
        yield bus


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return lake_in(tmp_path / "lake")


def wait_for(bus: Bus, lake: Lake) -> None:
    """Return when the lake stands at the end of every topic."""
    ends = {at: span.next for topic in TOPICS for at, span in bus.spans(topic).items() if span.next > span.first}
    wait_until(lambda: lake.offsets() == ends, "the lake's end of every topic")


def test_lake_holds_the_history_that_the_warehouse_holds(bus: Bus, lake: Lake, tmp_path: Path) -> None:
    publish(bus, records_of([*TOLD, *TOLD[:3]]))
    with closing(DuckdbWarehouse(tmp_path / "warehouse.duckdb")) as warehouse:
        warehouse.migrate()
        with loading(bus, warehouse), keeping(bus, lake):
            wait_for(bus, lake)
            wait_for_end(bus, warehouse)
        held = warehouse.query(f"select {KEY} from history").rows
    assert sorted(LakeKeeper(lake).events()) == sorted(held)
    assert (len(rows_of(lake, HISTORY)), len(rows_of(lake, RECEIPTS))) == (7, 6)


def test_bus_is_told_where_the_lake_stands(bus: Bus, lake: Lake) -> None:
    publish(bus, records_of(TOLD))
    with keeping(bus, lake):
        wait_for(bus, lake)
    assert {at: to for topic in TOPICS for at, to in bus.committed(GROUP, topic).items()} == lake.offsets()


def test_rows_are_gathered_until_there_are_enough(bus: Bus, lake: Lake) -> None:
    publish(bus, records_of(event(raw, {"gender": "male"}, of=f"Patient/{raw}") for raw in range(50)))
    with keeping(bus, lake, Pace(500, 3600)) as heard:
        wait_until(lambda: bool(heard.commits), "a commit")
    assert sum(rows for _, rows in heard.commits) == 50
    assert len(heard.commits) == 1


def test_what_was_gathered_is_committed_at_the_end(bus: Bus, lake: Lake) -> None:
    publish(bus, records_of(TOLD))
    with keeping(bus, lake, Pace(1 << 30, 3600)) as heard:
        wait_until(lambda: bool(heard.gathered), "records")
    assert heard.commits


def test_new_loader_goes_on_where_the_lake_stands(bus: Bus, lake: Lake) -> None:
    for group, told in (("first", TOLD[:4]), ("second", TOLD[4:])):
        publish(bus, records_of(told))
        with keeping(bus, lake, group=group):
            wait_for(bus, lake)
    assert len(rows_of(lake, HISTORY)) == 5


def test_record_that_cannot_be_kept_holds_up_no_other(bus: Bus, lake: Lake) -> None:
    good, large, late = records_of([event(1, {}), event(2, {}, index=1 << 70), event(3, {})])
    broken = late._replace(value=b'{"gender": "fem')
    lasting = late._replace(headers={**late.headers, "ce_received": b"%d" % (1 << 62)})
    publish(bus, [broken, large, lasting, good])
    with keeping(bus, lake):
        wait_for(bus, lake)
    assert rows_of(lake, HISTORY, "raw_offset") == [(1,)]


def test_lake_that_was_away_gets_what_it_missed_once(bus: Bus, lake: Lake, tmp_path: Path) -> None:
    catalog, away = tmp_path / "lake" / "catalog.db", tmp_path / "away.db"
    with keeping(bus, lake) as heard:
        publish(bus, records_of(TOLD[:4]))
        wait_until(lambda: len(heard.commits) >= 2, "two commits")
        catalog.rename(away)
        publish(bus, records_of(TOLD[4:]))
        gathered = len(heard.gathered)
        wait_until(lambda: len(heard.gathered) > gathered + 2, "attempts without a catalog")
        away.rename(catalog)
        wait_for(bus, lake)
    assert len(rows_of(lake, HISTORY)) == 5


def test_second_loader_takes_partitions_over_and_nothing_is_twice(bus: Bus, lake: Lake, tmp_path: Path) -> None:
    publish(bus, records_of(event(raw, {}, of=f"Patient/{raw}") for raw in range(100)))
    with keeping(bus, lake, Pace(1 << 30, 0.3)), EmbeddedBus(tmp_path / "bus") as other:
        with keeping(other, Lake(lake.catalog), Pace(1 << 30, 0.2)):
            publish(bus, records_of(event(raw, {}, of=f"Patient/{raw}") for raw in range(100, 200)))
            wait_for(bus, lake)
        publish(bus, records_of(event(raw, {}, of=f"Patient/{raw}") for raw in range(200, 300)))
        wait_for(bus, lake)
    assert sorted(raw for (raw,) in rows_of(lake, HISTORY, "raw_offset")) == list(range(300))


CHILD = """
import os, sys, threading
from pathlib import Path
from engine.bus.embedded.bus import EmbeddedBus
from engine.loaders.lake.loader import LakeLoader, Pace
from tests.loaders.lake.keeping import GROUP, Heard, lake_in
from tests.loaders.stage import TOPICS

class Telling(Heard):
    def kept(self, table, rows, seconds):
        os.write(1, b"committed")

root = Path(sys.argv[1])
with EmbeddedBus(root / "bus", lease=1) as bus:
    heard = Telling()
    work = LakeLoader(bus, lake_in(root / "lake"), TOPICS, heard.now_us, heard, Pace(1 << 30, 0.01), "lake")
    work.run(threading.Event())
"""


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_killed_loader_leaves_nothing_twice_and_nothing_out(bus: Bus, lake: Lake, tmp_path: Path) -> None:
    dice, kills, told = random.Random(23), count(2, 30), 0
    child = Child([sys.executable, "-c", CHILD, str(tmp_path)], tmp_path / "log", {"PYTHONPATH": str(ROOT)})
    for _ in range(kills):
        child.log.unlink(missing_ok=True)
        child.start()
        while not child.died and (not child.log.exists() or not child.log.stat().st_size or dice.random() < 0.8):
            publish(bus, records_of(event(raw, {}, of=f"Patient/{raw}") for raw in range(told, told + 3)))
            told += 3
            time.sleep(dice.uniform(0, 0.03))
        assert not child.died, child.log.read_text()
        child.kill9()
    written = len(list(tmp_path.rglob("*.parquet")))
    with keeping(bus, lake):
        wait_for(bus, lake)
    assert sorted(raw for (raw,) in rows_of(lake, HISTORY, "raw_offset")) == list(range(told))
    commits = len(lake.held(HISTORY).snapshots())
    report(
        "lake-killed",
        f"""# The lake's loader, killed

A loader of the lake was killed with SIGKILL {kills} times at random points, while {told:,} events were published and it
committed as often as it could: {commits:,} commits, {written:,} files. Each event stands in the lake once.
""",
    )
