"""Commands about the lake: how it is, and fewer files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.commands.lake import compact_lake, expire_lake, list_lake
from engine.config import Settings
from engine.config.lake import LakeSettings
from engine.parts import open_lake
from tests.canonical.events import event
from tests.contract.warehouse_feed import receipt
from tests.loaders.lake.keeping import LakeKeeper


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with a lake of five commits."""
    settings = Settings(home=tmp_path, lake=LakeSettings())
    keeper = LakeKeeper(open_lake(settings))
    for raw in range(5):
        keeper.load(event(raw, {}), receipt(raw))
    return settings


def listed(capsys: pytest.CaptureFixture[str]) -> Any:
    return orjson.loads(capsys.readouterr().out)


def test_tables_are_listed_and_compacted_and_their_past_forgotten(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list_lake(settings, as_json=True) == 0
    assert [(one["table"], one["rows"], one["files"], one["snapshots"]) for one in listed(capsys)] == [
        ("history", 5, 5, 5),
        ("receipts", 5, 5, 5),
    ]
    assert compact_lake(settings, 1 << 20, as_json=True) == 0
    assert [(one["before"], one["after"]) for one in listed(capsys)] == [(5, 1), (5, 1)]
    assert expire_lake(settings, datetime.now(UTC), as_json=True) == 0
    assert [(one["snapshots"], one["files"]) for one in listed(capsys)] == [(6, 0), (6, 0)]
    assert list_lake(settings, as_json=False) == 0
    assert "receipts" in capsys.readouterr().out


def test_without_a_lake_a_person_is_told_how_to_have_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert list_lake(Settings(home=tmp_path), as_json=False) == 2
    assert "lake: {}" in capsys.readouterr().err


def test_lake_that_cannot_be_reached_is_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    away = LakeSettings.model_validate({"catalog": "postgresql://nobody@127.0.0.1:1/none"})
    assert list_lake(Settings(home=tmp_path, lake=away), as_json=False) == 1
    assert "the lake cannot be reached" in capsys.readouterr().err
