"""Taking a rule into use: what another rule made of persons goes, and current patients are read by the new one.

They are read batch by batch while loading goes on between the batches; each batch notes how far it came. Decisions
stay.
"""

from __future__ import annotations

import structlog

from engine.loaders.currents import Changes
from engine.loaders.persons import Persons
from engine.loaders.rows import read_current
from engine.loaders.tables import BY_PERSONS, PERSON_RULE
from engine.loaders.warehouse import Overtaken, Transaction, Warehouse
from engine.persons.patient import PATIENT

BATCH = 2000
"""Patients a transaction, so that loading waits no longer than for a batch of its own."""
WHOLE = "~"
"""How far patients were read when all were."""

_ANY = "rule"
"""The key of the one row: there is one rule at a time."""

log = structlog.get_logger("load")


class Taking:
    """Takes a rule into use, and reads the patients that are there by it."""

    def __init__(self, warehouse: Warehouse, persons: Persons, batch: int = BATCH) -> None:
        self._warehouse = warehouse
        self._persons = persons
        self._batch = batch
        self._is_done = False

    def begin(self) -> None:
        """Make the rule that of the warehouse; raises WarehouseError."""
        with self._warehouse.transaction() as transaction:
            held = _find(transaction)
            if held and held[0] == self._persons.rule.name:
                return
            for table in BY_PERSONS:
                transaction.clear(table)
            transaction.clear(PERSON_RULE)
            transaction.insert(PERSON_RULE, [(_ANY, self._persons.rule.name, "")])
        log.info("who is one person is told anew", because="the rule is new here" if held is None else "it is another")

    def step(self) -> bool:
        """Read one batch; false when there is nothing to read. Raises WarehouseError."""
        if self._is_done:
            return False
        with self._warehouse.transaction() as transaction:
            held = _find(transaction)
            if held is None or held[0] != self._persons.rule.name:
                raise Overtaken("another loader took another rule for persons into use - give all of them the same")
            if held[1] != WHOLE:
                page = transaction.page(PATIENT, held[1], self._batch)
                current = [read_current(row) for row in page.rows]
                self._persons(transaction, Changes({(one.type, one.id): one for one in current}))
                at = page.last if len(current) == self._batch else WHOLE
                transaction.replace(PERSON_RULE, [(_ANY, held[0], at)])
                return True
        self._is_done = True
        return False

    def finish(self) -> None:
        """Read all that is to be read."""
        while self.step():
            pass


def _find(transaction: Transaction) -> tuple[str, str] | None:
    """The rule in use, and how far patients were read by it."""
    for name, read_to in transaction.find(PERSON_RULE, ("name", "read_to"), ("rule",), [(_ANY,)]):
        return name, read_to
    return None
