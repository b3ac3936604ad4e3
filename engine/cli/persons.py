"""`engine persons`: who is one person."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.app import persons_app
from engine.cli.options import BecauseOption, ConfigOption, HomeOption, JsonOption, settings_of


@persons_app.command("show")
def persons_show(
    patient: Annotated[str, typer.Argument(help="The id of a Patient resource.")],
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show the person that a patient is: all patients of the person, what links them, and what was decided."""
    from engine.commands.persons.show import show_person

    raise typer.Exit(show_person(settings_of(config, home), patient, json))


@persons_app.command("contradictions")
def persons_contradictions(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """List patients who share a number and differ in birth date or sex, if nobody decided what they are."""
    from engine.commands.persons.listing import list_contradictions

    raise typer.Exit(list_contradictions(settings_of(config, home), json))


@persons_app.command("shared")
def persons_shared(config: ConfigOption = None, home: HomeOption = None, json: JsonOption = False) -> None:
    """List the numbers that join nobody, as too many patients have them or as they are no numbers."""
    from engine.commands.persons.listing import list_shared

    raise typer.Exit(list_shared(settings_of(config, home), json))


@persons_app.command("link")
def persons_link(
    one: Annotated[str, typer.Argument(help="The id of a Patient resource.")],
    other: Annotated[str, typer.Argument(help="Another one.")],
    because: BecauseOption,
    config: ConfigOption = None,
    home: HomeOption = None,
) -> None:
    """Decide that two patients are one person, whatever their numbers say; written to the audit trail."""
    from engine.commands.persons.decide import decide

    raise typer.Exit(decide(settings_of(config, home), one, other, because, together=True))


@persons_app.command("unlink")
def persons_unlink(
    one: Annotated[str, typer.Argument(help="The id of a Patient resource.")],
    other: Annotated[str, typer.Argument(help="Another one.")],
    because: BecauseOption,
    config: ConfigOption = None,
    home: HomeOption = None,
) -> None:
    """Decide that nothing links two patients, whatever their numbers say; written to the audit trail."""
    from engine.commands.persons.decide import decide

    raise typer.Exit(decide(settings_of(config, home), one, other, because, together=False))
