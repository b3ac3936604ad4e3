"""Which groups are looked at for what they have yet to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config import BusSettings, Settings
from engine.roles.observe import find_groups
from tests.watch.stage import open_stage


@pytest.mark.parametrize(("kind", "group"), [("embedded", "alert-rules"), ("kafka", "engine-alerts")])
def test_the_group_of_alert_rules_is_that_of_who_carries_them(tmp_path: Path, kind: str, group: str) -> None:
    settings = Settings(home=tmp_path, bus=BusSettings(kind=kind, bootstrap="127.0.0.1:9092"))
    with open_stage(tmp_path) as bus:
        assert {"alert-rules", "engine-alerts"} & find_groups(bus, settings).keys() == {group}
