"""Writing mappings: checking, trying and explaining them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.cli.app import app
from engine.cli.options import ConfigOption, JsonOption, settings_of


@app.command()
def transform(
    paths: Annotated[list[Path], typer.Argument(help="Files with HL7 v2 messages, or folders of them.")],
    facility: Annotated[str | None, typer.Option(help="Code of the sender; by default MSH-4 tells.")] = None,
    form: Annotated[
        Literal["bundle", "ndjson"],
        typer.Option("--format", help="bundle: a Bundle a message; ndjson: a resource a line."),
    ] = "bundle",
    config: ConfigOption = None,
) -> None:
    """Print the FHIR resources of each message; needs no running engine.

    A message that would be a dead letter is named on stderr with its reason, and the exit code is 1.
    """
    from engine.commands.transform import transform_paths

    raise typer.Exit(transform_paths(settings_of(config, None), paths, facility, form))


@app.command()
def check(
    config: ConfigOption = None,
    form: Annotated[
        Literal["text", "json", "github", "sarif"],
        typer.Option("--format", help="For people; for programs; for GitHub's and others' review pages."),
    ] = "text",
) -> None:
    """Check settings, registry, mappings, routes and profiles without running anything; names every fault at once."""
    from engine.commands.check import check_files

    raise typer.Exit(check_files(lambda: settings_of(config, None), form))


@app.command("test")
def inline_tests(
    config: ConfigOption = None,
    junit: Annotated[Path | None, typer.Option(help="Write the results to this file as JUnit XML too.")] = None,
) -> None:
    """Run the tests that stand beside the mappings, routes and profiles; exits with 1 when one fails."""
    from engine.commands.test import run_tests

    raise typer.Exit(run_tests(settings_of(config, None), junit))


@app.command()
def inspect(file: Annotated[Path, typer.Argument(help="A file with HL7 v2 messages.")]) -> None:
    """Show a message field by field with the standard's names, and where python-hl7 reads it differently."""
    from engine.commands.inspect import inspect_file

    raise typer.Exit(inspect_file(file))


@app.command()
def explain(
    what: Annotated[
        str | None,
        typer.Argument(help="A file of messages, a field such as PID-8, or an element such as Patient.gender."),
    ] = None,
    ack: Annotated[Path | None, typer.Option("--ack", help="A file of messages: which answer each would get.")] = None,
    route: Annotated[
        Path | None,
        typer.Option("--route", help="A file of messages, or of resources as JSON: which routes each event takes."),
    ] = None,
    facility: Annotated[str | None, typer.Option(help="Code of the sender; by default MSH-4 tells.")] = None,
    listener: Annotated[str | None, typer.Option(help="With --ack: the listener; by default the first.")] = None,
    address: Annotated[str, typer.Option(help="With --ack: the address that the sender connects from.")] = "127.0.0.1",
    certificate: Annotated[Path | None, typer.Option(help="With --ack: the sender's certificate, PEM.")] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say why: where each value of a message's resources comes from, who reads a field, or why an answer is AR.

    For a file, every element with its value, the v2 field and the line of the mapping that made it. For a field, the
    lines that read it; for an element, the lines that fill it. With --ack, the answer that a listener gives, and the
    rule and setting that decide it. With --route, every route, whether each event takes it, and if not, which parts of
    its condition do not hold. Nothing is sent or stored, and no engine has to run.
    """
    from engine.commands.explain.answers import Peer, explain_answers
    from engine.commands.explain.lines import explain_lines
    from engine.commands.explain.resources import explain_resources
    from engine.commands.explain.routes import explain_routes

    settings = settings_of(config, None)
    if ack:
        raise typer.Exit(explain_answers(settings, ack, listener, Peer(address, certificate)))
    if route:
        raise typer.Exit(explain_routes(settings, route, facility, json))
    if what is None:
        raise typer.BadParameter("name a file, a field such as PID-8, or an element such as Patient.gender")
    if Path(what).exists():
        raise typer.Exit(explain_resources(settings, Path(what), facility, json))
    raise typer.Exit(explain_lines(settings, what))


@app.command()
def schema(
    kind: Annotated[
        str,
        typer.Argument(
            help="A kind of YAML file: engine, registry, profile, message, segment, datatype, table, overlay, routes "
            "or topics; or topic: and a topic, such as topic:fhir.patient."
        ),
    ],
) -> None:
    """Print a JSON Schema: of a kind of YAML file, for editors, or of the records of a topic, for those who read it."""
    from engine.commands.schemas import print_schema

    raise typer.Exit(print_schema(kind))
