from __future__ import annotations

import pytest

from engine.hl7.conformance.structures import _EVENTS, name_structure
from engine.hl7.dictionary import VERSIONS, structure_names


@pytest.mark.parametrize(
    ("code", "event", "structure", "version", "expected"),
    [
        ("ADT", "A01", "ADT_A01", "2.5.1", "ADT_A01"),
        ("ADT", "A08", "", "2.5.1", "ADT_A01"),
        ("ADT", "A08", "ADT_A08", "2.5.1", "ADT_A01"),
        ("ADT", "A31", "", "2.5.1", "ADT_A05"),
        ("ADT", "A31", "", "2.3.1", "ADT_A01"),
        ("ADT", "A04", "", "2.1", "ADT_A04"),
        ("ORU", "R01", "", "2.3", "ORU_R01"),
        ("ORM", "", "", "2.3", "ORM_O01"),
        ("SIU", "S14", "", "2.5", "SIU_S12"),
        ("SIU", "S14", "SIU_S14", "2.5", "SIU_S12"),
        ("ADT", "A01", "ADT_A02", "2.5", "ADT_A02"),
        ("MDM", "T10", "", "2.5", "MDM_T02"),
        ("ACK", "A01", "", "2.5", "ACK"),
        ("ADT", "", "", "2.5", ""),
        ("ADT", "Z99", "", "2.5", ""),
        ("ZZZ", "A01", "ZZZ_Z01", "2.5", ""),
    ],
)
def test_a_message_has_the_structure_of_its_type_and_event(
    code: str, event: str, structure: str, version: str, expected: str
) -> None:
    assert name_structure(code, event, structure, version) == expected


def test_every_structure_of_several_events_is_one_of_the_standard() -> None:
    known = {name for version in VERSIONS for name in structure_names(version)}
    assert [name for name in _EVENTS if name not in known] == []
