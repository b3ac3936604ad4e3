"""From a feed that falls silent to whoever is told: the engine, Prometheus, Alertmanager and a receiver, all real."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rig.engine_process import EngineProcess
from tests.rig.process import wait_until
from tests.rig.prometheus import Alertmanager, Prometheus
from tests.rig.sender import StubbornSender
from tests.rig.visits import visits
from tests.rig.web_box import WebBox

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules.yml"
SILENCE = 8
"""Seconds instead of two hours."""


def short_rules() -> str:
    """The rule FeedSilent as it is deployed, with less patience."""
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    [rule] = [one for one in group["rules"] if one.get("alert") == "FeedSilent"]
    assert "> 7200" in rule["expr"]
    short = {**rule, "expr": rule["expr"].replace("> 7200", f"> {SILENCE}"), "for": "1s"}
    return yaml.safe_dump({"groups": [{"name": "engine", "interval": "500ms", "rules": [short]}]})


def telling(port: int) -> dict[str, Any]:
    """An Alertmanager that tells at once, and once."""
    route = {"receiver": "box", "group_by": ["alertname"], "group_wait": "0s", "group_interval": "1s"}
    hook = {"url": f"http://127.0.0.1:{port}/alerts", "send_resolved": True}
    return {
        "route": {**route, "repeat_interval": "1h"},
        "receivers": [{"name": "box", "webhook_configs": [hook]}],
    }


def send(engine: EngineProcess, messages: Sequence[tuple[str, bytes]]) -> None:
    sender = StubbornSender(engine.port, messages)
    sender.start()
    sender.wait(30)


def told(box: WebBox) -> list[tuple[str, str, str]]:
    """Of every alert that the receiver was told of: rule, facility and status."""
    alerts = [alert for post in box.posts for alert in json.loads(post.body)["alerts"]]
    return [(one["labels"]["alertname"], one["labels"]["facility"], one["status"]) for one in alerts]


@pytest.mark.timeout(180)
def test_a_feed_that_falls_silent_is_told_once_and_once_more_when_it_sends_again(tmp_path: Path) -> None:
    firing, resolved = (("FeedSilent", "79901", status) for status in ("firing", "resolved"))
    with (
        WebBox() as box,
        EngineProcess(tmp_path / "home") as engine,
        Alertmanager(tmp_path, telling(box.port)) as alertmanager,
        Prometheus(
            tmp_path,
            f"127.0.0.1:{engine.metrics_port}",
            facilities=True,
            rules=short_rules(),
            alertmanager=alertmanager,
        ) as prometheus,
    ):
        send(engine, visits(1))
        prometheus.wait_series('engine_facility_received_timestamp_seconds{facility="79901"}')
        assert told(box) == []
        wait_until(lambda: told(box) == [firing], "the alert", 60)
        runs = json.loads(box.posts[0].body)["alerts"][0]["annotations"]["runbook_url"]
        assert runs == "docs/run-books/FeedSilent.md"
        prometheus.wait_series(f"time() - engine_facility_received_timestamp_seconds > {SILENCE + 6}", 60)
        assert told(box) == [firing]
        rest = iter(visits(500)[1:])

        def is_over() -> bool:
            send(engine, [next(rest)])
            return told(box)[-1] == resolved

        wait_until(is_over, "its end", 60)
        assert told(box) == [firing, resolved]
