"""S12: nothing that a sender wrote about anybody is seen outside of the messages themselves."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain, cycle
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Record
from tests.rig.engine_process import EngineProcess
from tests.rig.process import free_port
from tests.rig.proof import count, report
from tests.security.canaries import ECHOED, HIDDEN, Canaries, streams

LEAST = count(1, 100_000)
"""Canaries to plant; one round through all ways plants more than 10,000."""

ECHOES = {"MSH": {3, 4, 5, 6, 9, 11, 18}, "MSA": {2}, "FHS": {3, 4, 5, 6, 12}, "BHS": {3, 4, 5, 6, 12}}
"""Fields of an answer that repeat the message's by the standard (A10, A11, A13, F20a)."""

OPEN_VALUES = ("hl7.raw", "dead", "fhir.", "alerts.", "watched.")
"""Topics, or how they begin, whose values are the messages or what was made of them; all others hold no patient."""


def engine_over(home: Path) -> tuple[EngineProcess, int]:
    """An engine that logs all it can, and the port of its second listener, which takes what the first refuses."""
    lenient = free_port()
    limits = {"max_frame": 100_000, "frame_deadline": "1s"}
    listeners = [
        limits,
        {"name": "lenient", "port": lenient, "batches": "split", "accept_missing_vt": True, "accept_missing_cr": True}
        | {"unknown_facility": "dead", "sequence_numbers": "ignore"}
        | limits,
    ]
    environment = {"ENGINE_LISTENERS": json.dumps(listeners), "ENGINE_LOG_LEVEL": "debug"}
    return EngineProcess(home, environment), lenient


def send(port: int, stream: bytes) -> bytes:
    """All that is answered to the stream on a connection of its own, which is half closed after it or left open."""
    answers = b""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(stream)
        if stream.endswith(b"\r"):
            connection.shutdown(socket.SHUT_WR)
        while received := connection.recv(65536):
            answers += received
    return answers


def without_echoes(answers: bytes) -> bytes:
    """The answers without the fields that repeat the message's."""
    return b"\r".join(_without_echoes(line) for line in re.split(rb"[\r\x0b]", answers))


def _without_echoes(line: bytes) -> bytes:
    fields = line.split(b"|")
    name = fields[0].decode("latin-1")
    shift = 0 if name == "MSA" else 1
    return b"|".join(b"" if at + shift in ECHOES.get(name, ()) else field for at, field in enumerate(fields))


def settle(engine: EngineProcess) -> dict[str, Any]:
    until = time.monotonic() + 120
    while True:
        total: dict[str, Any] = json.loads(engine.run("reconcile", "--json").stdout)["total"]
        if total["in_flight"] == 0:
            return total
        assert time.monotonic() < until, total
        time.sleep(1)


def shown(engine: EngineProcess) -> dict[str, bytes]:
    """All that a running engine shows without being asked for messages."""
    found = {}
    for path in ("/metrics", "/metrics/facilities", "/status", "/health/ready", "/health/live", "/", "/QX0000000"):
        answer: httpx.Response = engine.get(path)
        found[f"GET {path}"] = answer.content + str(answer.headers).encode()
    for words in (
        ("reconcile", "--json"),
        ("reconcile",),
        ("dead", "list"),
        ("dead", "list", "--json"),
        ("audit", "list", "--json"),
    ):
        done = engine.run(*words)
        found[" ".join(words)] = (done.stdout + done.stderr).encode()
    for table in ("receipts", "messages", "offsets"):
        done = engine.run("query", f"select * from {table}", "--format", "json")
        found[table] = (done.stdout + done.stderr).encode()
    return found


def kept(home: Path) -> Iterator[tuple[str, bytes]]:
    """What stands beside the messages on the bus and on the disk: keys, headers, other values, names of files."""
    with EmbeddedBus(home / "bus") as bus:
        for topic in bus.topics():
            records = [record for part, span in bus.spans(topic).items() for record in bus.read(part, 0, span.next)]
            yield f"topic {topic}", b"\n".join(_envelope(record) for record in records)
    yield "names of files", "\n".join(str(path) for path in home.rglob("*")).encode()


def _envelope(record: Record) -> bytes:
    value = b"" if record.topic.startswith(OPEN_VALUES) else record.value
    return b"|".join((record.key, value, *(part for item in record.headers.items() for part in _bytes(*item))))


def _bytes(name: str, value: bytes) -> tuple[bytes, bytes]:
    return name.encode(), value


def seen(places: dict[str, bytes]) -> dict[str, set[bytes]]:
    """The canaries that each place shows, also in wide characters."""
    found = {name: _seen(text) | _seen(text.replace(b"\0", b"")) for name, text in places.items()}
    return {name: words for name, words in found.items() if words}


def _seen(text: bytes) -> set[bytes]:
    return {*HIDDEN.findall(text), *ECHOED.findall(text)}


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_s12_no_canary_is_seen_outside_of_the_messages(tmp_path: Path) -> None:
    canaries = Canaries()
    sent = streams(canaries, LEAST)
    engine, lenient = engine_over(tmp_path / "home")
    places: dict[str, bytes] = {}
    with engine:
        with ThreadPoolExecutor(24) as senders:
            answers = b"".join(
                senders.map(send, cycle((engine.port, lenient)), chain.from_iterable(zip(sent, sent, strict=True)))
            )
        total = settle(engine)
        places = {"answers": without_echoes(answers), **shown(engine)}
        reasons = {letter["reason"] for letter in json.loads(places["dead list --json"])}
    places |= {"log, stdout and stderr": engine.log.read_bytes(), **dict(kept(engine.home))}
    assert seen(places) == {}
    assert HIDDEN.search(answers) is None
    assert ECHOED.search(answers)
    assert total["loaded"] > 0
    assert reasons >= {"NOT_HL7", "FRAME", "CONTROL_ID_MISSING", "REFUSED", "CHARSET", "BATCH", "UNMATCHED", "VALUE"}
    assert reasons >= {"STRUCTURE", "FACILITY", "SEQUENCE"}
    assert b"engine_connections_closed_total" in places["GET /metrics"]
    report(
        "canary",
        f"# Canaries\n\n{canaries.planted:,} words that occur nowhere else, in every field of {len(sent):,} streams "
        f"through every way that a message can go wrong ({', '.join(sorted(reasons))}), over an engine that listens, "
        f"transforms and loads. Seen outside of the messages: 0, in\n\n"
        + "".join(f"- {name}: {len(text):,} bytes\n" for name, text in places.items()),
    )


@pytest.mark.parametrize("text", [b"x QX0000007XQ y", "QX0000007XQ".encode("utf-16-le"), b'"QY0000007YQ"'])
def test_a_canary_is_seen_where_it_shows(text: bytes) -> None:
    assert seen({"log": text, "metrics": b"QX"}) == {"log": seen({"log": text})["log"]}


def test_an_answer_may_repeat_what_the_standard_says_and_nothing_else() -> None:
    answer = b"\x0bMSH|^~\\&|E|E|E|E|t||ACK^E|1|E|2.5||||||E\rMSA|AR|E\rERR|||202^X|E|||X\r\x1c\r"
    assert without_echoes(answer.replace(b"E|", b"QY0000007YQ|")).count(b"QY") == 0 + 1
    assert _seen(without_echoes(answer.replace(b"^X", b"^QX0000007XQ"))) == {b"QX0000007XQ"}
