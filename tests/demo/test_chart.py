"""The chart: FHIR resources as a doctor would read them."""

from __future__ import annotations

from typing import Any

from demo.chart import Result, read_chart, read_result

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "name": [{"text": "Lê Văn Mẫu"}],
    "gender": "male",
    "birthDate": "1974-04-02",
    "identifier": [{"value": "BN1", "type": {"coding": [{"code": "PI"}]}}, {"value": "2"}],
}
POTASSIUM: dict[str, Any] = {
    "resourceType": "Observation",
    "effectiveDateTime": "2025-10-06T12:05:11+07:00",
    "code": {"text": "Kali", "coding": [{"code": "K"}, {"system": "http://loinc.org", "code": "2823-3"}]},
    "valueQuantity": {"value": 7.0, "unit": "mmol/L"},
    "referenceRange": [{"text": "3.5-5.0"}],
    "interpretation": [{"coding": [{"code": "HH"}]}],
}
DENGUE: dict[str, Any] = {
    "resourceType": "Observation",
    "effectiveDateTime": "2025-10-06T08:00:00+07:00",
    "code": {"coding": [{"code": "DENNS1"}]},
    "valueString": "ÂM TÍNH",
}


def test_a_quantity_is_shown_with_its_unit_and_flag() -> None:
    assert read_result(POTASSIUM) == Result("2025-10-06 12:05", "Kali", "2823-3", "7.0 mmol/L", "3.5-5.0", "HH")


def test_a_text_without_anything_else_is_shown() -> None:
    assert read_result(DENGUE) == Result("2025-10-06 08:00", "DENNS1", "", "ÂM TÍNH", "", "")


def test_results_stand_in_order_of_time() -> None:
    chart = read_chart([POTASSIUM, DENGUE, PATIENT])
    assert [result.name for result in chart.results] == ["DENNS1", "Kali"]
    assert chart.identifiers == ("PI BN1", "2")
    assert chart.encounters == ()
