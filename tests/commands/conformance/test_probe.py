"""Probe messages: what they hold, and what they leave out."""

from __future__ import annotations

import pytest

from engine.commands.conformance.aims import Aim, Placement, Probe
from engine.commands.conformance.needs import Need
from engine.commands.conformance.probe import build
from engine.commands.conformance.readings import Reading, Readings, read_readings
from engine.commands.conformance.tokens import Mint, leaves
from engine.hl7.message import Message, parse
from engine.hl7.path import parse_path, read_path
from tests.transforms.folders import SHIPPED

READINGS: Readings = read_readings(SHIPPED / "guide" / "readings.yaml")
ADMISSION = Placement("ADT", "A01", "ADT_A01.PID")
RESULT = Placement("ORU", "R01", "ORU_R01.PATIENT_RESULT.ORDER_OBSERVATION.OBSERVATION.OBX")


def probe(aim: Aim, *needs: Need, placement: Placement = ADMISSION, reading: Reading | None = None) -> Probe:
    return build(placement, aim, needs, [reading or Reading()], READINGS)


def values(found: Probe | Message, path: str) -> list[str]:
    message = parse(found.message) if isinstance(found, Probe) else found
    return read_path(message, parse_path(path))


def test_every_value_sent_occurs_once() -> None:
    found = probe(Aim("PID", 5, datatype="XPN"))
    assert len(found.tokens) > 10
    assert all(found.message.count(token.sent) == 1 for token in found.tokens)


@pytest.mark.parametrize(
    ("datatype", "sent", "read"),
    [("NM", "7001", "7001"), ("DT", "20010102", "2001-01-02"), ("DTM", "20010102010102", "2001-01-02")],
)
def test_a_value_is_in_the_format_of_its_type(datatype: str, sent: str, read: str) -> None:
    token = Mint().make(datatype)
    assert (token.sent, token.read) == (sent, read)


def test_a_value_is_known_again_as_number_text_and_base64() -> None:
    mint = Mint()
    number, text = mint.make("NM"), mint.make("ST")
    assert number.is_in(7001)
    assert not number.is_in("17001")
    assert text.is_in(f"before {text.sent} behind")
    assert text.is_in("UFJCMDAwMDI=")


def test_components_inside_components_are_filled() -> None:
    assert (4, 2) in [(one.component, one.subcomponent) for one in leaves("CX")]


def test_only_the_component_aimed_at_is_looked_for() -> None:
    found = probe(Aim("PID", 5, (2, 0), "XPN"))
    assert [token.sent for token in found.tokens] == values(found, "PID-5.2")


def test_a_field_that_must_be_empty_stays_so() -> None:
    found = probe(Aim("PID", 5, datatype="XPN"), Need(".2", "empty"))
    assert values(found, "PID-5.2") == []
    assert values(found, "PID-5.3") != []


def test_a_field_of_another_segment_is_set_and_cleared() -> None:
    found = probe(Aim("PID", 8, datatype="CWE"), Need("PV1-19", "empty"), Need("PV1-2", "in", ("P",)))
    assert values(found, "PV1-19") == []
    assert values(found, "PV1-2") == ["P"]


def test_a_field_that_must_be_valued_is_so_in_its_type() -> None:
    assert values(probe(Aim("PID", 30, datatype="ID"), Need("PID-29", "valued")), "PID-29")[0].isdigit()


def test_a_value_that_must_not_stand_there_gives_way() -> None:
    assert values(probe(Aim("PV1", 3, datatype="PL"), Need("PV1-2", "not in", ("I",))), "PV1-2") == ["ZZ"]


def test_repetitions_are_as_many_as_asked_for() -> None:
    found = probe(Aim("OBX", 5, datatype="varies"), Need("OBX-5", "count", (), 2), placement=RESULT)
    assert len(set(values(found, "OBX-5[*]"))) == 2


def test_a_value_of_varying_type_is_of_the_type_that_is_told() -> None:
    found = probe(Aim("OBX", 5, datatype="varies"), Need("OBX-2", "in", ("NM",)), placement=RESULT)
    assert [token.form for token in found.tokens] == ["number"]


def test_units_stand_beside_a_number() -> None:
    found = probe(Aim("OBX", 6, datatype="CWE"), Need("OBX-2", "in", ("NM",)), placement=RESULT)
    assert values(found, "OBX-5")[0].isdigit()


def test_what_a_reading_sets_stays() -> None:
    found = probe(Aim("PID", 15, datatype="CWE"), reading=Reading({".1": "vi"}, ("PID-5",)))
    assert values(found, "PID-15.1") == ["vi"]
    assert values(found, "PID-5") == []


def test_a_segment_that_must_not_be_there_is_left_out() -> None:
    found = probe(Aim("PV1", 3, datatype="PL"), Need("PID", "empty"))
    assert parse(found.message).of("PID") == []


def test_a_code_stands_alone_in_its_field() -> None:
    assert values(probe(Aim("PID", 8, datatype="CWE", value="F")), "PID-8") == ["F"]


def test_delimiters_in_a_value_are_escaped() -> None:
    assert values(probe(Aim("PID", 8, datatype="CWE", value="A&B|C")), "PID-8") == ["A&B|C"]


def test_the_type_of_the_message_is_what_msh_9_holds() -> None:
    found = probe(Aim("MSH", 9, datatype="MSG"), placement=Placement("ADT", "A08", "ADT_A01.MSH"))
    assert [token.sent for token in found.tokens] == ["ADT", "A08", "ADT_A01"]
