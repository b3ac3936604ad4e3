"""Who a frame comes from and whom it is about."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.canonical.key import message_key, subject
from engine.canonical.raw import Raw
from engine.facilities.facility import Facility, Registry
from engine.hl7.header import read_header
from engine.listeners.intake import Intake, identity, type_name
from tests.listeners.running import SECRET, message

REGISTRY = Registry(
    [
        Facility("79014", "A", senders=("BV14", "Bệnh viện 14"), authorities=("79014",)),
        Facility("79020", "B", identifier_types=("NI", "MR")),
    ]
)


def take(payload: bytes) -> Raw:
    return Intake(REGISTRY, SECRET, "mllp").raw(payload, read_header(payload), 17)


def sent_by(sender: str) -> str:
    return take(message("1", msh={4: sender})).facility


def about(identifiers: str, facility: str = "79014") -> str:
    return take(message("1", msh={4: facility}, rest=f"EVN|A01\rPID|1||{identifiers}||A^B\r")).subject


@pytest.mark.parametrize("sender", ["79014", "BV14", "BV14^1.2.3^ISO", " BV14 ", "Bệnh viện 14"])
def test_a_facility_is_known_by_its_code_and_its_senders(sender: str) -> None:
    assert sent_by(sender) == "79014"


def test_an_unknown_sender_gets_a_code_that_stays_the_same_and_does_not_name_it() -> None:
    code = sent_by("KHAC")
    assert code == sent_by("KHAC") == f"unregistered-{subject(SECRET, 'unregistered', b'KHAC')[:8]}"
    assert len({code, sent_by("khac"), sent_by("")}) == 3


def test_another_secret_gives_other_codes_and_subjects() -> None:
    payload = message("1", msh={4: "KHAC"})
    header = read_header(payload)
    one, other = (Intake(REGISTRY, secret, "mllp").raw(payload, header, 17) for secret in (SECRET, SECRET[::-1]))
    assert one.facility != other.facility
    assert one.subject != other.subject


@pytest.mark.parametrize(
    ("identifiers", "number"),
    [
        ("4567", b"4567"),
        ("1^^^X^PI~4567^^^79014^MR", b"4567"),
        ("1^^^OTHER^MR~4567^^^79014&1.2&ISO^MR", b"4567"),
        ("1^^^X^NI~2^^^X^SB", b"1"),
        ("Đ-7", "Đ-7".encode()),
        ("", b""),
        ('""', b""),
    ],
)
def test_the_subject_hashes_the_number_that_names_the_patient(identifiers: str, number: bytes) -> None:
    assert about(identifiers) == subject(SECRET, "79014", number)


def test_a_facility_may_prefer_other_identifiers() -> None:
    assert about("1^^^X^MR~2^^^X^NI", "79020") == subject(SECRET, "79020", b"2")


def test_a_number_in_an_unknown_charset_still_names_one_patient() -> None:
    payload = message("1", rest="PID|1||\r").replace(b"PID|1||", b"PID|1||\xd0\xfe7^^^79014^MR")
    assert take(payload).subject == subject(SECRET, "79014", b"\xd0\xfe7")


def test_a_message_without_a_patient_is_keyed_by_its_facility() -> None:
    assert take(message("1", rest="")).subject == subject(SECRET, "79014", b"")


def test_a_frame_without_a_header_is_kept_as_nobodys() -> None:
    raw = Intake(REGISTRY, SECRET, "mllp").raw(b"hello", None, 17)
    assert raw.facility == f"unregistered-{subject(SECRET, 'unregistered', b'')[:8]}"
    assert (raw.message_type, raw.payload, raw.received_us, raw.listener) == ("other", b"hello", 17, "mllp")
    assert raw.message_key == message_key(raw.facility, b"", b"", b"", b"hello")


def test_separators_are_those_of_the_message() -> None:
    payload = b"MSH$%*\\&$HIS$BV14%x$$$20240101$$ADT%A01$1$P$2.5\rPID$1$$9%%%%PI*4567%%%79014%MR\r"
    raw = take(payload)
    assert (raw.facility, raw.message_type, raw.subject) == ("79014", "ADT^A01", subject(SECRET, "79014", b"4567"))


def test_ids_are_random_uuids_of_version_4() -> None:
    intake, payload = Intake(REGISTRY, SECRET, "mllp"), message("1")
    ids = {intake.raw(payload, read_header(payload), 17).id for _ in range(1000)}
    assert len(ids) == 1000
    assert {(UUID(one).version, UUID(one).hex) for one in ids} == {(4, one) for one in ids}


@pytest.mark.parametrize(
    ("message_type", "name"),
    [
        (b"ADT^A01", "ADT^A01"),
        (b"ADT^A01^ADT_A01", "ADT^A01"),
        (b"ACK", "ACK"),
        (b"ZPI^Z9X", "ZPI^Z9X"),
        (b"ADT^", "ADT"),
    ],
)
def test_a_message_type_that_looks_like_one_is_named(message_type: bytes, name: str) -> None:
    assert type_name(message_type, b"^") == name


@given(st.binary(max_size=12))
def test_nothing_else_of_a_message_gets_into_the_type(message_type: bytes) -> None:
    name = type_name(message_type, b"^")
    assert name == "other" or (len(name) in (3, 7) and name.replace("^", "").isalnum() and name.isupper())


def test_an_identity_parts_facility_sender_and_control_id() -> None:
    payloads = [message("1"), message("1", msh={3: "X"}), message("1", msh={4: "X"}), message("2")]
    assert len({identity("79014", read_header(payload)) for payload in payloads}) == 4
    assert identity("79014", None) != identity("79015", None)


FIELD = st.text(st.characters(codec="utf-8", exclude_characters="|\r\n\x0b\x1c"), max_size=30)


@given(fields=st.dictionaries(st.integers(3, 12), FIELD), identifiers=FIELD)
def test_no_text_of_a_message_changes_where_it_goes(fields: dict[int, str], identifiers: str) -> None:
    raw = take(message("1", msh=fields, rest=f"PID|1||{identifiers}\r"))
    assert raw.facility in ("79014", "79020") or (raw.facility[:13] == "unregistered-" and len(raw.facility) == 21)
    assert (len(raw.subject), len(raw.message_key), len(raw.id)) == (32, 64, 32)
