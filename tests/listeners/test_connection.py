"""What is promised by an answer: nothing before it is durable, nothing twice, nothing at another's cost."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.bus.record import Record
from tests.listeners.producers import Failing, Held
from tests.listeners.running import Peer, Running, framed, listening, message, seconds, wait_until

# Durable first


def test_no_answer_leaves_before_the_bus_says_durable(tmp_path: Path) -> None:
    with Running(tmp_path, Held) as running, running.connect() as peer:
        peer.send(framed(message("1")))
        wait_until(lambda: running.raw() == [message("1")])
        assert peer.silent(0.3)
        running.producer.let_go()
        assert peer.code() == "AA 1"


def test_no_refusal_leaves_before_its_dead_letter_is_durable(tmp_path: Path) -> None:
    with Running(tmp_path, Held) as running, running.connect() as peer:
        peer.send(framed(b"no message"))
        wait_until(lambda: len(running.dead()) == 1)
        assert peer.silent(0.3)
        running.producer.let_go()
        assert peer.code() == "AR "


def test_an_answer_waits_for_those_before_it(tmp_path: Path) -> None:
    with Running(tmp_path, Held) as running, running.connect() as other, running.connect() as peer:
        other.send(framed(message("1")))
        wait_until(lambda: running.producer.held == 1)
        peer.send(framed(message("1")) + framed(message("2")))
        assert peer.silent(0.2)
        running.producer.let_go()
        assert (peer.code(), peer.code(), other.code()) == ("AA 1", "AA 2", "AA 1")


# Storage that fails


def test_without_the_word_of_the_bus_the_connection_is_closed_at_the_deadline_without_an_answer(tmp_path: Path) -> None:
    with Running(tmp_path, Held, ack_deadline=seconds(0.5)) as running, running.connect() as peer:
        began = time.monotonic()
        peer.send(framed(message("1")))
        assert peer.closed()
        assert 0.45 < time.monotonic() - began < 3
    assert running.count("engine_frames_unanswered_total") == 1
    assert running.count("engine_connections_closed_total", reason="unanswered") == 1
    assert running.count("engine_acknowledgments_total", code="AA") == 0


def test_a_message_that_became_durable_too_late_is_answered_when_it_is_sent_again(tmp_path: Path) -> None:
    with Running(tmp_path, Held, ack_deadline=seconds(0.5)) as running:
        with running.connect() as peer:
            peer.send(framed(message("1")))
            assert peer.closed()
        with running.connect() as peer:
            peer.send(framed(message("1")))
            assert peer.silent(0.1)
            running.producer.let_go()
            assert peer.code() == "AA 1"
        assert running.raw() == [message("1")]


@pytest.mark.parametrize("raising", [False, True])
def test_a_failure_that_passes_is_waited_for(tmp_path: Path, raising: bool) -> None:
    failing = [True]
    make = partial(Failing, refuses=lambda _records: failing[0], raising=raising)
    with Running(tmp_path, make) as running, running.connect() as peer:
        peer.send(framed(message("1")))
        wait_until(lambda: running.producer.refused >= 2)
        assert peer.silent(0)
        failing[0] = False
        assert peer.code() == "AA 1"
        assert running.raw() == [message("1")]


def test_after_a_failure_that_does_not_pass_the_message_is_stored_when_it_is_sent_again(tmp_path: Path) -> None:
    failing = [True]
    with Running(tmp_path, partial(Failing, refuses=lambda _: failing[0]), ack_deadline=seconds(0.4)) as running:
        with running.connect() as peer:
            peer.send(framed(message("1")) + framed(message("2")))
            assert peer.closed()
        time.sleep(0.2)
        failing[0] = False
        with running.connect() as peer:
            peer.send(framed(message("1")) + framed(message("2")))
            assert (peer.code(), peer.code()) == ("AA 1", "AA 2")
        assert sorted(running.raw()) == [message("1"), message("2")]


def test_order_holds_though_a_batch_fails_and_others_come_behind_it(tmp_path: Path) -> None:
    tries = [3]

    def refuses(_records: Sequence[Record]) -> bool:
        tries[0] -= 1
        return tries[0] >= 0

    payloads = [message(str(number), rest="PID|1||one\r") for number in range(20)]
    with Running(tmp_path, partial(Failing, refuses=refuses)) as running, running.connect() as peer:
        for payload in payloads:
            peer.send(framed(payload))
            time.sleep(0.005)
        assert [peer.code() for _ in payloads] == [f"AA {number}" for number in range(20)]
        assert running.raw() == payloads


def test_what_came_after_a_lost_message_is_not_stored_before_it(tmp_path: Path) -> None:
    failing, first, second = [True], message("1"), message("2")

    def refuses(records: Sequence[Record]) -> bool:
        return failing[0] and any(record.value == first for record in records)

    with Running(tmp_path, partial(Failing, refuses=refuses), ack_deadline=seconds(0.5)) as running:
        with running.connect() as peer:
            peer.send(framed(first))
            wait_until(lambda: running.producer.refused >= 2)
            peer.send(framed(second))
            assert peer.closed()
        time.sleep(0.2)
        assert running.raw() == []
        failing[0] = False
        with running.connect() as peer:
            peer.send(framed(first) + framed(second))
            assert (peer.code(), peer.code()) == ("AA 1", "AA 2")
        assert running.raw() == [first, second]


def test_a_record_that_the_bus_never_takes_costs_nobody_else(tmp_path: Path) -> None:
    def refuses(records: Sequence[Record]) -> bool:
        return any(b"poison" in record.value for record in records)

    make = partial(Failing, refuses=refuses)
    with Running(tmp_path, make, ack_deadline=seconds(1)) as running, running.connect() as bad:
        bad.send(framed(message("poison")))
        with running.connect() as good:
            for number in range(100):
                good.send(framed(message(str(number))))
                assert good.code() == f"AA {number}"
        assert bad.closed()


def test_a_stalled_bus_stops_the_reading_of_a_sender_that_does_not_wait(tmp_path: Path) -> None:
    with Running(tmp_path, Held) as running, running.connect() as peer:
        large = "OBX|1|TX|||" + "x" * 100_000 + "\r"
        assert peer.send_until_stuck(framed(message(str(number), rest=large)) for number in range(1000)) < 200
        assert running.producer.calls <= 2


# Duplicates


def test_a_resent_message_gets_the_same_bytes_and_no_second_record(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(framed(message("1")))
        first = peer.answer()
        peer.send(framed(message("1")))
        with running.connect() as other:
            other.send(framed(message("1")))
            assert {peer.answer(), other.answer()} == {first}
        assert running.raw() == [message("1")]
        assert running.count("engine_duplicates_total") == 2
        assert running.count("engine_control_id_reuse_total") == 0


def test_a_resend_of_what_is_not_durable_yet_waits_for_the_same_answer(tmp_path: Path) -> None:
    with Running(tmp_path, Held) as running, running.connect() as peer, running.connect() as again:
        peer.send(framed(message("1")))
        wait_until(lambda: running.producer.held == 1)
        again.send(framed(message("1")))
        assert again.silent(0.2)
        running.producer.let_go()
        assert again.answer() == peer.answer() != b""
        assert running.raw() == [message("1")]


def test_a_resend_is_answered_though_the_first_sender_is_gone(tmp_path: Path) -> None:
    with Running(tmp_path, Held) as running, running.connect() as again:
        with running.connect() as peer:
            peer.send(framed(message("1")))
            wait_until(lambda: running.producer.held == 1)
        again.send(framed(message("1")))
        assert again.silent(0.1)
        running.producer.let_go()
        assert again.code() == "AA 1"


def test_a_refused_message_sent_again_gets_the_same_refusal_and_no_second_dead_letter(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(framed(message("1", msh={12: "x"})) * 2)
        assert peer.answer() == peer.answer() != b""
        assert len(running.dead()) == 1


def test_another_message_under_the_same_control_id_is_stored_and_counted(tmp_path: Path) -> None:
    first, other = message("1"), message("1", rest="PID|1||8\r")
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(framed(first) + framed(other) + framed(first))
        answers = [peer.answer() for _ in range(3)]
        assert answers[0] == answers[2] != answers[1]
        assert sorted(running.raw()) == sorted([first, other])
        assert running.count("engine_control_id_reuse_total") == 1
        assert running.count("engine_duplicates_total") == 1


def test_the_same_bytes_from_another_facility_are_another_message(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        peer.send(framed(message("1")) + framed(message("1", msh={4: "BV99"})))
        assert peer.answer() != peer.answer()
        assert len(running.raw()) == 2
        assert running.count("engine_control_id_reuse_total") == 0


def test_beyond_the_window_a_resend_is_stored_again(tmp_path: Path) -> None:
    with listening(tmp_path, duplicate_window=2) as running, running.connect() as peer:
        for control_id in ("1", "2", "3", "1", "3"):
            peer.send(framed(message(control_id)))
            assert peer.code() == f"AA {control_id}"
        assert len(running.raw()) == 4


# Limits


def test_connections_beyond_the_limit_are_closed_and_counted(tmp_path: Path) -> None:
    with listening(tmp_path, max_connections=4) as running:
        taken = [running.connect() for _ in range(4)]
        with running.connect() as beyond:
            assert beyond.closed()
        taken.pop().close()
        wait_until(lambda: running.count("engine_connections_active") == 3)
        with running.connect() as peer:
            peer.send(framed(message("1")))
            assert peer.code() == "AA 1"
        assert running.count("engine_connections_closed_total", reason="limit") == 1
        for peer in taken:
            peer.close()


def test_one_address_has_a_limit_of_its_own(tmp_path: Path) -> None:
    with listening(tmp_path, max_connections_per_peer=4) as running:
        taken = [running.connect() for _ in range(4)]
        with running.connect() as beyond:
            assert beyond.closed()
        other = socket.create_connection(("127.0.0.1", running.port), 5, source_address=("127.0.0.2", 0))
        other.sendall(framed(message("1")))
        assert b"MSA|AA|1" in other.recv(4096)
        other.close()
        for peer in taken:
            peer.close()


def test_large_frames_take_turns_and_small_messages_go_on(tmp_path: Path) -> None:
    limits: dict[str, Any] = {"max_frame": 400_000, "max_in_flight": 1_000_000}
    with listening(tmp_path, **limits) as running, running.connect() as small:
        large = [running.connect() for _ in range(5)]
        body = message("large", rest="OBX|1|ED|||" + "A" * 350_000 + "\r")
        for number, peer in enumerate(large):
            payload = framed(body.replace(b"|large|", b"|large%d|" % number))
            threading.Thread(target=_send_in_pieces, args=(peer, payload), daemon=True).start()
        for number in range(50):
            small.send(framed(message(str(number))))
            assert small.code() == f"AA {number}"
        assert [peer.code() for peer in large] == [f"AA large{number}" for number in range(5)]
        for peer in large:
            peer.close()


def _send_in_pieces(peer: Peer, data: bytes) -> None:
    for at in range(0, len(data), 20_000):
        peer.send(data[at : at + 20_000])
        time.sleep(0.01)


def test_endless_frames_are_cut_off_and_leave_no_bytes_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.listeners.connection.FLOOR_RATE", 1 << 30)
    limits: dict[str, Any] = {"max_frame": 400_000, "max_in_flight": 1_000_000, "frame_deadline": seconds(0.3)}
    with listening(tmp_path, **limits) as running:
        endless = [running.connect() for _ in range(6)]
        for peer in endless:
            peer.send(b"\x0b" + b"x" * 100_000)
        for peer in endless:
            assert peer.closed()
            peer.close()
        with running.connect() as peer:
            peer.send(framed(message("1")))
            assert peer.code() == "AA 1"
    assert running.count("engine_in_flight_bytes") == 0


def test_a_frame_cut_off_makes_room_though_its_sender_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.listeners.connection.FLOOR_RATE", 1 << 30)
    monkeypatch.setattr("engine.listeners.connection.LINGER", 60.0)
    limits: dict[str, Any] = {"max_frame": 400_000, "max_in_flight": 400_000, "frame_deadline": seconds(0.3)}
    with listening(tmp_path, **limits) as running, running.connect() as endless, running.connect() as other:
        endless.send(b"\x0b" + b"x" * 100_000)
        assert endless.closed()
        other.send(framed(message("1", rest="OBX|1|TX|||" + "x" * 300_000 + "\r")))
        assert other.code() == "AA 1"


def test_a_sender_that_does_not_read_its_answers_is_not_read_either(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as deaf, running.connect() as other:
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        assert deaf.send_until_stuck(framed(message(f"deaf{number % 50}")) for number in range(200_000))
        other.send(framed(message("1")))
        assert other.code() == "AA 1"


def test_a_flood_over_one_connection_holds_nobody_up(tmp_path: Path) -> None:
    with listening(tmp_path) as running, running.connect() as flood, running.connect() as other:
        block = b"".join(framed(message(str(number))) for number in range(20)) * 200
        threading.Thread(target=_flood, args=(flood, block), daemon=True).start()
        threading.Thread(target=_read_all, args=(flood,), daemon=True).start()
        longest = 0.0
        for number in range(40):
            began = time.monotonic()
            other.send(framed(message(f"other{number}")))
            assert other.code() == f"AA other{number}"
            longest = max(longest, time.monotonic() - began)
        assert longest < 5.0, "a flood has no end: who is held up by it waits for ever"


def _flood(peer: Peer, block: bytes) -> None:
    with suppress(OSError):
        while True:
            peer.send(block)


def _read_all(peer: Peer) -> None:
    with suppress(OSError):
        while peer.socket.recv(1 << 20):
            pass


# The end


def test_draining_answers_what_is_in_flight_and_takes_nothing_new(tmp_path: Path) -> None:
    with Running(tmp_path, Held, drain=10) as running, running.connect() as busy, running.connect() as idle:
        busy.send(framed(message("1")) + b"\x0b" + message("begun"))
        wait_until(lambda: running.producer.held == 1)
        running.begin_drain()
        assert idle.closed()
        with pytest.raises(ConnectionError):
            running.connect()
        busy.send(b"\x1c\r" + framed(message("new")))
        running.producer.let_go()
        assert busy.code() == "AA 1"
        assert busy.closed()
    assert running.raw() == [message("1")]
    assert running.count("engine_connections_closed_total", reason="drain") == 2


def test_what_is_not_done_when_draining_ends_is_cut_off(tmp_path: Path) -> None:
    with Running(tmp_path, Held, drain=0.3) as running, running.connect() as peer:
        peer.send(framed(message("1")))
        wait_until(lambda: running.raw() == [message("1")])
        running.begin_drain()
        assert peer.closed()
    assert running.count("engine_connections_active") == 0
    assert running.count("engine_frames_unanswered_total") == 1


def test_every_frame_is_answered_refused_or_counted_unanswered(tmp_path: Path) -> None:
    with listening(tmp_path) as running:
        with running.connect() as peer:
            silent = framed(message("2", msh={15: "NE"})) + framed(message("3", msh={15: "NE", 12: "x"}))
            peer.send(framed(message("1")) + framed(b"x") + silent + b"\x0bMSH")
            assert (peer.code(), peer.code()) == ("AA 1", "AR ")
        wait_until(lambda: (len(running.raw()), len(running.dead())) == (2, 2))
    assert running.count("engine_messages_received_total", type="ADT") == 2
    assert running.count("engine_frames_rejected_total", reason="NOT_HL7") == 1
    assert running.count("engine_acknowledgments_total", code="AA") == 1
    assert running.count("engine_acknowledgments_total", code="AR") == 1
    assert running.count("engine_acknowledgment_seconds_count") == 2
    assert running.count("engine_frames_rejected_total", reason="REFUSED") == 1
    assert running.count("engine_frames_rejected_silently_total") == 1
    assert running.count("engine_frames_truncated_total") == 1
    assert running.count("engine_connections_opened_total") == 1
    assert running.metrics.get_sample_value("engine_dead_letters_total", {"stage": "listen", "reason": "NOT_HL7"}) == 1
