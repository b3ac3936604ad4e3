"""The city's days: people, visits and orders, numbered as they come and drawn from one stream of random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

from demo.panels import PANELS, Finding, Panel, measure
from demo.people import Person, invent_person
from demo.segments import Order, Visit
from demo.senders import CHILDREN_HOSPITAL, HOSPITALS, SENDERS, Sender
from demo.visits import Told, place_order, report

FIRST_DAY = datetime.fromisoformat("2025-10-06")
"""Local time of the city, which is what its systems write."""

DAYS = 7
DENGUE_FEVER = "A97.0^Sốt xuất huyết Dengue không có dấu hiệu cảnh báo"
KIDNEY_DISEASE = "N18.3^Bệnh thận mạn giai đoạn 3"
PNEUMONIA = "J18.9^Viêm phổi, tác nhân không xác định"
DIAGNOSES = (
    DENGUE_FEVER,
    KIDNEY_DISEASE,
    PNEUMONIA,
    "I10^Tăng huyết áp vô căn (nguyên phát)",
    "E11.9^Bệnh đái tháo đường típ 2, chưa có biến chứng",
    "K29.7^Viêm dạ dày, không đặc hiệu",
)
CHILDREN_DIAGNOSES = (DENGUE_FEVER, PNEUMONIA, "J06.9^Nhiễm trùng hô hấp trên cấp")
BIRTHS = (date(1935, 1, 1), date(2007, 9, 1))
CHILDREN_BIRTHS = (date(2010, 1, 1), date(2025, 9, 1))


class City:
    """Makes up visits and what the laboratories find in them; the same again for the same random numbers and day."""

    def __init__(self, rng: Random, first_day: datetime = FIRST_DAY) -> None:
        self.rng = rng
        self._first_day = first_day
        self._people = count(1)
        self._visits = count(1)
        self._orders = count(1)

    def visit(self, sender: Sender, kind: str, diagnosis: str = "") -> Visit:
        """The visit of somebody new to a facility by day, `kind` being PV1-2; for any reason if none is given."""
        child = sender is CHILDREN_HOSPITAL
        person = invent_person(self.rng, next(self._people), *(CHILDREN_BIRTHS if child else BIRTHS))
        began = self._first_day + timedelta(
            days=self.rng.randrange(DAYS), hours=6, minutes=self.rng.randrange(14 * 60), seconds=self.rng.randrange(60)
        )
        reason = diagnosis or self.rng.choice(CHILDREN_DIAGNOSES if child else DIAGNOSES)
        return self.visit_of(person, sender, kind, reason, began)

    def visit_of(self, person: Person, sender: Sender, kind: str, diagnosis: str, began: datetime) -> Visit:
        """The visit of a person who is known already."""
        return Visit(
            sender=sender,
            person=person,
            number=f"{sender.code}-LK{next(self._visits):06d}",
            patient_number=f"BN{person.number:06d}",
            kind=kind,
            ward=f"K{self.rng.randrange(1, 20):02d}",
            began=began,
            diagnosis=diagnosis,
        )

    def any_visit(self, kind: str) -> Visit:
        """A visit of that kind to any of the facilities that have such visits."""
        return self.visit(self.rng.choice(HOSPITALS if kind == "I" else SENDERS), kind)

    def laboratory(
        self, visit: Visit, panel: Panel, hours: int, findings: Sequence[Finding] = (), remark: str = ""
    ) -> list[Told]:
        """An order so many hours into the visit, and an hour later the report; without `findings` they are made up."""
        number = next(self._orders)
        ordered = visit.began + timedelta(hours=hours)
        order = Order(f"CD{number:06d}", f"XN{number:06d}", panel, ordered)
        found = findings or measure(panel, self.rng)
        return [place_order(visit, order), report(visit, order, found, ordered + timedelta(hours=1), remark)]

    def any_laboratory(self, visit: Visit, hours: int) -> list[Told]:
        """The same for any panel."""
        return self.laboratory(visit, self.rng.choice(PANELS), hours)
