"""S4, S6, S11 and S17, as far as they concern the listener: names, ports, logs and secrets."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bus.embedded.bus import EmbeddedBus
from engine.config import Settings, read_settings
from tests.listeners.running import Listening, framed, listening
from tests.rig.engine_process import EngineProcess
from tests.rig.proof import count
from tests.test_sources import ROOT, tracked

PLACES = (
    "../../etc/x",
    "a/b",
    "hl7.raw",
    "dead\0",
    "; drop table current",
    "%s{0}$(x)`x`",
    "A\u202eB",
    "x" * 300,
    "..",
)
texts = st.sampled_from(PLACES) | st.text(st.characters(exclude_characters="\r\n\x0b\x1c", codec="utf-8"), max_size=20)


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(tmp_path_factory.mktemp("bus")) as running:
        yield running


def names_of(running: Listening, home: Path) -> tuple[set[str], set[str]]:
    """The topics, and the files but those that SQLite makes beside a file while it is open."""
    files = {path.name for path in home.rglob("*") if not path.name.endswith(("-wal", "-shm"))}
    return set(running.bus.topics()), files


def header(fields: list[str]) -> bytes:
    """An MSH segment with these texts in MSH-3 to MSH-12."""
    return f"MSH|^~\\&|{'|'.join(fields)}\rPID|1||7\r".encode()


def test_s4_no_text_of_a_header_makes_a_topic_or_a_file(listener: Listening) -> None:
    assert isinstance(listener.bus, EmbeddedBus)
    home = listener.bus._home
    with listener.connect() as peer:
        peer.send(framed(header(["HIS", "79014", "", "", "", "", "ADT^A01", "0", "X", "2.5"])))
        assert peer.code() == "AR 0"
        peer.send(framed(header(["HIS", "79014", "", "", "", "", "ADT^A01", "1", "P", "2.5"])))
        assert peer.code() == "AA 1"
    before = names_of(listener, home)

    @settings(max_examples=count(150, 3000))
    @given(st.lists(texts, min_size=10, max_size=10))
    def hold(fields: list[str]) -> None:
        with listener.connect() as peer:
            peer.send(framed(header(fields)) + framed(header(["HIS", "79014", *[""] * 4, "ADT^A01", "1", "P", "2.5"])))
            while peer.code() != "AA 1":
                pass
        assert names_of(listener, home) == before

    hold()


def listening_sockets() -> set[str]:
    """The local addresses, in hex, of all sockets in state LISTEN (0A), with their ports."""
    lines = [
        line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    return {fields[1] for fields in lines if fields[3] == "0A"}


LOOPBACK = ("0100007F:", "00000000000000000000000001000000:", "0000000000000000FFFF00000100007F:")


def test_s6_an_engine_by_default_listens_on_loopback_only(tmp_path: Path) -> None:
    with EngineProcess(tmp_path / "home") as engine:
        ports = {f"{engine.port:04X}", f"{engine.metrics_port:04X}"}
        own = {address for address in listening_sockets() if address.rpartition(":")[2] in ports}
    assert {address.rpartition(":")[2] for address in own} == ports
    assert [address for address in own if not address.startswith(LOOPBACK)] == []


EVIL = ("\n", "\x1b[2J\x1b[31m", "\u2028", "\u0085", '"}\n{"event":"forged"', "\x00", "\x9b1m", "\x7f", "%0a", "\\n")


def test_s11_no_field_of_a_message_adds_a_line_to_the_log(tmp_path: Path, logs: io.StringIO) -> None:
    with listening(tmp_path) as running:
        before = logs.getvalue().count("\n")
        for number in range(3, 22):
            with running.connect() as peer:
                for text in EVIL:
                    fields = [f"F{text}F" if at == number else "" for at in range(3, 22)]
                    peer.send(framed(f"MSH|^~\\&|{'|'.join(fields)}\rPID|{text}|{text}\r{text}\r".encode()))
                peer.send(b"MSH|" + "".join(EVIL).encode())  # ends the connection, which is logged
                while peer.answer():
                    pass
    lines = logs.getvalue().splitlines()[before:]
    events = [json.loads(line) for line in lines]
    assert len([event for event in events if event["event"] == "connection closed"]) == 21 - 3 + 1
    assert not re.search(r"forged|[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028]", logs.getvalue())


SECRET = "canary-hunter2"


def test_s17_no_secret_of_the_settings_is_shown_in_any_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_WAREHOUSE__URL", f"postgresql://engine:{SECRET}@db/engine")
    found: Settings = read_settings(None)
    forms: list[Any] = [found, found.warehouse, found.model_dump(), found.model_dump_json(), vars(found)]
    assert [form for form in forms if SECRET in f"{form!r} {form}"] == []
    assert found.warehouse.url.get_secret_value().endswith("@db/engine")


TOKENS = re.compile(
    rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bglpat-[\w-]{20}\b"
    rb"|\bxox[abprs]-[0-9A-Za-z-]{10,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}|\bsk_live_[0-9a-zA-Z]{20,}"
    rb"|(?i:\b(?:password|secret|token|api_key)\s*[:=]\s*[\"'][0-9a-f]{32,}[\"'])"
)
"""Keys and tokens as their makers write them, and long hex that is named a secret."""


def test_s17_no_file_in_git_holds_a_secret() -> None:
    own = ROOT / "tests" / "security" / "test_listener.py"
    found = [str(file.relative_to(ROOT)) for file in tracked() if file != own and TOKENS.search(file.read_bytes())]
    assert found == []


@pytest.mark.parametrize(
    "text", ["-----BEGIN EC PRIVATE KEY-----", "AKIA" + "A" * 16, "ghp_" + "a1" * 18, 'secret = "' + "5a" * 16 + '"']
)
def test_s17_a_secret_in_a_file_is_found(text: str) -> None:
    assert TOKENS.search(text.encode())
