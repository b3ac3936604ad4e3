"""Batches: told apart from messages, split without a loss, answered in their own shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.batch import answer_batch, is_batch, split_batch
from engine.hl7.framing import Framer, frame
from tests.hl7.samples import MSH

A, B, C = (b"MSH|^~\\&|HIS|79014|||1||ADT^A01|%d|P|2.5\rPID|1||%d\r" % (number, number) for number in (1, 2, 3))
FHS = b"FHS|^~\\&|HIS|79014|ENGINE|CITY|2026||f||F7\r"
BHS = b"BHS|^~\\&|HIS|79014|ENGINE|CITY|2026||b||B9\r"


@pytest.mark.parametrize("start", [b"FHS|^~\\&|", b"BHS|^~\\&|", b"\r\nBHS|^~\\&|", b"\xef\xbb\xbfFHS|^~\\&|"])
def test_f20_fhs_or_bhs_begins_a_batch(start: bytes) -> None:
    assert is_batch(start)


@pytest.mark.parametrize("payload", [MSH, b"", b"BTS|1", MSH + b"\rBHS|"])
def test_f20_a_message_is_no_batch(payload: bytes) -> None:
    assert not is_batch(payload)


@pytest.mark.parametrize(
    ("payload", "groups"),
    [
        (FHS + BHS + A + B + b"BTS|2\rFTS|1\r", [[A, B]]),
        (BHS + A + B + b"BTS|2\r", [[A, B]]),
        (BHS + A, [[A]]),
        (FHS + A + B + b"FTS|1\r", [[A, B]]),
        (FHS + BHS + A + b"BTS|1\r" + BHS + B + C + b"BTS|2\rFTS|2\r", [[A], [B, C]]),
        (FHS + BHS + A + BHS + B + b"FTS|2", [[A], [B]]),
        (FHS + BHS + b"BTS|0\r" + BHS + A + b"BTS|1\r", [[], [A]]),
        (b"\r\n" + BHS + b"\r\n" + A, [[A]]),
    ],
)
def test_f20a_a_batch_is_split_into_its_messages(payload: bytes, groups: list[list[bytes]]) -> None:
    batch = split_batch(payload)
    assert batch
    assert [list(group.messages) for group in batch.groups] == groups
    assert not batch.odd


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_f20a_line_ends_of_messages_stay_as_they_came(end: bytes) -> None:
    message = A.replace(b"\r", end)
    batch = split_batch(BHS.replace(b"\r", end) + message + b"BTS|1")
    assert batch
    assert batch.messages == (message,)


@pytest.mark.parametrize(
    "payload",
    [BHS, FHS + BHS + b"BTS|0\r", BHS + b"PID|1\r" + A, BHS + A + b"BTS|1\rPID|1\r", FHS + b"junk\r" + BHS + A, b"BHS"],
)
def test_f20a_what_would_lose_a_line_is_not_split(payload: bytes) -> None:
    assert split_batch(payload) is None


@pytest.mark.parametrize(("count", "odd"), [(b"2", False), (b"", False), (b"x", False), (b"1", True), (b"3", True)])
def test_f20a_a_count_that_is_not_true_is_seen(count: bytes, odd: bool) -> None:
    batch = split_batch(BHS + A + B + b"BTS|" + count + b"\r")
    assert batch
    assert batch.odd is odd


def test_f20a_the_answer_is_a_batch_of_the_same_shape_addressed_back() -> None:
    batch = split_batch(FHS + BHS + A + b"BTS|1\r" + BHS + B + C + b"BTS|2\rFTS|2\r")
    assert batch
    answer = answer_batch(batch, [b"MSH|a\rMSA|AA|1\r", b"", b"MSH|c\rMSA|AA|3\r"], b"ours", b"now")
    assert answer.split(b"\r") == [
        b"FHS|^~\\&|ENGINE|CITY|HIS|79014|now||||ours|F7",
        b"BHS|^~\\&|ENGINE|CITY|HIS|79014|now||||ours|B9",
        b"MSH|a",
        b"MSA|AA|1",
        b"BTS|1",
        b"BHS|^~\\&|ENGINE|CITY|HIS|79014|now||||ours|B9",
        b"MSH|c",
        b"MSA|AA|3",
        b"BTS|1",
        b"FTS|2",
        b"",
    ]


def test_f20a_a_batch_in_which_nothing_is_answered_is_not_answered() -> None:
    batch = split_batch(BHS + A + B)
    assert batch
    assert answer_batch(batch, [b"", b""], b"ours", b"now") == b""


@pytest.mark.parametrize("header", [b"BHS|^~\\&|||||||||F\x1c", b"BHS|^~\\&|A\x1c", b"BHS"])
def test_f20a_whatever_its_header_echoes_the_answer_is_one_frame(header: bytes) -> None:
    batch = split_batch(header + b"\n" + A)
    assert batch
    answer = answer_batch(batch, [b"MSH|a\rMSA|AA|1\r"], b"ours" if b"F" in header else b"", b"")
    assert [found.payload for found in Framer().feed(frame(answer))] == [answer]
    assert answer.endswith(b"BTS|1\r")


LINES = st.lists(
    st.sampled_from([b"FHS|^~\\&|a", b"BHS", b"BHS|^", b"BTS|1", b"FTS", b"MSH|^~\\&|", b"PID|1", b"", b" "])
)


@given(LINES, st.sampled_from([b"\r", b"\n", b"\r\n"]))
def test_f20a_every_line_of_a_batch_is_in_a_message_or_in_the_envelope(lines: list[bytes], end: bytes) -> None:
    payload = end.join(lines)
    batch = split_batch(payload)
    if batch:
        envelope = [line for line in lines if line[:3] in (b"FHS", b"BHS", b"BTS", b"FTS")]
        kept = b"".join(batch.messages).split() + b" ".join(envelope).split()
        assert sorted(kept) == sorted(payload.split())
        answers = [b"MSA|%d\r" % number for number, _ in enumerate(batch.messages)]
        told = [line for line in answer_batch(batch, answers, b"1", b"2").split(b"\r") if line.startswith(b"MSA")]
        assert told == [answer.strip() for answer in answers]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_batch_or_not(payload: bytes) -> None:
    assert is_batch(payload) in (True, False)
    batch = split_batch(payload)
    assert batch is None or answer_batch(batch, [b"x"] * len(batch.messages), b"1", b"2")
