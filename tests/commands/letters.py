"""A home that kept messages of which some became dead letters, for tests of what is done about them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
from typer.testing import CliRunner, Result

from engine.bus.bus import Bus, read_topic
from engine.bus.record import Position, Record
from engine.canonical import audit, dead, raw, receipt
from engine.canonical.dead import DeadLetter, Reason, Stage
from engine.canonical.raw import Raw
from engine.canonical.receipt import Receipt
from engine.cli import app
from engine.config import Settings
from engine.facilities.registry import read_registry
from engine.parts import declare_topics, open_bus, open_warehouse
from engine.routes.load import load_routes
from engine.transforms.activation import activate
from engine.transforms.conversion import Conversion, Converted
from engine.transforms.load import load_mappings
from engine.transforms.transformer import Transformer
from tests.loaders.stage import loading, publish, wait_for_end
from tests.transforms.folders import write

NOON_US = 1_790_000_000_000_000
HOUR_US = 3_600_000_000
ADMISSION = (
    "MSH|^~\\&|HIS|{facility}|||20251001080000||{type}|C{number}|P|2.5\r"
    "PID|1||BN{number}^^^79991^PI||NGUYENVAN^An||{born}|M\r"
    "PV1|1|I|K11||||||||||||||||V{number}\r"
)
PID = "standard/segments/PID.Patient.yaml"
DATE = "birthDate: PID-7 as date"
LOADED = ("fhir.patient", receipt.TOPIC)
MAPPINGS = {
    "standard/messages/ADT_A01.yaml": """
        message: ADT_A01
        events: [A01, A08]
        resources:
          Patient: { from: PID }
    """,
    PID: f"""
        segment: PID
        resource: Patient
        identity: {{ number: [patient-identifier] }}
        elements:
          {DATE}
          gender: PID-8 via Sex else unknown
    """,
    "standard/tables/Sex.yaml": """
        table: Sex
        codes: { M: male, F: female }
    """,
}


class Home:
    """A home with small mappings of admissions, and messages that were transformed once."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.mappings = write(folder / "mappings", MAPPINGS)
        self.settings = Settings(home=folder / "home", mappings=self.mappings, **settings)
        self._config = folder / "engine.yaml"
        self._config.write_text(orjson.dumps({"mappings": str(self.mappings), **_plain(settings)}).decode())
        self.settings.home.mkdir(exist_ok=True)
        self._count = len(self.read(raw.TOPIC))

    def keep(self, *messages: tuple[str, str], facility: str = "79991", received_us: int = NOON_US) -> None:
        """Store admissions as accepted, each a type of message and a date of birth."""
        found = []
        for kind, born in messages:
            text = ADMISSION.format(facility=facility, type=kind, born=born, number=self._count).encode()
            name = f"{self._count}"
            found.append(raw.encode(Raw(name, text, facility, name, name, kind[:7], received_us, "mllp")))
            self._count += 1
        with self.bus() as bus:
            self._ensure(bus)
            publish(bus, found)

    def bus(self) -> Bus:
        return open_bus(self.settings)

    def transform(self) -> None:
        """What the transformer does with all that was kept since the last time."""
        mappings = load_mappings(self.mappings, ())
        router, registry = load_routes(self.mappings / "routes"), read_registry(self.settings.registry_file())
        with self.bus() as bus, closing(bus.producer()) as producer:
            self._ensure(bus)
            generation = activate(bus, producer, mappings.version, NOON_US)
            conversion = Conversion(mappings, generation, registry, router.route)
            heard = Heard(self._count - len(list(read_topic(bus, receipt.TOPIC))))
            limit = threading.Timer(30, heard.stop.set)
            limit.start()
            Transformer(bus, producer, lambda: conversion, lambda: NOON_US, heard).run(heard.stop)
            limit.cancel()

    def load(self) -> None:
        """What the loader does with all that was transformed since the last time."""
        with self.bus() as bus, closing(open_warehouse(self.settings)) as warehouse:
            warehouse.migrate()
            with loading(bus, warehouse):
                wait_for_end(bus, warehouse, LOADED)

    def current(self, sql: str) -> list[Any]:
        """The rows that a query of the warehouse finds."""
        with closing(open_warehouse(self.settings)) as warehouse:
            return warehouse.query(sql).rows

    def refuse(self, payload: bytes) -> None:
        """A message that the listener did not accept."""
        source = Record("", b"k", payload, {"facility": b"79991", "type": b"ADT^A01"})
        letter = DeadLetter(Reason.NOT_HL7, Stage.LISTEN, "", "the frame is no message - look at it", source)
        with self.bus() as bus:
            self._ensure(bus)
            publish(bus, [dead.encode(letter, NOON_US)])

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.mappings / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def read(self, topic: str) -> list[Record]:
        with self.bus() as bus:
            return list(read_topic(bus, topic))

    def receipts(self) -> dict[Position, list[Receipt]]:
        """By raw record, in the order in which they were published."""
        found: dict[Position, list[Receipt]] = {}
        for one in map(receipt.decode, self.read(receipt.TOPIC)):
            found.setdefault(one.origin.raw, []).append(one)
        return found

    def events(self) -> list[str]:
        """What people did, as the audit trail tells it."""
        return [str(audit.describe(one)["event"]) for one in self.read(audit.TOPIC)]

    def run(self, *words: str) -> Result:
        """The command with these words."""
        options = ["--config", str(self._config), "--home", str(self.settings.home)]
        return CliRunner().invoke(app, [*words, *options])

    def json(self, *words: str) -> Any:
        done = self.run(*words, "--json")
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return orjson.loads(done.output)

    def _ensure(self, bus: Bus) -> None:
        router = load_routes(self.mappings / "routes")
        bus.ensure(declare_topics(self.settings, load_mappings(self.mappings, ()).resource_types, router.topics))


class Heard:
    """Stops the transformer when it has done so many."""

    def __init__(self, expected: int) -> None:
        self.stop = threading.Event()
        self._left = expected

    def transformed(self, batch: Sequence[Converted], seconds: float) -> None:
        assert seconds >= 0
        self._left -= len(batch)
        if self._left <= 0:
            self.stop.set()


def _plain(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value.model_dump(mode="json", exclude_unset=True) for name, value in settings.items()}
