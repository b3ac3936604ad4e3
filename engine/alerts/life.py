"""The life cycle of alerts: one that starts and one that ends, however often and in whichever batches signals come.

A life is plain JSON: `since` when the condition began to hold, `off` when it ceased, `fired` whether there is an alert,
and what the alert tells. All times are those of signals; the clock only says how far time has gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Any, NamedTuple

from engine.alerts.alert import Alert, Status, alert_id
from engine.alerts.kind import Signal
from engine.alerts.rule import Rule

Life = dict[str, Any]
Lives = dict[str, Life]
"""The lives of the cases of one key, by case."""


class Change(NamedTuple):
    """An alert that started, ended or tells something else now."""

    alert: Alert
    quiet: bool = False


def live(rule: Rule, key: str, lives: Lives, signals: Iterable[Signal], now_us: int) -> tuple[Lives, list[Change]]:
    """The lives after these signals and with the clock at `now_us`, and what became of alerts."""
    after, changes = dict(lives), list[Change]()
    for signal in signals:
        changes += _settle(rule, key, after, signal.case, signal.at_us)
        changes += _take(rule, key, after, signal)
        changes += _settle(rule, key, after, signal.case, signal.at_us)
    for case in list(after):
        changes += _settle(rule, key, after, case, now_us)
    return after, changes


def wake_of(rule: Rule, lives: Lives) -> int | None:
    """When time alone changes something next; None where it does not."""
    waits = [wait for life in lives.values() if (wait := _wait(rule, life)) is not None]
    return min(waits, default=None)


def _wait(rule: Rule, life: Life) -> int | None:
    if not life["fired"]:
        return int(life["since"]) + rule.policy.hold_us
    return None if life["off"] is None else int(life["off"]) + rule.policy.clear_us


def _settle(rule: Rule, key: str, lives: Lives, case: str, now_us: int) -> Iterator[Change]:
    """What is due by that time: the start of what held long enough, the end of what ceased long enough ago."""
    life = lives.get(case)
    wait = _wait(rule, life) if life else None
    if life is None or wait is None or wait > now_us:
        return
    if life["fired"]:
        del lives[case]
    else:
        life = lives[case] = life | {"fired": True}
    yield _change(rule, key, case, life)


def _take(rule: Rule, key: str, lives: Lives, signal: Signal) -> Iterator[Change]:
    life = lives.get(signal.case)
    if signal.holds:
        told = _told(signal)
        began = life or {"since": signal.at_us, "fired": False, "quiet": signal.quiet}
        lives[signal.case] = began | told | {"off": None}
        if life and life["fired"] and any(life[name] != value for name, value in told.items()):
            yield _change(rule, key, signal.case, lives[signal.case])
    elif life and not life["fired"]:
        del lives[signal.case]
    elif life and life["off"] is None:
        lives[signal.case] = life | {"off": max(signal.at_us, life["since"])}


def _told(signal: Signal) -> Life:
    return {
        "subject": signal.subject,
        "facility": signal.facility,
        "place": signal.place,
        "evidence": list(signal.evidence),
        "labels": dict(signal.labels),
    }


def _change(rule: Rule, key: str, case: str, life: Life) -> Change:
    alert = Alert(
        id=alert_id(rule.name, f"{key}/{case}", life["since"]),
        rule=rule.name,
        kind=rule.kind,
        severity=rule.severity,
        status=Status.FIRING if life["off"] is None else Status.RESOLVED,
        started_us=life["since"],
        ended_us=life["off"],
        labels=MappingProxyType({**rule.labels, **life["labels"]}),
        subject=life["subject"],
        facility=life["facility"],
        place=life["place"],
        summary=rule.summary,
        evidence=tuple(life["evidence"]),
        run_book=rule.run_book,
    )
    return Change(alert, life["quiet"])
