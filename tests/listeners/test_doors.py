"""One contract over the three doors: the same payload gets the same answer and the same records by each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest

from tests.listeners.doors import DOORS, Door
from tests.listeners.producers import Held
from tests.listeners.running import PATIENCE, Running, message, seconds, wait_until


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    return DOORS[request.param]


def own(records: list[bytes]) -> list[bytes]:
    """Those that a test sent itself."""
    return [record for record in records if b"|after-" not in record]


ROWS = {
    "accepted": (message("1"), "AA 1", ""),
    "enhanced": (message("1", msh={15: "AL", 16: "NE"}), "CA 1", ""),
    "refused": (message("1", msh={11: "X"}), "AR 1", "REFUSED"),
    "no_answer_due": (message("1", msh={15: "NE", 16: "NE"}), "", ""),
    "acknowledgment": (message("1", msh={9: "ACK"}, rest="MSA|AA|7\r"), "", ""),
    "no_control_id": (message(""), "AR ", "CONTROL_ID_MISSING"),
    "no_hl7": (b"hello", "AR ", "NOT_HL7"),
    "start_byte_inside": (message("1", rest="PID|1|\x0b|7\r"), "AE 1", "FRAME"),
    "line_ends": (message("1").replace(b"\r", b"\r\n"), "AA 1", ""),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_payload_gets_one_answer_by_whatever_door(tmp_path: Path, door: Door, name: str) -> None:
    payload, answer, reason = ROWS[name]
    with door.open(tmp_path) as running:
        assert door.send(running, payload, 1) == answer
        dead = [(record.value, record.text("dead_reason")) for record in running.dead()]
        assert (own(running.raw()), dead) == (([], [(payload, reason)]) if reason else ([payload], []))


def test_a_message_sent_again_gets_its_answer_and_is_stored_once(tmp_path: Path, door: Door) -> None:
    with door.open(tmp_path) as running:
        assert [door.send(running, message("1"), number) for number in range(3)] == ["AA 1"] * 3
        assert own(running.raw()) == [message("1")]
    assert running.count("engine_duplicates_total") == 2


@pytest.mark.parametrize("name", ["mllp", "http"])
def test_a_copy_in_flight_is_answered_when_the_first_is_durable(tmp_path: Path, name: str) -> None:
    """Files come one after another."""
    door = DOORS[name]
    with door.open(tmp_path, Held) as running, ThreadPoolExecutor(2) as pool:
        producer = cast("Running[Held]", running).producer
        answers = [pool.submit(door.send, running, message("1"), 1)]
        wait_until(lambda: producer.held)
        answers.append(pool.submit(door.send, running, message("1"), 2))
        wait_until(lambda: running.count("engine_duplicates_total"))
        assert not any(answer.done() for answer in answers)
        producer.let_go()
        assert [answer.result(PATIENCE) for answer in answers] == ["AA 1"] * 2
        assert own(running.raw()) == [message("1")]


def test_what_is_not_durable_in_time_is_not_answered_and_may_be_sent_again(tmp_path: Path, door: Door) -> None:
    with door.open(tmp_path, Held, ack_deadline=seconds(0.3)) as running, ThreadPoolExecutor(1) as pool:
        producer = cast("Running[Held]", running).producer
        first = pool.submit(door.send, running, message("1"), 1)
        wait_until(lambda: running.count("engine_frames_unanswered_total"))
        producer.let_go()
        assert first.result(PATIENCE) in ("", "AA 1")  # a file is tried again by itself
        assert door.send(running, message("1"), 2) == "AA 1"
        assert own(running.raw()) == [message("1")]


def test_what_is_too_large_is_refused_and_its_first_segment_kept(tmp_path: Path, door: Door) -> None:
    payload = message("1", rest="OBX|1|" + "x" * 9000 + "\r")
    with door.open(tmp_path, max_frame=5000) as running:
        assert door.send(running, payload, 1) == "AR 1"
        assert ([one.value for one in running.dead()], own(running.raw())) == ([payload.partition(b"\r")[0]], [])


def test_the_messages_of_a_batch_are_answered_together(tmp_path: Path, door: Door) -> None:
    batch = b"BHS|^~\\&|A\r" + message("1") + message("2") + b"BTS|2\r"
    with door.open(tmp_path, batches="split") as running:
        assert door.send(running, batch, 1) == "AA 1"
        assert own(running.raw()) == [message("1"), message("2")]
