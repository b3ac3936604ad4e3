"""`engine persons show`: one person, without a number of theirs."""

from __future__ import annotations

import sys
from typing import Any

import orjson
from rich.table import Table

from engine.commands.persons.asking import Asking, Found, asking, read_id
from engine.commands.terminal import Console
from engine.config import Settings

UNKNOWN = 1


def show_person(settings: Settings, patient: str, as_json: bool) -> int:
    """Print the patients of a person, their links and decisions; returns 1 when no patient has the id."""
    identity = read_id(patient)
    with asking(settings) as warehouse:
        whose = warehouse.ask(f"select person from persons where patient = '{identity}'")  # noqa: S608 - an id has no quotes
        if not whose:
            sys.stderr.write("the warehouse has no patient of this id - look for it in the table `persons`\n")
            return UNKNOWN
        found = _find(warehouse, whose[0]["person"])
    if as_json:
        sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")
    else:
        _print(found)
    return 0


def _find(warehouse: Asking, person: str) -> dict[str, Any]:
    theirs = f"select patient from persons where person = '{person}'"  # noqa: S608 - the engine made it
    between = f"one in ({theirs}) and other in ({theirs})"
    either = f"one in ({theirs}) or other in ({theirs})"
    return {
        "person": person,
        "patients": warehouse.ask(f"select patient, facility from persons where person = '{person}' order by 1"),  # noqa: S608 - as above
        "links": warehouse.ask(
            f"select one, other, kind, verdict, differs from person_links where {between} order by 1, 2, 3"  # noqa: S608 - as above
        ),
        "decisions": warehouse.ask(
            f"select one, other, together, who, decided, why from person_decisions where {either} order by at_offset"  # noqa: S608 - as above
        ),
    }


def _print(found: dict[str, Any]) -> None:
    console = Console(highlight=False)
    console.print(f"person {found['person']}: {len(found['patients'])} patients")
    for name in ("patients", "links", "decisions"):
        if rows := found[name]:
            console.print(table_of(rows))


def table_of(rows: Found) -> Table:
    """Rows as a table to print."""
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*map(str, row.values()))
    return table
