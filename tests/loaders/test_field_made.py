"""Resources made from fields reach the warehouse as others do, in whatever order they are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import orjson
import pytest

from engine.bus.record import Position
from engine.canonical.resource import Body, Resource
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.transforms.transform import transform
from tests.contract.warehouse_feed import Feeder
from tests.transforms.folders import FACILITY, HEAD, raw, shipped

ORDERS = (
    "999001^Lê^Minh^^^BS",
    "999001^Lê^Minh^Hoàng^^BS CKI~999001^Lê",
    '999001^""~999002^Trần',
)


def resources(number: int, who: str) -> tuple[Resource, ...]:
    head = HEAD.format("ADT^A01^ADT_A01").replace("20251001073512", f"2025100107350{number}")
    visit = "PV1|1|I|K11^P302^G05||||" + who + "|" * 12 + "V1"
    text = "\r".join((head, "PID|1||BN1^^^BV^MR||A", f"PD1||||{who}", visit, ""))
    sent = raw(text.encode())._replace(message_key=f"k{number}")
    done = transform(sent, Position("hl7.raw", 0, number), FACILITY, shipped(), 1)
    assert done.refusal is None
    return done.resources


def current(path: Path, told: Sequence[Resource]) -> dict[str, Body]:
    warehouse = DuckdbWarehouse(path)
    warehouse.migrate()
    feeder = Feeder(warehouse)
    for one in told:
        feeder.load(one)
    rows = warehouse.query("select resource_type, id, body from current").rows
    warehouse.close()
    return {f"{kind}/{identity}": orjson.loads(body) for kind, identity, body in rows}


def test_any_order_leaves_the_same(tmp_path: Path) -> None:
    messages = [resources(number, who) for number, who in enumerate(ORDERS, 1)]
    found = []
    for index, order in enumerate(permutations(messages)):
        told = [one for made in order for one in (made if index % 2 else reversed(made))]
        found.append(current(tmp_path / f"{index}.duckdb", told))
    assert all(one == found[0] for one in found)
    types = Counter(name.partition("/")[0] for name in found[0])
    assert (types["Patient"], types["Encounter"], types["Practitioner"]) == (1, 1, 2)
    assert types["Location"] >= 2
    assert [body for body in found[0].values() if "999001" in str(body) and "name" in body] == []


@pytest.mark.parametrize("kind", ["Practitioner", "Location"])
def test_history_names_the_type(tmp_path: Path, kind: str) -> None:
    warehouse = DuckdbWarehouse(tmp_path / "w.duckdb")
    warehouse.migrate()
    Feeder(warehouse).load(*resources(1, ORDERS[0]))
    assert (kind,) in warehouse.query("select distinct resource_type from history").rows
    warehouse.close()
