"""The facts of the model, reckoned from the truth of a simulation alone: no SQL, and nothing of the warehouse."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from engine.city.panels import DENGUE, PANELS
from engine.city.sendings import Fate
from tests.loaders.city_year import Year

Values = dict[str, Any]
KINDS = {"I": "stay", "E": "emergency", "O": "outpatient"}
SEXES = {"M": "male", "F": "female"}
SECTIONS = {panel.code: panel.section for panel in (*PANELS, DENGUE)}
AGES = (1, 5, 15, 25, 45, 65)
GROUPS = ("0", "1-4", "5-14", "15-24", "25-44", "45-64", "65+")
AGAIN = timedelta(days=30)


class Visit(NamedTuple):
    """A visit that takes place: `patient` is who is in use now."""

    number: str
    facility: str
    patient: str
    kind: str
    day: date | None
    last_day: date | None
    department: str
    commune: str
    sex: str
    age_group: str
    disease: str


class Truth:
    """What is true of a year."""

    def __init__(self, year: Year) -> None:
        self._year = year
        self._of: dict[str, dict[tuple[str, str], Values]] = defaultdict(dict)
        for record in year.records:
            self._of[record.kind][record.facility, record.key] = record.values
        self.visits = list(self._visits())

    def visits_by_day(self) -> Counter[Any]:
        """By day, facility, kind, commune, age group and sex."""
        return Counter(
            (one.day, one.facility, one.kind, one.commune, one.age_group, one.sex) for one in self.visits if one.day
        )

    def admissions(self) -> Counter[Any]:
        """By day, facility and department."""
        return Counter((one.day, one.facility, one.department) for one in self._stays() if one.day)

    def discharges(self) -> Counter[Any]:
        """By day, facility and department."""
        return Counter((one.last_day, one.facility, one.department) for one in self._stays() if one.last_day)

    def bed_days(self) -> Counter[Any]:
        """By day and facility."""
        known: dict[str, date] = {}
        for one in self.visits:
            for day in (one.day, one.last_day):
                known[one.facility] = max(day or date.min, known.get(one.facility, date.min))
        found: Counter[Any] = Counter()
        for one in self._stays():
            if one.day:
                end = one.last_day or known[one.facility] + timedelta(days=1)
                for number in range(max((end - one.day).days, 1)):
                    found[one.day + timedelta(days=number), one.facility] += 1
        return found

    def results(self) -> dict[Any, Counter[str]]:
        """By day, facility and section: how many results of each status."""
        found: dict[Any, Counter[str]] = defaultdict(Counter)
        for (facility, _), order in self._of["orders"].items():
            for _value, _unit, status in order.get("results", {}).values():
                found[day_of(order["taken"]), facility, SECTIONS[order["panel"]]][status] += 1
        return found

    def notifiable(self) -> tuple[Counter[Any], Counter[Any]]:
        """By day, disease, facility, commune and age group: visits, and cases."""
        visits: Counter[Any] = Counter()
        cases: Counter[Any] = Counter()
        last: dict[tuple[str, str, str], date] = {}
        for one in sorted((one for one in self.visits if one.disease and one.day), key=lambda one: str(one.day)):
            key = (one.day, one.disease, one.facility, one.commune, one.age_group)
            visits[key] += 1
            who = (one.facility, one.patient, one.disease)
            if one.day and (who not in last or one.day - last[who] > AGAIN):
                cases[key] += 1
            last[who] = one.day or date.min
        return visits, cases

    def facilities(self) -> dict[str, Values]:
        """What each facility sent."""
        found: dict[str, Values] = {}
        for sender in self._year.senders:
            own = [one for one in self._year.sendings if one.facility == sender.code]
            read = [one for one in own if one.fate is Fate.LOADED]
            delays = [(one.sent - one.told).total_seconds() / 60 for one in read]
            named = {name for one in read for name in one.departments}
            listed = len(named & set(sender.departments))
            whole = "whole" if listed == len(sender.departments) else "part"
            found[sender.code] = {
                "sector": sender.sector,
                "kind": sender.kind,
                "is_sending": bool(read),
                "part": whole if read and listed else "none",
                "departments_listed": len(sender.departments),
                "departments_sending": listed,
                "messages": len(read),
                "dead": sum(one.fate is Fate.DEAD for one in own),
                "first_received": min((one.sent for one in read), default=None),
                "last_received": max((one.sent for one in read), default=None),
                "delay_median": median(delays) if delays else None,
                "late": sum(delay > 24 * 60 for delay in delays),
            }
        return found

    def departments(self) -> dict[Any, Values]:
        """By facility and department: whether it is listed, whether it sends, and how many visits are there."""
        sending: dict[str, set[str]] = defaultdict(set)
        for sent in self._year.sendings:
            if sent.fate is Fate.LOADED:
                sending[sent.facility] |= set(sent.departments)
        seen = Counter((one.facility, one.department) for one in self.visits)
        return {
            (sender.code, name): {
                "is_listed": name in sender.departments,
                "is_sending": name in sending[sender.code],
                "visits": seen[sender.code, name],
            }
            for sender in self._year.senders
            for name in {*sender.departments, *sending[sender.code]}
        }

    def _stays(self) -> Iterator[Visit]:
        return (one for one in self.visits if one.kind == "stay")

    def _visits(self) -> Iterator[Visit]:
        for (facility, number), visit in self._of["visits"].items():
            if visit.get("status") == "cancelled":
                continue
            told = self._of["patients"][facility, visit["patient"]]
            patient: str = told.get("merged_into") or visit["patient"]
            who = told | self._of["patients"].get((facility, patient), {})
            day = day_of(visit["began"]) if visit.get("began") else None
            yield Visit(
                number=number,
                facility=facility,
                patient=patient,
                kind=KINDS[visit["class"]],
                day=day,
                last_day=day_of(visit["ended"]) if visit.get("ended") else None,
                department=visit["place"].partition("^")[0],
                commune=who.get("commune", "unknown"),
                sex=SEXES.get(who.get("sex", ""), "unknown"),
                age_group=group_of(who.get("born"), day),
                disease=disease_of(visit["diagnosis"]) if visit.get("deadline") else "",
            )


def day_of(moment: str) -> date:
    return datetime.fromisoformat(moment).date()


def group_of(born: str | None, day: date | None) -> str:
    """The age group on that day."""
    if born is None or day is None:
        return "unknown"
    birth = date.fromisoformat(born)
    age = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
    return GROUPS[bisect_right(AGES, age)] if age >= 0 else "unknown"


def disease_of(diagnosis: str) -> str:
    """The code of the list that a diagnosis is of: itself where the list has five characters, else three."""
    return diagnosis if diagnosis in ("B08.4", "U07.1", "B18.1") else diagnosis[:3]
