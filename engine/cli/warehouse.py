"""`engine warehouse`: tables and their views."""

from __future__ import annotations

import typer

from engine.cli.app import warehouse_app
from engine.cli.options import ConfigOption, HomeOption, JsonOption, settings_of


@warehouse_app.command("plan")
def warehouse_plan(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """Show what `apply` would change, and change nothing; exits with 1 when there is something."""
    from engine.commands.warehouse import plan_warehouse

    raise typer.Exit(plan_warehouse(settings_of(config, home), json))


@warehouse_app.command("apply")
def warehouse_apply(config: ConfigOption = None, home: HomeOption = None) -> None:
    """Bring the warehouse's tables up to the views: add tables and columns, and fill them from what is current.

    Never drops a table or a column. It may be broken off and repeated. DuckDB lets one process in, so stop the loader
    first; on PostgreSQL a loader that runs starts again with the views that it finds.
    """
    from engine.commands.warehouse import apply_warehouse

    raise typer.Exit(apply_warehouse(settings_of(config, home)))
