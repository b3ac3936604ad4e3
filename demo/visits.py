"""Visits: the messages by which a facility's systems tell of one stay of one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from demo import segments
from demo.panels import Finding
from demo.segments import Order, Visit
from demo.senders import Sender


@dataclass(frozen=True, slots=True)
class Told:
    """One message before it has its MSH: when it is sent, by whom, its type, and its other segments."""

    when: datetime
    sender: Sender
    type: str
    lines: tuple[str, ...]


def admit(visit: Visit) -> Told:
    """The visit begins: A01 for a stay, A04 for an outpatient."""
    kind = "ADT^A01" if visit.kind == "I" else "ADT^A04"
    return _adt(visit, kind, visit.began, segments.pv1(visit), segments.dg1(visit))


def update(visit: Visit, when: datetime) -> Told:
    """The facility sends again what it knows of the patient."""
    return _adt(visit, "ADT^A08", when, segments.pv1(visit))


def discharge(visit: Visit, when: datetime) -> Told:
    """The visit ends."""
    return _adt(visit, "ADT^A03", when, segments.pv1(visit, ended=when), segments.dg1(visit))


def place_order(visit: Visit, order: Order) -> Told:
    """A panel is ordered."""
    lines = (segments.pid(visit), segments.pv1(visit), segments.orc(order, "NW"), segments.obr(visit, order))
    return Told(order.ordered, visit.sender, "ORM^O01", lines)


def report(visit: Visit, order: Order, findings: Sequence[Finding], when: datetime, remark: str = "") -> Told:
    """The laboratory reports final findings, with its remark behind the last one."""
    head = (segments.pid(visit), segments.pv1(visit), segments.orc(order, "RE"), segments.obr(visit, order, when, "F"))
    results = (segments.obx(visit.sender, number, finding, "F") for number, finding in enumerate(findings, 1))
    return Told(when, visit.sender, "ORU^R01", (*head, *results, *([segments.nte(remark)] if remark else [])))


def _adt(visit: Visit, kind: str, when: datetime, *rest: str) -> Told:
    return Told(when, visit.sender, kind, (segments.evn(visit.sender, kind, when), segments.pid(visit), *rest))
