"""Taking a rule into use: what an other rule made of persons goes, and all current patients are read by the new one.

It goes on where it was broken off. Decisions stay.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from engine.loaders.currents import Changes
from engine.loaders.persons import Persons
from engine.loaders.rows import CURRENT_COLUMNS, read_current
from engine.loaders.tables import BY_PERSONS, PERSON_RULE, Row
from engine.loaders.warehouse import Warehouse
from engine.persons.patient import PATIENT

BATCH = 5000
SECONDS = 300.0
DONE = "~"
"""Where reading stands when all is read: after every id."""

log = structlog.get_logger("load")


def take_up(warehouse: Warehouse, persons: Persons, go_on: Callable[[], bool] = lambda: True) -> None:
    """Make sure that persons are kept by this rule, or until `go_on` says no; raises WarehouseError."""
    rule = persons.rule.name
    read_to: dict[str, str] = dict(warehouse.query("select rule, read_to from person_rule").rows)
    if rule not in read_to:
        _clear(warehouse)
        with warehouse.transaction() as transaction:
            transaction.remove(PERSON_RULE, PERSON_RULE.key, [(other,) for other in read_to])
            transaction.remove(PERSON_RULE, PERSON_RULE.key, [(rule,)])
            transaction.insert(PERSON_RULE, [(rule, "")])
    at = read_to.get(rule, "")
    while at != DONE and go_on():
        at = _read_some(warehouse, persons, at)


def _read_some(warehouse: Warehouse, persons: Persons, after: str) -> str:
    """Read the next patients; returns where the reading stands then."""
    quoted = after.replace("'", "''")
    wanted = f"select {', '.join(CURRENT_COLUMNS)} from current where resource_type = '{PATIENT}'"  # noqa: S608 - an id that the engine made
    answer = warehouse.query(f"{wanted} and id > '{quoted}' order by id", BATCH, SECONDS)
    found = [read_current(row) for row in answer.rows]
    changes: Changes = {(current.type, current.id): current for current in found}
    at = found[-1].id if answer.more else DONE
    with warehouse.transaction() as transaction:
        persons(transaction, changes)
        transaction.replace(PERSON_RULE, [(persons.rule.name, at)])
    if found:
        log.info("patients were read anew, to say who is one person", patients=len(found))
    return at


def _clear(warehouse: Warehouse) -> None:
    for table in BY_PERSONS:
        while keys := _some_keys(warehouse, ", ".join(table.key), table.name):
            with warehouse.transaction() as transaction:
                transaction.remove(table, table.key, keys)


def _some_keys(warehouse: Warehouse, columns: str, table: str) -> list[Row]:
    return warehouse.query(f"select {columns} from {table}", BATCH, SECONDS).rows  # noqa: S608 - names come from tables.py
