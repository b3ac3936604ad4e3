"""Vaccinations, most of them of children in the stations."""

from __future__ import annotations

from datetime import datetime

from engine.city import forms
from engine.city.patients import Patient
from engine.city.remedies import VACCINES
from engine.city.world import Told, World, tell


def vaccinate(world: World, patient: Patient, when: datetime) -> list[Told]:
    """One dose is given and told of."""
    sender, rng = patient.sender, world.rng
    vaccine, number = rng.choice(VACCINES), f"TC{world.number(sender, 'vaccination'):08d}"
    case, stamp, lot = world.case(when), forms.stamp(sender, when), f"LO{rng.randrange(1000):03d}"
    rxa = (
        f"RXA|0|1|{stamp}|{stamp}|{vaccine.cvx}^{vaccine.name}^CVX|{vaccine.dose}|mL^^UCUM||00^Tiêm mới^NIP001"
        f"||||||{lot}|||||CP|A"
    )
    lines = (patient.pid, f"ORC|RE||{number}^{sender.vendor.application}", rxa)
    record = case.record("vaccinations", sender.code, number)
    said = {"patient": patient.number, "person": patient.person.number, "cvx": vaccine.cvx, "lot": lot}
    told = tell(case, when, patient, "VXU^V04", lines, ((record, said | {"given": when.isoformat()}),))
    return [told]
