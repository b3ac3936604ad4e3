"""`engine alerts`: alerts, silences, rules."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from engine.cli.app import alerts_app
from engine.cli.options import ConfigOption, HomeOption, JsonOption, WhyOption, settings_of

BulletinForm = Literal["table", "json", "csv"]
BulletinPlaces = Literal["commune", "district", "city"]


@alerts_app.command("list")
def alerts_list(
    every: Annotated[bool, typer.Option("--all", help="Those that ended too.")] = False,
    rule: Annotated[str, typer.Option(help="Only of this rule.")] = "",
    facility: Annotated[str, typer.Option(help="Only of this facility.")] = "",
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List the alerts that fire, oldest first; nothing that a message says."""
    from engine.commands.alerts.listing import list_alerts

    raise typer.Exit(list_alerts(settings_of(config, home), every, rule, facility, json))


@alerts_app.command("show")
def alerts_show(
    alert: Annotated[str, typer.Argument(help="The id of the alert, or how it begins.")],
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show one alert: who took it over, who is to hear of it, and the events that it rests on."""
    from engine.commands.alerts.listing import show_alert

    raise typer.Exit(show_alert(settings_of(config, home), alert, json))


@alerts_app.command("lines")
def alerts_lines(
    every: Annotated[bool, typer.Option("--all", help="Those that were notified too.")] = False,
    place: Annotated[str, typer.Option(help="Only of this commune, by its code.")] = "",
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List the cases that are to be notified, by when, and from where; patients under keyed references."""
    from engine.commands.alerts.lines import list_lines

    raise typer.Exit(list_lines(settings_of(config, home), every, place, json))


@alerts_app.command("bulletin")
def alerts_bulletin(
    week: Annotated[str, typer.Option(help="2026-W47, or a day in it; the last whole week.")] = "",
    by: Annotated[
        BulletinPlaces, typer.Option(help="Communes, districts of before July 2025, or the city.")
    ] = "commune",
    disease: Annotated[str, typer.Option(help="Only of ICD-10 codes that begin so, such as A97.")] = "",
    places: Annotated[int, typer.Option(min=0, help="The places with most cases, so many a disease; 0 for all.")] = 5,
    config: ConfigOption = None,
    home: HomeOption = None,
    form: Annotated[BulletinForm, typer.Option("--format", help="For people, for programs, or for a sheet.")] = "table",
) -> None:
    """Tell a week's cases of the diseases that must be notified, against the mean of the four weeks before.

    Weeks are from Monday to Sunday. Cases are those of the warehouse (`notifiable_by_day`), so that corrections and
    late messages change weeks that are over: `engine alerts bulletin --week 2026-W47 --by district --format csv`.
    """
    from engine.commands.alerts.bulletin import Asked, print_bulletin

    raise typer.Exit(print_bulletin(settings_of(config, home), Asked(week, by, disease, places), form))


@alerts_app.command("acknowledge")
def alerts_acknowledge(
    alerts: Annotated[list[str], typer.Argument(help="Ids of alerts, or how they begin.")],
    why: WhyOption,
    config: ConfigOption = None,
    home: HomeOption = None,
) -> None:
    """Take alerts over, or say that cases were notified, so that nobody further is told.

    Who did it, and why, is written to the audit trail.
    """
    from engine.commands.alerts.decide import acknowledge

    raise typer.Exit(acknowledge(settings_of(config, home), alerts, why))


@alerts_app.command("silence")
def alerts_silence(
    why: WhyOption,
    rule: Annotated[str, typer.Option(help="Alerts of this rule.")] = "",
    facility: Annotated[str, typer.Option(help="Alerts of this facility.")] = "",
    alert: Annotated[str, typer.Option(help="This alert.")] = "",
    length: Annotated[str, typer.Option("--for", help="How long: 30m, 2h or 7d.")] = "1h",
    end: Annotated[str, typer.Option(help="End this silence instead.")] = "",
    config: ConfigOption = None,
    home: HomeOption = None,
) -> None:
    """Have nobody told of some alerts for a while; they stand in the list all the same.

    Who did it, and why, is written to the audit trail.
    """
    from engine.alerts.decisions import Silence
    from engine.commands.alerts.decide import end_silence, silence

    settings = settings_of(config, home)
    asked = Silence("", 0, 0, "", 0, why, rule, facility, alert)
    raise typer.Exit(end_silence(settings, end, why) if end else silence(settings, asked, length, why))


@alerts_app.command("set")
def alerts_set(
    rule: Annotated[str, typer.Argument(help="The rule; without one, all numbers are listed.")] = "",
    name: Annotated[str, typer.Argument(help="The number, such as potassium.above.")] = "",
    value: Annotated[float | None, typer.Argument(help="Its value; without one that of the file counts again.")] = None,
    why: Annotated[str, typer.Option("--why", help="Why; without anything of a patient.")] = "",
    config: ConfigOption = None,
    home: HomeOption = None,
) -> None:
    """Set a number of a rule while the engine runs; a deployment leaves it as it is.

    Who did it, and why, is written to the audit trail.
    """
    from engine.commands.alerts.decide import list_settings, set_number

    settings = settings_of(config, home)
    raise typer.Exit(set_number(settings, rule, name, value, why) if rule else list_settings(settings))


@alerts_app.command("backtest")
def alerts_backtest(
    rule: Annotated[str, typer.Argument(help="The rule, as its file has it now.")],
    since: Annotated[str, typer.Option(help="From when on: 2026-11-25T08:00, or how long ago, as 7d.")] = "7d",
    config: ConfigOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Say when a rule would have told somebody, from the events that the bus has; nobody is told now."""
    from engine.commands.alerts.backtest import backtest

    raise typer.Exit(backtest(settings_of(config, home), rule, since, json))
