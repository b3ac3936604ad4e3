"""Replaying what was received, and seeing that nothing is lost."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.app import app
from engine.cli.options import (
    ConfigOption,
    DryRunOption,
    HomeOption,
    JsonOption,
    SinceOption,
    TypeOption,
    UntilOption,
    settings_of,
)


@app.command()
def replay(
    since: SinceOption = None,
    until: UntilOption = None,
    facility: Annotated[str | None, typer.Option(help="Only messages of this sender.")] = None,
    message_type: TypeOption = None,
    control_id: Annotated[str | None, typer.Option(help="Only messages with this MSH-10.")] = None,
    reason: Annotated[
        list[str] | None, typer.Option(help="Only open dead letters with this reason; may be repeated.")
    ] = None,
    mappings_version: Annotated[
        str | None, typer.Option(help="Only what these mappings were the last to transform; see `engine versions`.")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="Where a replay that was stopped goes on.")] = None,
    dry_run: DryRunOption = False,
    examples: Annotated[int, typer.Option(min=0, help="With --dry-run: examples of each difference.")] = 3,
    show_values: Annotated[bool, typer.Option("--show-values", help="With --dry-run: values unmasked.")] = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: Annotated[bool, typer.Option("--json", help="With --dry-run: print JSON for programs.")] = False,
) -> None:
    """Transform raw messages again, with the mappings as they are now; the warehouse keeps one effect of each.

    With --dry-run, what would change in the warehouse is shown as `engine diff` does, and the exit code is 1 when
    something would. Ctrl-C leaves what was published, and says how to go on.
    """
    from engine.commands.comparison import Show
    from engine.commands.replay.choice import read_choice
    from engine.commands.replay.replay import preview_replay, replay

    chosen = read_choice(since, until, facility, message_type, control_id, reason or (), mappings_version, start)
    settings = settings_of(config, home)
    if dry_run:
        raise typer.Exit(preview_replay(settings, chosen, Show(examples, show_values, json)))
    raise typer.Exit(replay(settings, chosen))


@app.command()
def faults(
    config: ConfigOption = None,
    messages: Annotated[int, typer.Option(min=10, help="Messages to send, 100 a second.")] = 5000,
    count: Annotated[int, typer.Option("--faults", min=1, help="Faults to strike with.")] = 8,
    seed: Annotated[int, typer.Option(help="What chance begins with: the same seed, the same faults.")] = 1,
    json: JsonOption = False,
) -> None:
    """Kill and stop an engine in a sandbox of its own while messages flow, and count whether any is lost.

    It has its own folder and ports, and the mappings of these settings; the running engine is not touched. Exits with 1
    when a message that was acknowledged is lost, or one is counted twice.
    """
    from engine.commands.faults.command import show_faults

    raise typer.Exit(show_faults(settings_of(config, None), messages, count, seed, json))
