"""The whole engine as processes, on each pair of bus and warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rig.engine_process import EngineProcess

PAIRS = ["embedded and DuckDB", "Kafka and PostgreSQL"]


@pytest.fixture(params=PAIRS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EngineProcess]:
    """An engine that is not started yet; on Kafka, one with a broker and a database of its own."""
    environment: dict[str, str] = {}
    if request.param == "Kafka and PostgreSQL":
        kafka: Any = request.getfixturevalue("kafka_single")
        environment = {
            "ENGINE_BUS__KIND": "kafka",
            "ENGINE_BUS__BOOTSTRAP": kafka.bootstrap,
            "ENGINE_WAREHOUSE__KIND": "postgres",
            "ENGINE_WAREHOUSE__URL": request.getfixturevalue("postgres_database"),
        }
    process = EngineProcess(tmp_path / "home", environment)
    yield process
    process.stop()
