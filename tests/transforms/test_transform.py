"""What becomes of whole messages: resources, receipts, reasons, and no value in any fault."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.canonical.receipt import Outcome
from engine.canonical.version import version
from engine.facilities.facility import Facility
from engine.hl7.message import parse
from engine.transforms.deferred import Deferred
from engine.transforms.jobs import Made
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import MappingSet
from engine.transforms.transform import Transformed, transform
from tests.transforms.folders import (
    FACILITY,
    HEAD,
    POSITION,
    RECEIVED_US,
    SHIPPED,
    patient,
    raw,
    sample,
    send,
    shipped,
    whole,
    write,
)
from tests.transforms.validity import faults_of

PID = "PID|1||BN25000101^^^79991^PI~079092999011^^^BCA^NI||Nguyễn^Khôi^Văn Anh||19920314|M"


def run(payload: bytes, facility: Facility = FACILITY, mappings: MappingSet | None = None) -> Transformed:
    return transform(raw(payload, facility.code), POSITION, facility, mappings or shipped(), 3)


def reason_of(payload: bytes, facility: Facility = FACILITY) -> tuple[str, str]:
    done = run(payload, facility)
    assert done.refusal is not None
    assert (done.resources, done.receipt.outcome, done.receipt.reason) == ((), Outcome.DEAD, done.refusal.reason)
    return done.refusal.reason, done.refusal.where


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("standard/messages/samples/*.hl7")))
def test_sample_gives_valid_resources_counted_by_its_receipt(name: str) -> None:
    done = run(sample(name).encode(), mappings=whole())
    assert done.refusal is None
    assert (done.receipt.outcome, done.receipt.events) == (Outcome.MAPPED, len(done.resources))
    assert [one.place for one in done.resources] == list(range(len(done.resources)))
    assert [fault for one in done.resources for fault in faults_of(one.body)] == []


def test_name_is_kept_in_the_order_it_was_sent() -> None:
    patient_ = send(shipped(), PID).resources[0].body
    assert patient_["name"] == [{"family": "Nguyễn", "given": ["Khôi", "Văn Anh"], "text": "Nguyễn Khôi Văn Anh"}]
    assert [one["value"] for one in patient_["identifier"]] == ["BN25000101", "079092999011"]


def test_origin_tells_where_every_resource_came_from() -> None:
    done = run(sample("oru-r01").encode())
    origin = done.receipt.origin
    assert (origin.raw, origin.facility, origin.subject, origin.generation) == (POSITION, FACILITY.code, "subject", 3)
    assert origin.mapping == shipped().version
    assert all(one.origin is origin for one in done.resources)


@pytest.mark.parametrize(
    ("payload", "reason", "where"),
    [
        (b"nothing", "NOT_HL7", "MSH"),
        (HEAD.format("ADT^A99").encode() + b"\r" + PID.encode(), "UNMATCHED", "MSH-9"),
        (HEAD.format("ADT^A99^ADT_A01").encode() + b"\r" + PID.encode(), "UNMATCHED", "MSH-9"),
        (HEAD.format("").encode() + b"\r" + PID.encode(), "UNMATCHED", "MSH-9"),
        (HEAD.format("ADT^A01").encode(), "STRUCTURE", "PID"),
        (HEAD.format("ADT^A01").encode() + b"\rPID|1||7\rand more", "STRUCTURE", "PID[1]"),
        (HEAD.format("ADT^A01").encode() + b"\rPID|1||7||||tomorrow", "VALUE", "PID-7"),
        (HEAD.format("ADT^A01").encode() + b"\rPID|1||7||Nguy\xe3n", "CHARSET", "MSH-18"),
    ],
)
def test_dead_letter_tells_reason_and_place(payload: bytes, reason: str, where: str) -> None:
    assert reason_of(payload) == (reason, where)


@pytest.mark.parametrize("head", ["ACK^A01", "ACK"])
def test_acknowledgment_asks_for_nothing(head: str) -> None:
    done = run(HEAD.format(head).encode() + b"\rMSA|AA|1")
    assert (done.resources, done.refusal, done.receipt.outcome) == ((), None, Outcome.IGNORED)


@pytest.mark.parametrize(
    ("event", "segments"),
    [
        ("ADT^A04", [PID]),
        ("ADT^A01^anything", [PID]),
        ("ADT^^ADT_A01", [PID]),
        ("ADT", ["EVN|A01|20250101", PID]),
        ("ORU", [PID]),
        ("ORM", [PID]),
    ],
)
def test_old_senders_are_understood(event: str, segments: list[str]) -> None:
    assert send(shipped(), *segments, event=event).refusal is None


def test_type_without_event_that_several_mappings_have_is_unmatched() -> None:
    done = send(shipped(), PID, event="ADT")
    assert done.refusal is not None
    assert done.refusal.reason == "UNMATCHED"


@pytest.mark.parametrize(
    ("event", "visit", "status", "inferred"),
    [
        ("ADT^A01", "PV1|1|I", "in-progress", ()),
        ("ADT^A04", "PV1|1|O", "in-progress", ("status",)),
        ("ADT^A08", "PV1|1|I", "in-progress", ("status",)),
        ("ADT^A08", "PV1|1|P", "planned", ("status",)),
        ("ADT^A08", "PV1|1|I" + "|" * 43 + "20251002", "finished", ()),
        ("ADT^A03", "PV1|1|I", "finished", ()),
        ("ADT^A11", "PV1|1|I", "cancelled", ()),
        ("ADT^A13", "PV1|1|I" + "|" * 43 + "20251002", "in-progress", ()),
    ],
)
def test_state_of_a_visit_is_sent_or_only_implied(
    event: str, visit: str, status: str, inferred: tuple[str, ...]
) -> None:
    encounter = next(one for one in send(shipped(), PID, visit, event=event).resources if one.type == "Encounter")
    assert (encounter.body["status"], encounter.inferred) == (status, inferred)


@pytest.mark.parametrize(
    ("head", "evn", "event_us", "sequence"),
    [
        ("20251001073512+0700", "20251001073500+0700", 1759278900000000, None),
        ("20251001073512+0700", "", 1759278912000000, None),
        ("20251001073512", "yesterday", 1759278912000000, None),
        ("never", "", None, None),
        ("20251001073512", "", 1759278912000000, 12),
    ],
)
def test_version_is_the_time_of_the_event_in_the_facilitys_zone(
    head: str, evn: str, event_us: int | None, sequence: int | None
) -> None:
    first = rf"MSH|^~\&|A|B|||{head}||ADT^A01|1|P|2.5|{sequence or ''}"
    payload = "\r".join([first, f"EVN|A01|{evn}", PID]).encode()
    done = run(payload)
    digest = done.receipt.origin.version.rpartition("-")[2]
    assert done.refusal is None
    assert done.receipt.origin.version == version(event_us, sequence, RECEIVED_US, digest)


def test_dead_letter_has_a_version_too() -> None:
    done = run(HEAD.format("ADT^A99").encode())
    assert done.receipt.origin.version.startswith("01759278912000000-")


def test_what_a_mapping_does_wrong_is_caught_with_its_line(tmp_path: Path) -> None:
    mappings = patient(tmp_path, "birthDate: PID-7 as date")
    plan = mappings.standard.plan(mappings.sources.messages[0], plain=True)

    def fail(*_arguments: object) -> Made:
        raise ZeroDivisionError("canary")

    plan.top.named = tuple(replace(one, make=Deferred(lambda: fail)) for one in plan.top.named)
    done = send(mappings, "PID|||7")
    assert done.refusal is not None
    assert (done.refusal.reason, done.refusal.detail) == ("MAPPING", "ZeroDivisionError")


def test_line_of_the_mapping_is_told_when_its_code_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError("canary")

    monkeypatch.setattr("engine.transforms.fields.whole", fail)
    mappings = patient(tmp_path, "name.text: PID-5 as text")
    done = send(mappings, r"PID|||7||x\T\y")
    assert done.refusal is not None
    assert done.refusal.where == str(mappings.sources.segments["PID.Patient"].rules[0].mark)


def test_overlay_of_a_facility_counts_for_it_alone(tmp_path: Path) -> None:
    files = {
        "standard/messages/ADT_A01.yaml": "{ message: ADT_A01, events: [A01], resources: { Patient: { from: PID } } }",
        "standard/segments/PID.Patient.yaml": """
            segment: PID
            resource: Patient
            identity: { number: [patient-identifier] }
            elements:
              gender: PID-8 via Sex else unknown
              name.text: PID-5
        """,
        "standard/tables/Sex.yaml": "{ table: Sex, system: s, codes: { F: female, M: male } }",
        "facilities/79991.yaml": """
            facility: ["79991", "79992"]
            segments: { PID.Patient: { name.text: PID-9, name.family: PID-5 } }
            tables: { Sex: { "2": female } }
        """,
    }
    mappings = load_mappings(write(tmp_path, files))
    payload = "\r".join([HEAD.format("ADT^A01"), "PID|||7||An|||2|Other"]).encode()
    bodies = [run(payload, Facility(code, code), mappings).resources[0].body for code in ("79991", "79992", "79993")]
    assert [one["gender"] for one in bodies] == ["female", "female", "unknown"]
    assert bodies[0]["name"] == [{"text": "Other", "family": "An"}]
    assert bodies[2]["name"] == [{"text": "An"}]
    assert mappings.view("79991") is mappings.view("79992")


def test_no_break_spaces_are_blanks() -> None:
    assert send(shipped(), "PID|1||7||Nguyễn\xa0Thị").resources[0].body["name"][0]["text"] == "Nguyễn Thị"


@pytest.mark.parametrize("name", ["An\x00 \x07Bình", r"An\X00\ Bình", r"An\X07\ Bình"])
def test_control_characters_reach_no_resource(name: str) -> None:
    assert send(shipped(), f"PID|1||7||{name}").resources[0].body["name"][0]["text"] == "An Bình"


def test_the_same_message_gives_the_same_resources() -> None:
    payload = sample("oru-r01").encode()
    assert run(payload) == run(payload)


CANARY_FIELDS = [
    (segment, number) for segment in ("PID", "PV1", "ORC", "OBR", "OBX", "NTE", "DG1", "IN1") for number in range(1, 31)
]


def test_no_fault_tells_a_value() -> None:
    refused = 0
    for name in ("adt-a01", "oru-r01", "orm-o01"):
        text = sample(name)
        for segment, number in CANARY_FIELDS:
            canary = f"canary {secrets.token_hex(8)} 99999999"
            lines = []
            for line in text.split("\r"):
                fields = line.split("|")
                if fields[0] == segment:
                    fields += [""] * (number + 1 - len(fields))
                    fields[number] = canary
                lines.append("|".join(fields))
            done = run("\r".join(lines).encode())
            refused += done.refusal is not None
            told = f"{done.refusal} {done.receipt}"
            assert not any(word in told for word in canary.split()), (name, segment, number)
    assert refused > 5


@given(st.text(alphabet=st.sampled_from('|^~\\&"\rPIDOBXRMSHNTE-1aZ\n 9'), max_size=200))
def test_no_message_raises(text: str) -> None:
    for event in ("ADT^A01", "ORU^R01", "ORM^O01"):
        run(f"{HEAD.format(event)}\rPID|||7\r{text}".encode())


@given(
    st.lists(
        st.sampled_from(
            [
                "PID|1||7",
                "PV1|1|I",
                "ORC|RE|1",
                "OBR|1|1|2|A",
                "OBX|1|ST|X||1||||||F",
                "NTE|1||n",
                "DG1|1",
                "ZZZ|1",
                "IN1|1|A",
            ]
        ),
        max_size=14,
    )
)
def test_segments_may_come_in_any_order(segments: list[str]) -> None:
    for event in ("ADT^A01", "ORU^R01", "ORM^O01"):
        done = run("\r".join([HEAD.format(event), *segments]).encode())
        assert done.refusal is None or done.refusal.reason == "STRUCTURE"
        assert [fault for one in done.resources for fault in faults_of(one.body)] == []
        observed = sum(line.startswith("OBX") for line in segments)
        if event == "ORU^R01" and done.refusal is None:
            assert sum(one.type == "Observation" for one in done.resources) == observed


def test_segments_are_read_as_sent_whatever_ends_them() -> None:
    text = sample("oru-r01")
    bodies = [[one.body for one in run(text.replace("\r", end).encode()).resources] for end in ("\r", "\n", "\r\n")]
    assert bodies[0] == bodies[1] == bodies[2]
    assert len(parse(text).segments) > 5


@pytest.mark.parametrize(
    ("asked", "mapped", "dead"),
    [("AL", True, True), ("SU", True, False), ("ER", False, True), ("NE", False, False), ("", False, False)],
)
def test_a9_receipt_says_whether_the_sender_is_owed_an_application_acknowledgment(
    asked: str, mapped: bool, dead: bool
) -> None:
    good = f"{HEAD.format('ADT^A01^ADT_A01')}|||AL|{asked}\r{PID}"
    assert run(good.encode()).receipt.owed is mapped
    died = run(good.replace("ADT^A01^ADT_A01", "ZZZ").encode()).receipt
    assert (died.outcome, died.where, died.owed) == (Outcome.DEAD, "MSH-9", dead)


def test_a9_an_acknowledgment_is_owed_none() -> None:
    done = run(b"MSH|^~\\&|HIS|79901|||20251001080000||ACK|1|P|2.5|||AL|AL\rMSA|AA|1\r")
    assert (done.receipt.outcome, done.receipt.owed) == (Outcome.IGNORED, False)
