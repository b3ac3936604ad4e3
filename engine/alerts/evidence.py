"""What a resource says of notifiable diseases: which one, since when, and whether a physician or a laboratory does."""

from __future__ import annotations

from datetime import timezone
from typing import NamedTuple

from engine.alerts.diseases import Disease, Diseases, read_time
from engine.alerts.event import Event
from engine.alerts.limits import codes_of, flags_of
from engine.canonical.version import event_us

ICD_10 = "http://hl7.org/fhir/sid/icd-10"
COUNTING = frozenset({"final", "corrected", "amended"})
DENIED = frozenset({"entered-in-error", "refuted"})
DIAGNOSIS, LABORATORY = "diagnosis", "laboratory"


class Laboratory(NamedTuple):
    """Results that confirm a disease: their codes, the flags or answers that mean yes, the disease's ICD-10 code."""

    codes: frozenset[str]
    positive: frozenset[str]
    icd10: str


class Sighting(NamedTuple):
    """A disease that a resource tells of."""

    disease: Disease
    at_us: int
    basis: str
    dated: bool
    """Whether the resource names the time; else it is that of the message."""


def sight(event: Event, diseases: Diseases, laboratory: tuple[Laboratory, ...], zone: timezone) -> Sighting | None:
    """What the event tells of, None where it tells of no disease of the list, or no longer."""
    if event.type == "Condition":
        return _diagnosis(event, diseases, zone)
    return _confirmation(event, diseases, laboratory, zone) if event.type == "Observation" else None


def _diagnosis(event: Event, diseases: Diseases, zone: timezone) -> Sighting | None:
    body = event.body
    if any(one.get("code") in DENIED for one in body.get("verificationStatus", {}).get("coding", ())):
        return None
    codes = [str(one.get("code", "")) for one in body.get("code", {}).get("coding", ()) if one.get("system") == ICD_10]
    found = next((one for code in codes if (one := diseases.find(code))), None)
    told = str(body.get("recordedDate") or body.get("onsetDateTime") or "")
    return Sighting(found, *_time(told, event, zone, DIAGNOSIS)) if found else None


def _confirmation(
    event: Event, diseases: Diseases, laboratory: tuple[Laboratory, ...], zone: timezone
) -> Sighting | None:
    if event.body.get("status") not in COUNTING:
        return None
    said = flags_of(event) | _answers(event)
    for one in laboratory:
        if codes_of(event) & one.codes and said & one.positive and (found := diseases.find(one.icd10)):
            return Sighting(found, *_time(str(event.body.get("issued") or ""), event, zone, LABORATORY))
    return None


def _answers(event: Event) -> set[str]:
    coded = event.body.get("valueCodeableConcept", {})
    return {str(one.get("code", "")) for one in coded.get("coding", ())}


def _time(text: str, event: Event, zone: timezone, basis: str) -> tuple[int, str, bool]:
    """The time that the resource names, else that of its message, which may come late; never later than received."""
    named = read_time(text, zone) if text else None
    told_us = event_us(event.version, event.received_us) if named is None else named
    return min(told_us, event.received_us), basis, named is not None
