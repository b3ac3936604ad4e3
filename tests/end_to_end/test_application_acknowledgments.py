"""A9 by the whole engine: CA over the sender's connection, and later what became of the message over one of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.hl7.header import read_header
from tests.listeners.receiver import Receiver
from tests.listeners.running import Peer, framed, wait_until
from tests.rig.engine_process import EngineProcess
from tests.rig.process import free_port

MESSAGE = (
    "MSH|^~\\&|HIS|{facility}|HUB|CITY|20251001080000||{type}|{id}|P|2.5|||{accept}|{application}\r"
    "PID|1||BN1^^^79901^PI||An||{born}\r"
)
REGISTRY = """
facilities:
  - code: "79901"
    name: Bệnh viện Mẫu
    answers_to: localhost:{port}
  - code: "79902"
    name: Trung tâm Mẫu
"""


def admission(
    control_id: str,
    *,
    facility: str = "79901",
    born: str = "1980",
    of: str = "ADT^A01^ADT_A01",
    asked: tuple[str, str] = ("AL", "AL"),
) -> bytes:
    accept, application = asked
    return MESSAGE.format(
        facility=facility, type=of, id=control_id, born=born, accept=accept, application=application
    ).encode()


def engine_with(tmp_path: Path, port: int) -> EngineProcess:
    registry = tmp_path / "registry.yaml"
    registry.write_text(REGISTRY.format(port=port), "utf-8")
    return EngineProcess(tmp_path / "home", {"ENGINE_REGISTRY": str(registry)})


def counted(engine: EngineProcess, metric: str) -> float:
    lines = engine.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(metric))


@pytest.mark.timeout(240)
def test_a9_a_sender_gets_ca_at_once_and_then_hears_over_another_connection_what_became_of_its_message(
    tmp_path: Path,
) -> None:
    with Receiver() as receiver, engine_with(tmp_path, receiver.port) as engine:
        assert "answer" in [role["name"] for role in engine.state()["roles"]]
        peer = Peer(engine.port)
        sent = {
            "good": admission("good"),
            "date": admission("date", born="19801345"),
            "type": admission("type", of="ZZZ^Z99"),
            "only-bad-news": admission("only-bad-news", asked=("AL", "ER")),
            "only-good-news": admission("only-good-news", born="x", asked=("AL", "SU")),
            "nothing": admission("nothing", asked=("AL", "NE")),
            "elsewhere": admission("elsewhere", facility="79902"),
            "last": admission("last", asked=("NE", "SU")),
        }
        for name, payload in sent.items():
            peer.send(framed(payload))
            assert name == "last" or peer.code() == f"CA {name}"
        wait_until(lambda: "AA last" in receiver.answered, 60)
        assert receiver.answered == ["AA good", "AE date", "AR type", "AA last"]
        assert read_header(receiver.received[0]).fields[3:7] == [b"HUB", b"CITY", b"HIS", b"79901"]
        wait_until(lambda: counted(engine, "engine_application_acknowledgments_total") == 4, 30)
        assert counted(engine, "engine_application_acknowledgments_unaddressed_total") == 1
        assert engine.run("replay").returncode == 0
        peer.send(framed(admission("after")))
        wait_until(lambda: "AA after" in receiver.answered, 60)
        assert len(receiver.received) == 5
        peer.close()


@pytest.mark.timeout(240)
def test_a9_no_answer_is_lost_when_the_engine_dies_while_the_receiver_is_away(tmp_path: Path) -> None:
    port = free_port()
    engine = engine_with(tmp_path, port)
    engine.start()
    peer = Peer(engine.port)
    names = [f"M{number}" for number in range(50)]
    for name in names:
        peer.send(framed(admission(name)))
        assert peer.code() == f"CA {name}"
    peer.close()
    engine.kill9()
    with Receiver(port=port) as receiver, engine:
        wait_until(lambda: len(receiver.received) >= len(names), 60)
    assert list(dict.fromkeys(receiver.answered)) == [f"AA {name}" for name in names]


def test_a9_the_role_runs_only_where_a_facility_has_an_address(tmp_path: Path) -> None:
    with EngineProcess(tmp_path / "home") as engine:
        assert [role["name"] for role in engine.state()["roles"]] == [
            *("listen", "transform", "load", "alert", "observe")
        ]
