"""The listener over real sockets and a real bus: the rows A and F of what comes over the wire."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from engine.canonical.key import message_key, subject
from engine.canonical.raw import decode
from engine.listeners.mllp import Listener
from engine.listeners.sockets import ListenFault
from tests.listeners.running import REGISTRY, SECRET, Listening, Peer, framed, listening, message, seconds, wait_until


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """One listener for the rows that leave it as it was; each uses control ids of its own."""
    with listening(tmp_path_factory.mktemp("bus")) as running:
        yield running


@pytest.fixture
def peer(listener: Listening) -> Iterator[Peer]:
    with listener.connect() as connected:
        yield connected


class Row(NamedTuple):
    """A frame and its one right answer; `{}` stands for the control id."""

    payload: bytes
    code: str
    reason: str = ""
    errors: tuple[bytes, ...] = ()


def adt(msh: dict[int, str] | None = None, rest: str = "PID|1||7\r") -> bytes:
    return message("{}", msh=msh, rest=rest)


ROWS = {
    "a1_original_mode": Row(adt(), "AA {}"),
    "a2_message_type": Row(adt({9: "?"}), "AR {}", "REFUSED", (b"MSH^1^9", b"200")),
    "a2_event": Row(adt({9: "ADT^?"}), "AR {}", "REFUSED", (b"MSH^1^9", b"201")),
    "a2_processing_id": Row(adt({11: "X"}), "AR {}", "REFUSED", (b"MSH^1^11", b"202")),
    "a2_version": Row(adt({12: "two"}), "AR {}", "REFUSED", (b"MSH^1^12", b"203")),
    "a2_unknown_type_is_stored": Row(adt({9: "ZZZ^Z01"}), "AA {}"),
    "a6_enhanced_mode": Row(adt({15: "AL", 16: "NE"}), "CA {}"),
    "a6_enhanced_mode_refused": Row(adt({11: "X", 15: "AL"}), "CR {}", "REFUSED", (b"202",)),
    "a7_su_good": Row(adt({15: "SU"}), "CA {}"),
    "a7_er_bad": Row(adt({11: "X", 15: "ER"}), "CR {}", "REFUSED", (b"202",)),
    "a11_odd_control_id": Row(adt({10: "{} \\T\\%^~&"}), "AA {} \\T\\%^~&"),
    "a11_no_control_id": Row(adt({10: "", 3: "{}"}), "AR ", "CONTROL_ID_MISSING", (b"MSH^1^10", b"101")),
    "a12_error_in_version_2_3": Row(adt({11: "X", 12: "2.3"}), "AR {}", "REFUSED", (b"ERR|MSH^1^11^202",)),
    "a12_error_in_version_2_8": Row(adt({11: "X", 12: "2.8"}), "AR {}", "REFUSED", (b"ERR||MSH^1^11|202", b"|E")),
    "a15_unknown_segments": Row(adt(rest="PID|1||7\rZZZ|x^y&z~w\r"), "AA {}"),
    "f5_vt_inside": Row(adt(rest="PID|1|\x0b|7\r"), "AE {}", "FRAME"),
    "f6_lone_fs": Row(adt(rest="PID|1|a\x1cb|7\r"), "AA {}"),
    "f8_base64_with_line_ends": Row(adt(rest="OBX|1|ED|||^^^Base64^QUJD\r\nREVG\r\n|||\r"), "AA {}"),
    "f9_utf_16": Row(adt().decode().encode("utf-16"), "AR ", "CHARSET"),
    "f10_bytes_in_any_charset": Row(adt(rest="PID|1||7||Nguy\xe7n V\xfdn\r").replace(b"\xc3", b""), "AA {}"),
    "f11_lf": Row(adt().replace(b"\r", b"\n"), "AA {}"),
    "f11_crlf": Row(adt().replace(b"\r", b"\r\n"), "AA {}"),
    "f18_no_msh": Row(b"hello {}", "AR ", "NOT_HL7"),
    "f18_xml": Row(
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'http://127.0.0.1/'>]><a>&b;{}</a>", "AR ", "NOT_HL7"
    ),
    "f19_short_msh": Row(b"MSH|{}", "AR ", "NOT_HL7"),
    "f19_delimiters_used_twice": Row(b"MSH||||{}|", "AR ", "NOT_HL7"),
    "f20_batch": Row(b"FHS|^~\\&|{}\rBHS|^~\\&\r" + adt() + b"BTS|1\rFTS|1\r", "AR ", "BATCH"),
}

WAYS: dict[str, Callable[[Peer, bytes], None]] = {
    "whole": lambda peer, block: peer.send(block),
    "byte_by_byte": lambda peer, block: peer.send_bytewise(block),
    "glued": lambda peer, block: peer.send(framed(message("before")) + block + framed(message("after"))),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ROWS)
def test_a_frame_gets_its_answer_however_it_is_cut(listener: Listening, peer: Peer, name: str, way: str) -> None:
    row, control_id = ROWS[name], f"{name}-{way}"
    payload = row.payload.replace(b"{}", control_id.encode())
    if name == "f9_utf_16":
        payload = row.payload.decode("utf-16").replace("{}", control_id).encode("utf-16")
    WAYS[way](peer, framed(payload))
    if way == "glued":
        assert peer.code() == "AA before"
    answer = peer.answer()
    msh, msa, *errors, end = answer.split(b"\r")
    assert msa.split(b"|")[1:3] == row.code.replace("{}", control_id).encode().split(b" ", 1)
    assert all(part in b"\r".join(errors) for part in row.errors)
    assert (msh[:9], end) == (b"MSH|^~\\&|", b"")
    if way == "glued":
        assert peer.code() == "AA after"
    assert (payload in listener.raw()) == (not row.reason)
    dead = {record.value: record.text("dead_reason") for record in listener.dead()}
    assert dead.get(payload, "") == row.reason


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "msh", "rest", "reason"),
    [
        ("a5_only_application_ack", {16: "AL"}, "PID|1||7\r", ""),
        ("a7_ne", {15: "NE", 16: "NE"}, "PID|1||7\r", ""),
        ("a7_er_good", {15: "ER"}, "PID|1||7\r", ""),
        ("a8_ne_bad", {11: "X", 15: "NE"}, "PID|1||7\r", "REFUSED"),
        ("a8_su_bad", {10: "", 15: "SU"}, "PID|1||7\r", "CONTROL_ID_MISSING"),
        ("a14_acknowledgment", {9: "ACK"}, "MSA|AA|1\r", ""),
        ("a14_response", {9: "RSP^K22"}, "MSA|AA|1\r", ""),
    ],
)
def test_a_frame_without_an_answer_is_kept(
    listener: Listening, peer: Peer, name: str, way: str, msh: dict[int, str], rest: str, reason: str
) -> None:
    payload = message(f"{name}-{way}", msh={3: f"{name}-{way}", **msh}, rest=rest)
    WAYS[way](peer, framed(payload))
    if way == "glued":
        assert (peer.code(), peer.code()) == ("AA before", "AA after")
    wait_until(lambda: payload in (*listener.raw(), *(record.value for record in listener.dead())))
    assert peer.silent(0.05)
    dead = {record.value: record.text("dead_reason") for record in listener.dead()}
    assert dead.get(payload, "") == reason


def test_a10_the_answer_has_a_header_of_its_own_back_to_the_sender(peer: Peer) -> None:
    peer.send(framed(message("a10", msh={5: "ENGINE", 6: "CITY", 8: "secret", 11: "T^A", 13: "5", 18: "UTF-8"})))
    msh = peer.answer().split(b"\r")[0].split(b"|")
    assert msh[2:6] == [b"ENGINE", b"CITY", b"HIS", b"79014"]
    assert (msh[7], msh[10], msh[11:]) == (b"", b"T^A", [b"2.5.1"])
    assert (msh[8], len(msh[9]), msh[9] != b"a10") == (b"ACK^A01^ACK", 20, True)


@pytest.mark.parametrize(("version", "kind"), [("2.3", b"ACK"), ("2.4", b"ACK^A01^ACK"), ("2.99", b"ACK^A01^ACK")])
def test_a13_the_type_of_the_answer_follows_the_version(peer: Peer, version: str, kind: bytes) -> None:
    peer.send(framed(message(f"a13-{version}", msh={12: version})))
    assert peer.answer().split(b"|")[8] == kind


def test_f1_pipelined_frames_are_answered_in_their_order(listener: Listening, peer: Peer) -> None:
    payloads = [message(f"f1-{number}", rest=f"PID|1||{number}\r") for number in range(300)]
    peer.send(b"".join(framed(payload) for payload in payloads))
    assert [peer.code() for _ in payloads] == [f"AA f1-{number}" for number in range(300)]
    assert set(payloads) <= set(listener.raw())


def test_f1_pipelined_frames_of_one_patient_keep_their_order(listener: Listening, peer: Peer) -> None:
    payloads = [message(f"f1-order-{number}", rest="PID|1||f1-order\r") for number in range(100)]
    for payload in payloads:
        peer.send(framed(payload))
    assert [peer.code() for _ in payloads] == [f"AA f1-order-{number}" for number in range(100)]
    assert [payload for payload in listener.raw() if b"f1-order" in payload] == payloads


def test_f1_answers_go_back_over_the_connection_that_asked(listener: Listening) -> None:
    with listener.connect() as one, listener.connect() as other:
        one.send(framed(message("f1-one")))
        other.send(framed(message("f1-other")))
        assert (one.code(), other.code()) == ("AA f1-one", "AA f1-other")


@pytest.mark.parametrize("way", ["closed", "reset"])
def test_f2_a_frame_cut_off_is_neither_answered_nor_kept(tmp_path: Path, way: str) -> None:
    with listening(tmp_path) as running:
        with running.connect() as peer:
            peer.send(framed(message("whole")) + b"\x0b" + message("cut"))
            assert peer.code() == "AA whole"
            if way == "reset":
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wait_until(lambda: running.count("engine_connections_active") == 0)
    assert running.raw() == [message("whole")]
    assert running.dead() == []
    assert running.count("engine_frames_truncated_total") == 1


def test_f2_what_came_whole_is_kept_though_the_sender_is_gone(tmp_path: Path) -> None:
    with listening(tmp_path) as running:
        with running.connect() as peer:
            peer.send(b"".join(framed(message(str(number))) for number in range(50)))
        wait_until(lambda: len(running.raw()) == 50)


def test_f2_a_sender_that_only_stops_sending_still_gets_its_answers(peer: Peer) -> None:
    peer.send(framed(message("f2-half")) + b"\x0b" + message("f2-cut"))
    peer.socket.shutdown(socket.SHUT_WR)
    assert peer.code() == "AA f2-half"
    assert peer.closed()


def test_f3_bytes_between_frames_are_dropped_and_counted(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(b"\r\n" + framed(message("1")) + b"junk" + framed(message("2")))
        assert (peer.code(), peer.code()) == ("AA 1", "AA 2")
        assert running.count("engine_junk_bytes_total") == 6
        peer.send(b"tail")
        peer.close()
        wait_until(lambda: running.count("engine_junk_bytes_total") == 10)


@pytest.mark.parametrize("junk", [b"x" * 70_000, message("unframed")])
def test_f3_too_much_of_it_or_a_message_without_a_frame_ends_the_connection(tmp_path: Path, junk: bytes) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(framed(message("1")) + junk)
        assert peer.code() == "AA 1"
        assert peer.closed()
    assert running.count("engine_connections_closed_total", reason="junk") == 1
    assert running.raw() == [message("1")]


def test_f4_fs_without_cr_does_not_end_a_frame(peer: Peer) -> None:
    peer.send(framed(message("f4"))[:-1])
    assert peer.silent()
    peer.send(b"\r")
    assert peer.code() == "AA f4"


def test_f6_a_lone_fs_is_counted(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(framed(message("1", rest="PID|1|\x1c|7\r")))
        assert peer.code() == "AA 1"
        assert running.count("engine_frames_odd_total", reason="lone_fs") == 1


def test_f7_a_smuggled_frame_is_a_message_of_its_own(peer: Peer) -> None:
    peer.send(framed(message("f7", rest="OBX|1|TX|||a\x1c\r\x0b") + message("f7-smuggled")))
    assert (peer.code(), peer.code()) == ("AA f7", "AA f7-smuggled")


def test_f12_a_frame_too_large_is_refused_with_104_and_the_connection_closed(tmp_path: Path) -> None:
    with listening(tmp_path, max_frame=100_000) as running, running.connect() as peer:
        peer.send(framed(message("just", rest="OBX|1|TX|||" + "x" * 99_900)))
        assert peer.code() == "AA just"
        peer.send(b"\x0b" + message("large", rest="OBX|1|TX|||" + "x" * 8_000_000))
        answer = peer.answer()
        assert b"\rMSA|AR|large|" in answer
        assert b"|104^" in answer
        assert peer.closed()
        (record,) = running.dead()
        assert (record.text("dead_reason"), record.value) == ("FRAME", message("large", rest="")[:-1])


def test_f13_a_frame_may_be_larger_than_what_is_read_at_once(listener: Listening, peer: Peer) -> None:
    payload = message("f13", rest="OBX|1|ED|||" + "QUJD" * 1_000_000 + "\r")
    peer.send(framed(payload))
    assert peer.code() == "AA f13"
    assert payload in listener.raw()


def test_f14_a_frame_that_does_not_end_in_time_costs_only_its_connection(tmp_path: Path) -> None:
    with (
        listening(tmp_path, frame_deadline=seconds(0.4)) as running,
        running.connect() as slow,
        running.connect() as idle,
    ):
        slow.send(framed(message("1")) + b"\x0bMSH|")
        assert slow.code() == "AA 1"
        assert slow.closed()
        idle.send(framed(message("2")))
        assert idle.code() == "AA 2"
    assert running.count("engine_connections_closed_total", reason="frame-deadline") == 1
    assert running.count("engine_frames_truncated_total") == 1


def test_f14_dripping_bytes_do_not_put_the_deadline_off(tmp_path: Path) -> None:
    with listening(tmp_path, frame_deadline=seconds(0.4)) as running, running.connect() as slow:
        slow.send(b"\x0b")
        began = time.monotonic()
        while slow.silent(0.02):
            slow.send(b"x")
        assert 0.3 < time.monotonic() - began < 3


def test_f14_between_frames_there_is_no_deadline(tmp_path: Path) -> None:
    with (
        listening(tmp_path, frame_deadline=seconds(0.2), ack_deadline=seconds(0.2)) as running,
        running.connect() as peer,
    ):
        peer.send(framed(message("1")))
        assert peer.code() == "AA 1"
        assert peer.silent(0.8)
        peer.send(framed(message("2")))
        assert peer.code() == "AA 2"


def test_f15_the_kernel_finds_out_peers_that_are_gone(listener: Listening) -> None:
    with listener.connect() as peer:
        peer.send(framed(message("f15")))
        assert peer.code() == "AA f15"
        assert isinstance(listener.listener, Listener)
        (connection,) = listener.listener._shared.open
        accepted = connection._transport.get_extra_info("socket")
        options = [
            accepted.getsockopt(level, option)
            for level, option in (
                (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
                (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
                (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
                (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
                (socket.IPPROTO_TCP, socket.TCP_NODELAY),
            )
        ]
        assert options == [1, 60, 15, 4, 120_000, 1]


def test_f16_a_sender_that_comes_back_is_served_beside_its_old_connection(listener: Listening) -> None:
    with listener.connect() as old, listener.connect() as new:
        old.send(b"\x0bMSH|")
        new.send(framed(message("f16")))
        assert new.code() == "AA f16"
        assert old.silent(0.05)


def test_f18_five_unreadable_frames_in_a_row_end_the_connection(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(framed(b"x1") * 4 + framed(message("1")) + framed(b"x1") * 4)
        assert [peer.code() for _ in range(9)] == ["AR "] * 4 + ["AA 1"] + ["AR "] * 4
        peer.send(framed(b"x2") + framed(message("2")))
        assert peer.code() == "AR "
        assert peer.closed()
        assert sorted(record.value for record in running.dead()) == [b"x1", b"x2"]
    assert running.count("engine_connections_closed_total", reason="refused") == 1


def test_a_raw_record_says_who_sent_it_and_hides_whom_it_is_about(tmp_path: Path) -> None:
    payload = message("1", msh={4: "BV14^x"}, rest="PID|1||0123^^^OTHER^PI~4567^^^79014^MR||A^B\r")
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(framed(payload))
        assert peer.code() == "AA 1"
        (record,) = running.records("hl7.raw")
    raw = decode(record)
    assert (raw.facility, raw.message_type, raw.listener, raw.payload) == ("79014", "ADT^A01", "mllp", payload)
    assert raw.subject == subject(SECRET, "79014", b"4567")
    assert raw.message_key == message_key("79014", b"HIS", b"BV14^x", b"1", payload)
    assert (len(raw.id), raw.id[12]) == (32, "4")
    assert all(b"4567" not in part for part in (record.key, *record.headers.values()))


def test_a_sender_that_is_not_registered_gets_a_code_that_does_not_name_it(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        for number, sender in enumerate(["PHONGKHAM", "PHONGKHAM", "KHAC", ""]):
            peer.send(framed(message(str(number), msh={4: sender})))
            assert peer.code() == f"AA {number}"
        codes = {record.value.split(b"|")[3]: record.text("facility") for record in running.records("hl7.raw")}
    assert codes[b"PHONGKHAM"] == f"unregistered-{subject(SECRET, 'unregistered', b'PHONGKHAM')[:8]}"
    assert len(set(codes.values())) == 3
    assert REGISTRY.by_sender("PHONGKHAM") is None


def test_an_address_that_is_taken_is_a_fault_that_says_what_to_do(listener: Listening, tmp_path: Path) -> None:
    second = listening(tmp_path, port=listener.port)
    with pytest.raises(ListenFault, match=rf"\(127\.0\.0\.1:{listener.port}\) - choose another"):
        asyncio.run(second.make_listener().start())
