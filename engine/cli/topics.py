"""`engine topics`: topics as declared and as they are."""

from __future__ import annotations

import typer

from engine.cli.app import topics_app
from engine.cli.options import ConfigOption, HomeOption, JsonOption, settings_of


@topics_app.command("diff")
def topics_diff(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """Show which topics are missing, or not as `topics.yaml` and `bus` declare them; exits with 1 when one is."""
    from engine.commands.topics import diff_topics

    raise typer.Exit(diff_topics(settings_of(config, home), json))


@topics_app.command("apply")
def topics_apply(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """Make missing topics, and change those that are not as declared.

    Never deletes a topic, nor makes one hold less or promise less: says what stays as it is, and what to do about that;
    exits with 1 then.
    """
    from engine.commands.topics import apply_topics

    raise typer.Exit(apply_topics(settings_of(config, home), json))
