"""Orders and results: placed, sometimes cancelled, reported, sometimes in advance, corrected or withdrawn."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from engine.city import forms
from engine.city.panels import Finding, Panel, draw_panel, measure
from engine.city.senders import Sender
from engine.city.visits import Visit
from engine.city.world import Told, World

CANCELLED, PRELIMINARY, CORRECTED, WITHDRAWN = 0.03, 0.08, 0.03, 0.008
"""Of all orders, of all reports, and of all final reports."""
STATUS = {"P": "preliminary", "F": "final", "C": "corrected", "W": "entered-in-error"}
"""OBX-11 (table 0085) and what it comes to."""


class Order:
    """One ordered panel; `number` is the placer's, `filler` the laboratory's."""

    def __init__(self, world: World, visit: Visit, panel: Panel, ordered: datetime) -> None:
        self.visit, self.panel, self.ordered = visit, panel, ordered
        number = world.number(visit.sender, "order")
        self.number, self.filler = f"CD{number:08d}", f"XN{number:08d}"
        self.record = visit.case.record("orders", visit.sender.code, self.number)
        self.what: dict[str, Any] = {"visit": visit.number, "patient": visit.patient.number, "panel": panel.code}

    def orc(self, control: str, status: str = "") -> str:
        """ORC: NW, CA or RE (table 0119)."""
        filler = f"{self.filler}^LIS" if control == "RE" else ""
        return f"ORC|{control}|{self.number}^HIS|{filler}||{status}".rstrip("|")

    def obr(self, reported: datetime | None = None, status: str = "") -> str:
        """OBR: the panel; with `reported` the report on it."""
        sender, panel = self.visit.sender, self.panel
        code = f"{panel.code}^{panel.name}^99{sender.code}"
        taken = forms.stamp(sender, self.ordered)
        if reported is None:
            return f"OBR|1|{self.number}^HIS||{code}|||{taken}"
        done = forms.stamp(sender, reported)
        return f"OBR|1|{self.number}^HIS|{self.filler}^LIS|{code}|||{taken}{'|' * 15}{done}||{panel.section}|{status}"


def order(world: World, visit: Visit, when: datetime) -> list[Told]:
    """A panel is ordered; what follows is planned."""
    rng = world.rng
    one = Order(world, visit, draw_panel(rng, visit.diagnosis), when)
    said = one.what | {"status": "active", "ordered": when.isoformat()}
    told = visit.tell(when, "ORM^O01", one.orc("NW", "SC"), one.obr(), says=((one.record, said),))
    if rng.random() < CANCELLED:
        world.at(when + timedelta(minutes=rng.randrange(5, 60)), visit.case, partial(_cancel, one))
    else:
        world.at(when + timedelta(minutes=rng.randrange(40, 200)), visit.case, partial(_report, world, one))
    return [told]


def _cancel(one: Order, when: datetime) -> list[Told]:
    said = ((one.record, one.what | {"status": "revoked"}),)
    return [one.visit.tell(when, "ORM^O01", one.orc("CA", "CA"), one.obr(), says=said)]


def _report(world: World, one: Order, when: datetime) -> list[Told]:
    """Findings are reported, now and then in advance; later some are corrected, or all of them withdrawn."""
    rng = world.rng
    findings = measure(rng, one.panel, one.visit.diagnosis)
    final = partial(_tell, one, "F", findings, "F" * len(findings))
    chance, later = rng.random(), when + timedelta(minutes=rng.randrange(30, 600))
    if chance < PRELIMINARY:
        world.at(later, one.visit.case, final)
        return _tell(one, "P", findings, "P" * len(findings), when)
    if chance < PRELIMINARY + CORRECTED:
        changed, states = _corrected(rng, one, findings)
        world.at(later, one.visit.case, partial(_tell, one, "C", changed, states))
    elif chance < PRELIMINARY + CORRECTED + WITHDRAWN:
        world.at(later, one.visit.case, partial(_tell, one, "C", findings, "W" * len(findings)))
    return final(when)


def _corrected(rng: Random, one: Order, findings: tuple[Finding, ...]) -> tuple[tuple[Finding, ...], str]:
    """The findings with another value for one of them."""
    again = measure(rng, one.panel, one.visit.diagnosis)
    wrong = rng.randrange(len(findings))
    states = "".join("C" if number == wrong else "F" for number in range(len(findings)))
    return (*findings[:wrong], again[wrong], *findings[wrong + 1 :]), states


def _tell(one: Order, status: str, findings: tuple[Finding, ...], states: str, when: datetime) -> list[Told]:
    sender = one.visit.sender
    results = [_obx(sender, number, *found) for number, found in enumerate(zip(findings, states, strict=True), 1)]
    said = one.what | {
        "status": "completed",
        "report": one.filler,
        "reported": STATUS[status],
        "taken": one.ordered.isoformat(),
        "told": when.isoformat(),
        "results": {
            found.code: [found.value, found.unit, STATUS[state]] for found, state in zip(findings, states, strict=True)
        },
    }
    head = (one.orc("RE", "CM"), one.obr(when, status))
    return [one.visit.tell(when, "ORU^R01", *head, *results, says=((one.record, said),))]


def _obx(sender: Sender, number: int, found: Finding, state: str) -> str:
    kind, value, reference = forms.value(sender, found)
    code = f"{found.code}^{found.name}^99{sender.code}"
    code = f"{code}^{found.loinc}^^LN" if sender.vendor.coded else code
    return f"OBX|{number}|{kind}|{code}||{value}|{found.unit}|{reference}|{found.flag}|||{state}"
