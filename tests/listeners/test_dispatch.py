"""A9 over sockets: application acknowledgments are delivered at least once and in order, whoever else is away."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import trustme

from engine.bus.bus import Bus
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.kafka.bus import KafkaBus
from engine.hl7.header import read_header
from engine.listeners import courier, dispatch
from tests.listeners.answering import Answering, committed, prepare, repeat, settled, store
from tests.listeners.receiver import Receiver
from tests.listeners.running import wait_until
from tests.rig.kafka import Kafka
from tests.rig.process import free_port

ONE, OTHER = "79014", "79015"


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    with EmbeddedBus(tmp_path / "bus") as bus:
        prepare(bus)
        yield bus


def names(count: int) -> list[str]:
    return [f"M{number}" for number in range(count)]


def test_a9_each_outcome_is_told_once_and_in_order_and_then_committed(bus: Bus) -> None:
    store(bus, ONE, ["M0", "D1", "M2"])
    store(bus, ONE, ["unasked"], owed=False)
    store(bus, OTHER, ["elsewhere"])
    with Receiver() as receiver, Answering(bus, {ONE: receiver.port}) as stage:
        stage.settle()
        store(bus, ONE, ["M3"])
        wait_until(lambda: len(receiver.received) == 4)
        stage.settle()
    assert receiver.answered == ["AA M0", "AE D1", "AA M2", "AA M3"]
    assert stage.results == {("AA", "delivered"): 3, ("AE", "delivered"): 1}
    assert b"\rERR||PID^1^7|102" in receiver.received[1]


def test_a9_the_same_on_kafka(kafka_single: Kafka) -> None:
    with KafkaBus(kafka_single.bootstrap) as bus:
        prepare(bus)
        for patient in ("p", "q", "r"):
            store(bus, ONE, [f"{kind}{number}{patient}" for number in range(20) for kind in "MD"], subject=patient)
        with Receiver() as receiver:
            with Answering(bus, {ONE: receiver.port}) as stage:
                stage.settle()
            with Answering(bus, {ONE: receiver.port}) as again:
                store(bus, ONE, ["last"], subject="q")
                wait_until(lambda: receiver.answered[-1] == "AA last", 30)
                again.settle()
    assert len(receiver.received) == 121
    assert stage.results == {("AA", "delivered"): 60, ("AE", "delivered"): 60}
    for patient in ("p", "q", "r"):
        told = [int(one[4:-1]) for one in receiver.answered if one.endswith(patient)]
        assert told == sorted(told)


def test_a9_a_receiver_that_is_away_gets_all_when_it_comes_and_another_waits_for_nothing(bus: Bus) -> None:
    port = free_port()
    store(bus, ONE, names(5))
    store(bus, OTHER, names(5))
    with Receiver() as other, Answering(bus, {ONE: port, OTHER: other.port}) as stage:
        wait_until(lambda: len(other.received) == 5)
        store(bus, OTHER, ["M5"])
        wait_until(lambda: len(other.received) == 6)
        assert not settled(bus)
        with Receiver(port=port) as late:
            stage.settle()
    assert late.answered == [f"AA {name}" for name in names(5)]
    assert other.answered == [f"AA {name}" for name in names(6)]


def test_a9_a_receiver_that_falls_silent_gets_the_same_again_on_a_new_connection(bus: Bus) -> None:
    silent = iter([None, "", None])
    store(bus, ONE, names(2))
    receiver = Receiver(lambda _payload: next(silent, "CA"))
    with receiver, Answering(bus, {ONE: receiver.port}, timeout=0.3) as stage:
        stage.settle()
    assert receiver.answered == ["AA M0"] * 4 + ["AA M1"]
    assert len({read_header(payload).control_id for payload in receiver.received}) == 2
    assert len(set(receiver.received[:4])) == 1


@pytest.mark.parametrize("code", ["AE", "AR", "CE", "CR"])
def test_a9_a_receiver_that_refuses_is_not_asked_again_and_what_follows_goes_on(bus: Bus, code: str) -> None:
    store(bus, ONE, names(3))
    receiver = Receiver(lambda payload: code if b"M1" in payload else "CA")
    with receiver, Answering(bus, {ONE: receiver.port}) as stage:
        stage.settle()
    assert receiver.answered == [f"AA {name}" for name in names(3)]
    assert stage.results == {("AA", "delivered"): 2, ("AA", "refused"): 1}


def test_a9_what_nobody_takes_in_time_is_given_up_and_counted_and_the_offsets_go_on(bus: Bus) -> None:
    store(bus, ONE, names(4))
    store(bus, OTHER, names(3))
    with Receiver() as other, Answering(bus, {ONE: free_port(), OTHER: other.port}, give_up=0.5) as stage:
        stage.settle()
    assert len(other.received) == 3
    assert stage.results == {("AA", "delivered"): 3, ("AA", "given_up"): 4}


def test_a9_what_grew_old_while_the_engine_was_down_is_delivered_to_who_takes_it(bus: Bus) -> None:
    store(bus, ONE, names(3))
    time.sleep(0.1)
    with Receiver() as receiver, Answering(bus, {ONE: receiver.port}, give_up=0.05) as stage:
        stage.settle()
    assert stage.results == {("AA", "delivered"): 3}


def test_a9_nothing_is_lost_when_the_stage_is_stopped_in_the_middle(bus: Bus) -> None:
    store(bus, ONE, names(40))
    held = threading.Event()

    def says(payload: bytes) -> str | None:
        return "CA" if held.is_set() or b"|M0" in payload or b"|M1\r" in payload else None

    with Receiver(says) as receiver:
        with Answering(bus, {ONE: receiver.port}, timeout=0.3):
            wait_until(lambda: "AA M2" in receiver.answered)
        assert max(committed(bus).values()) == 2
        held.set()
        before = len(receiver.received)
        with Answering(bus, {ONE: receiver.port}) as stage:
            stage.settle()
    assert receiver.answered[before:] == [f"AA {name}" for name in names(40)[2:]]


def test_a9_what_is_answered_already_is_answered_again_only_behind_one_that_is_not(bus: Bus) -> None:
    port = free_port()
    store(bus, ONE, ["waits"])
    store(bus, OTHER, names(2))
    with Receiver() as other:
        with Answering(bus, {ONE: port, OTHER: other.port}):
            wait_until(lambda: len(other.received) == 2)
        with Receiver(port=port) as one, Answering(bus, {ONE: port, OTHER: other.port}) as stage:
            stage.settle()
    assert one.answered == ["AA waits"]
    assert other.answered == ["AA M0", "AA M1"] * 2
    assert [read_header(one).control_id for one in other.received[2:]] == [
        read_header(one).control_id for one in other.received[:2]
    ]


def test_a9_a_receipt_that_a_transformer_repeats_is_answered_once(bus: Bus) -> None:
    store(bus, ONE, names(5))
    with Receiver() as receiver, Answering(bus, {ONE: receiver.port}) as stage:
        stage.settle()
        repeat(bus)
        stage.settle()
    assert len(receiver.received) == 5


def test_a9_a_group_that_never_read_leaves_out_what_is_long_past_and_one_that_did_does_not(bus: Bus) -> None:
    store(bus, ONE, ["past"])
    time.sleep(0.05)
    now_ms = time.time_ns() // 1_000_000
    store(bus, ONE, ["young"])
    with Receiver() as receiver:
        with Answering(bus, {ONE: receiver.port}, oldest_ms=now_ms) as stage:
            stage.settle()
        store(bus, ONE, ["next"])
        with Answering(bus, {ONE: receiver.port}, oldest_ms=now_ms + 1_000_000) as stage:
            stage.settle()
    assert receiver.answered == ["AA young", "AA next"]


def test_a9_the_dead_make_room_for_the_living(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "MOST_WAITING", 20)
    for number in range(60):
        store(bus, ONE, [f"gone{number}"])
        store(bus, OTHER, [f"M{number}"])
    with Receiver() as other:
        with Answering(bus, {ONE: free_port(), OTHER: other.port}) as stage:
            wait_until(lambda: len(other.received) == 60)
            store(bus, OTHER, ["M60"])
            wait_until(lambda: len(other.received) == 61)
        assert 0 < stage.results["AA", "given_up"] <= 60
    assert other.answered == [f"AA M{number}" for number in range(61)]


def test_a9_a_receiver_that_only_is_slow_loses_nothing(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "MOST_WAITING", 5)
    monkeypatch.setattr("engine.listeners.owed.BATCH", 10)
    store(bus, ONE, names(60))

    def says(_payload: bytes) -> str:
        time.sleep(0.01)
        return "CA"

    with Receiver(says) as receiver, Answering(bus, {ONE: receiver.port}) as stage:
        stage.settle()
    assert receiver.answered == [f"AA {name}" for name in names(60)]
    assert stage.most_waiting < 20


def test_a9_a_courier_without_work_lets_its_connection_go_and_another_comes(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "IDLE", 0.1)
    with Receiver() as receiver, Answering(bus, {ONE: receiver.port}) as stage:
        for number, name in enumerate(names(3), 1):
            store(bus, ONE, [name])
            wait_until(partial(_has, receiver, number))
            wait_until(lambda: receiver.open == 0)
        stage.settle()
    assert receiver.answered == [f"AA {name}" for name in names(3)]


def _has(receiver: Receiver, count: int) -> bool:
    return len(receiver.received) == count


def test_a9_what_another_member_takes_over_is_answered_by_that_one(bus: Bus) -> None:
    talks = threading.Event()
    for number in range(20):
        store(bus, ONE, [f"M{number}"], subject=f"p{number}")

    def says(_payload: bytes) -> str | None:
        return "CA" if talks.is_set() else None

    with Receiver(says) as receiver, Answering(bus, {ONE: receiver.port}, timeout=0.3) as first:
        wait_until(lambda: first.most_waiting == 20)
        with Answering(bus, {ONE: receiver.port}, timeout=0.3) as second:
            wait_until(lambda: second.now_waiting and first.now_waiting + second.now_waiting == 20)
            talks.set()
            first.settle()
    assert set(receiver.answered) == {f"AA M{number}" for number in range(20)}
    assert second.results["AA", "delivered"] > 0
    assert first.results["AA", "delivered"] + second.results["AA", "delivered"] == 20


def test_a9_answers_go_over_tls_to_who_shows_the_right_certificate(bus: Bus) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    contexts = [ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2)]
    for signer, context in zip((authority, stranger), contexts, strict=True):
        signer.issue_cert("localhost").configure_cert(context)
    store(bus, ONE, names(2))
    store(bus, OTHER, names(2))
    right, wrong = (Receiver(tls=context) for context in contexts)
    ports = {ONE: right.port, OTHER: wrong.port}
    with right, wrong, Answering(bus, ports, tls=ours, give_up=0.5) as stage:
        stage.settle()
    assert (right.answered, wrong.received) == (["AA M0", "AA M1"], [])
    assert stage.results == {("AA", "delivered"): 2, ("AA", "given_up"): 2}
