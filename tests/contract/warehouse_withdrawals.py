"""The warehouse contract: what a report lists no more is withdrawn, whenever and in whatever pieces that is learnt."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import orjson
import pytest

from engine.canonical.receipt import Outcome
from engine.canonical.resource import Resource
from engine.loaders.warehouse import Warehouse
from tests.canonical.events import event
from tests.contract.warehouse_feed import Feeder, receipt, report
from tests.contract.warehouse_loading import bodies, empty


def result(raw: int, identity: str, **told: Any) -> Resource:
    """An observation as message `raw` tells of it."""
    return event(raw, {"status": "final", "valueString": f"{raw}"}, of=f"Observation/{identity}", index=1, **told)


def states(warehouse: Warehouse) -> dict[str, str]:
    """The status of each current observation."""
    found = warehouse.query("select id, body from current where resource_type = 'Observation'").rows
    return {identity: orjson.loads(body)["status"] for identity, body in found}


def listed(warehouse: Warehouse) -> list[str]:
    """What the report lists now."""
    return [one["reference"].removeprefix("Observation/") for one in bodies(warehouse)["d"].get("result", ())]


FIRST = (report(1, "a", "b"), result(1, "a"), result(1, "b", message="message 1")._replace(place=2))
GONE = "entered-in-error"


class WithdrawalsContract:
    def test_result_that_a_report_lists_no_more_is_withdrawn_and_keeps_its_value(self, warehouse: Warehouse) -> None:
        Feeder(warehouse).load(*FIRST, report(2, "a"), result(2, "a"))
        assert bodies(warehouse)["b"] == {"status": GONE, "valueString": "1"}
        assert states(warehouse) == {"a": "final", "b": GONE}
        (claims,) = warehouse.query("select element_versions from current where id = 'b'").rows[0]
        assert orjson.loads(claims) == {"1 00001": ["*"], "0 00002": ["status"]}

    def test_every_order_of_arrival_leaves_the_same(self, warehouse: Warehouse) -> None:
        told = [report(1, "a"), result(1, "a"), report(2, "b")]
        digests = set()
        for order in permutations(told):
            empty(warehouse)
            feeder = Feeder(warehouse)
            for one in order:
                feeder.load(one)
            digests.add(orjson.dumps(warehouse.digest()))
            assert states(warehouse) == {"a": GONE}
        assert len(digests) == 1

    def test_report_that_is_not_whole_adds_and_takes_nothing_back(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(report(1, "a", whole=False), result(1, "a"))
        feeder.load(report(2, "b", whole=False), result(2, "b"))
        assert states(warehouse) == {"a": "final", "b": "final"}
        assert listed(warehouse) == ["b", "a"]
        feeder.load(report(3, "c"), result(3, "c"))
        assert states(warehouse) == {"a": GONE, "b": GONE, "c": "final"}
        assert listed(warehouse) == ["c"]

    def test_result_that_is_listed_again_stands_again(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(*FIRST)
        feeder.load(report(2, "b"), result(2, "b"))
        feeder.load(report(3, "a", "b"), result(3, "a"))
        assert bodies(warehouse)["a"] == {"status": "final", "valueString": "3"}
        assert warehouse.query("select id from current where cast(element_versions as text) like '%status%'").rows == []
        assert warehouse.counts()["withdrawals"] == 0

    def test_result_that_is_listed_again_without_being_told_again_is_as_it_was(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(*FIRST)
        feeder.load(report(2, "b"))
        feeder.load(report(3, "a", whole=False))
        assert bodies(warehouse)["a"] == {"status": "final", "valueString": "1"}

    def test_result_that_another_report_told_of_since_stands(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(*FIRST)
        feeder.load(report(2, "a", of="DiagnosticReport/e"), result(2, "a"))
        feeder.load(report(3, "b"))
        assert states(warehouse) == {"a": "final", "b": "final"}

    def test_result_that_came_later_than_its_withdrawal_is_withdrawn(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(report(2, "b"))
        feeder.load(report(1, "a", "b"))
        feeder.load(result(1, "a"))
        assert states(warehouse) == {"a": GONE}

    def test_new_mapping_that_lists_more_gives_back_and_one_that_lists_less_takes(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(*FIRST, report(2, "a"))
        feeder.load(report(2, "a", "b", generation=2), receipt(2, generation=2))
        assert states(warehouse) == {"a": "final", "b": "final"}
        feeder.load(report(2, "b", generation=3), receipt(2, generation=3))
        assert states(warehouse) == {"a": GONE, "b": "final"}
        feeder.load(receipt(2, 0, generation=4, outcome=Outcome.IGNORED))
        assert states(warehouse) == {"a": "final", "b": "final"}

    def test_new_mapping_that_never_listed_a_result_does_not_withdraw_it(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(*FIRST, report(2, "a"))
        assert states(warehouse)["b"] == GONE
        feeder.load(report(1, "a", generation=2), result(1, "b", generation=2), receipt(1, 2, generation=2))
        assert states(warehouse) == {"b": "final"}

    def test_withdrawn_result_that_counts_no_more_leaves_nothing(self, warehouse: Warehouse) -> None:
        feeder = Feeder(warehouse)
        feeder.load(*FIRST, report(2, "a"))
        feeder.load(receipt(1, 0, generation=2, outcome=Outcome.IGNORED))
        assert (states(warehouse), warehouse.counts()["withdrawals"]) == ({}, 0)

    @pytest.mark.parametrize("version", [2, 3])
    def test_later_whole_version_moves_the_withdrawal(self, warehouse: Warehouse, version: int) -> None:
        feeder = Feeder(warehouse)
        feeder.load(*FIRST, report(2, "a"))
        feeder.load(report(version, "a"))
        found = warehouse.query("select observation, report, listed, withdrawn from withdrawals").rows
        assert found == [("b", "d", "00001", f"0000{version}")]
