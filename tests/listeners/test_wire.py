"""What a listener's settings change on the wire: split batches, MLLP release 2, framing that is taken as it comes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.listeners.producers import Held
from tests.listeners.running import Listening, Running, framed, listening, message, seconds, wait_until

BHS = b"BHS|^~\\&|HIS|79014|ENGINE|CITY|2026||b||B9\r"
STORED, NOT_STORED = b"\x06", b"\x15"


def batch(*messages: bytes) -> bytes:
    return framed(BHS + b"".join(messages) + b"BTS|%d\r" % len(messages))


def codes(answer: bytes) -> list[bytes]:
    return [b" ".join(line.split(b"|")[1:3]) for line in answer.split(b"\r") if line.startswith(b"MSA")]


# Batches that are split


def test_f20_without_word_from_the_settings_a_batch_is_one_dead_letter(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(batch(message("1"), message("2")))
        assert peer.code() == "AR "
        assert [letter.text("dead_reason") for letter in running.dead()] == ["BATCH"]


def test_f20a_each_message_is_answered_in_order_in_one_batch(tmp_path: Path) -> None:
    with listening(tmp_path, batches="split") as running, running.connect() as peer:
        refused = message("2", msh={11: "X"})
        peer.send(batch(message("1"), refused, message("3", msh={15: "AL"}), message("4", msh={15: "NE", 16: "NE"})))
        answer = peer.answer()
        assert answer.startswith(b"BHS|^~\\&|ENGINE|CITY|HIS|79014|")
        assert codes(answer) == [b"AA 1", b"AR 2", b"CA 3"]
        assert answer.endswith(b"\rBTS|3\r")
        assert sorted(running.raw()) == sorted(
            [message("1"), message("3", msh={15: "AL"}), message("4", msh={15: "NE", 16: "NE"})]
        )
        assert [letter.value for letter in running.dead()] == [refused]
        peer.send(framed(message("5")))
        assert peer.code() == "AA 5"
    assert running.count("engine_messages_received_total", type="ADT") == 4
    assert running.count("engine_frames_rejected_total", reason="REFUSED") == 1
    assert running.count("engine_acknowledgments_total", code="AA") == 2


def test_f20a_the_same_batch_again_gets_the_same_answers_and_stores_nothing(tmp_path: Path) -> None:
    with listening(tmp_path, batches="split") as running, running.connect() as peer:
        peer.send(batch(message("1"), message("2")) * 2)
        assert codes(peer.answer()) == codes(peer.answer()) == [b"AA 1", b"AA 2"]
        assert len(running.raw()) == 2


def test_f20a_no_answer_leaves_before_every_message_of_the_batch_is_durable(tmp_path: Path) -> None:
    with Running(tmp_path, Held, batches="split") as running, running.connect() as peer, running.connect() as other:
        other.send(framed(message("2")))
        wait_until(lambda: running.producer.held == 1)
        peer.send(batch(message("1"), message("2")))
        wait_until(lambda: running.producer.held == 2)
        assert peer.silent(0.2)
        running.producer.let_go()
        assert codes(peer.answer()) == [b"AA 1", b"AA 2"]


def test_f20a_a_batch_that_only_repeats_what_another_has_in_flight_waits_for_it(tmp_path: Path) -> None:
    with Running(tmp_path, Held, batches="split") as running, running.connect() as peer, running.connect() as other:
        other.send(framed(message("1")))
        wait_until(lambda: running.producer.held == 1)
        peer.send(batch(message("1")))
        assert peer.silent(0.2)
        running.producer.let_go()
        assert codes(peer.answer()) == [b"AA 1"]


def test_f20a_a_batch_that_cannot_be_split_without_loss_is_one_dead_letter(tmp_path: Path) -> None:
    with listening(tmp_path, batches="split") as running, running.connect() as peer:
        peer.send(framed(BHS + b"PID|1||7\r" + message("1")))
        assert peer.code() == "AR "
        assert [letter.text("dead_reason") for letter in running.dead()] == ["BATCH"]


def test_f20a_a_count_that_is_not_true_is_counted_and_costs_no_message(tmp_path: Path) -> None:
    with listening(tmp_path, batches="split") as running, running.connect() as peer:
        peer.send(framed(BHS + message("1") + b"BTS|7\r"))
        assert codes(peer.answer()) == [b"AA 1"]
    assert running.count("engine_frames_odd_total", reason="batch_count") == 1


# MLLP release 2


@pytest.fixture
def second(tmp_path: Path) -> Listening:
    return listening(tmp_path, release=2)


def test_release_2_confirms_the_block_once_it_is_stored_and_then_answers(tmp_path: Path) -> None:
    with Running(tmp_path, Held, release=2) as running, running.connect() as peer:
        peer.send(framed(message("1")))
        assert peer.silent(0.2)
        running.producer.let_go()
        assert peer.answer() == STORED
        assert peer.code() == "AA 1"


def test_release_2_takes_the_confirmations_of_its_own_blocks_for_no_message(second: Listening) -> None:
    with second as running, running.connect() as peer:
        for number in (1, 2):
            peer.send(framed(message(str(number))))
            assert (peer.answer(), peer.code()) == (STORED, f"AA {number}")
            peer.send(framed(STORED) + framed(NOT_STORED))
        assert peer.silent(0.2)
        assert (len(running.raw()), running.dead()) == (2, [])


def test_release_2_confirms_also_what_it_refuses_for_the_bytes_are_kept(second: Listening) -> None:
    with second as running, running.connect() as peer:
        peer.send(framed(message("1", msh={11: "X"})) + framed(message("2", msh={15: "NE", 16: "NE"})))
        assert (peer.answer(), peer.code(), peer.answer()) == (STORED, "AR 1", STORED)
        assert peer.silent(0.1)
        assert len(running.dead()) == 1


def test_release_2_gives_a_duplicate_the_same_confirmation_and_answer(second: Listening) -> None:
    with second as running, running.connect() as peer:
        peer.send(framed(message("1")) * 2)
        first = (peer.answer(), peer.answer())
        assert (peer.answer(), peer.answer()) == first
        assert len(running.raw()) == 1


def test_release_2_says_nak_for_what_could_not_be_stored(tmp_path: Path) -> None:
    with Running(tmp_path, Held, release=2, ack_deadline=seconds(0.4)) as running, running.connect() as peer:
        peer.send(framed(message("1")))
        assert peer.answer() == NOT_STORED
        assert peer.closed()


def test_release_1_takes_a_confirmation_of_release_2_for_no_message(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(framed(STORED))
        assert peer.code() == "AR "


# Framing taken as it comes


def test_f3_a_lenient_listener_takes_a_message_without_vt(tmp_path: Path) -> None:
    with listening(tmp_path, accept_missing_vt=True) as running, running.connect() as peer:
        peer.send(message("1") + b"\x1c\r" + b"\r\n" + message("2") + b"\x1c\r")
        assert (peer.code(), peer.code()) == ("AA 1", "AA 2")
    assert running.count("engine_frames_odd_total", reason="vt_missing") == 2


@pytest.mark.parametrize("cut", [1, 7, 1000])
def test_f4_a_lenient_listener_takes_fs_before_vt_for_the_end(tmp_path: Path, cut: int) -> None:
    with listening(tmp_path, accept_missing_cr=True) as running, running.connect() as peer:
        stream = b"\x0b" + message("1") + b"\x1c" + framed(message("2"))
        for start in range(0, len(stream), cut):
            peer.send(stream[start : start + cut])
        assert (peer.code(), peer.code()) == ("AA 1", "AA 2")


def test_f4_a_lenient_listener_takes_fs_before_a_pause_for_the_end(tmp_path: Path) -> None:
    with listening(tmp_path, accept_missing_cr=True) as running, running.connect() as peer:
        began = time.monotonic()
        peer.send(b"\x0b" + message("1") + b"\x1c")
        assert peer.code() == "AA 1"
        assert time.monotonic() - began > 0.4
        peer.send(b"\r" + framed(message("2")))
        assert peer.code() == "AA 2"
        assert sorted(running.raw()) == [message("1"), message("2")]


def test_f4_an_fs_that_data_follows_in_time_is_data(tmp_path: Path) -> None:
    with listening(tmp_path, accept_missing_cr=True) as running, running.connect() as peer:
        peer.send(b"\x0b" + message("1") + b"\x1c")
        time.sleep(0.1)
        peer.send(b"NTE|1\r\x1c\r")
        assert peer.code() == "AA 1"
        assert running.raw() == [message("1") + b"\x1cNTE|1\r"]


# Storage that does not confirm


@pytest.mark.parametrize(("accept", "code"), [("", "AR 1"), ("AL", "CE 1")])
def test_a4_a_listener_may_say_that_it_could_not_store(tmp_path: Path, accept: str, code: str) -> None:
    answers = {"storage": "AR/CE"}
    with Running(tmp_path, Held, ack_deadline=seconds(0.4), answers=answers) as running, running.connect() as peer:
        peer.send(framed(message("1", msh={15: accept, 16: accept})))
        answer = peer.answer()
        assert codes(answer) == [code.encode()]
        assert b"|207^" in answer
        assert peer.closed()
        running.producer.let_go()
        time.sleep(0.1)
    assert running.count("engine_frames_unanswered_total") == 1


def test_a_cause_whose_answer_is_close_is_kept_and_ends_the_connection(tmp_path: Path) -> None:
    with listening(tmp_path, answers={"version": "close"}) as running, running.connect() as peer:
        peer.send(framed(message("1", msh={12: "two"})))
        assert peer.closed()
        assert len(running.dead()) == 1


# The first byte


def test_f14_a_peer_that_sends_nothing_is_closed_where_the_settings_say_so(tmp_path: Path) -> None:
    deadline = seconds(0.3)
    running = listening(tmp_path, first_byte_deadline=deadline)
    with running, running.connect() as silent, running.connect() as peer:
        peer.send(framed(message("1")))
        assert silent.closed()
        assert peer.code() == "AA 1"
        assert peer.silent(0.4)
    assert running.count("engine_connections_closed_total", reason="first-byte-deadline") == 1
