"""Truth and warehouse in one form, thing by thing, so that they can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from engine.canonical.resource import Body
from engine.city.truth import Record
from tests.city.transformed import Warehouse, number_of, told

Facts = dict[tuple[str, str, str], dict[str, Any]]
"""What is known of a thing, by kind, facility and number."""

CITIZEN = "http://fhir.ehealth.gov.vn/core/sid/national_id"
SOCIAL = "urn:vn:social-insurance"
CLASSES = {"I": "IMP", "O": "AMB", "E": "EMER"}
SEXES = {"M": "male", "F": "female"}


def true_facts(records: Iterable[Record]) -> Facts:
    """What the truth says."""
    return {(one.kind, one.facility, one.key): _TRUE[one.kind](one.values) for one in records if one.kind in _TRUE}


def _true_patient(values: dict[str, Any]) -> dict[str, Any]:
    if "person" not in values:
        return {}
    return {
        "name": values["name"].casefold(),
        "sex": SEXES[values["sex"]],
        "born": values["born"],
        "citizen": values["citizen"],
        "social": values["card"][-10:],
        "commune": values["commune"],
        "active": "merged_into" not in values,
    }


def _true_visit(values: dict[str, Any]) -> dict[str, Any]:
    facts = {"class": CLASSES[values["class"]], "place": values["place"].replace("^", " ")}
    facts |= {name: values[name] for name in ("status", "began") if name in values}
    return facts | {"ended": values.get("ended") or None, "diagnosis": values.get("diagnosis")}


def _true_order(values: dict[str, Any]) -> dict[str, Any]:
    facts = {name: values.get(name) for name in ("panel", "status", "reported")}
    results = {code: [number(value), *rest] for code, (value, *rest) in values.get("results", {}).items()}
    return facts | {"results": results or None}


def number(value: str) -> float | str:
    """A number without its last zeros, which JSON does not keep; a text as it is."""
    return float(value) if value.replace(".", "", 1).isdigit() else value


_TRUE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "patients": _true_patient,
    "visits": _true_visit,
    "orders": _true_order,
    "prescriptions": lambda _values: {},
    "documents": lambda values: {"type": values["type"]},
    "appointments": lambda values: {"status": values["status"], "time": values["time"]},
    "vaccinations": lambda values: {"cvx": values["cvx"], "lot": values["lot"], "given": values["given"]},
    "charges": lambda values: {"act": values["act"]},
}


def found_facts(warehouse: Warehouse, expected: Facts) -> Facts:
    """What the warehouse says, of a visit no more than the truth has of it."""
    facts: Facts = {}
    for kind, (resource, named, read) in _FOUND.items():
        for facility, body in warehouse.of(resource):
            facts[kind, facility, named(body)] = read(body)
    for facility, body in warehouse.of("Encounter"):
        visit_number = number_of(body, "VN")
        known = expected.get(("visits", facility, visit_number), {})
        visit = _visit(body, _diagnosis(warehouse, body))
        facts["visits", facility, visit_number] = {name: value for name, value in visit.items() if name in known}
    prescribed = {key: value for key, value in facts.items() if key[0] != "prescriptions" or key[2].startswith("T")}
    return prescribed | _orders(warehouse)


def _orders(warehouse: Warehouse) -> Facts:
    reports = {(facility, number_of(body, "PLAC")): body for facility, body in warehouse.of("DiagnosticReport")}
    facts: Facts = {}
    for facility, body in warehouse.of("ServiceRequest"):
        placer = number_of(body, "PLAC")
        if not placer.startswith("CD"):
            continue  # what an appointment asks for
        report = reports.get((facility, placer))
        results: dict[str, Any] = {}
        for reference in report.get("result", ()) if report else ():
            kind, _, identity = reference["reference"].partition("/")
            found = told(warehouse.current[kind, identity].body)
            results |= {code: [number(value), *rest] for code, (value, *rest) in found.items()}
        facts["orders", facility, placer] = {
            "panel": _code(body["code"]),
            "status": body["status"],
            "reported": report["status"] if report else None,
            "results": results or None,
        }
    return facts


def _patient(body: Body) -> dict[str, Any]:
    numbers = {one.get("system"): one["value"] for one in body["identifier"]}
    if "name" not in body:
        return {}
    address = body["address"][0]
    return {
        "name": body["name"][0]["text"].casefold(),
        "sex": body["gender"],
        "born": body["birthDate"],
        "citizen": numbers.get(CITIZEN, ""),
        "social": numbers.get(SOCIAL, ""),
        "commune": address["_city"]["extension"][0]["valueCoding"]["code"],
        "active": body.get("active", True),
    }


def own_number(body: Body) -> str:
    """The number of the facility, which old systems send without a type."""
    return number_of(body, "MR", "PI") or next(one["value"] for one in body["identifier"] if "type" not in one)


def _visit(body: Body, diagnosis: str | None) -> dict[str, Any]:
    period = body.get("period", {})
    return {
        "class": body["class"]["code"],
        "place": next(one["location"]["display"] for one in body["location"] if one["status"] == "active"),
        "status": body["status"],
        "began": local(period["start"]) if "start" in period else None,
        "ended": local(period["end"]) if "end" in period else None,
        "diagnosis": diagnosis,
    }


def _diagnosis(warehouse: Warehouse, body: Body) -> str | None:
    for one in body.get("diagnosis", ()):
        kind, _, identity = one["condition"]["reference"].partition("/")
        return _code(warehouse.current[kind, identity].body["code"])
    return None


def _code(concept: Body) -> str:
    return str(concept["coding"][0]["code"])


def local(instant: str) -> str:
    """A time of the city without its offset."""
    return instant.removesuffix("+07:00")


_FOUND: dict[str, tuple[str, Callable[[Body], str], Callable[[Body], dict[str, Any]]]] = {
    "patients": ("Patient", own_number, _patient),
    "prescriptions": ("MedicationRequest", lambda body: number_of(body, "PLAC"), lambda _body: {}),
    "documents": (
        "DocumentReference",
        lambda body: str(body["masterIdentifier"]["value"]),
        lambda body: {"type": _code(body["type"])},
    ),
    "appointments": (
        "Appointment",
        lambda body: str(body["identifier"][0]["value"]),
        lambda body: {"status": body["status"], "time": local(body["start"])},
    ),
    "vaccinations": (
        "Immunization",
        lambda body: str(body["identifier"][0]["value"]),
        lambda body: {
            "cvx": _code(body["vaccineCode"]),
            "lot": body["lotNumber"],
            "given": local(body["occurrenceDateTime"]),
        },
    ),
    "charges": (
        "ChargeItem",
        lambda body: str(body["identifier"][0]["value"]),
        lambda body: {"act": _code(body["code"])},
    ),
}
"""For each kind of thing the resource, its number, and what is compared; visits and orders take more than one."""
