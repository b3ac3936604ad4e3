"""The listener over Kafka: what was acknowledged is there, and an outage is waited out or not answered."""

from __future__ import annotations

import time
from pathlib import Path

from engine.bus.kafka.bus import KafkaBus
from tests.listeners.running import framed, listening, message, seconds
from tests.rig.kafka import Kafka


def test_a_broker_that_dies_and_comes_back_costs_no_message(tmp_path: Path, kafka_single: Kafka) -> None:
    bus = KafkaBus(kafka_single.bootstrap, deadline=3.0)
    payloads = [message(str(number), rest=f"PID|1||{number % 3}\r") for number in range(200)]
    with listening(tmp_path, bus=bus, ack_deadline=seconds(2)) as running:
        with running.connect() as peer:
            peer.send(b"".join(framed(payload) for payload in payloads) + framed(b"no message"))
            assert [peer.code() for _ in payloads] == [f"AA {number}" for number in range(200)]
            assert peer.code() == "AR "
        kafka_single.nodes[0].kill9()
        with running.connect() as peer:
            began = time.monotonic()
            peer.send(framed(message("in the outage")))
            assert peer.closed()
            assert time.monotonic() - began > 1.9
        kafka_single.nodes[0].start()
        kafka_single.wait_brokers(1)
        until = time.monotonic() + 60
        code = ""
        while not code and time.monotonic() < until:
            with running.connect() as peer:
                peer.send(framed(message("in the outage")))
                code = peer.code()
        assert code == "AA in the outage"
        stored = running.raw()
    assert set(stored) == {*payloads, message("in the outage")}
    for patient in range(3):
        sent = [payload for payload in payloads if payload.endswith(f"PID|1||{patient}\r".encode())]
        assert [payload for payload in stored if payload in sent] == sent
