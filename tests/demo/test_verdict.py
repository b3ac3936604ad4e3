"""The verdict: every way in which engine and feed may disagree is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from demo.chart import Chart
from demo.evidence import CRITICAL, NOTIFIABLE, Evidence
from demo.message import Fate, FeedMessage
from demo.verdict import differences, expect_alerts
from engine.bus.record import Position
from engine.hl7.acknowledgment import AcknowledgmentCode
from engine.listeners.sending import Delivery, Result, Summary
from engine.loaders.reconcile import Account, Counts, Line

FEED = [
    FeedMessage(b"OBX|1|NM|K||7.1|||HH|", "79901", "ORU^R01", "AA"),
    FeedMessage(b"OBX|1|NM|K||7.1|||HH|", "79901", "ORU^R01", "AA", Fate.DUPLICATE),
    FeedMessage(b"2", "79901", "ZZZ^Z99", "AA", Fate.DEAD, "UNMATCHED"),
]
CHART = Chart("", "", "", (), (), (), ())


def summary(*codes: str) -> Summary:
    answers = [AcknowledgmentCode(code) if code else None for code in codes]
    deliveries = [
        Delivery(Path(f"{number}.hl7"), 1, Result.ANSWERED, code, 0.0, 1) for number, code in enumerate(answers)
    ]
    return Summary(tuple(deliveries), 0, 0.0)


def evidence(**changes: Any) -> Evidence:
    lines = [
        Line("79901", "ORU^R01", "2026-01-31T09", Counts(received=1, loaded=1)),
        Line("79901", "ZZZ^Z99", "2026-01-31T09", Counts(received=1, dead=1)),
    ]
    found = Evidence(
        account=Account(lines, []),
        dead=[{"reason": "UNMATCHED"}],
        alerts=[],
        chart=CHART,
        counters={"engine_duplicates_total": 1.0},
    )
    return replace(found, **changes)


def told(sent: Summary, found: Evidence) -> list[str]:
    """The differences, but for the alert that the evidence leaves out."""
    return [text for text in differences(FEED, sent, found) if "alerts were told of" not in text]


def test_agreement_is_nothing_to_tell() -> None:
    assert told(summary("AA", "AA", "AA"), evidence()) == []


def test_an_answer_that_is_another_is_told() -> None:
    assert told(summary("AA", "AE", "AA"), evidence()) == ["1.hl7 was answered AE, not AA"]


def test_a_message_that_was_not_sent_is_told() -> None:
    assert told(summary("AA", "AA"), evidence()) == ["2 messages were sent, not 3"]


def test_a_missing_message_is_told() -> None:
    account = Account(evidence().account.lines, [Position("hl7.raw", 0, 3)])
    assert told(summary("AA", "AA", "AA"), evidence(account=account)) == ["the raw message hl7.raw/0/3 is missing"]


def test_a_loss_that_looks_like_a_resend_is_told_by_the_engines_own_count() -> None:
    lost = Account([Line("79901", "ZZZ^Z99", "2026-01-31T09", Counts(received=1, dead=1))], [])
    found = told(summary("AA", "AA", "AA"), evidence(account=lost))
    assert len(found) == 1
    assert "79901 ORU" in found[0]


def test_another_reason_is_told() -> None:
    found = told(summary("AA", "AA", "AA"), evidence(dead=[{"reason": "MAPPING"}]))
    assert found == ["dead letters have the reasons {'MAPPING': 1}, must have {'UNMATCHED': 1}"]


def test_an_alert_that_did_not_come_is_told() -> None:
    assert expect_alerts(FEED) == {CRITICAL: 1, NOTIFIABLE: 0}
    assert any("alerts were told of" in text for text in differences(FEED, summary("AA", "AA", "AA"), evidence()))
