"""Medicines, charges and documents of a visit."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime

from engine.city import forms
from engine.city.remedies import ACTS, BY_MOUTH, DOCUMENTS, MEDICINES, ROUTES
from engine.city.visits import Visit
from engine.city.world import Told, World

OLD_EVENT = ("2.3", "2.3.1")
"""Versions in which the event of RDE is O01."""
_PAPER = b64encode(b"%PDF-1.4\n% an invented paper, about nobody\n%%EOF\n").decode()


def prescribe(world: World, visit: Visit, when: datetime) -> list[Told]:
    """The pharmacy encodes an order of a medicine."""
    sender, medicine = visit.sender, world.rng.choice(MEDICINES)
    number = f"T{world.number(sender, 'prescription'):08d}"
    unit = "VIEN^viên"
    lines = (
        f"ORC|NW|{number}^HIS|P{number}^DUOC||||||{forms.stamp(sender, when)}",
        f"RXE|^{medicine.pattern}|{medicine.code}^{medicine.name}^99{sender.code}|{medicine.amount}||{unit}",
        f"RXR|{ROUTES.get(medicine.code, BY_MOUTH)}",
    )
    record = visit.case.record("prescriptions", sender.code, number)
    said = {"visit": visit.number, "patient": visit.patient.number, "medicine": medicine.code}
    event = "O01" if sender.vendor.version in OLD_EVENT else "O11"
    return [visit.tell(when, f"RDE^{event}", *lines, says=((record, said),))]


def charge(world: World, visit: Visit, when: datetime) -> list[Told]:
    """One act or two are charged."""
    sender, lines, says = visit.sender, [], []
    stamp = forms.stamp(sender, when)
    for position in range(1, world.rng.choice((2, 2, 3))):
        act, number = world.rng.choice(ACTS), f"GD{world.number(sender, 'charge'):08d}"
        lines.append(f"FT1|{position}|{number}||{stamp}||CG|{act.code}^{act.name}^99{sender.code}|||1|{act.price}&VND")
        record = visit.case.record("charges", sender.code, number)
        says.append((record, {"visit": visit.number, "patient": visit.patient.number, "act": act.code}))
    told = visit.tell(when, "DFT^P03", says=tuple(says))
    return [told._replace(lines=(f"EVN|P03|{stamp}", *told.lines, *lines))]


def write_document(world: World, visit: Visit, kind: str, when: datetime) -> list[Told]:
    """A document of that kind (table 0270) with a text, the last one of a stay with a paper too."""
    sender, (title, text) = visit.sender, DOCUMENTS[kind]
    number, stamp = f"TL{world.number(sender, 'document'):08d}", forms.stamp(sender, when)
    origin = "|" * 4
    lines = [
        f"TXA|1|{kind}^{title}^99{sender.code}|TX|{stamp}|{visit.doctor}|{stamp}{'|' * 6}{number}^EMR{origin}|LA||AV",
        f"OBX|1|TX|{kind}^{title}^99{sender.code}||{text}||||||F",
    ]
    if kind == "DS":
        lines.append(f"OBX|2|ED|PDF^Bản ký số^99{sender.code}||^application^pdf^Base64^{_PAPER}||||||F")
    record = visit.case.record("documents", sender.code, number)
    said = {"visit": visit.number, "patient": visit.patient.number, "type": kind}
    told = visit.tell(when, "MDM^T02", *lines, says=((record, said),))
    return [told._replace(lines=(f"EVN|T02|{stamp}", *told.lines))]
