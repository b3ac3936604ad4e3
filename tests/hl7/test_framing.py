from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.framing import MAX_JUNK, Frame, FrameFault, FrameFaultCode, FrameFlag, Framer, FramingFault, frame
from tests.hl7.samples import MESSAGES

MESSAGE = b"MSH|^~\\&|A\rPID|1\r"
FRAME = b"\x0b" + MESSAGE + b"\x1c\r"

Found = list[Frame | FrameFault]
Options = dict[str, Any]


def read(reads: Iterable[bytes], **options: Any) -> Found:
    """What a framer finds in these reads and at the end of the connection."""
    framer = Framer(**options)
    found = [one for data in reads for one in framer.feed(data)]
    left = framer.end()
    return found if left is None else [*found, left]


def one_by_one(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def both(data: bytes, **options: Any) -> Found:
    """What is found in the bytes, which is the same whole and byte by byte."""
    found = read([data], **options)
    assert read(one_by_one(data), **options) == found
    return found


def test_f1_frame_split_at_every_byte_is_one_message() -> None:
    for at in range(1, len(FRAME)):
        assert read([FRAME[:at], FRAME[at:]]) == [Frame(MESSAGE)]


def test_f1_frames_in_one_read_come_out_in_order() -> None:
    payloads = [b"MSH|%d\r" % number for number in range(50)]
    assert both(b"".join(map(frame, payloads))) == [Frame(payload) for payload in payloads]


def test_f1_an_empty_frame_is_a_frame() -> None:
    assert both(b"\x0b\x1c\r") == [Frame(b"")]


def test_f2_a_frame_cut_off_is_truncated_and_not_delivered() -> None:
    assert both(FRAME[:-2]) == [FrameFault(FrameFaultCode.TRUNCATED, length=len(MESSAGE))]


def test_f2_the_end_between_frames_is_no_fault() -> None:
    assert both(FRAME + b"\r\n") == [Frame(MESSAGE)]


def test_f3_bytes_before_vt_are_junk() -> None:
    assert both(b"\r\nxy" + FRAME + b"z" + FRAME) == [Frame(MESSAGE, 4), Frame(MESSAGE, 1)]


def test_f3_junk_that_no_frame_follows_is_counted() -> None:
    framer = Framer()
    framer.feed(b"GET / HTTP/1.1")
    assert (framer.junk, framer.inside) == (14, False)


def test_f3_more_junk_than_the_limit_closes() -> None:
    assert both(b"x" * 9 + FRAME, max_junk=8) == [FrameFault(FrameFaultCode.JUNK, junk_before=9)]
    assert both(b"x" * 8 + FRAME, max_junk=8) == [Frame(MESSAGE, 8)]
    assert read([b"x" * MAX_JUNK]) == []


def test_f3_msh_without_vt_closes() -> None:
    assert both(MESSAGE + b"\x1c\r") == [FrameFault(FrameFaultCode.UNFRAMED)]
    assert both(b"\nMSH|" + FRAME) == [FrameFault(FrameFaultCode.UNFRAMED, junk_before=1)]
    assert both(b"xxxxMSH|", max_junk=8) == [FrameFault(FrameFaultCode.UNFRAMED, junk_before=4)]
    assert both(b"xxxxMSH|", max_junk=7) == [FrameFault(FrameFaultCode.JUNK, junk_before=8)]


def test_f3_msh_without_vt_is_a_frame_where_the_link_accepts_it() -> None:
    found = both(b"\n" + MESSAGE + b"\x1c\r" + FRAME, accept_missing_vt=True)
    assert found == [Frame(MESSAGE, 1, (FrameFlag.VT_MISSING,)), Frame(MESSAGE)]


def test_f4_fs_without_cr_is_data_until_the_pair_comes() -> None:
    assert both(b"\x0bMSH|\x1c" + b"PID|\x1c\r") == [Frame(b"MSH|\x1cPID|", flags=(FrameFlag.LONE_FS,))]


def test_f4_fs_without_cr_waits_for_the_deadline() -> None:
    framer = Framer()
    assert framer.feed(FRAME[:-1]) == []
    assert framer.inside
    assert not framer.pending_end
    assert framer.pause() is None


def test_f4_fs_before_vt_ends_a_frame_where_the_link_accepts_it() -> None:
    ended = Frame(MESSAGE, flags=(FrameFlag.FS_WITHOUT_CR,))
    assert both(FRAME[:-1] + FRAME, accept_missing_cr=True) == [ended, Frame(MESSAGE)]


def test_f4_fs_before_other_bytes_is_data_even_where_the_link_accepts_it() -> None:
    assert both(b"\x0ba\x1cb\x1c\r", accept_missing_cr=True) == [Frame(b"a\x1cb", flags=(FrameFlag.LONE_FS,))]


def test_f4_fs_before_the_end_ends_a_frame_where_the_link_accepts_it() -> None:
    assert both(FRAME[:-1], accept_missing_cr=True) == [Frame(MESSAGE, flags=(FrameFlag.FS_WITHOUT_CR,))]


def test_f4_fs_before_a_pause_ends_a_frame_where_the_link_accepts_it() -> None:
    framer = Framer(accept_missing_cr=True)
    framer.feed(FRAME[:-1])
    assert framer.pending_end
    assert framer.pause() == Frame(MESSAGE, flags=(FrameFlag.FS_WITHOUT_CR,))
    assert framer.feed(b"\r" + FRAME) == [Frame(MESSAGE, 1)]


def test_f5_vt_inside_makes_the_whole_block_a_fault() -> None:
    glued = b"MSH|1\r\x0bMSH|2\r"
    fault = FrameFault(FrameFaultCode.VT_INSIDE, glued, length=len(glued))
    assert both(frame_unchecked(glued) + FRAME) == [fault, Frame(MESSAGE)]


def test_f5_vt_behind_fs_is_inside_unless_the_link_accepts_it() -> None:
    glued = b"MSH|1\x1c\x0bMSH|2"
    assert both(frame_unchecked(glued)) == [FrameFault(FrameFaultCode.VT_INSIDE, glued, length=len(glued))]


def test_f6_lone_fs_inside_is_data_and_flagged() -> None:
    assert both(frame_unchecked(b"MSH|a\x1cb")) == [Frame(b"MSH|a\x1cb", flags=(FrameFlag.LONE_FS,))]


def test_f7_fs_cr_inside_ends_the_frame_and_the_rest_is_junk() -> None:
    assert both(b"\x0bMSH|a\x1c\rrest\x1c\r" + FRAME) == [Frame(b"MSH|a"), Frame(MESSAGE, 6)]


def test_f7_vt_msh_in_the_rest_is_a_second_message() -> None:
    assert both(b"\x0bMSH|a\x1c\r\x0bMSH|b\x1c\r") == [Frame(b"MSH|a"), Frame(b"MSH|b")]


def test_f12_a_frame_of_the_largest_size_is_a_frame() -> None:
    assert both(FRAME, max_bytes=len(MESSAGE)) == [Frame(MESSAGE)]


def test_f12_a_larger_frame_keeps_its_msh_and_closes() -> None:
    limit = len(MESSAGE) - 1
    fault = FrameFault(FrameFaultCode.TOO_LARGE, b"MSH|^~\\&|A", length=limit + 1)
    assert both(FRAME + FRAME, max_bytes=limit) == [fault]


def test_f12_a_frame_without_end_is_refused_at_the_limit() -> None:
    framer = Framer(1000)
    assert framer.feed(b"\x0bMSH|^~\\&|A\r" + b"x" * 900) == []
    [fault] = framer.feed(b"x" * 900)
    assert fault == FrameFault(FrameFaultCode.TOO_LARGE, b"MSH|^~\\&|A", length=1001)
    assert (framer.closed, framer.buffered) == (True, 0)


def test_f14_what_deadlines_are_set_by_is_known_at_every_byte() -> None:
    framer = Framer()
    states = []
    for byte in one_by_one(b"\x0bMSH\x1c\r"):
        framer.feed(byte)
        states.append((framer.inside, framer.buffered))
    assert states == [(True, 0), (True, 1), (True, 2), (True, 3), (True, 4), (False, 0)]


def test_after_a_fault_that_closes_further_bytes_are_ignored() -> None:
    framer = Framer()
    framer.feed(b"MSH|")
    assert framer.closed
    assert framer.feed(FRAME) == []
    assert framer.end() is None


def test_after_the_end_further_bytes_are_ignored() -> None:
    framer = Framer()
    assert framer.end() is None
    assert framer.closed
    assert framer.feed(FRAME) == []


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_a_framed_message_comes_back_byte_for_byte(path: Any) -> None:
    payload = path.read_bytes()
    assert both(frame(payload)) == [Frame(payload)]


@pytest.mark.parametrize("payload", [b"a\x1c\rb", b"a\x0bb", b"\x0b"])
def test_a_payload_that_would_be_cut_in_two_is_not_framed(payload: bytes) -> None:
    with pytest.raises(FramingFault, match="take MLLP's own signs out"):
        frame(payload)


pieces = st.sampled_from((b"\x0b", b"\x1c", b"\r", b"\x1c\r", b"MSH|", b"M", b"SH|", b"\n", b"x", FRAME))
streams = st.lists(pieces, max_size=30).map(b"".join)
options = st.fixed_dictionaries(
    {
        "max_bytes": st.sampled_from((1, 4, 5, 16, 64, 1 << 24)),
        "max_junk": st.sampled_from((0, 3, 4, 8, 1 << 16)),
        "accept_missing_vt": st.booleans(),
        "accept_missing_cr": st.booleans(),
    }
)


@given(streams | st.binary(max_size=60), options, st.data())
def test_f1_however_the_bytes_are_cut_the_frames_and_faults_are_the_same(
    stream: bytes, options: Options, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    bounds = zip([0, *cuts], [*cuts, len(stream)], strict=True)
    assert read([stream[start:end] for start, end in bounds], **options) == both(stream, **options)


@given(st.lists(st.binary(max_size=30).filter(lambda payload: b"\x0b" not in payload and b"\x1c\r" not in payload)))
def test_f1_glued_frames_come_back_as_they_were_sent(payloads: list[bytes]) -> None:
    found = both(b"".join(map(frame, payloads)))
    assert [one.payload for one in found if isinstance(one, Frame)] == payloads


@given(streams)
def test_every_byte_of_a_stream_is_accounted_for(stream: bytes) -> None:
    framer = Framer()
    found = framer.feed(stream)
    delivered = sum(one.junk_before + len(b"\x0b" + one.payload + b"\x1c\r") for one in found)
    held = framer.junk + framer.inside + framer.buffered
    assert framer.closed or delivered + held == len(stream)


def frame_unchecked(payload: bytes) -> bytes:
    return b"\x0b" + payload + b"\x1c\r"
