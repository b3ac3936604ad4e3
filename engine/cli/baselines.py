"""`engine surveillance baselines`: what was counted in the years before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.app import baselines_app
from engine.cli.options import ConfigOption, HomeOption, JsonOption, settings_of


@baselines_app.command("load")
def baselines_load(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="CSV files: disease, list (2025 or legacy), commune, year, week or month, cases, epidemic."
        ),
    ],
    config: ConfigOption = None,
    home: HomeOption = None,
) -> None:
    """Load histories of diseases; counts of wards of before July 2025 become those of the communes of today."""
    from engine.commands.baselines import load_baselines

    raise typer.Exit(load_baselines(settings_of(config, home), paths))


@baselines_app.command("list")
def baselines_list(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """Show which diseases and communes have a history, and of which years."""
    from engine.commands.baselines import list_baselines

    raise typer.Exit(list_baselines(settings_of(config, home), json))
