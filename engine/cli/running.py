"""Running the engine and its roles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.app import app
from engine.cli.options import ConfigOption, HomeOption, settings_of
from engine.roles.names import RoleName


@app.command()
def run(
    config: ConfigOption = None,
    home: HomeOption = None,
    role: Annotated[list[RoleName] | None, typer.Option(help="Run only this role; may be repeated.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the first MLLP listener (2575).")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Port of metrics and health (9464).")] = None,
) -> None:
    """Run the engine until Ctrl-C or SIGTERM: every role that is of use, or those named by --role."""
    from engine.roles.run import run_engine

    settings = settings_of(config, home, port, metrics_port)
    options = _options(config, home, port, metrics_port)
    raise typer.Exit(run_engine(settings, role or [], options))


def _options(config: Path | None, home: Path | None, port: int | None, metrics: int | None) -> list[str]:
    named = {"--config": config, "--home": home, "--port": port, "--metrics-port": metrics}
    return [part for name, value in named.items() if value is not None for part in (name, str(value))]


@app.command(hidden=True)
def role(
    name: RoleName,
    status: int,
    config: ConfigOption = None,
    home: HomeOption = None,
    port: Annotated[int | None, typer.Option()] = None,
    metrics_port: Annotated[int | None, typer.Option()] = None,
    worker: Annotated[int, typer.Option()] = 0,
) -> None:
    """One role, as the supervisor starts it."""
    from engine.roles.run import run_role

    run_role(name, settings_of(config, home, port, metrics_port), status, worker)
