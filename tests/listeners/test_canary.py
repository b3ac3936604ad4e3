"""Nothing that a sender wrote comes out of the listener but by the ways meant for it."""

from __future__ import annotations

import io
import json
from itertools import count
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from engine.config import MllpSettings
from tests.listeners.producers import Failing
from tests.listeners.running import Peer, Running, framed, listening, message, seconds

TOKEN = "KANARIENVOGEL"


def planted(**msh: str) -> bytes:
    """A message with a token of its own in every field that an answer does not repeat."""
    numbers = count()

    def token() -> str:
        return f"{TOKEN}{next(numbers)}"

    fields = {8: token(), 13: token(), 14: token(), 17: token(), 19: token(), 20: token()}
    fields |= {int(name[1:]): value for name, value in msh.items()}
    segments = ("PID", "NK1", "PV1", "OBX", "ZZZ")
    rest = "".join(
        f"{segment}|" + "|".join(f"{token()}^{token()}~{token()}" for _ in range(30)) for segment in segments
    )
    return message("1", msh=fields, rest=rest.replace("PID|", "PID|1|", 1))


def every_fault(peer: Peer) -> None:
    """Take every way that a frame can go wrong."""
    for msh in ({}, {"_9": TOKEN}, {"_9": f"ADT^{TOKEN}"}, {"_11": f"{TOKEN}"}, {"_12": TOKEN}, {"_10": ""}):
        for accept in ("", "AL", "NE", "SU"):
            peer.send(framed(planted(_15=accept, **msh)))
    peer.send(framed(planted().replace(b"|1|", b"|1\x0b|")))
    peer.send(framed(b"FHS|^~\\&|" + TOKEN.encode() + b"\r" + planted()))
    peer.send(framed(TOKEN.encode().decode().encode("utf-16")) + framed(planted()))
    for payload in (TOKEN.encode(), b"MSH|" + TOKEN.encode(), b"MSH||||" + TOKEN.encode(), b"<" + TOKEN.encode()):
        peer.send(framed(payload) + framed(planted(_3="again")))
    peer.send(b"\x0b" + planted() + b"x" * 200_000)


def test_no_field_comes_out_in_logs_metrics_or_answers(tmp_path: Path, logs: io.StringIO) -> None:
    with listening(tmp_path, max_frame=100_000, frame_deadline=seconds(0.4)) as running:
        answers = []
        with running.connect() as peer:
            every_fault(peer)
            while answer := peer.answer():
                answers.append(answer)
        with running.connect() as peer:
            peer.send(b"\x0b" + planted())
            assert peer.closed()
        with running.connect() as peer:
            peer.send(planted())
            assert peer.closed()
    assert len(answers) > 20
    reasons = [json.loads(line).get("reason") for line in logs.getvalue().splitlines()]
    assert [reason for reason in reasons if reason] == ["refused", "frame-deadline", "junk"]
    shown = [*answers, generate_latest(running.metrics), logs.getvalue().encode()]
    for text in shown:
        lines = [_without_echo(line) for line in text.split(b"\r")]
        assert TOKEN.encode() not in b"\r".join(lines)


def test_nor_when_storage_fails(tmp_path: Path, logs: io.StringIO) -> None:
    failing = Running(tmp_path, lambda own: Failing(own, lambda _records: True), ack_deadline=seconds(0.3))
    with failing as running, running.connect() as peer:
        peer.send(framed(planted(_3=TOKEN, _4=TOKEN, _10=TOKEN)))
        assert peer.closed()
    assert TOKEN not in generate_latest(running.metrics).decode() + logs.getvalue()


def test_nor_when_the_listener_itself_is_at_fault(
    tmp_path: Path, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(payload: bytes) -> None:
        raise ValueError(f"cannot read {payload!r}")

    monkeypatch.setattr("engine.listeners.reception.read_header", fail)
    with listening(tmp_path) as running:
        with running.connect() as peer:
            peer.send(framed(planted(_3=TOKEN, _4=TOKEN, _10=TOKEN)))
            assert peer.closed()
        monkeypatch.undo()
        with running.connect() as peer:
            peer.send(framed(message("2")))
            assert peer.code() == "AA 2"
    assert "ValueError" in logs.getvalue()
    assert TOKEN not in generate_latest(running.metrics).decode() + logs.getvalue()


def test_normal_running_logs_nothing_by_the_message(tmp_path: Path, logs: io.StringIO) -> None:
    with listening(tmp_path) as running, running.connect() as peer:
        before = logs.getvalue()
        for number in range(20):
            peer.send(framed(message(str(number))) + framed(b"x") + framed(message(f"{number}x", msh={12: "x"})))
            assert (peer.code(), peer.code(), peer.code()) == (f"AA {number}", "AR ", f"AR {number}x")
        assert logs.getvalue() == before


def test_labels_are_of_closed_sets_whatever_is_sent(tmp_path: Path) -> None:
    with listening(tmp_path) as running:
        for number in range(100):
            with running.connect() as peer:
                peer.send(
                    framed(message(str(number), msh={9: f"Z{number:02}^{number}", 3: str(number), 4: str(number)}))
                )
                assert peer.code().endswith(f" {number}")
    names = {sample.labels.get("type") for family in running.metrics.collect() for sample in family.samples}
    assert names <= {None, "other"}


def test_by_default_only_this_machine_is_listened_to() -> None:
    assert MllpSettings().host == "127.0.0.1"


def _without_echo(line: bytes) -> bytes:
    """The line without what an answer repeats by the standard: MSH-5, MSH-6, MSH-9.2 and MSH-11, MSA-2."""
    fields = line.split(b"|")
    if fields[0] == b"MSH" and len(fields) > 10:
        fields[4] = fields[5] = fields[8] = fields[10] = b""
    if fields[0] == b"MSA":
        fields[2:3] = []
    return b"|".join(fields)
