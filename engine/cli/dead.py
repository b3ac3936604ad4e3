"""`engine dead`: letters that could not go on."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.app import dead_app
from engine.cli.options import (
    ConfigOption,
    DryRunOption,
    EveryOption,
    HomeOption,
    JsonOption,
    LetterFacilityOption,
    LetterReasonOption,
    LettersArgument,
    SinceOption,
    StageOption,
    TypeOption,
    UntilOption,
    WhereOption,
    settings_of,
)


@dead_app.command("list")
def dead_list(
    reason: LetterReasonOption = None,
    facility: LetterFacilityOption = None,
    message_type: TypeOption = None,
    stage: StageOption = None,
    where: WhereOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    every: Annotated[bool, typer.Option("--all", help="Those too that are done with.")] = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List the dead letters that are open: reason, stage, position, attempts, and where the raw message stands."""
    from engine.commands.dead.listing import list_dead
    from engine.commands.dead.selection import read_selection

    chosen = read_selection((), reason or (), facility, message_type, stage, where, since, until)
    raise typer.Exit(list_dead(settings_of(config, home), chosen, every, json))


@dead_app.command("show")
def dead_show(
    letter: Annotated[str, typer.Argument(help="Its position, such as dead/0/12.")],
    reveal: Annotated[bool, typer.Option("--reveal", help="Show its message too; written to the audit trail.")] = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show one dead letter, and what was done to it; nothing of a patient, unless --reveal says so."""
    from engine.commands.dead.selection import read_position
    from engine.commands.dead.show import show_letter

    raise typer.Exit(show_letter(settings_of(config, home), read_position(letter), reveal, json))


@dead_app.command("retry")
def dead_retry(
    letters: LettersArgument = None,
    reason: LetterReasonOption = None,
    facility: LetterFacilityOption = None,
    message_type: TypeOption = None,
    stage: StageOption = None,
    where: WhereOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    every: EveryOption = False,
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Transform the messages of dead letters again, with the mappings as they are now; exits with 1 when one fails.

    Those that pass are loaded, and their letters are done with. Who did it is written to the audit trail.
    """
    from engine.commands.dead.decide import retry_letters
    from engine.commands.dead.selection import read_selection

    chosen = read_selection(letters or (), reason or (), facility, message_type, stage, where, since, until)
    raise typer.Exit(retry_letters(settings_of(config, home), chosen, every, dry_run, json))


@dead_app.command("drop")
def dead_drop(
    because: Annotated[str, typer.Option(help="Why they ask for nothing; without anything of a patient.")],
    letters: LettersArgument = None,
    reason: LetterReasonOption = None,
    facility: LetterFacilityOption = None,
    message_type: TypeOption = None,
    stage: StageOption = None,
    where: WhereOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    every: EveryOption = False,
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Mark dead letters as asking for nothing: they are listed no more, and their messages count as ignored.

    They are not removed, and a replay may still map them. Who did it, and why, is written to the audit trail.
    """
    from engine.commands.dead.decide import drop_letters
    from engine.commands.dead.selection import read_selection

    chosen = read_selection(letters or (), reason or (), facility, message_type, stage, where, since, until)
    raise typer.Exit(drop_letters(settings_of(config, home), chosen, because, every, dry_run, json))


@dead_app.command("release")
def dead_release(
    letters: LettersArgument = None,
    length: Annotated[str, typer.Option("--for", help="How long nothing is too much after that.")] = "10m",
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    home: HomeOption = None,
) -> None:
    """Let the transformer go on that stands because too many messages became dead letters.

    With letters, let their keys go on without them, on routes with `order: strict`; the letters stay open. Who did it
    is written to the audit trail.
    """
    from engine.commands.dead.decide import release_keys
    from engine.commands.dead.release import release
    from engine.commands.dead.selection import Selection, read_position

    if letters:
        chosen = Selection(frozenset(map(read_position, letters)))
        raise typer.Exit(release_keys(settings_of(config, home), chosen, dry_run))
    raise typer.Exit(release(settings_of(config, home), length, dry_run))
