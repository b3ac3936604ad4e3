"""`engine views`: views of the warehouse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.app import views_app
from engine.cli.options import ConfigOption, settings_of


@views_app.command("check")
def views_check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files of views, or folders of them; by default views of the mappings.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Check ViewDefinitions (SQL on FHIR v2), and tell everything that is wrong in them."""
    from engine.commands.views import check_views

    raise typer.Exit(check_views(paths or [settings_of(config, None).mappings / "views"]))


@views_app.command("run")
def views_run(
    view: Annotated[Path, typer.Argument(help="The file of a view, YAML or JSON.")],
    resources: Annotated[Path, typer.Option(help="A JSON array of resources, or a file with one resource a line.")],
) -> None:
    """Run one view over the resources of a file, and print its rows as JSON, one a line.

    Exits with 1 when a resource does not fit the view, for example because a column has several values.
    """
    from engine.commands.views import run_view

    raise typer.Exit(run_view(view, resources))
