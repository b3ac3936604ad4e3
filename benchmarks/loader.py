"""How many events a second the loader takes, decoding and fold included, and how that changes as the warehouse grows.

    python -m benchmarks.loader [EVENTS] [POSTGRES_URL]

Synthetic feed: 70 % admissions of 9 resources, 30 % laboratory results of 33, patients drawn from 200,000. CPU is this
process's: all of DuckDB's, none of PostgreSQL's. DuckDB reads and compresses in threads of its own.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from engine.bus.record import Partition, Position, Record
from engine.canonical import receipt
from engine.canonical.envelope import encode
from engine.canonical.receipt import Outcome, Receipt
from engine.canonical.resource import Origin, Resource
from engine.loaders.batch import load_batch
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.loader import BATCH
from engine.loaders.postgres_warehouse import PostgresWarehouse
from engine.loaders.reading import read
from engine.loaders.warehouse import Warehouse

PATIENTS = 200_000
EPOCH_US = 1_763_880_000_000_000
CODE = {"coding": [{"system": "http://loinc.org", "code": "2823-3", "display": "Potassium [Moles/volume] in Serum"}]}
AROUND = ["RelatedPerson", "Condition", "Coverage", "AllergyIntolerance", "Practitioner", "Location", "Account"]

dice = random.Random(1)


def draw_id() -> str:
    """A random resource id."""
    return str(uuid.UUID(int=dice.getrandbits(128)))


def messages() -> Iterator[tuple[list[Resource], Receipt]]:
    """Messages without end, as the transformer makes them."""
    patients = [draw_id() for _ in range(PATIENTS)]
    number = 0
    while True:
        number += 1
        told = [("Patient", dice.choice(patients), _patient())]
        told += _admission() if dice.random() < 0.7 else _result()
        origin = _origin(number)
        made = [
            Resource(kind, identity, {"resourceType": kind, "id": identity, **body}, origin, index)
            for index, (kind, identity, body) in enumerate(told)
        ]
        yield made, Receipt(origin, "ADT^A01", Outcome.MAPPED, len(made))


def records() -> Iterator[Record]:
    """The same as records, in one partition of events and one of receipts."""
    events = 0
    for receipts, (made, told) in enumerate(messages()):
        for resource in made:
            record = encode(resource, "fhir.any")
            yield Record(record.topic, record.key, record.value, record.headers, 0, events)
            events += 1
        record = receipt.encode(told)
        yield Record(record.topic, record.key, record.value, record.headers, 0, receipts)


def measure(warehouse: Warehouse, total: int) -> None:
    """Load so many records, and print ten lines."""
    warehouse.migrate()
    feed, stands, loaded = records(), dict[Partition, int](), 0
    while loaded < total:
        share, clock, processor = 0, 0.0, 0.0
        while share < total // 10:
            batch = list(islice(feed, BATCH))
            began, busy = time.perf_counter(), time.process_time()
            reading = read(batch)
            with warehouse.transaction() as transaction:
                load_batch(transaction, reading.batch(stands), EPOCH_US)
            stands.update(reading.offsets)
            clock += time.perf_counter() - began
            processor += time.process_time() - busy
            share += len(batch)
        loaded += share
        print(
            f"{loaded:10,} loaded  {share / clock:7,.0f} records/s  {processor / share * 1e6:5.0f} us CPU", flush=True
        )


def _origin(number: int) -> Origin:
    key = f"{dice.getrandbits(256):064x}"
    received = EPOCH_US + number * 1000
    version = f"{received:017d}-{0:015d}-{received + 50:017d}-{key[:16]}"
    return Origin(Position("hl7.raw", number % 6, number // 6), "79014", "5f" * 16, key, version, received, "v1", 1)


def _patient() -> dict[str, Any]:
    identifier = {"system": "urn:79014", "type": {"coding": [{"code": "MR"}]}, "value": f"{dice.random()}"}
    name = {"family": "Nguyễn", "given": ["Văn", "A"], "text": "Nguyễn Văn A"}
    place = {"line": ["12 Lê Lợi"], "city": "Thành phố Hồ Chí Minh"}
    return {"identifier": [identifier], "name": [name], "gender": "male", "birthDate": "1980-01-02", "address": [place]}


def _admission() -> list[tuple[str, str, dict[str, Any]]]:
    visit = {"status": "in-progress", "class": {"code": "IMP"}, "period": {"start": "2026-01-01T00:00:00+07:00"}}
    around = {"status": "active", "code": CODE, "period": {"start": "2026-01-01"}, "note": [{"text": "y" * 60}]}
    return [("Encounter", draw_id(), visit), *((kind, draw_id(), around) for kind in AROUND)]


def _result() -> list[tuple[str, str, dict[str, Any]]]:
    report = {"status": "final", "code": CODE, "result": [{"reference": f"Observation/{draw_id()}"} for _ in range(30)]}
    value = {"status": "final", "code": CODE, "valueQuantity": {"value": dice.random(), "unit": "mmol/L"}}
    observations = [("Observation", draw_id(), value) for _ in range(30)]
    return [("ServiceRequest", draw_id(), {"status": "active"}), ("DiagnosticReport", draw_id(), report), *observations]


def main(arguments: list[str]) -> None:
    """Measure DuckDB in a file that is thrown away, or the empty database at the URL."""
    total = int(arguments[0]) if arguments else 100_000
    if len(arguments) > 1:
        measure(PostgresWarehouse(arguments[1]), total)
        return
    with tempfile.TemporaryDirectory() as folder:
        warehouse = DuckdbWarehouse(Path(folder) / "warehouse.duckdb")
        measure(warehouse, total)
        warehouse.close()


if __name__ == "__main__":
    main(sys.argv[1:])
