"""`engine audit`: security events."""

from __future__ import annotations

import typer

from engine.cli.app import audit_app
from engine.cli.options import ConfigOption, HomeOption, JsonOption, settings_of


@audit_app.command("list")
def audit_list(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """List the security events, oldest first: what happened, on which listener, from which address, how often."""
    from engine.commands.audit import list_events

    raise typer.Exit(list_events(settings_of(config, home), json))


@audit_app.command("verify")
def audit_verify(config: ConfigOption = None, home: HomeOption = None) -> None:
    """Check the chain of the security events; names the first record that was edited, removed or moved, and exits 1."""
    from engine.commands.audit import verify_events

    raise typer.Exit(verify_events(settings_of(config, home)))
