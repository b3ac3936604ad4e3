"""`engine explain --ack FILE`: why a message gets the answer that it gets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from prometheus_client import CollectorRegistry
from rich.markup import escape

from engine.canonical.key import SECRET_BYTES
from engine.commands.terminal import Console
from engine.config import ListenerSettings, Settings
from engine.facilities.registry import read_registry
from engine.hl7.conformance.sentences import describe
from engine.hl7.delimiters import HeaderFault
from engine.hl7.header import Header, read_header
from engine.language.fault import Fault, Faults, Mark, nearest
from engine.listeners.answer import Answer
from engine.listeners.clock import SystemClock
from engine.listeners.exchange import framed
from engine.listeners.messages import find_files, read_messages
from engine.listeners.received import Received
from engine.listeners.receiving import Ground, Receiving
from engine.listeners.refusal import Cause
from engine.observe.metrics import Metrics

REFUSED = 1

ROWS = {
    Cause.CONTROL_ID: "A11",
    Cause.MESSAGE_TYPE: "A2",
    Cause.EVENT: "A2",
    Cause.PROCESSING_ID: "A2",
    Cause.VERSION: "A2",
    Cause.SENDER: "F7",
    Cause.CONTENT: "A3",
    Cause.SEQUENCE: "Q6",
    Cause.BATCH: "F20",
    Cause.UNREADABLE: "F18",
    Cause.START_INSIDE: "F5",
    Cause.TOO_LARGE: "F12",
    Cause.STORAGE: "A4",
}
"""The rows of docs/reference/protocol.md by what they decide."""


class Peer(NamedTuple):
    """Who is to be at the other end: an address, and the certificate that it shows, PEM."""

    address: str = "127.0.0.1"
    certificate: Path | None = None


def explain_answers(settings: Settings, file: Path, listener: str | None, peer: Peer) -> int:
    """Print which answer each message of the file would get, and what decides it; returns 1 if one is refused."""
    chosen = _choose(settings, listener)
    console = Console(highlight=False)
    refused = False
    for number, (payload, received) in enumerate(_receive(settings, chosen, file, peer), start=1):
        console.print(f"[bold]message {number}[/bold]")
        for label, text in _describe(payload, received.answer, chosen):
            console.print(f"  {label:<9} {escape(text)}", soft_wrap=True)
        refused = refused or received.answer.refusal is not None
    return REFUSED if refused else 0


def _choose(settings: Settings, name: str | None) -> ListenerSettings:
    found = next((one for one in settings.listeners if name in (None, one.name)), None)
    if found is None:
        names = [one.name for one in settings.listeners]
        hint = nearest(name or "", names) or f"there are: {', '.join(names)}"
        raise Faults([Fault(Mark("--listener"), "C020", "listener", "no listener has this name", hint)])
    return found


def _receive(settings: Settings, chosen: ListenerSettings, file: Path, peer: Peer) -> Iterator[tuple[bytes, Received]]:
    """Each message through the listener's own reception, with nothing stored and nothing remembered between them."""
    ground = Ground(read_registry(settings.registry_file()), bytes(SECRET_BYTES), SystemClock(), _no_metrics())
    receiving = Receiving(chosen.model_copy(update={"duplicate_window": 0}), ground)
    sender = receiving.identify(peer.address, _read_certificate(peer.certificate))
    for outgoing in (one for path in find_files([file]) for one in read_messages(path)):
        received = receiving.reception.receive(framed(outgoing.payload, chosen.max_frame), 0.0, sender)
        for one in received.each:
            yield one.records[0].value if received.parts else outgoing.payload, one


def _read_certificate(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)
    except (OSError, ValueError):
        hint = "name a file that holds the sender's certificate as PEM"
        raise Faults([Fault(Mark(str(path)), "C021", "--certificate", "is no certificate", hint)]) from None


def _no_metrics() -> Metrics:
    return Metrics(CollectorRegistry())


def _describe(payload: bytes, answer: Answer, chosen: ListenerSettings) -> Iterator[tuple[str, str]]:
    try:
        header = read_header(payload)
    except HeaderFault:
        header = None
    mode = "enhanced" if header and header.enhanced else "original"
    yield "answer", f"{answer.code or 'none'}{', and the connection is closed' if answer.close else ''}"
    yield "because", _because(answer, header, mode)
    if answer.refusal:
        cause = answer.refusal.cause
        yield "row", f"{ROWS[cause]} of docs/reference/protocol.md"
        yield "setting", f"listeners[{chosen.name}].answers.{cause}: {getattr(chosen.answers, cause)}"
        yield "kept", f"as a dead letter {answer.refusal.reason}"
    for error in answer.errors:
        yield "reports", describe(error)
    if answer.expected is not None:
        yield "MSA-4", str(answer.expected)


def _because(answer: Answer, header: Header | None, mode: str) -> str:
    if answer.refusal:
        return answer.refusal.detail
    if header and header.is_acknowledgment:
        return "the message is an acknowledgment itself, which is never answered (A14)"
    if answer.code is None:
        return "it is accepted, and MSH-15 asks for no such answer (A7)"
    return f"it is accepted once its bytes are durable, {mode} mode ({'A6' if mode == 'enhanced' else 'A1'})"
