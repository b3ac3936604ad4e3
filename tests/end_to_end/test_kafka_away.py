"""The listen role as a process while Kafka is away: it starts, answers, dies, starts again, and loses nothing."""

from __future__ import annotations

from pathlib import Path

from engine.bus.kafka.bus import KafkaBus
from engine.bus.seal import read_seal_keys
from engine.bus.sealed import SealedBus
from tests.contract.bus_drive import read_all
from tests.listeners.running import Peer, framed, message, wait_until
from tests.rig.engine_process import EngineProcess
from tests.rig.kafka import Kafka

CANARY = "CANARY-51c0de"


def deliver(port: int, numbers: range) -> list[bytes]:
    """Send messages on one connection and have each acknowledged."""
    payloads = [message(str(number), rest=f"PID|1||{number % 3}||{CANARY}\r") for number in numbers]
    with Peer(port) as peer:
        peer.send(b"".join(map(framed, payloads)))
        assert [peer.code() for _ in payloads] == [f"AA {number}" for number in numbers]
    return payloads


def in_clear(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]


def test_a_listener_that_starts_and_dies_without_kafka_keeps_all_that_it_acknowledged_and_keeps_it_sealed(
    tmp_path: Path, kafka_single: Kafka
) -> None:
    keys = tmp_path / "seal-keys"
    keys.write_text(f"2026-01: {'5e' * 32}\n")
    environment = {
        "ENGINE_BUS__KIND": "kafka",
        "ENGINE_BUS__BOOTSTRAP": kafka_single.bootstrap,
        "ENGINE_BUS__SEAL_KEYS": str(keys),
        "ENGINE_BUS__SPOOL__CONFIRM": "1s",
    }
    node = kafka_single.nodes[0]
    node.kill9()
    engine = EngineProcess(tmp_path / "home", environment, ("--role", "listen"))
    try:
        engine.start()
        sent = deliver(engine.port, range(100))
        engine.kill9()
        assert list((tmp_path / "home" / "spool" / "0").glob("*.spool1"))
        assert in_clear(tmp_path / "home") == []
        engine.start()
        sent += deliver(engine.port, range(100, 150))
        node.start()
        kafka_single.wait_brokers(1)
        wait_until(lambda: not list((tmp_path / "home" / "spool" / "0").glob("*.spool1")), 60)
        sent += deliver(engine.port, range(150, 200))
        wait_until(lambda: b"engine_spool_depth_records 0.0" in engine.get("/metrics").content)
    finally:
        engine.stop()
    with SealedBus(KafkaBus(kafka_single.bootstrap), read_seal_keys(keys)) as bus:
        stored = list(dict.fromkeys(record.value for record in read_all(bus, "hl7.raw")))
    assert sorted(stored) == sorted(sent)
    for patient in range(3):
        own = [payload for payload in sent if f"PID|1||{patient}||".encode() in payload]
        assert [payload for payload in stored if payload in own] == own
    assert in_clear(node.directory / "data") == []
