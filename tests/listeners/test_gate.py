"""Who may send, over the wire: what a connection's sender gets for what MSH-3 and MSH-4 claim."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from engine.canonical.audit import Event, describe
from engine.facilities.facility import Facility, Registry
from tests.listeners.running import Listening, Running, framed, message

HERE, FAR = ip_network("127.0.0.1"), ip_network("10.0.0.0/8")
OPEN = Facility("79014", "A", senders=("BV14",))
PLACED = Facility("79020", "B", addresses=(HERE,))
ELSEWHERE = Facility("79030", "C", addresses=(FAR,))
BY_APPLICATION = Facility("79040", "D", applications=("HIS",))
ON_ANOTHER = Facility("79050", "E", listeners=("other",))
PLATFORM = Facility("79900", "P", addresses=(HERE,), sends_for=("*",))


def listening_to(home: Path, facilities: Sequence[Facility], **settings: Any) -> Listening:
    return Running(home, lambda own: own, registry=Registry(facilities), **settings)


def claim(control_id: str, facility: str, application: str = "HIS") -> bytes:
    return framed(message(control_id, msh={3: application, 4: facility}))


@pytest.mark.parametrize(
    ("facility", "application", "code"),
    [
        ("79014", "HIS", "AA"),
        ("BV14", "HIS", "AA"),
        ("79030", "HIS", "AR"),
        ("79040", "HIS", "AA"),
        ("79040", "LIS", "AR"),
        ("79050", "HIS", "AR"),
        ("79999", "HIS", "AA"),
    ],
)
def test_what_a_sender_claims_must_fit_the_connection(
    tmp_path: Path, facility: str, application: str, code: str
) -> None:
    with listening_to(tmp_path, (OPEN, ELSEWHERE, BY_APPLICATION, ON_ANOTHER)) as running, running.connect() as peer:
        peer.send(claim("1", facility, application))
        assert peer.code() == f"{code} 1"
        assert [letter.text("dead_reason") for letter in running.dead()] == (["FACILITY"] if code == "AR" else [])


def test_a_connection_that_is_known_sends_for_nobody_else(tmp_path: Path) -> None:
    with listening_to(tmp_path, (OPEN, PLACED)) as running, running.connect() as peer:
        for control_id, facility in enumerate(("79020", "79014", "79999")):
            peer.send(claim(str(control_id), facility))
        assert [peer.code() for _ in range(3)] == ["AA 0", "AR 1", "AR 2"]


def test_the_shared_platform_sends_for_all(tmp_path: Path) -> None:
    with listening_to(tmp_path, (OPEN, ELSEWHERE, PLATFORM)) as running, running.connect() as peer:
        for control_id, facility in enumerate(("79900", "79014", "79030")):
            peer.send(claim(str(control_id), facility))
        assert [peer.code() for _ in range(3)] == ["AA 0", "AA 1", "AA 2"]


def test_f7_each_message_of_a_connection_must_be_one_that_it_may_send(tmp_path: Path) -> None:
    """FS CR inside a message ends it; what hides behind is judged like any other."""
    with listening_to(tmp_path, (PLACED, ELSEWHERE)) as running, running.connect() as peer:
        smuggled = claim("2", "79030")
        peer.send(framed(message("1", msh={4: "79020"}, rest="OBX|1|ST|x||") + b"\x1c\r" + smuggled + b"|x"))
        assert [peer.code() for _ in range(2)] == ["AA 1", "AR 2"]


@pytest.mark.parametrize(
    ("unknown", "code", "raw", "dead"), [("accept", "AA", 1, 0), ("dead", "AA", 0, 1), ("refuse", "AR", 0, 1)]
)
def test_an_unknown_facility_gets_what_the_settings_say(
    tmp_path: Path, unknown: str, code: str, raw: int, dead: int
) -> None:
    with listening_to(tmp_path, (OPEN,), unknown_facility=unknown) as running, running.connect() as peer:
        peer.send(claim("1", "79999"))
        assert peer.code() == f"{code} 1"
        assert (len(running.raw()), len(running.dead())) == (raw, dead)


def test_a_mismatch_is_cr_in_enhanced_mode_and_an_acknowledgment_gets_no_answer(tmp_path: Path) -> None:
    with listening_to(tmp_path, (ELSEWHERE,)) as running, running.connect() as peer:
        peer.send(framed(message("1", msh={4: "79030", 9: "ACK"}, rest="MSA|AA|7\r")))
        peer.send(framed(message("2", msh={4: "79030", 15: "AL"})))
        assert peer.code() == "CR 2"
        assert len(running.dead()) == 2


def events(running: Listening) -> list[dict[str, Any]]:
    return [describe(record) for record in running.records("audit")]


def test_a_mismatch_is_a_security_event_without_a_word_of_the_message(tmp_path: Path) -> None:
    running = listening_to(tmp_path, (ELSEWHERE,), unknown_facility="refuse")
    with running, running.connect() as peer:
        peer.send(claim("1", "79030") + claim("2", "Nguyen Van La"))
        assert [peer.code() for _ in range(2)] == ["AR 1", "AR 2"]
    told = [(one["event"], one["address"], one["facility"]) for one in events(running)[1:]]
    assert told[0] == (Event.MISMATCH, "127.0.0.1", "79030")
    assert told[1][:2] == (Event.UNKNOWN_FACILITY, "127.0.0.1")
    assert told[1][2].startswith("unregistered-")
    assert running.count("engine_security_events_total", event=Event.MISMATCH) == 1


def test_an_unknown_facility_that_is_accepted_is_no_security_event(tmp_path: Path) -> None:
    running = listening_to(tmp_path, (ELSEWHERE,))
    with running, running.connect() as peer:
        peer.send(claim("1", "79999"))
        assert peer.code() == "AA 1"
    assert len(events(running)) == 1


def test_too_many_connections_are_a_security_event(tmp_path: Path) -> None:
    running = listening_to(tmp_path, (ELSEWHERE,), max_connections=1)
    with running, running.connect() as first, running.connect() as second:
        assert second.closed()
        assert first.silent(0)
    assert [one["event"] for one in events(running)[1:]] == [Event.LIMIT_REFUSED]


def test_another_registry_counts_for_those_who_are_connected(tmp_path: Path) -> None:
    with listening_to(tmp_path, (ELSEWHERE,)) as running, running.connect() as peer:
        peer.send(claim("1", "79030"))
        assert peer.code() == "AR 1"
        running.use(Registry((PLATFORM, ELSEWHERE)))
        peer.send(claim("2", "79030"))
        assert peer.code() == "AA 2"
