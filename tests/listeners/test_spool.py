"""The listener over the spool: it answers while Kafka is away, and stops reading when the spool is full."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.bus.bus import Producer
from engine.bus.kafka.bus import KafkaBus
from engine.bus.spool.producer import SpooledProducer, SpoolPlace
from tests.bus.spool.logs import meter, segments
from tests.bus.spool.shore import Shore
from tests.listeners.running import Running, framed, message, seconds, wait_until
from tests.rig.kafka import Kafka


@contextmanager
def listening_over(tmp_path: Path, shore: Shore, most: int) -> Iterator[Running[SpooledProducer]]:
    spooled = SpooledProducer(shore, SpoolPlace(tmp_path / "spool", most), 0.2, shore.prepare, meter())
    with Running(tmp_path / "bus", lambda _: spooled, ack_deadline=seconds(3)) as running:
        yield running
    spooled.close()


def test_messages_are_answered_though_kafka_is_killed_and_all_arrive_in_order(
    tmp_path: Path, kafka_single: Kafka
) -> None:
    bus = KafkaBus(kafka_single.bootstrap, deadline=7.0, answer=2.0)
    before = [message(f"b{number}", rest=f"PID|1||{number % 3}\r") for number in range(100)]
    during = [message(f"d{number}", rest=f"PID|1||{number % 3}\r") for number in range(300)]
    after = [message(f"a{number}", rest=f"PID|1||{number % 3}\r") for number in range(100)]

    def spooled(_: Producer) -> SpooledProducer:
        return SpooledProducer(bus.producer(), SpoolPlace(tmp_path / "spool", 1 << 30), 1.0, lambda: None, meter())

    with Running(tmp_path, spooled, bus=bus) as running:
        with running.connect() as peer:
            for payloads in (before, during, after):
                peer.send(b"".join(map(framed, payloads)))
                assert [peer.code()[:2] for _ in payloads] == ["AA"] * len(payloads)
                if payloads is before:
                    kafka_single.nodes[0].kill9()
                if payloads is during:
                    assert segments(tmp_path / "spool" / "0")
                    kafka_single.nodes[0].start()
                    kafka_single.wait_brokers(1)
        wait_until(lambda: not segments(tmp_path / "spool" / "0"), 60)
        running.producer.close()
        stored = list(dict.fromkeys(running.raw()))
    sent = [*before, *during, *after]
    assert set(stored) == set(sent)
    for patient in range(3):
        own = [payload for payload in sent if payload.endswith(f"PID|1||{patient}\r".encode())]
        assert [payload for payload in stored if payload in own] == own


def test_a_full_spool_is_not_answered_and_no_longer_read_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    shore = Shore(up=False)
    frames = [framed(message(str(number), rest="NTE|1||" + "x" * 20_000 + "\r")) for number in range(2000)]
    with listening_over(tmp_path, shore, most=200_000) as running:
        with running.connect() as peer:
            taken = 0
            while taken < 50:
                peer.send(frames[taken])
                if peer.silent(1.0):
                    break
                assert peer.code() == f"AA {taken}"
                taken += 1
            assert 5 < taken < 10
            sent = peer.send_until_stuck(frames[taken + 1 :])
            assert sent < 1900
            shore.rise()
        wait_until(lambda: not segments(tmp_path / "spool" / "0"))
        with running.connect() as peer:
            peer.send(framed(message("last")))
            assert peer.code() == "AA last"
    assert {f"|{number}|".encode() in shore.stored[number].value for number in range(taken)} == {True}
