"""`engine doctor`: looks at all that the engine needs to run here, and says what to do about what is not well."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence

import orjson
from rich.markup import escape

from engine.commands.doctor.certificates import look_at_certificates
from engine.commands.doctor.files import look_at_files
from engine.commands.doctor.finding import Finding, State
from engine.commands.doctor.folders import look_at_folders
from engine.commands.doctor.machine import look_at_machine
from engine.commands.doctor.ports import look_at_ports
from engine.commands.doctor.stores import look_at_stores
from engine.commands.terminal import Console
from engine.config import Settings

ILL = 1

ROUNDS: Sequence[Callable[[Settings], Iterator[Finding]]] = (
    look_at_files,
    look_at_ports,
    look_at_folders,
    look_at_certificates,
    look_at_stores,
    look_at_machine,
)

_SIGNS = {State.WELL: "[green]✓[/green]", State.WARNING: "[yellow]![/yellow]", State.ILL: "[red]✗[/red]"}


def examine(settings: Settings, as_json: bool) -> int:
    """Print what was found, as it is found; returns 1 when something is ill."""
    findings = []
    console = Console(highlight=False, quiet=as_json)
    with console.status("looking"):
        for finding in (one for look in ROUNDS for one in look(settings)):
            findings.append(finding)
            _print(console, finding)
    if as_json:
        sys.stdout.write(orjson.dumps([finding._asdict() for finding in findings]).decode() + "\n")
    return ILL if any(finding.state is State.ILL for finding in findings) else 0


def _print(console: Console, finding: Finding) -> None:
    console.print(f"{_SIGNS[finding.state]} {escape(finding.what):<22} {escape(finding.says)}", soft_wrap=True)
    if finding.remedy:
        console.print(f"  {'':<22} → {escape(finding.remedy)}", soft_wrap=True)
