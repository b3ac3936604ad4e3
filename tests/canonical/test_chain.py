"""An edit, a gap or another order is found; repeats and new writers are no fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bus.record import Record
from engine.canonical.audit import Event, SecurityEvent
from engine.canonical.chain import Chain, Verification


def chain_of(writer: str, length: int) -> list[Record]:
    chain = Chain(writer)
    return [chain.seal(SecurityEvent(Event.MISMATCH, "mllp", 1_000_000 * n, "10.0.0.1", str(n))) for n in range(length)]


def faults_in(records: Iterable[Record]) -> list[tuple[int, str]]:
    verification = Verification()
    return [(at, fault) for at, record in enumerate(records) if (fault := verification.check(record))]


def edited(record: Record, **headers: bytes) -> Record:
    return record._replace(headers={**record.headers, **headers})


def test_what_was_written_stands() -> None:
    assert faults_in(chain_of("a", 20)) == []


def test_every_process_has_a_chain_of_its_own() -> None:
    mixed = [record for both in zip(chain_of("a", 5), chain_of("b", 5), strict=True) for record in both]
    assert faults_in(mixed) == []


def test_a_record_that_stands_there_twice_is_no_fault() -> None:
    records = chain_of("a", 6)
    assert faults_in([*records[:4], *records[2:5], *records[4:]]) == []


CHANGES: dict[str, tuple[Callable[[list[Record]], list[Record]], int]] = {
    "an edit": (lambda r: [*r[:3], r[3]._replace(value=r[3].value.replace(b"10.0.0.1", b"10.0.0.2")), *r[4:]], 3),
    "a gap": (lambda r: [*r[:3], *r[4:]], 3),
    "a gap at the beginning": (lambda r: r[1:], 0),
    "another order": (lambda r: [*r[:3], r[4], r[3], *r[5:]], 3),
    "another number": (lambda r: [*r[:3], edited(r[3], number=b"2"), *r[4:]], 3),
    "another writer": (lambda r: [*r[:3], edited(r[3], writer=b"b"), *r[4:]], 3),
    "another hash": (lambda r: [*r[:3], edited(r[3], chain=b"00" * 32), *r[4:]], 3),
    "no headers": (lambda r: [*r[:3], r[3]._replace(headers={}), *r[4:]], 3),
    "a number that is none": (lambda r: [*r[:3], edited(r[3], number=b"-1"), *r[4:]], 3),
    "a body that is none": (lambda r: [*r[:3], r[3]._replace(value=b"\xff"), *r[4:]], 3),
    "a record of another chain": (lambda r: [*r[:3], edited(chain_of("b", 9)[3], writer=b"a"), *r[4:]], 3),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_found_where_it_begins(name: str) -> None:
    change, at = CHANGES[name]
    found = faults_in(change(chain_of("a", 8)))
    assert found
    assert found[0][0] == at


def test_an_edit_with_its_hash_made_anew_is_found_at_the_next_record() -> None:
    records, other = chain_of("a", 8), Chain("a")
    for n in range(3):
        other.seal(SecurityEvent(Event.MISMATCH, "mllp", 1_000_000 * n, "10.0.0.1", str(n)))
    forged = other.seal(SecurityEvent(Event.MISMATCH, "mllp", 0, "10.9.9.9", "x"))
    assert faults_in([*records[:3], forged, *records[4:]])[0][0] == 4


def test_another_record_of_a_number_that_stands_there_is_found() -> None:
    records, other = chain_of("a", 8), Chain("a")
    for n in range(3):
        other.seal(SecurityEvent(Event.MISMATCH, "mllp", 1_000_000 * n, "10.0.0.1", str(n)))
    assert faults_in([*records, other.seal(SecurityEvent(Event.MISMATCH, "mllp", 0, "10.9.9.9", "x"))])[0][0] == 8


def test_the_hash_is_over_the_one_before_and_the_body_and_begins_with_the_writer() -> None:
    first, second, *_ = chain_of("a", 2)
    digest = sha256(sha256(b"a").digest() + first.value)
    assert first.text("chain") == digest.hexdigest()
    assert second.text("chain") == sha256(digest.digest() + second.value).hexdigest()


@given(st.integers(0, 7), st.integers(0, 400), st.integers(1, 255))
def test_no_changed_byte_of_a_body_goes_unseen(which: int, place: int, mask: int) -> None:
    records = chain_of("a", 8)
    body = bytearray(records[which].value)
    body[place % len(body)] ^= mask
    records[which] = records[which]._replace(value=bytes(body))
    assert faults_in(records)[0][0] == which
