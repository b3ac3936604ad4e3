"""The three doors of the engine, each as a sender sees it: payloads in, the codes of their answers out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import httpx

from engine.bus.bus import Producer
from tests.listeners.running import PATIENCE, Listening, Running, framed, message, seconds, wait_until
from tests.rig.plain import NO_AUTHORITIES


class Sender(Protocol):
    """Sends one payload by one door, under a number that it did not use before."""

    def __call__(self, running: Listening, payload: bytes, number: int) -> str:
        """MSA-1 and MSA-2 of the answer; "" where the message counts as taken and gets none."""


class Door(NamedTuple):
    """How a listener of that kind is set up, and how a sender uses it; `made` comes first, with the folder."""

    settings: Callable[[Path], dict[str, Any]]
    send: Sender

    def open(self, home: Path, producer: Callable[[Producer], Any] = lambda own: own, **more: Any) -> Listening:
        """A listener behind this door."""
        return Running(home / "bus", producer, **{**self.settings(home), **more})


def code(answer: bytes) -> str:
    """MSA-1 and MSA-2 of an answer."""
    msa = next((line.split(b"|") for line in answer.split(b"\r") if line.startswith(b"MSA")), None)
    return f"{msa[1].decode()} {msa[2].decode()}" if msa else ""


def by_mllp(running: Listening, payload: bytes, number: int) -> str:
    """A message that gets no answer is followed by one that does, which comes after it."""
    with running.connect() as peer:
        peer.send(framed(payload) + framed(message(f"after-{number}")))
        answer = code(peer.answer())
        return "" if answer == f"AA after-{number}" else answer


def by_http(running: Listening, payload: bytes, number: int) -> str:
    """Under any number: a response belongs to its request."""
    url = f"http://127.0.0.1:{running.port}/hl7"
    told = {"content-type": "application/hl7-v2"}
    response = httpx.post(url, content=payload, headers=told, timeout=PATIENCE, verify=NO_AUTHORITIES)
    return code(response.content)


def by_file(running: Listening, payload: bytes, number: int) -> str:
    folder: Path = getattr(running.settings, "folder")  # noqa: B009 - of files listeners only
    name = f"{number}.hl7"
    (folder / name).write_bytes(payload)
    wait_until(lambda: not (folder / name).exists())
    answers = folder / f"{name}.ack"
    return code(answers.read_bytes()) if answers.exists() else ""


def _watch(home: Path) -> dict[str, Any]:
    (home / "in").mkdir(parents=True, exist_ok=True)
    return {"kind": "files", "folder": home / "in", "every": seconds(0.02), "settle": seconds(0.05)}


DOORS = {
    "mllp": Door(lambda _home: {"kind": "mllp"}, by_mllp),
    "http": Door(lambda _home: {"kind": "http"}, by_http),
    "files": Door(_watch, by_file),
}
