"""Alertmanager: a real one takes alerts, tells repeats by their labels, and hears of their end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.alerts.alert import Status
from engine.alerts.sinks.alertmanager import AGAIN, KEPT, Alertmanager, post_of
from engine.alerts.sinks.posting import make_context
from engine.alerts.sinks.sink import Sink
from tests.contract.sink_contract import SinkContract
from tests.rig import prometheus
from tests.rig.process import wait_until
from tests.rig.web_box import WebBox
from tests.watch.stage import standing

QUIET = {"route": {"receiver": "none"}, "receivers": [{"name": "none"}]}
NONE = make_context(None, "sinks.am")


class Watcher:
    """A box between the engine and a real Alertmanager would see both: here each has its own part of the contract."""

    def __init__(self, box: WebBox) -> None:
        self.box = box

    def sink(self, *, clinical: bool = False) -> Sink:
        assert not clinical
        return Alertmanager(f"http://127.0.0.1:{self.box.port}/", NONE, 3)

    def taken(self) -> list[bytes]:
        return [one.body for one in self.box.posts]

    def identities(self) -> set[str]:
        return {json.dumps(json.loads(one.body)[0]["labels"], sort_keys=True) for one in self.box.posts}

    def refuse(self) -> None:
        self.box.statuses[:] = [500]

    def recover(self) -> None:
        self.box.statuses.clear()
        self.box.posts.clear()


@pytest.fixture
def receiver() -> Iterator[Watcher]:
    with WebBox() as box:
        yield Watcher(box)


class TestAlertmanager(SinkContract):
    """The contract, on what is posted to Alertmanager."""

    keeps_clinical = False


def test_a_real_alertmanager_has_an_alert_once_however_often_it_is_sent_and_forgets_it_at_its_end(
    tmp_path: Path,
) -> None:
    with prometheus.Alertmanager(tmp_path, QUIET) as running:
        sink = Alertmanager(running.url, NONE, 3)
        for _ in range(3):
            sink.send(standing())
        wait_until(lambda: len(running.alerts()) == 1, "the alert", 20)
        [alert] = running.alerts()
        assert alert["labels"]["alertname"] == "feed-silent"
        assert (alert["labels"]["source"], alert["labels"]["programme"]) == ("engine", "dengue")
        assert alert["annotations"]["runbook_url"] == "docs/run-books/FeedSilent.md"
        sink.send(standing(status=Status.RESOLVED))
        wait_until(lambda: running.alerts() == [], "its end", 20)


def test_what_fires_counts_as_over_when_nobody_says_so_any_more() -> None:
    told = post_of(standing(), 1_790_000_300_000_000)
    assert told["endsAt"] == "2026-09-21T14:18:20.000+00:00"
    assert AGAIN * KEPT == 300
    assert Alertmanager.again == AGAIN


def test_a_label_that_alertmanager_would_refuse_is_left_out() -> None:
    alert = replace(standing().alert, labels={"a-b": "x", "ok_1": "y", "1a": "z", "empty": ""})
    labels = post_of(replace(standing(), alert=alert), 0)["labels"]
    assert {"a-b", "1a", "empty"} & set(labels) == set()
    assert labels["ok_1"] == "y"


def test_a_rule_cannot_call_its_alert_otherwise() -> None:
    alert = replace(standing().alert, labels={"alertname": "x", "source": "x", "alert": "x", "severity": "x"})
    labels = post_of(replace(standing(), alert=alert), 0)["labels"]
    assert (labels["alertname"], labels["source"], labels["severity"]) == ("feed-silent", "engine", "warning")


def test_a_token_is_shown() -> None:
    with WebBox() as box:
        Alertmanager(f"http://127.0.0.1:{box.port}", NONE, 3, "token").send(standing())
        assert (box.posts[0].path, box.posts[0].headers["authorization"]) == ("/api/v2/alerts", "Bearer token")
