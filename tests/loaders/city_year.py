"""A simulated city loaded into a warehouse as an engine loads it, each message received when it was sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

from engine.bus.record import Position
from engine.canonical.raw import TOPIC
from engine.city.plan import Plan
from engine.city.senders import Sender
from engine.city.sendings import Fate, Sending
from engine.city.simulation import Simulation
from engine.city.truth import Record
from engine.listeners.intake import Intake
from engine.loaders.batch import Batch, load_batch
from engine.loaders.event import prepare
from engine.loaders.view_rows import ViewRows
from engine.loaders.view_tables import ViewTable
from engine.loaders.warehouse import Warehouse
from engine.transforms.transform import Transformed, transform
from tests.city.transformed import Reading, header_of

LOCAL = timezone(timedelta(hours=7))
MESSAGES_A_BATCH = 400
NOW = 1_790_000_000_000_000


@dataclass(frozen=True)
class Year:
    """What was sent, in the order of sending, and what is true by it."""

    sendings: list[Sending]
    records: list[Record]
    senders: tuple[Sender, ...]


def simulate_year(plan: Plan, senders: tuple[Sender, ...]) -> Year:
    records: list[Record] = []
    return Year(list(Simulation(plan, senders, records.append).sendings()), records, senders)


def transform_year(year: Year, reading: Reading) -> Iterator[tuple[int, Transformed]]:
    """What its messages come to, each with the number of its raw record."""
    intake = Intake(reading.registry, bytes(32), "mllp")
    for number, one in enumerate(one for one in year.sendings if one.fate is not Fate.REFUSED):
        raw = intake.raw(one.payload, header_of(one.payload), microseconds(one.sent))
        facility = reading.registry.by_code(raw.facility)
        yield number, transform(raw, Position(TOPIC, 0, number), facility, reading.mappings, 1)


def load_year(
    warehouse: Warehouse, transformed: Iterable[tuple[int, Transformed]], views: Sequence[ViewTable]
) -> list[str]:
    """Load that; the views that a resource did not fit."""
    unfit: list[str] = []
    rows, events = ViewRows(views, unfit.append), 0
    for batch in _batches(iter(transformed)):
        made = [prepare(resource) for _, one in batch for resource in one.resources]
        placed = [(Position("fhir.any", 0, events + number), event) for number, event in enumerate(made)]
        receipts = [(Position("receipts", 0, number), one.receipt) for number, one in batch]
        events += len(made)
        with warehouse.transaction() as transaction:
            load_batch(transaction, Batch(placed, receipts, {}, {}), NOW, (rows,))
    return unfit


def microseconds(moment: datetime) -> int:
    """A time of the city as microseconds since the epoch in UTC."""
    since = moment.replace(tzinfo=LOCAL) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1)


def _batches(transformed: Iterator[tuple[int, Transformed]]) -> Iterator[list[tuple[int, Transformed]]]:
    while batch := list(islice(transformed, MESSAGES_A_BATCH)):
        yield batch
