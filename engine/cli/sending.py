"""Sending messages, and making up a city that sends."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.app import app
from engine.cli.options import ConfigOption, JsonOption, settings_of

if TYPE_CHECKING:
    from engine.listeners.sending import Line


@app.command()
def send(
    paths: Annotated[list[Path], typer.Argument(help="Files with HL7 v2 messages, or folders of them.")],
    host: Annotated[str, typer.Option(help="Where the listener is.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port.")] = 2575,
    connections: Annotated[int, typer.Option(min=1, help="Connections to send over at once.")] = 1,
    rate: Annotated[float, typer.Option(min=0, help="Messages a second over all connections; 0 is no limit.")] = 0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for an acknowledgment.")] = 30,
    attempts: Annotated[int, typer.Option(min=1, help="Tries for a message that gets no answer.")] = 1,
    ca: Annotated[Path | None, typer.Option(help="Send over TLS: who signed the listener's certificate, PEM.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="The certificate to show, PEM; with --key.")] = None,
    key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    json: JsonOption = False,
) -> None:
    """Send messages over MLLP, wait for the acknowledgment of each, and count what came back.

    Exits with 1 when a message that is owed an answer got none.
    """
    from engine.commands.send import client_tls, send_paths
    from engine.listeners.sending import Line

    tls = client_tls(ca, certificate, key)
    raise typer.Exit(send_paths(paths, Line(host, port, connections, rate, timeout, attempts, tls), json))


@app.command()
def simulate(
    out: Annotated[Path | None, typer.Option(help="A new folder for messages, truth and facilities.")] = None,
    to: Annotated[str | None, typer.Option(help="A listener to send to over MLLP, HOST:PORT.")] = None,
    messages: Annotated[int, typer.Option(min=1, help="How many messages.")] = 1000,
    days: Annotated[int, typer.Option(min=1, help="The days of the city that they take, about.")] = 7,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, by default 2025-07-01.")
    ] = None,
    facilities: Annotated[
        int | None,
        typer.Option(min=1, max=11_293, help="Make up so many, hospitals first; by default those of the registry."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes another city.")] = 79,
    faults: Annotated[
        float, typer.Option(min=0, max=1, help="The share of messages that are broken, late, out of order or twice.")
    ] = 0.02,
    batch: Annotated[int, typer.Option(min=1, help="Messages a file; 1 makes .hl7, more .mllp.")] = 1000,
    rate: Annotated[float, typer.Option(min=0, help="With --to: messages a second; 0 is no limit.")] = 0,
    connections: Annotated[int, typer.Option(min=1, help="With --to: connections, a facility always on one.")] = 1,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Make up a city - facilities, people, visits, faults - and write or send what its systems would send.

    The same options make the same messages. Everybody and every number is invented. Beside the messages stands the
    truth: what a warehouse must hold afterwards, and which messages must be dead letters. For example:

    engine simulate --out city --messages 300000 --days 365 --facilities 164

    engine simulate --to 127.0.0.1:2575 --rate 100 --messages 5000

    Exits with 1 when a message that is owed an answer got none.
    """
    from engine.city.plan import FIRST_DAY, Plan
    from engine.commands.simulate.command import Asked, simulate

    if out is None and to is None:
        raise typer.BadParameter("name a folder with --out, a listener with --to, or both")
    plan = Plan(seed, messages, days, first.date() if first else FIRST_DAY, faults)
    asked = Asked(plan, facilities, out, batch, _line(to, rate, connections) if to else None)
    raise typer.Exit(simulate(settings_of(config, None), asked, json))


def _line(to: str, rate: float, connections: int) -> Line:
    """Where to send, and how; raises BadParameter for what is no HOST:PORT."""
    from engine.listeners.sending import Line

    host, colon, port = to.rpartition(":")
    if not (host and colon and port.isdigit()):
        raise typer.BadParameter("write HOST:PORT, such as 127.0.0.1:2575")
    return Line(host, int(port), connections, rate)
