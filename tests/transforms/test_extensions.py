"""Extensions, of elements and of primitive values; and what is constant, which stands only beside what was sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.language.fault import Faults
from tests.transforms.folders import patient, send
from tests.transforms.validity import faults_of

PID = "PID|1||1|4|Van Dyke&van&Dyke^Jan~Lý|||M"


def made(tmp_path: Path, elements: str, segment: str = PID, **more: str) -> dict[str, Any]:
    done = send(patient(tmp_path, elements, **more), segment)
    assert done.refusal is None
    body = done.resources[0].body
    assert faults_of(body) == []
    return body


RELIGION = """
    extension[1].url: { value: "http://hl7.org/fhir/StructureDefinition/patient-religion" }
    extension[1].valueCodeableConcept.text: PID-17
    gender: PID-8 via Sex else unknown
"""
SEX = "{ table: Sex, codes: { M: male } }"


def test_extension_holds_its_address_and_what_was_sent(tmp_path: Path) -> None:
    body = made(tmp_path, RELIGION, PID + "|" * 9 + "BUD", tables__Sex=SEX)
    assert body["extension"] == [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/patient-religion",
            "valueCodeableConcept": {"text": "BUD"},
        }
    ]


def test_extension_of_which_nothing_was_sent_is_left_out(tmp_path: Path) -> None:
    assert "extension" not in made(tmp_path, RELIGION, tables__Sex=SEX)


def test_extensions_nest(tmp_path: Path) -> None:
    elements = """
        extension[1].url: { value: "http://example.org/a" }
        extension[1].extension[1].url: { value: code }
        extension[1].extension[1].valueString: PID-4
        extension[1].extension[2].url: { value: more }
        extension[1].extension[2].valueString: PID-9
    """
    (outer,) = made(tmp_path, elements)["extension"]
    assert outer == {"url": "http://example.org/a", "extension": [{"url": "code", "valueString": "4"}]}


XPN = """
    datatype: XPN
    type: HumanName
    elements:
      family: .1.1
      family.extension[1].url: { value: "http://hl7.org/fhir/StructureDefinition/humanname-own-prefix" }
      family.extension[1].valueString: .1.2
      given[1]: .2
      given[2].extension[1].url: { value: "http://example.org/a" }
      given[2].extension[1].valueString: .1.3
"""


def test_extension_of_a_primitive_stands_beside_it(tmp_path: Path) -> None:
    first, second = made(tmp_path, "name: PID-5[*] as XPN.HumanName", datatypes__XPN_dot_HumanName=XPN)["name"]
    own = {"url": "http://hl7.org/fhir/StructureDefinition/humanname-own-prefix", "valueString": "van"}
    assert (first["family"], first["_family"]) == ("Van Dyke", {"extension": [own]})
    assert first["_given"] == [None, {"extension": [{"url": "http://example.org/a", "valueString": "Dyke"}]}]
    assert second == {"family": "Lý"}


def test_extension_of_a_primitive_may_stand_alone(tmp_path: Path) -> None:
    elements = """
        birthDate: PID-7 as date
        birthDate.extension[1].url: { value: "http://hl7.org/fhir/StructureDefinition/data-absent-reason" }
        birthDate.extension[1].valueCode: { value: unknown, when: PID-7 not valued }
    """
    body = made(tmp_path, elements)
    assert body["_birthDate"]["extension"][0]["valueCode"] == "unknown"
    assert "birthDate" not in body


def test_null_erases_a_primitive_with_what_stands_beside_it(tmp_path: Path) -> None:
    elements = """
        birthDate: PID-7 as date
        birthDate.extension[1].url: { value: "http://example.org/a" }
        birthDate.extension[1].valueString: PID-4
    """
    done = send(patient(tmp_path, elements), 'PID|1||1|4|||""')
    (resource,) = done.resources
    assert resource.deleted == ()
    assert "_birthDate" in resource.body
    done = send(patient(tmp_path, elements), 'PID|1||1||||""')
    assert done.resources[0].deleted == ("birthDate",)


CWE = """
    datatype: CWE
    type: CodeableConcept
    elements:
      text: .9
      coding[1].code: .1
      coding[2].system: { value: "http://example.org" }
      coding[2].code: { value: fixed }
"""


@pytest.mark.parametrize(("sent", "codes"), [("EN", ["EN", "fixed"]), ("^^^^^^^^English", ["fixed"]), ("^^^^x", None)])
def test_constant_entry_stands_only_beside_what_was_sent(tmp_path: Path, sent: str, codes: list[str] | None) -> None:
    segment = PID + "|" * 7 + sent
    elements = "communication.language: PID-15 as CWE.CodeableConcept"
    body = made(tmp_path, elements, segment, datatypes__CWE_dot_CodeableConcept=CWE)
    found = body.get("communication", [{}])[0].get("language", {}).get("coding")
    assert (found and [one["code"] for one in found]) == codes


def test_primitive_has_no_elements_but_its_extensions(tmp_path: Path) -> None:
    with pytest.raises(Faults) as caught:
        patient(tmp_path, "birthDate.value.year: PID-7")
    assert [fault.code for fault in caught.value.faults] == ["M301"]
