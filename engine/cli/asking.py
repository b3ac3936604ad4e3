"""Asking the engine and its warehouse."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from engine.cli.app import app
from engine.cli.options import ConfigOption, HomeOption, JsonOption, SinceOption, settings_of
from engine.commands.places import Place


@app.command()
def doctor(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """Look at all that the engine needs here: files, ports, certificates, bus, warehouse, clock, disk.

    Says what to do about what is not well; changes nothing; works beside a running engine. Exits with 1 when something
    would keep the engine from its work.
    """
    from engine.commands.doctor.command import examine

    raise typer.Exit(examine(settings_of(config, home), json))


@app.command()
def reconcile(
    since: SinceOption = None,
    by: Annotated[
        list[Place] | None,
        typer.Option(help="A row for each of these (facility); may be repeated."),
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Name every raw message that is missing, and no more.")
    ] = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Count what became of every message received, a facility a row; exits with 1 when it does not balance."""
    from engine.commands.reconcile import Ask, reconcile_stores

    raise typer.Exit(
        reconcile_stores(settings_of(config, home), Ask(since, tuple(place.field for place in by or ()), missing, json))
    )


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="A SELECT over the warehouse's tables.")],
    config: ConfigOption = None,
    home: HomeOption = None,
    form: Annotated[Literal["table", "json"], typer.Option("--format", help="For people or for programs.")] = "table",
) -> None:
    """Ask the warehouse, through the running engine or directly when none runs."""
    from engine.commands.query import query_warehouse

    raise typer.Exit(query_warehouse(settings_of(config, home), sql, form))


@app.command()
def programme(
    part: Annotated[
        Literal["sectors", "facilities", "departments"] | None,
        typer.Argument(help="What to show; without it sectors and facilities."),
    ] = None,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show which facilities and departments send, since when and how late, as their own messages tell it."""
    from engine.commands.programme import show_programme

    raise typer.Exit(show_programme(settings_of(config, home), (part,) if part else ("sectors", "facilities"), json))


@app.command()
def digest(config: ConfigOption = None, home: HomeOption = None) -> None:
    """Print a hash of each warehouse table's content: equal hashes, equal content."""
    from engine.commands.query import print_digest

    raise typer.Exit(print_digest(settings_of(config, home)))


@app.command()
def tail(
    topic: Annotated[str, typer.Argument(help="A topic, such as hl7.raw, fhir.patient, receipts or dead.")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    last: Annotated[int, typer.Option("--last", "-n", min=0, help="Begin with the last so many.")] = 20,
    since: Annotated[str | None, typer.Option(help="Begin at a time instead: 2026-11-25T08:00, or 30m ago.")] = None,
    facility: Annotated[str | None, typer.Option(help="Only this facility's, by its code.")] = None,
    message_type: Annotated[
        str | None, typer.Option("--type", help="Only of this type, event or resource: ADT, ADT^A01, Patient.")
    ] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show what they say; written to the audit trail.")] = False,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show the records of a topic, live: time, position, key, facility, type, size, mapping set; nothing of a patient.

    The key is a hash where a record is about a patient. In order within each partition; with --last in order of time.
    """
    from engine.commands.moment import read_moment
    from engine.commands.tail.command import tail
    from engine.commands.tail.reading import Wanted
    from engine.parts import now_us

    since_ms = read_moment(since, now_us()) // 1000 if since else None
    wanted = Wanted(last, since_ms, follow, facility, message_type)
    raise typer.Exit(tail(settings_of(config, home), topic, wanted, reveal=reveal, as_json=json))
