from __future__ import annotations

import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.query_app import MOST_BYTES
from engine.loaders.query_socket import RemoteWarehouse, serve_queries
from engine.loaders.warehouse import QueryRefused, Reader, Unavailable, Warehouse
from tests.canonical.events import event
from tests.contract.warehouse_feed import Feeder, receipt


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.sock"


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    warehouse = DuckdbWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.migrate()
    Feeder(warehouse).load(event(1, {"gender": "male"}), event(2, {}, of="Patient/q"), receipt(1), receipt(2, 3))
    yield warehouse
    warehouse.close()


@pytest.fixture
def remote(warehouse: Warehouse, path: Path) -> Iterator[RemoteWarehouse]:
    with serve_queries(warehouse, path):
        remote = RemoteWarehouse(path)
        yield remote
        remote.close()


@pytest.fixture
def http(remote: RemoteWarehouse, path: Path) -> Iterator[httpx.Client]:
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://engine") as client:
        yield client


def test_remote_warehouse_reads_what_the_warehouse_holds(warehouse: Warehouse, remote: Reader) -> None:
    assert remote.query("select id, raw_offset from current order by id") == (
        ("id", "raw_offset"),
        [("p", 1), ("q", 2)],
        False,
    )
    assert remote.counts() == warehouse.counts()
    assert remote.digest() == warehouse.digest()
    assert remote.offsets() == warehouse.offsets()
    assert list(remote.ledger()) == list(warehouse.ledger())


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("timestamp '2026-01-31 09:00:00'", "2026-01-31T09:00:00"),
        ("uuid '0e37df36-f698-11e6-8dd4-cb9ced3df976'", "0e37df36-f698-11e6-8dd4-cb9ced3df976"),
        ("1.10::decimal(3, 2)", 1.1),
        ("sum(12)", 12),
        ("123456789012345678901234567890::hugeint", 123456789012345678901234567890.0),
        ("'x'::blob", "b'x'"),
        ("[1, 2]", [1, 2]),
        ("{'a': null}", {"a": None}),
    ],
)
def test_values_come_as_what_json_has_for_them(remote: Reader, sql: str, value: object) -> None:
    assert remote.query(f"select {sql}").rows == [(value,)]


def test_answers_are_cut_and_refused_as_by_the_warehouse(remote: Reader) -> None:
    assert remote.query("select id from current", limit=1).more
    with pytest.raises(QueryRefused, match="begin it with SELECT"):
        remote.query("delete from current")
    numbers = " cross join ".join(f"history as h{place}" for place in range(50))
    with pytest.raises(QueryRefused, match="stopped"):
        remote.query(f"select count(*) from {numbers}", seconds=0.2)


def test_only_this_user_may_open_the_socket(remote: Reader, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_socket_goes_with_its_server(warehouse: Warehouse, path: Path) -> None:
    with serve_queries(warehouse, path):
        assert RemoteWarehouse(path).answers()
    assert not path.exists()
    assert not RemoteWarehouse(path).answers()
    with pytest.raises(Unavailable, match="is it still running"):
        RemoteWarehouse(path).counts()


def test_socket_left_by_a_killed_loader_is_replaced(warehouse: Warehouse, path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    assert not RemoteWarehouse(path).answers()
    with serve_queries(warehouse, path):
        assert RemoteWarehouse(path).answers()


def test_socket_that_cannot_be_made_is_said_so(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="folder is short"), serve_queries(warehouse, tmp_path / ("x" * 120)):
        pass
    with pytest.raises(Unavailable, match="folder is short"), serve_queries(warehouse, tmp_path / "no" / "socket"):
        pass


@pytest.mark.parametrize(
    "question",
    [b"", b"select 1", b"[]", b"{}", b'{"sql": 1}', b'{"sql": "select 1", "limit": "1"}', b" " * (MOST_BYTES + 1)],
)
def test_question_that_is_none_is_refused(http: httpx.Client, question: bytes) -> None:
    answer = http.post("/query", content=question)
    assert (answer.status_code, "error" in answer.json()) == (400, True)


def test_other_paths_and_methods_are_not_there(http: httpx.Client) -> None:
    assert http.get("/").status_code == 404
    assert http.get("/query").status_code == 405
    assert http.post("/counts").status_code == 405


def test_queries_are_answered_while_batches_are_loaded(warehouse: Warehouse, remote: RemoteWarehouse) -> None:
    stop = threading.Event()

    def load() -> None:
        feeder, raw = Feeder(warehouse, dict(warehouse.offsets())), 10
        while not stop.is_set():
            feeder.load(*(event(raw + at, {"gender": f"{raw}"}, of=f"Patient/{at}") for at in range(20)))
            raw += 20

    loading = threading.Thread(target=load)
    loading.start()
    counted = [remote.query("select count(*), count(distinct id) from current").rows[0] for _ in range(50)]
    stop.set()
    loading.join()
    assert all(rows == ids for rows, ids in counted)
    assert counted[-1][0] == 22
