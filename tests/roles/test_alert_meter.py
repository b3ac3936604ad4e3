"""What the log says of alerts."""

from __future__ import annotations

from dataclasses import replace

from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from engine.alerts.course import News
from engine.observe.metrics import Metrics
from engine.roles.alert_meter import AlertMeter
from tests.watch.stage import standing


def test_the_log_says_where_an_outbreak_is_and_not_where_a_patient_lives() -> None:
    outbreak, case = (
        replace(one, alert=replace(one.alert, place="27301", subject=subject))
        for one, subject in ((standing("outbreak"), ""), (standing("case"), "0" * 32))
    )
    with capture_logs() as lines:
        AlertMeter(Metrics(CollectorRegistry())).told(News({}, {"a": outbreak, "b": case}, {}))
    assert [(line["rule"], line["place"]) for line in lines] == [("outbreak", "27301"), ("case", "")]
