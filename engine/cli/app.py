"""The `engine` command and its groups, to which the modules beside add what each can do."""

from __future__ import annotations

import typer

app = typer.Typer(
    help="From hospitals' HL7 v2 over MLLP, through FHIR resources and topics, into one warehouse.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _group(name: str, about: str, under: typer.Typer = app) -> typer.Typer:
    made = typer.Typer(help=about, no_args_is_help=True)
    under.add_typer(made, name=name)
    return made


dead_app = _group("dead", "Look at the dead letters: messages that could not go on.")
audit_app = _group("audit", "Look at the security events: whom the listeners refused.")
views_app = _group("views", "Check views, the tables of the warehouse, and run one.")
alerts_app = _group("alerts", "Look at alerts, take them over, silence them; set rules, try them.")
topics_app = _group("topics", "Compare the topics with what is declared, and make them so.")
warehouse_app = _group("warehouse", "Compare tables with their views, and make them so.")
surveillance_app = _group("surveillance", "Give the rules of outbreaks what they compare with.")
baselines_app = _group("baselines", "What was counted in the years before, by disease and commune.", surveillance_app)
persons_app = _group("persons", "Look at who is one person, and decide it.")
lake_app = _group("lake", "Look at the history in Iceberg, and keep its files few.")
