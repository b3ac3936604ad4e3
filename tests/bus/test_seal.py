"""Seals open with their key, at their place, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bus.record import Record
from engine.bus.seal import HEADER, SealFault, SealKeys, Unopened, read_seal_keys
from engine.language.fault import Faults

ONE, TWO = bytes(range(32)), bytes(range(32, 64))
KEYS = SealKeys([("2026-01", ONE)])
CANARY = b"MSH|canary"


def sealed(value: bytes = CANARY) -> Record:
    return KEYS.seal(Record("hl7.raw", b"k", value, {"id": b"1"}))


@given(value=st.binary(max_size=500), key=st.binary(max_size=40), topic=st.text(max_size=20))
def test_what_is_sealed_opens_as_it_was_and_shows_nothing(value: bytes, key: bytes, topic: str) -> None:
    record = Record(topic, key, value, {"id": b"1"})
    closed = KEYS.seal(record)
    assert KEYS.open(closed) == record
    assert len(value) < 8 or value not in closed.value
    assert closed.key == key


def test_no_two_seals_are_alike() -> None:
    assert len({sealed().value for _ in range(100)}) == 100


def test_an_empty_value_stays_empty() -> None:
    tombstone = Record("sequences", b"k", b"")
    assert KEYS.seal(tombstone) == tombstone
    assert KEYS.open(tombstone) == tombstone


def test_what_was_never_sealed_is_read_as_it_is_whatever_it_looks_like() -> None:
    for value in (CANARY, sealed().value, b"ENS1", b""):
        assert KEYS.open(Record("hl7.raw", b"k", value)) == Record("hl7.raw", b"k", value)


def test_a_change_of_any_byte_or_of_the_place_is_found() -> None:
    record = sealed()
    head = len(b"ENS1") + 1 + len("2026-01") + 4
    for at in range(head, len(record.value)):
        changed = bytearray(record.value)
        changed[at] ^= 1
        assert KEYS.open(record._replace(value=bytes(changed))) is Unopened.DAMAGED
    assert KEYS.open(record._replace(key=b"other")) is Unopened.DAMAGED
    assert KEYS.open(record._replace(topic="dead")) is Unopened.DAMAGED


def test_a_seal_that_is_cut_off_is_damaged_and_no_crash() -> None:
    record = sealed()
    for size in range(len(record.value)):
        try:
            assert KEYS.open(record._replace(value=record.value[:size])) is Unopened.DAMAGED
        except SealFault:
            assert size < 20


def test_keys_of_before_open_and_the_first_one_seals() -> None:
    both = SealKeys([("2026-02", TWO), ("2026-01", ONE)])
    opened = both.open(sealed())
    assert isinstance(opened, Record)
    assert opened.value == CANARY
    assert b"2026-02" in both.seal(opened).value


def test_a_key_that_is_missing_or_wrong_refuses_and_says_what_to_do() -> None:
    for keys in (SealKeys([("2026-02", TWO)]), SealKeys([("2026-01", TWO)])):
        with pytest.raises(SealFault, match="2026-01: shredded") as caught:
            keys.open(sealed())
        assert "canary" not in str(caught.value)


def test_a_key_that_is_declared_shredded_passes_its_records_over() -> None:
    assert SealKeys([("2026-02", TWO)], ["2026-01"]).open(sealed()) is Unopened.SHREDDED


def test_the_header_of_a_seal_goes_with_it() -> None:
    opened = KEYS.open(sealed())
    assert isinstance(opened, Record)
    assert HEADER not in opened.headers


def test_a_key_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "seals"
    path.write_text(f'# keys\n2026-01: "{ONE.hex()}"   # now\n\n2025-12: {TWO.hex().upper()}\n2025-11: shredded\n')
    keys = read_seal_keys(path)
    opened = keys.open(sealed())
    assert isinstance(opened, Record)
    old = SealKeys([("2025-11", TWO)]).seal(Record("t", b"", b"v"))
    assert keys.open(old) is Unopened.SHREDDED


@pytest.mark.parametrize(
    "content",
    [
        "",
        "# none\n",
        "a: shredded\n",
        f"a: {'0' * 63}\n",
        f"a b: {'0' * 64}\n",
        f"a: {'0' * 64}\na: {'1' * 64}\n",
        "x\n",
    ],
)
def test_a_key_file_that_is_at_fault_is_said_and_not_shown(tmp_path: Path, content: str) -> None:
    path = tmp_path / "seals"
    path.write_text(content)
    with pytest.raises(Faults, match="openssl rand -hex 32") as caught:
        read_seal_keys(path)
    assert "000" not in str(caught.value)


def test_a_key_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="cannot be read"):
        read_seal_keys(tmp_path / "none")
