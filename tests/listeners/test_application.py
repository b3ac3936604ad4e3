"""A9: which second answer a message gets, and how it reads."""

from __future__ import annotations

import pytest

from engine.canonical.dead import Reason
from engine.canonical.raw import Raw
from engine.canonical.receipt import Outcome, Receipt
from engine.hl7.acknowledgment import AcknowledgmentCode, read_acknowledgment
from engine.hl7.header import read_header
from engine.listeners.application import CONTROL_ID_LENGTH, VERDICTS, Answer, answer, judge
from engine.listeners.client import expect
from tests.canonical.events import origin
from tests.listeners.running import message

TIME = b"20260314081501+0000"
ASKED = {15: "AL", 16: "AL", 5: "HUB", 6: "CITY"}


def receipt(reason: str = "", where: str = "", owed: bool = True) -> Receipt:
    outcome = Outcome.DEAD if reason else Outcome.MAPPED
    return Receipt(origin(7), "ADT^A01", outcome, 0 if reason else 3, reason, where, owed)


def raw(payload: bytes, record: str = "R1") -> Raw:
    return Raw(record, payload, "79014", "5f" * 16, "k", "ADT^A01", 1, "mllp")


def answered(told: Receipt, payload: bytes, record: str = "R1", accept: bytes = b"AL") -> Answer:
    found = answer(told, raw(payload, record), TIME, accept)
    assert found
    return found


def segments(payload: bytes) -> dict[str, list[str]]:
    """The segments of an answer, each by its name and split in fields; of MSH, field n stands at n-1."""
    lines = payload.decode().removesuffix("\r").split("\r")
    return {line[:3]: line.split("|") for line in lines}


def test_a9_a_mapped_message_gets_aa_addressed_back_with_an_id_and_a_time_of_its_own() -> None:
    code, payload = answered(receipt(), message("17", msh=ASKED))
    assert code is AcknowledgmentCode.AA
    found = segments(payload)
    assert found["MSH"][2:6] == ["HUB", "CITY", "HIS", "79014"]
    assert found["MSH"][6] == TIME.decode()
    assert found["MSH"][8] == "ACK^A01^ACK"
    assert found["MSH"][10:12] == ["P", "2.5.1"]
    assert found["MSA"] == ["MSA", "AA", "17"]
    assert len(found["MSH"][9]) == CONTROL_ID_LENGTH
    assert set(found) == {"MSH", "MSA"}


@pytest.mark.parametrize("accept", [b"AL", b"NE"])
def test_a9_it_never_asks_for_an_application_acknowledgment_itself(accept: bytes) -> None:
    header = read_header(answered(receipt(), message("17", msh=ASKED), accept=accept).payload)
    assert (header.field(15), header.field(16)) == (accept, b"NE")
    assert header.is_acknowledgment


def test_a9_the_sender_of_an_application_acknowledgment_waits_for_what_it_asks_for() -> None:
    asking = answered(receipt(), message("17", msh=ASKED)).payload
    silent = answered(receipt(), message("17", msh=ASKED), accept=b"NE").payload
    assert (expect(asking).certain, expect(silent).certain) == (True, False)
    assert expect(asking).control_id == read_header(asking).control_id


def test_a9_the_charset_of_names_that_are_echoed_stays_msh_18() -> None:
    payload = answered(receipt(), message("17", msh={**ASKED, 3: "Bệnh viện", 18: "UNICODE UTF-8"})).payload
    header = read_header(payload)
    assert (header.field(15), header.field(16), header.field(18)) == (b"AL", b"NE", b"UNICODE UTF-8")


@pytest.mark.parametrize(
    ("reason", "where", "code", "err"),
    [
        ("STRUCTURE", "PID", "AE", "PID^1|100"),
        ("VALUE", "PID-7", "AE", "PID^1^7|102"),
        ("VALUE", "OBX[3]-5[2].1", "AE", "OBX^3^5^2^1|102"),
        ("CHARSET", "MSH-18", "AE", "MSH^1^18|102"),
        ("UNMATCHED", "MSH-9", "AR", "MSH^1^9|200"),
        ("MAPPING", "mappings/standard/segments/PID.Patient.yaml:7:3", "AR", "|207"),
        ("LOAD", "", "AR", "|207"),
        ("OF_A_LATER_VERSION", "PID-7", "AR", "PID^1^7|207"),
    ],
)
def test_a9_a_dead_letter_is_told_with_its_condition_and_its_place(
    reason: str, where: str, code: str, err: str
) -> None:
    found = answered(receipt(reason, where), message("17", msh=ASKED))
    err_2_and_3 = "|".join(segments(found.payload)["ERR"][2:4])
    assert found.code == code
    assert segments(found.payload)["MSA"][1:3] == [code, "17"]
    assert err_2_and_3.partition("^Application")[0].startswith(err)


@pytest.mark.parametrize("reason", Reason)
def test_a9_every_reason_of_a_dead_letter_has_its_verdict(reason: Reason) -> None:
    code, errors = judge(receipt(reason))
    assert code == VERDICTS[reason][0]
    assert [error.condition for error in errors] == [VERDICTS[reason][1]]


def test_a9_an_answer_reads_as_what_it_was_made_from() -> None:
    found = read_acknowledgment(answered(receipt("VALUE", "PID-7"), message("17", msh=ASKED)).payload)
    assert (found.code, found.control_id) == (AcknowledgmentCode.AE, b"17")
    assert [one.code for one in found.conditions] == ["102"]


def test_a9_old_versions_get_the_err_that_they_know() -> None:
    payload = answered(receipt("VALUE", "PID-7"), message("17", msh={**ASKED, 12: "2.3.1"})).payload
    assert segments(payload)["MSH"][8] == "ACK"
    assert segments(payload)["ERR"][1].startswith("PID^1^7^102")


def test_a9_an_answer_that_is_made_again_has_the_same_id_and_another_outcome_another() -> None:
    payload = message("17", msh=ASKED)
    ids = [
        read_header(answered(told, payload, record).payload).control_id
        for told, record in [(receipt(), "R1"), (receipt(), "R1"), (receipt("VALUE"), "R1"), (receipt(), "R2")]
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_a9_nothing_is_sent_where_nothing_is_owed() -> None:
    assert answer(receipt(owed=False), raw(message("17", msh=ASKED)), TIME, b"AL") is None


@pytest.mark.parametrize("payload", [b"no message", message("1", msh={**ASKED, 9: "ACK"}, rest="MSA|AA|9\r")])
def test_a9_what_is_no_message_and_what_is_an_acknowledgment_is_never_answered(payload: bytes) -> None:
    assert answer(receipt("NOT_HL7"), raw(payload), TIME, b"AL") is None
