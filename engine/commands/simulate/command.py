"""`engine simulate`: make a city's messages, write them and their truth down, or send them, and say what was made."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from engine.city.folder import FACILITIES, Folder, NotEmpty
from engine.city.plan import Plan
from engine.city.registration import write_registration
from engine.city.senders import Sender, made_senders, senders_of
from engine.city.sendings import Sending
from engine.city.simulation import Simulation
from engine.city.truth import Record
from engine.commands.simulate.outcome import print_outcome
from engine.commands.simulate.posting import Answers, post
from engine.commands.terminal import Console
from engine.config import Settings
from engine.facilities.registry import read_registry
from engine.listeners.sending import Line, SendFault

UNANSWERED, FAULTY = 1, 2
STEP = 200
"""Messages after which the progress is shown anew."""


class Asked(NamedTuple):
    """What the command line asks for: a made-up set of `facilities`, or the registry's; files, a listener, or both."""

    plan: Plan
    facilities: int | None
    out: Path | None
    batch: int
    line: Line | None


def simulate(settings: Settings, asked: Asked, as_json: bool) -> int:
    """Simulate and print what was made; returns 1 when an answer that was owed did not come, 2 when it cannot begin."""
    senders = _senders(settings, asked)
    if not senders:
        sys.stderr.write("the registry has no facility that sends - name a number with --facilities\n")
        return FAULTY
    try:
        with Folder(asked.out, asked.batch) if asked.out else nullcontext() as folder:
            simulation = Simulation(asked.plan, senders, folder.record if folder else _forget)
            answers = _run(simulation, folder, asked.line)
            if folder:
                _describe(folder, simulation, made=asked.facilities is not None)
    except (NotEmpty, SendFault) as fault:
        sys.stderr.write(f"{fault}\n")
        return FAULTY
    except OSError as error:
        sys.stderr.write(f"cannot be written: {error.strerror} ({error.filename}) - name another folder with --out\n")
        return FAULTY
    print_outcome(simulation.counts.as_json(), asked.out, answers, as_json)
    return UNANSWERED if answers and answers.unanswered else 0


def _senders(settings: Settings, asked: Asked) -> Sequence[Sender]:
    if asked.facilities is None:
        return senders_of(read_registry(settings.registry_file()))
    return made_senders(asked.facilities, asked.plan.seed)


def _forget(_record: Record) -> None:
    """Where nothing is written down."""


def _run(simulation: Simulation, folder: Folder | None, line: Line | None) -> Answers | None:
    with _progress(simulation.plan.messages) as progress:
        sendings = _written(_shown(simulation, progress), folder)
        if line:
            return asyncio.run(post(sendings, line))
        for _ in sendings:
            pass
        return None


def _written(sendings: Iterator[Sending], folder: Folder | None) -> Iterator[Sending]:
    for one in sendings:
        if folder:
            folder.put(one)
        yield one


def _progress(total: int) -> Progress:
    columns = (TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    progress.add_task("simulating", total=total)
    return progress


def _shown(simulation: Simulation, progress: Progress) -> Iterator[Sending]:
    for number, one in enumerate(simulation.sendings(), start=1):
        if not number % STEP:
            progress.update(progress.task_ids[0], completed=number)
        yield one


def _facility(one: Sender) -> dict[str, Any]:
    """Who a facility is; `feeding` are those of its departments that send."""
    who = {"code": one.code, "kind": one.kind, "sector": one.sector, "system": one.vendor.name}
    return who | {"departments": one.departments, "feeding": one.feeding}


def _describe(folder: Folder, simulation: Simulation, *, made: bool) -> None:
    """Write what was asked for, what was counted, and of made-up facilities how an engine comes to know them."""
    plan: dict[str, Any] = asdict(simulation.plan) | {"first": simulation.plan.first.isoformat()}
    facilities = [_facility(one) for one in simulation.senders]
    folder.document("plan.json", {"version": version("engine"), **plan, "facilities": facilities})
    folder.document("counts.json", simulation.counts.as_json())
    if made:
        write_registration(folder.root / FACILITIES, simulation.senders)
