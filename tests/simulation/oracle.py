"""What must hold of a simulated engine that has nothing left to do: every message once in effect, or a dead letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict

import orjson

from engine.bus.bus import read_topic
from engine.bus.record import Position, Record
from engine.canonical import dead, envelope, receipt
from engine.canonical.dead import Reason
from engine.loaders.contents import content_columns
from engine.loaders.evidence import take_account
from engine.loaders.rows import CURRENT_COLUMNS, read_current
from engine.loaders.tables import CURRENT, HISTORY, MESSAGES, RAW, RECEIPTS
from engine.transforms.transformer import GROUP
from tests.contract.warehouse_feed import Told, reference
from tests.simulation.fake_warehouse import columns_of
from tests.simulation.plan import Plan
from tests.simulation.stages import LATEST, VIEWS, made_events
from tests.simulation.world import World

Letters = dict[Position, set[str]]
"""The reasons of the dead letters of each raw record."""


class Oracle:
    """Reads the stores of a world once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._bus = world.bus(Plan())
        self._raws = {one.position: one for one in read_topic(self._bus, "hl7.raw")}
        self._letters: Letters = {}
        for letter in read_topic(self._bus, dead.TOPIC):
            position = dead.raw_position(letter)
            assert position in self._raws, "a dead letter of nothing that was sent"
            self._letters.setdefault(position, set()).add(letter.text("dead_reason"))
            assert letter.value == self._raws[position].value, "a dead letter has other bytes than were sent"
        self._counting = {Position(*row[1:4]): row[4] for row in world.tables[MESSAGES.name].values()}

    def check(self) -> None:
        """Raise AssertionError for whatever is wrong."""
        self.check_each_message()
        self.check_account()
        self.check_current()
        self.check_views()
        self.check_latest()

    def check_each_message(self) -> None:
        """I1, I2: what was accepted is kept, and has one effect, or is a dead letter."""
        copies: dict[bytes, list[Position]] = {}
        for position, record in self._raws.items():
            copies.setdefault(record.value, []).append(position)
        assert Counter(self._world.accepted) <= Counter(one.value for one in self._raws.values()), "accepted and lost"
        loaded = Counter(columns_of(HISTORY, row, (*RAW, "generation")) for row in self._rows(HISTORY.name))
        for positions in copies.values():
            counting = [one for one in positions if one in self._counting]
            assert len(counting) == 1, f"{len(counting)} of the copies of a message count"
            (one,) = counting
            assert all(key[:3] in self._counting for key in loaded), "a copy has an effect of its own"
            events = [told for told in self._converted(one) if told.topic in made_events()]
            is_whole = loaded[(*one, self._world.conversion.generation)] == len(events)
            assert (is_whole and events) or one in self._letters, "a message has no effect and is no dead letter"

    def check_account(self) -> None:
        """I3: the engine's own account closes, and nothing is on its way."""
        account = take_account(self._bus, self._world.warehouse(Plan()), GROUP)
        assert not account.missing, "the account misses messages"
        counts = {name: sum(asdict(line.counts)[name] for line in account.lines) for name in _FATES}
        assert counts.pop("received") == len(self._raws), "the account does not know all that was received"
        assert sum(counts.values()) == len(self._raws), "the account does not close"
        assert counts["held"] == counts["in_flight"] == 0, "something is still on its way"
        assert {Position(*key) for key in self._world.tables[RECEIPTS.name]} == self._raws.keys(), "no receipt"

    def check_current(self) -> None:
        """I4: what is current is what one thread makes of all that was sent."""
        told = [thing for position in self._raws for thing in self._told(position)]
        rows = [columns_of(CURRENT, row, CURRENT_COLUMNS) for row in self._rows(CURRENT.name)]
        current = {(one.type, one.id): one for one in map(read_current, rows)}
        assert current == reference(told), "current is not what a replay makes"

    def check_views(self) -> None:
        """The tables of views hold what the views give of what is current."""
        current = [read_current(columns_of(CURRENT, row, CURRENT_COLUMNS)) for row in self._rows(CURRENT.name)]
        for view in VIEWS:
            columns = content_columns(view.table)
            wanted = [columns_of(view.table, row, columns) for one in current for row in view.rows(one, 0)]
            found = [columns_of(view.table, row, columns) for row in self._rows(view.table.name)]
            assert sorted(found) == sorted(wanted), f"{view.table.name} is not what its view gives"

    def check_latest(self) -> None:
        """What is published of current resources is not behind the warehouse."""
        latest = {(one.topic, one.key): one.value for topic in LATEST for one in read_topic(self._bus, topic)}
        published = {key: orjson.loads(value) for key, value in latest.items() if value}
        rows = [read_current(columns_of(CURRENT, row, CURRENT_COLUMNS)) for row in self._rows(CURRENT.name)]
        current = {(envelope.latest_topic_of(one.type), one.id.encode()): one.body for one in rows}
        assert published == {key: body for key, body in current.items() if key[0] in LATEST}, "latest is behind"

    def _rows(self, table: str) -> Iterable[tuple[object, ...]]:
        return self._world.tables[table].values()

    def _converted(self, position: Position) -> tuple[Record, ...]:
        return self._world.conversion.convert(self._raws[position], 0).records

    def _told(self, position: Position) -> list[Told]:
        """Events and receipts of a raw record: as they must be, or as they are where the bus refused some."""
        records: Iterable[Record] = self._converted(position)
        if Reason.BUS in self._letters.get(position, ()):
            topics = (*made_events(), receipt.TOPIC)
            records = [one for topic in topics for one in read_topic(self._bus, topic)]
        told = [_decode(one) for one in records if one.topic != dead.TOPIC]
        return [one for one in told if one.origin.raw == position]


_FATES = ("received", "loaded", "dead", "duplicate", "ignored", "held", "in_flight", "missing")


def _decode(record: Record) -> Told:
    return receipt.decode(record) if record.topic == receipt.TOPIC else envelope.decode(record)
