"""Options that several commands have, and the settings that the first two make."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.config import Settings, read_settings

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", envvar="ENGINE_CONFIG", help="By default engine.yaml of this folder, if there."),
]
HomeOption = Annotated[Path | None, typer.Option("--home", help="Folder of all that the engine keeps (.engine).")]
RawOption = Annotated[bool, typer.Option("--raw", help="The messages that the engine of this home has kept.")]
FacilityOption = Annotated[
    str | None, typer.Option(help="Code of the sender, by default MSH-4 tells; with --raw, only its messages.")
]
LettersArgument = Annotated[
    list[str] | None, typer.Argument(help="Positions of letters, such as dead/0/12, or of raw messages.")
]
LetterReasonOption = Annotated[list[str] | None, typer.Option("--reason", help="Only this reason; may be repeated.")]
LetterFacilityOption = Annotated[str | None, typer.Option("--facility", help="Only of this sender.")]
TypeOption = Annotated[str | None, typer.Option("--type", help="Only this type: ADT^A01, or ADT for all its events.")]
StageOption = Annotated[
    Literal["listen", "transform", "load"] | None, typer.Option(help="Only those that stopped at this stage.")
]
WhereOption = Annotated[str | None, typer.Option(help="Only those that stopped at this place, such as PID-7.")]
SinceOption = Annotated[
    str | None, typer.Option(help="Only from this time on (UTC): 2026-11-25T08:00, or how long ago, as 2h.")
]
UntilOption = Annotated[str | None, typer.Option(help="Only from before this time.")]
EveryOption = Annotated[bool, typer.Option("--all", help="All of them, where no letter and no filter is named.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would come of it, and change nothing.")]
GuideForm = Literal["table", "json"]
BecauseOption = Annotated[str, typer.Option("--reason", help="Why; without anything of a patient.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
WhyOption = Annotated[str, typer.Option("--why", help="Why; without anything of a patient.")]


def settings_of(
    config: Path | None, home: Path | None, port: int | None = None, metrics: int | None = None
) -> Settings:
    """The settings with what the command line says over them; raises Faults."""
    here = Path("engine.yaml")
    settings = read_settings(config or (here if here.exists() else None))
    changes: dict[str, object] = {"home": home} if home else {}
    if port is not None:
        changes["listeners"] = settings.listeners_at(port)
    if metrics is not None:
        changes["http"] = settings.http.model_copy(update={"port": metrics})
    return settings.model_copy(update=changes)
