"""Comparing mappings with messages, with each other and with the guide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.app import app
from engine.cli.options import ConfigOption, FacilityOption, GuideForm, HomeOption, JsonOption, RawOption, settings_of
from engine.commands.conformance.kinds import Kind


@app.command()
def conformance(
    config: ConfigOption = None,
    kind: Annotated[list[Kind] | None, typer.Option(help="Only rows of this kind; may be repeated.")] = None,
    map_: Annotated[
        list[str] | None, typer.Option("--map", help="Only rows of this map, such as PID[Patient]; may be repeated.")
    ] = None,
    uncovered: Annotated[
        bool, typer.Option("--uncovered", help="Show each row that is open: what was sent, expected, and came instead.")
    ] = False,
    form: Annotated[GuideForm, typer.Option("--format", help="A table for people, or JSON for programs.")] = "table",
) -> None:
    """Check the mappings against the HL7 v2-to-FHIR guide, row by row; exits with 1 when a row is open."""
    from engine.commands.conformance.command import check_conformance

    raise typer.Exit(check_conformance(settings_of(config, None), kind or (), map_ or (), form, uncovered=uncovered))


@app.command()
def coverage(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files with HL7 v2 messages, or folders of them.")] = None,
    raw: RawOption = False,
    facility: FacilityOption = None,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List what senders send and no line of the mappings reads: fields, components, and whole types of message.

    For each sender, the place with the standard's name, in how many messages it came, where first, a masked example.
    """
    from engine.commands.coverage import show_coverage

    raise typer.Exit(show_coverage(settings_of(config, home), _corpus(paths or [], raw), facility, json))


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="A folder of mappings.")],
    new: Annotated[Path, typer.Argument(help="Another one.")],
    corpus: Annotated[list[Path] | None, typer.Option(help="Messages: a file or a folder; may be repeated.")] = None,
    raw: RawOption = False,
    facility: FacilityOption = None,
    examples: Annotated[int, typer.Option(min=0, help="Examples of each difference.")] = 3,
    show_values: Annotated[bool, typer.Option("--show-values", help="Show values as they are, not masked.")] = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Transform messages with two sets of mappings and show what differs; exits with 1 when something does.

    Differences are counted by resource type and element. Both folders are checked first; exit code 2 tells of faults.
    """
    from engine.commands.comparison import Show
    from engine.commands.diff import diff_sets

    paths = _corpus(corpus or [], raw)
    show = Show(examples, show_values, json)
    raise typer.Exit(diff_sets(settings_of(config, home), (old, new), paths, facility, show))


def _corpus(paths: list[Path], raw: bool) -> list[Path]:
    """The files to read, none for `hl7.raw`."""
    if bool(paths) == raw:
        raise typer.BadParameter("name files of messages, or --raw, one of the two")
    return paths


@app.command()
def versions(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """List the mapping sets that were put to work, oldest first, with what each made of how many messages."""
    from engine.commands.versions import list_versions

    raise typer.Exit(list_versions(settings_of(config, home), json))


@app.command()
def unmapped(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """List the codes that no table holds, by facility and table, with how often they came."""
    from engine.commands.unmapped import list_unmapped

    raise typer.Exit(list_unmapped(settings_of(config, home), json))
