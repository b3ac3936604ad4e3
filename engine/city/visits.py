"""Visits: stays and visits by day, and the ADT messages that tell how they begin, change and end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.city import forms
from engine.city.diagnoses import Diagnosis
from engine.city.patients import Patient
from engine.city.people import FAMILIES
from engine.city.senders import Sender
from engine.city.truth import Values
from engine.city.world import Says, Told, World, tell

IN_PROGRESS, FINISHED, CANCELLED = "in-progress", "finished", "cancelled"
_DOCTORS = 24


class Visit:
    """One visit of a patient; `kind` is PV1-2 (table 0004): I, O or E."""

    def __init__(self, world: World, patient: Patient, kind: str, diagnosis: Diagnosis, began: datetime) -> None:
        self.patient, self.sender, self.kind, self.diagnosis = patient, patient.sender, kind, diagnosis
        self.began = began
        self.number = f"{self.sender.code}-{began:%y}{world.number(self.sender, 'visit'):07d}"
        self.case = world.case(began)
        self.record = self.case.record("visits", self.sender.code, self.number)
        self.place = draw_place(world, patient.sender, kind)
        self.doctor = _doctor(world.rng.randrange(_DOCTORS))
        self.over = False
        self._pv1 = ""

    @property
    def pv1(self) -> str:
        """PV1 as messages have it that tell of something else."""
        if not self._pv1:
            self._pv1 = f"PV1|1|{self.kind}|{self.place}||||{self.doctor}||||||||||||{self.number}"
        return self._pv1

    def move(self, place: str, kind: str = "") -> None:
        """From now on the patient is there, and perhaps of another class."""
        self.place, self.kind, self._pv1 = place, kind or self.kind, ""

    def tell(self, when: datetime, type_: str, *lines: str, says: Says = ()) -> Told:
        """A message with PID and PV1 before other segments."""
        segments = (self.patient.pid, self.pv1, *lines)
        return tell(self.case, when, self.patient, type_, segments, ((self.record, self._whose()), *says))

    def adt(
        self, when: datetime, event: str, values: Values, *, before: str = "", ended: datetime | None = None
    ) -> Told:
        """An ADT message; `before` is the place that was left, `ended` the end of the visit."""
        sender, patient = self.sender, self.patient
        began = forms.stamp(sender, self.began)
        until = f"|{forms.stamp(sender, ended)}" if ended else ""
        out = "01" if ended else ""
        pv1 = (
            f"PV1|1|{self.kind}|{self.place}|||{before}|{self.doctor}||||||||||||{self.number}"
            f"|||||||||||||||||{out}||||||||{began}{until}"
        )
        said: dict[str, Any] = {"began": self.began.isoformat(), **values}
        diagnosed = (dg1(self.diagnosis),) if event in WITH_DIAGNOSIS else ()
        if diagnosed:
            said |= {"diagnosis": self.diagnosis.code, "deadline": self.diagnosis.deadline}
            said["commune"] = patient.person.commune.code
        told = tell(self.case, when, patient, f"ADT^{event}", (), ())
        insured = (patient.in1,) if patient.in1 and event in WITH_INSURANCE else ()
        lines = (f"EVN|{event}|{forms.stamp(sender, told.when)}", patient.pid, pv1, *diagnosed, *insured)
        return told._replace(lines=lines, says=(*told.says, (self.record, self._whose() | said)))

    def _whose(self) -> dict[str, Any]:
        patient = self.patient
        return {"patient": patient.number, "person": patient.person.number, "class": self.kind, "place": self.place}


WITH_DIAGNOSIS = frozenset({"A01", "A04", "A03"})
WITH_INSURANCE = frozenset({"A01", "A04", "A08"})
"""Events that tell the diagnosis, and the insurance."""


def dg1(diagnosis: Diagnosis) -> str:
    """DG1 with the diagnosis in ICD-10."""
    return f"DG1|1||{diagnosis.code}^{diagnosis.name}^I10|||W"


def draw_place(world: World, sender: Sender, kind: str) -> str:
    """PV1-3: a department that sends, with room and bed; or a room of the day clinic, which is the first one."""
    rng = world.rng
    if kind == "I":
        return f"{rng.choice(sender.feeding)}^P{rng.randrange(100, 900)}^G{rng.randrange(1, 9):02d}"
    return f"{sender.feeding[0]}^PK{rng.randrange(1, 30):02d}"


def _doctor(number: int) -> str:
    """An XCN with a licence; one of some for each facility."""
    return f"99{number:04d}/HCM-CCHN^{FAMILIES[number % len(FAMILIES)]}^Mẫu^Văn"
