"""Stories: what happens to invented people in the six facilities, each a run of messages that belong together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from demo.city import DENGUE_FEVER, KIDNEY_DISEASE, City
from demo.panels import BLOOD_COUNT, DENGUE, ELECTROLYTES, POTASSIUM, dengue_finding, number_finding
from demo.segments import Visit
from demo.senders import CITY_HOSPITAL, COMMUNE_STATION, DISTRICT_CENTRE
from demo.visits import Told, admit, discharge, update

CALLED = "Kết quả nguy kịch: đã báo bác sĩ điều trị qua điện thoại"


def tell_stories(city: City) -> Iterator[list[Told]]:
    """Stories without end: first those that the demo shows, then whatever the days bring."""
    yield critical_potassium(city)
    yield dengue_referral(city)
    yield critical_potassium_in_old_form(city)
    while True:
        yield stay(city) if city.rng.random() < 0.35 else consultation(city)


def critical_potassium(city: City) -> list[Told]:
    """An inpatient of the city hospital: potassium of 7.1 mmol/L, then a control that is normal."""
    visit = city.visit(CITY_HOSPITAL, "I", KIDNEY_DISEASE)
    analytes = ELECTROLYTES.analytes
    high = [number_finding(analyte, 7.1 if analyte is POTASSIUM else analyte.low) for analyte in analytes]
    normal = [number_finding(analyte, analyte.high) for analyte in analytes]
    return [
        admit(visit),
        *city.laboratory(visit, ELECTROLYTES, 1, high, CALLED),
        *city.laboratory(visit, ELECTROLYTES, 7, normal),
        discharge(visit, visit.began + timedelta(hours=60)),
    ]


def critical_potassium_in_old_form(city: City) -> list[Told]:
    """The same emergency where the laboratory writes `K`, type ST and a decimal comma."""
    visit = city.visit(DISTRICT_CENTRE, "O", KIDNEY_DISEASE)
    return [admit(visit), *city.laboratory(visit, ELECTROLYTES, 2, [number_finding(POTASSIUM, 6.9)])]


def dengue_referral(city: City) -> list[Told]:
    """One person: a positive dengue test in the commune station, then a stay in the city hospital."""
    station = city.visit(COMMUNE_STATION, "O", DENGUE_FEVER)
    arrival = station.began + timedelta(hours=3)
    hospital = city.visit_of(station.person, CITY_HOSPITAL, "I", DENGUE_FEVER, arrival)
    return [
        admit(station),
        *city.laboratory(station, DENGUE, 1, [dengue_finding(positive=True)]),
        discharge(station, station.began + timedelta(hours=2, minutes=30)),
        admit(hospital),
        *city.laboratory(hospital, BLOOD_COUNT, 1),
        discharge(hospital, arrival + timedelta(hours=90)),
    ]


def stay(city: City) -> list[Told]:
    """Some days in one of the facilities, with one panel or two."""
    visit = city.any_visit("I")
    told = [admit(visit)]
    for number in range(city.rng.choice((1, 1, 2))):
        told += city.any_laboratory(visit, 2 + 20 * number)
    return told + leave(city, visit, city.rng.randrange(48, 120))


def consultation(city: City) -> list[Told]:
    """Some hours in one of the facilities, mostly with a panel; not every facility tells when a visit ends."""
    visit = city.any_visit("O")
    told = [admit(visit)]
    if city.rng.random() < 0.7:
        told += city.any_laboratory(visit, 1)
    return told + leave(city, visit, 3) if city.rng.random() < 0.5 else told


def leave(city: City, visit: Visit, hours: int) -> list[Told]:
    """The end of a visit, now and then with a correction of what is known of the patient before it."""
    ended = visit.began + timedelta(hours=hours)
    known = [update(visit, ended - timedelta(minutes=20))] if city.rng.random() < 0.4 else []
    return [*known, discharge(visit, ended)]
