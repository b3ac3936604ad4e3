"""Alerts as they stand: one record an alert, under an id that is the same however often the alert is made."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from engine.alerts.alert import Alert, Severity, Status, alert_id
from engine.alerts.standing import Acknowledged, Silenced, Standing, decode, encode, encode_gone, read_standing
from engine.bus.record import Record

ALERT = Alert(
    id=alert_id("potassium", "a-case", 7),
    rule="potassium",
    kind="critical",
    severity=Severity.CRITICAL,
    status=Status.FIRING,
    started_us=7,
    labels=MappingProxyType({"team": "chemistry"}),
    subject="0" * 32,
    facility="79901",
    summary="A potassium is out of its limits.",
    evidence=("hl7.raw/0/1/0/2",),
)
STANDING = Standing(ALERT, Acknowledged("mai", 9, "called"), Silenced("an", 12, "drill"), 1, ("pager",), True, 9)


def test_an_id_is_the_same_for_the_same_rule_key_and_start_and_another_for_any_other() -> None:
    assert ALERT.id == alert_id("potassium", "a-case", 7)
    assert (
        len(
            {
                ALERT.id,
                alert_id("sodium", "a-case", 7),
                alert_id("potassium", "b", 7),
                alert_id("potassium", "a-case", 8),
            }
        )
        == 4
    )


def test_what_is_written_is_read_again() -> None:
    record = encode(STANDING)
    assert decode(record.value) == STANDING
    assert record.key.decode() == ALERT.id
    assert decode(encode(Standing(ALERT)).value) == Standing(ALERT)


def test_the_last_word_on_an_alert_counts_and_what_says_nothing_is_passed_over() -> None:
    ended = Standing(replace(ALERT, status=Status.RESOLVED, ended_us=11))
    broken = Record("alerting", b"x", b"[]")
    assert read_standing([encode(STANDING), broken, encode(ended)]) == {ALERT.id: ended}
    assert read_standing([encode(ended), encode_gone(ALERT.id)]) == {}
