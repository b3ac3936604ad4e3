"""Which segments a probe message holds."""

from __future__ import annotations

from engine.commands.conformance.layout import Layout, lay_out
from engine.commands.conformance.structures import name_of

CONTEXT = ("PID", "PV1", "ORC", "OBR")


def lay(structure: str, segment: str, path: str) -> Layout:
    return lay_out(structure, segment, path, CONTEXT)


def test_what_the_structure_requires_is_there_in_order() -> None:
    assert lay("ADT_A01", "AL1", "ADT_A01.AL1").segments == ("MSH", "EVN", "PID", "PV1", "AL1")


def test_a_segment_stands_where_the_path_says() -> None:
    found = lay("ORU_R01", "PRT", "ORU_R01.PATIENT_RESULT.ORDER_OBSERVATION.OBSERVATION.PRT")
    assert found.segments == ("MSH", "PID", "PV1", "ORC", "OBR", "OBX", "PRT")
    assert found.at == 6


def test_another_path_is_another_place() -> None:
    found = lay("ORU_R01", "PRT", "ORU_R01.PATIENT_RESULT.PATIENT.PRT")
    assert found.segments[:3] == ("MSH", "PID", "PRT")


def test_a_segment_follows_another() -> None:
    assert lay("ADT_A01", "ROL", "ADT_A01:follow:PID.ROL").segments == ("MSH", "EVN", "PID", "ROL", "PV1")
    assert lay("ADT_A01", "ROL", "ADT_A01:follow:PV1.ROL").segments == ("MSH", "EVN", "PID", "PV1", "ROL")


def test_a_segment_that_the_structure_has_not_stands_behind_the_one_it_follows() -> None:
    found = lay("ADT_A05", "PRT", "ADT_A05:follow:PID.PRT")
    assert found.segments == ("MSH", "EVN", "PID", "PRT", "PV1")


def test_of_a_choice_the_segment_probed_is_taken() -> None:
    assert "OBR" not in lay("ORM_O01", "RXO", "ORM_O01.ORDER_DETAIL.CHOICE.RXO").segments
    assert "RXO" not in lay("ORM_O01", "DG1", "ORM_O01.ORDER_DETAIL.DG1").segments


def test_the_newest_version_that_has_the_segment_there_counts() -> None:
    assert lay("ORM_O01", "AL1", "ORM_O01.PATIENT.AL1").version == "2.6"
    assert lay("ADT_A01", "AL1", "ADT_A01.AL1").version == "2.8.2"


def test_events_share_structures() -> None:
    assert name_of("ADT", "A11") == "ADT_A09"
    assert name_of("ADT", "A08") == "ADT_A01"
