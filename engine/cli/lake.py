"""`engine lake`: the history in Iceberg."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from engine.cli.app import lake_app
from engine.cli.options import ConfigOption, HomeOption, JsonOption, settings_of


@lake_app.command("list")
def lake_list(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """List the tables of the lake: rows, files, bytes, snapshots, and when the newest was made."""
    from engine.commands.lake import list_lake

    raise typer.Exit(list_lake(settings_of(config, home), json))


@lake_app.command("compact")
def lake_compact(
    target: Annotated[int, typer.Option(min=1, help="MiB that a file should have.")] = 32,
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Rewrite small files of the lake as large ones, while others load; no row changes."""
    from engine.commands.lake import compact_lake

    raise typer.Exit(compact_lake(settings_of(config, home), target << 20, json))


@lake_app.command("expire")
def lake_expire(
    before: Annotated[str, typer.Option(help="Snapshots from before then: a time (UTC), or how long ago.")] = "7d",
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Forget old snapshots of the lake, and remove files that nothing refers to and that are older than a day."""
    from engine.commands.lake import expire_lake
    from engine.commands.moment import read_moment
    from engine.parts import now_us

    moment = datetime.fromtimestamp(read_moment(before, now_us()) / 1_000_000, UTC)
    raise typer.Exit(expire_lake(settings_of(config, home), moment, json))
