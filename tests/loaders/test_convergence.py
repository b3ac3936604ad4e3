"""Whatever way a feed comes, by however many loaders, both warehouses end with the same rows in every table."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bus.record import Partition
from engine.canonical.fold import Current
from engine.loaders.contents import DIGESTED
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.postgres_warehouse import PostgresWarehouse
from engine.loaders.tables import OFFSETS
from engine.loaders.view_rows import ViewRows
from engine.loaders.view_tables import ViewTable
from engine.loaders.warehouse import Overtaken, Warehouse
from engine.views.step import RowError
from tests.contract.warehouse_feed import NOW, Feeder, Told, arrivals, feeds, reference, report_feeds
from tests.contract.warehouse_view_tables import VIEWS, make_views
from tests.rig.proof import count, report

EXAMPLES = count(200, 2_000)
LOADERS = 3
MOST_TOGETHER = 3
"""Batches of one transaction."""
CUTS = count(2, 4)
UNSYNCED = "?options=-c%20synchronous_commit%3Doff"
"""Nothing is killed here, and so no commit waits for the disk."""
SEEN = {
    "examples": 0,
    "things told": 0,
    "batches": 0,
    "transactions": 0,
    "transactions sent again": 0,
    "CPU seconds": 0.0,
}


class Fate(StrEnum):
    """What becomes of a transaction."""

    LOADED = "loaded"
    LOST = "lost"
    """The loader dies before it commits: it starts again, and all is sent again."""
    UNHEARD = "unheard"
    """It is committed and nobody hears of it: all is sent again."""


class Sent(NamedTuple):
    """What goes through one of the loaders in a transaction."""

    loader: int
    fate: Fate
    batches: Sequence[Sequence[Told]]


class Death(Exception):
    """The end of a loader before its transaction."""


@st.composite
def sendings(draw: st.DrawFn, told: Sequence[Told]) -> list[Sent]:
    """The feed in another order, with repeats, in batches that several loaders load, and that are lost at times."""
    fates = st.sampled_from([Fate.LOADED, Fate.LOADED, Fate.LOST, Fate.UNHEARD])
    batches, sent = draw(arrivals(told, CUTS)), []
    while batches:
        together = draw(st.integers(1, MOST_TOGETHER))
        sent.append(Sent(draw(st.integers(0, LOADERS - 1)), draw(fates), batches[:together]))
        del batches[:together]
    return sent


class Loaders:
    """Loaders that know nothing of each other, each with partitions of its own."""

    def __init__(self, warehouse: Warehouse, rows: ViewRows) -> None:
        self._warehouse = warehouse
        self._rows = rows
        self._feeders = [self._begin(number, {}) for number in range(LOADERS)]

    def send(self, sent: Sent) -> None:
        """Load what is sent, as often as its fate asks for."""
        feeder = self._feeders[sent.loader]
        if sent.fate is Fate.LOST:
            feeder.follows = [self._rows, _die]
            with suppress(Death):
                feeder.load_together(sent.batches)
            feeder = self._feeders[sent.loader] = self._begin(sent.loader, self._warehouse.offsets())
        believed = dict(feeder.offsets)
        feeder.load_together(sent.batches, NOW + sent.loader)
        if sent.fate is Fate.UNHEARD:
            feeder.offsets = believed
            with pytest.raises(Overtaken):
                feeder.load_together(sent.batches)
            self._feeders[sent.loader] = self._begin(sent.loader, self._warehouse.offsets())

    def _begin(self, number: int, offsets: Mapping[Partition, int]) -> Feeder:
        """A loader that starts where the warehouse stands."""
        own = Partition("fhir.patient", number), Partition("receipts", number)
        stands = {at: offset for at, offset in offsets.items() if at in own}
        return Feeder(self._warehouse, stands, [self._rows], *own)


def _die(*_: object) -> dict[str, int]:
    raise Death


@pytest.fixture(scope="module")
def duckdb() -> Iterator[Warehouse]:
    warehouse = DuckdbWarehouse(Path(":memory:"))
    warehouse.migrate()
    make_views(warehouse)
    yield warehouse
    warehouse.close()


@pytest.fixture
def postgres(postgres_database: str) -> Iterator[Warehouse]:
    warehouse = PostgresWarehouse(postgres_database + UNSYNCED)
    warehouse.migrate()
    make_views(warehouse)
    yield warehouse
    warehouse.close()


def emptied(warehouse: Warehouse) -> Loaders:
    """Loaders of a warehouse with no rows in any table."""
    with warehouse.transaction() as transaction:
        for table in (*DIGESTED, OFFSETS, *(view.table for view in VIEWS)):
            transaction.clear(table)
    return Loaders(warehouse, ViewRows(VIEWS))


def load(warehouse: Warehouse, sendings: Sequence[Sent]) -> Mapping[str, str]:
    """The digests of all tables after these."""
    loaders = emptied(warehouse)
    for sent in sendings:
        loaders.send(sent)
    SEEN["batches"] += sum(len(sent.batches) for sent in sendings)
    SEEN["transactions"] += len(sendings)
    SEEN["transactions sent again"] += sum(sent.fate is not Fate.LOADED for sent in sendings)
    return warehouse.digest()


def expected(told: Sequence[Told]) -> dict[str, int]:
    """How many rows the table of each view must have, by what must be current."""
    current = reference(told).values()
    return {view.table.name: sum(_rows(view, one) for one in current) for view in VIEWS}


def _rows(view: ViewTable, current: Current) -> int:
    with suppress(RowError):
        return len(view.rows(current, NOW))
    return 0


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_any_way_of_a_feed_leaves_the_same_rows_in_both_warehouses(duckdb: Warehouse, postgres: Warehouse) -> None:
    began = time.process_time()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(told=st.one_of(feeds(), report_feeds()), data=st.data())
    def converges(told: list[Told], data: st.DataObject) -> None:
        one, other = data.draw(st.permutations([postgres, duckdb]))
        at_once = st.just([Sent(0, Fate.LOADED, [told])])
        assert load(one, data.draw(sendings(told))) == load(other, data.draw(st.one_of(at_once, sendings(told))))
        wanted = expected(told)
        assert {name: rows for name, rows in duckdb.counts().items() if name in wanted} == wanted
        SEEN["examples"] += 1
        SEEN["things told"] += len(told)

    converges()
    SEEN["CPU seconds"] = round(time.process_time() - began)
    report("convergence", _page())


def test_a_view_that_remembered_an_earlier_version_would_be_seen(postgres: Warehouse) -> None:
    """The comparison is one: rows that are not those of what is current change a digest."""
    emptied(postgres)
    before = postgres.digest()
    with postgres.transaction() as transaction:
        view = VIEWS[0]
        row = ("p", 0, "v", "f", "m", "hl7.raw", 0, 1, NOW, *(None for _ in view.view.columns))
        transaction.insert(view.table, [row])
    after = postgres.digest()
    assert [name for name in after if after[name] != before[name]] == [view.table.name]


def _page() -> str:
    rows = "".join(f"| {name} | {int(number):,} |\n" for name, number in SEEN.items())
    return (
        "# Convergence\n\n"
        "Feeds of events and receipts, some of them copies of one message and some mapped again with a changed set, "
        "were loaded into PostgreSQL and into DuckDB: into one in another order, with repeats, cut into batches, of "
        f"which up to {MOST_TOGETHER} stood in one transaction, that {LOADERS} loaders loaded who knew nothing of each "
        "other; into the other in yet another way of that kind, or at once. At times a loader died before its commit, "
        "or its commit was not heard of, and all of the transaction was sent again. Each time the digests of every "
        "table were the same in both, those of views included, and each view's "
        "table had the rows that the rules ask for.\n\n"
        f"| | |\n|---|---|\n{rows}\n"
        "The test: `tests/loaders/test_convergence.py`.\n"
    )
