"""`engine send`: messages out of files to a listener, and what came back."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from engine.commands.terminal import Console
from engine.language.fault import Fault, Faults, Mark
from engine.listeners.messages import find_files, read_messages
from engine.listeners.sending import Line, Result, SendFault, Summary, send

UNANSWERED = 1
FAULTY = 2
NAMED = 10
"""Messages without an answer that are named one by one."""


def send_paths(paths: Sequence[Path], line: Line, as_json: bool) -> int:
    """Send and print a summary; returns 1 when an answer that was owed did not come, 2 when nothing could be sent."""
    try:
        total = sum(1 for file in find_files(paths) for _ in read_messages(file))
        summary = asyncio.run(_send(paths, line, total))
    except SendFault as fault:
        sys.stderr.write(f"{fault}\n")
        return FAULTY
    except OSError as error:
        sys.stderr.write(f"cannot be read: {error.strerror} ({error.filename}) - check the path\n")
        return FAULTY
    if as_json:
        sys.stdout.write(_as_json(summary) + "\n")
    else:
        _print(summary, line)
    return UNANSWERED if summary.unanswered or summary.results[Result.UNSENDABLE] else 0


def client_tls(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """What to speak TLS with, None for sending in clear; raises Faults for files that cannot be used."""
    if ca is None and certificate is None:
        return None
    try:
        context = ssl.create_default_context(cafile=ca)
        if certificate:
            context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one
        what = f"cannot be used for TLS ({error.strerror or 'no PEM, or a key that does not fit'})"
        hint = "name PEM files: --ca, and --certificate with its --key"
        raise Faults([Fault(Mark("engine send"), "C024", "", what, hint)]) from None
    return context


async def _send(paths: Sequence[Path], line: Line, total: int) -> Summary:
    columns = (TextColumn("sending"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("sending", total=total)
        return await send(paths, line, lambda _delivery: progress.advance(task))


def _print(summary: Summary, line: Line) -> None:
    console = Console(highlight=False)
    rate = len(summary.deliveries) / summary.seconds if summary.seconds else 0.0
    where = f"{line.host}:{line.port}"
    console.print(f"{len(summary.deliveries)} messages to {where} in {summary.seconds:.1f} s, {rate:,.0f} a second")
    for code, count in sorted(summary.codes.items()):
        console.print(f"  {code:<10} {count:>8,}")
    for result in (Result.SILENT, Result.UNANSWERED, Result.UNSENDABLE):
        if summary.results[result]:
            console.print(f"  {result.value:<10} {summary.results[result]:>8,}  {MEANINGS[result]}")
    if summary.codes:
        half, most = summary.latency(50) * 1000, summary.latency(99) * 1000
        console.print(f"answered   half within {half:.1f} ms, 99 % within {most:.1f} ms")
    if summary.stale:
        console.print(f"stale      {summary.stale} answers came too late and were dropped")
    for delivery in summary.unanswered[:NAMED]:
        console.print(f"no answer  {delivery.path}:{delivery.number}", markup=False)


MEANINGS = {
    Result.SILENT: "owed no answer and got none",
    Result.UNANSWERED: "owed an answer and got none - send them again, or look at the listener's log",
    Result.UNSENDABLE: "hold MLLP's own signs and were not sent",
}


def _as_json(summary: Summary) -> str:
    deliveries = [delivery._asdict() | {"path": str(delivery.path)} for delivery in summary.deliveries]
    body = {
        "messages": len(summary.deliveries),
        "seconds": summary.seconds,
        "codes": summary.codes,
        "results": summary.results,
        "stale": summary.stale,
        "p50_ms": summary.latency(50) * 1000,
        "p99_ms": summary.latency(99) * 1000,
        "deliveries": deliveries,
    }
    return orjson.dumps(body).decode()
