from __future__ import annotations

import pytest

from engine.canonical import identity
from engine.canonical.identity import identify
from engine.canonical.key import message_key, subject

SECRET = b"\x07" * 32


def test_subject_is_the_same_for_the_same_patient_of_a_facility() -> None:
    assert subject(SECRET, "79014", b"123") == subject(SECRET, "79014", b"123")


def test_subject_differs_by_secret_facility_and_identifier() -> None:
    drawn = {
        subject(SECRET, "79014", b"123"),
        subject(b"\x08" * 32, "79014", b"123"),
        subject(SECRET, "79015", b"123"),
        subject(SECRET, "79014", b"124"),
        subject(SECRET, "790141", b"23"),
    }
    assert len(drawn) == 5


def test_message_key_differs_where_fields_flow_into_each_other() -> None:
    assert message_key("f", b"AB", b"C", b"1", b"x") != message_key("f", b"A", b"BC", b"1", b"x")


def test_message_key_differs_by_a_byte_of_the_payload() -> None:
    assert message_key("f", b"A", b"C", b"1", b"x") != message_key("f", b"A", b"C", b"1", b"y")


def test_identity_is_fixed_for_ever() -> None:
    assert identify("Patient", "79014", ("MR", "123")) == "6d9bd34f-1b39-590f-a72c-014dc73cf38d"


def test_ids_are_remembered_and_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    known = identity.Ids()
    monkeypatch.setattr(identity, "MOST", 2)
    assert [known[one] for one in ("a", "b", "a", "c")] == [identity.id_of(one) for one in ("a", "b", "a", "c")]
    assert list(known) == ["c"]
