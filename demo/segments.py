"""Segments of HL7 v2 as each sender of the sample feed writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from demo import forms
from demo.panels import Finding, Panel
from demo.people import Person
from demo.senders import Sender


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay or visit of a person at a facility; `kind` is PV1-2 (table 0004): I or O."""

    sender: Sender
    person: Person
    number: str
    patient_number: str
    kind: str
    ward: str
    began: datetime
    diagnosis: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One ordered panel; `number` is the placer's, `filler` the laboratory's."""

    number: str
    filler: str
    panel: Panel
    ordered: datetime


def write_segment(name: str, fields: Mapping[int, str]) -> str:
    """The segment with its fields by number, empty ones between, none at the end; MSH-1 is the separator itself."""
    last = max(number for number, text in fields.items() if text)
    return "|".join([name, *(fields.get(number, "") for number in range(2 if name == "MSH" else 1, last + 1))])


def msh(sender: Sender, kind: str, control_id: str, when: datetime) -> str:
    """MSH; the structure in MSH-9.3 from version 2.4 on, where sender and table 0354 know it."""
    code, _, event = kind.partition("^")
    structure = {"A04": "ADT_A01", "A08": "ADT_A01"}.get(event, f"{code}_{event}")
    fields = {
        2: "^~\\&",
        3: sender.application,
        4: sender.claims,
        5: "HUB",
        6: "SYT79",
        7: forms.stamp(sender, when),
        9: f"{kind}^{structure}" if sender.version >= "2.4" else kind,
        10: control_id,
        11: "P",
        12: sender.version,
        15: sender.accept,
        16: sender.accept and "NE",
        18: sender.charset,
    }
    return write_segment("MSH", fields)


def evn(sender: Sender, kind: str, when: datetime) -> str:
    """EVN; EVN-2 is when it happened."""
    return write_segment("EVN", {1: kind.partition("^")[2], 2: forms.stamp(sender, when)})


def pid(visit: Visit) -> str:
    """PID with identifiers, name and address in the sender's form."""
    sender, person = visit.sender, visit.person
    fields = {
        1: "1",
        3: forms.identifiers(sender, person, visit.patient_number),
        5: forms.name(sender, person),
        7: f"{person.born:%Y%m%d}",
        8: sender.sexes[person.sex],
        11: forms.address(sender, person),
        13: person.phone,
    }
    if sender.old_ids:
        fields |= {19: person.insurance, 20: person.national_id}
    return write_segment("PID", fields)


def pv1(visit: Visit, ended: datetime | None = None) -> str:
    """PV1 with the visit's number in PV1-19, admission in PV1-44 and, once it has ended, discharge in PV1-45."""
    fields = {1: "1", 2: visit.kind, 3: visit.ward, 19: visit.number, 44: forms.stamp(visit.sender, visit.began)}
    if ended:
        fields |= {36: "01", 45: forms.stamp(visit.sender, ended)}
    return write_segment("PV1", fields)


def dg1(visit: Visit) -> str:
    """DG1 with the diagnosis in ICD-10."""
    return write_segment("DG1", {1: "1", 3: f"{visit.diagnosis}^I10", 6: "W"})


def orc(order: Order, control: str) -> str:
    """ORC: NW for a new order, RE with results (table 0119)."""
    filler = order.filler if control == "RE" else ""
    return write_segment("ORC", {1: control, 2: order.number, 3: filler, 5: "CM" if control == "RE" else ""})


def obr(visit: Visit, order: Order, reported: datetime | None = None, status: str = "") -> str:
    """OBR: the ordered panel; with `reported` the report on it."""
    sender, panel = visit.sender, order.panel
    fields = {
        1: "1",
        2: order.number,
        3: order.filler if reported else "",
        4: f"{panel.code}^{panel.name}^99{sender.code}",
        7: forms.stamp(sender, order.ordered),
    }
    if reported:
        fields |= {22: forms.stamp(sender, reported), 24: panel.section, 25: status}
    return write_segment("OBR", fields)


def obx(sender: Sender, number: int, finding: Finding, status: str) -> str:
    """OBX: one finding, with local code and, where the sender has it, LOINC as the alternate."""
    is_number = isinstance(finding.value, float)
    local = f"{finding.code}^{finding.name}^99{sender.code}"
    fields = {
        1: str(number),
        2: "NM" if is_number and not sender.comma else "ST",
        3: f"{local}^{finding.loinc}^^LN" if sender.coded else finding.code,
        5: forms.value(sender, finding),
        6: finding.unit,
        7: forms.reference_range(sender, finding),
        8: finding.flag,
        11: status,
    }
    return write_segment("OBX", fields)


def nte(text: str) -> str:
    """NTE: a remark of the laboratory."""
    return write_segment("NTE", {1: "1", 2: "L", 3: text})
