"""`engine tail` shows what records are and not what they say, unless asked, which is written down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from engine.bus.bus import Bus
from engine.bus.record import Position, Record, Topic
from engine.canonical import audit, dead, envelope, raw, receipt
from engine.canonical.dead import DeadLetter, Reason, Stage
from engine.canonical.raw import Raw
from engine.canonical.receipt import Outcome, Receipt
from engine.canonical.resource import Origin, Resource
from engine.cli import app
from engine.commands.tail.row import describe
from engine.config import Settings
from engine.parts import open_bus
from tests.contract.bus_drive import publish

SECRET = "NGUYENVANMAU"
PAYLOAD = f"MSH|^~\\&|HIS|79901|||20251001||ADT^A01|C1|P|2.5\rPID|1||{SECRET}\r".encode()
KEY = "5f2c9a7be01244d19c3e"
ORIGIN = Origin(Position(raw.TOPIC, 0, 0), "79902", KEY, "m", "v", 1, "abcdef012345", 3)


def raw_record(facility: str = "79901", kind: str = "ADT^A01") -> Record:
    return raw.encode(Raw("id", PAYLOAD, facility, KEY, "m", kind, 1, "mllp"))


RECORDS = {
    raw.TOPIC: raw_record(),
    "fhir.patient": envelope.encode(Resource("Patient", "p1", {"name": SECRET}, ORIGIN, 0), "fhir.patient"),
    receipt.TOPIC: receipt.encode(Receipt(ORIGIN, "ADT^A01", Outcome.MAPPED, 3)),
    dead.TOPIC: dead.encode(DeadLetter(Reason.VALUE, Stage.TRANSFORM, "PID-7", "", raw_record()), 1),
}


class Home:
    """A home with a bus that holds something in each topic."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.bus: Bus = open_bus(Settings(home=folder))
        self.bus.ensure(Topic(name, partitions=2) for name in RECORDS)

    def tail(self, topic: str, *options: str) -> Result:
        return CliRunner().invoke(app, ["tail", topic, "--home", str(self.path), *options])

    def rows(self, topic: str, *options: str) -> list[dict[str, Any]]:
        done = self.tail(topic, "--json", *options)
        assert done.exit_code == 0, done.output
        return [json.loads(line) for line in done.output.splitlines()]

    def add(self, *records: Record) -> None:
        publish(self.bus, records)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home")
    yield made
    made.bus.close()


@pytest.mark.parametrize(
    ("topic", "facility", "kind", "mapping"),
    [
        (raw.TOPIC, "79901", "ADT^A01", ""),
        ("fhir.patient", "79902", "fhir.Patient", "abcdef012345"),
        (receipt.TOPIC, "79902", "ADT^A01", "abcdef012345"),
        (dead.TOPIC, "79901", "ADT^A01", ""),
    ],
)
def test_a_record_is_described_and_nothing_that_it_says_is_shown(
    topic: str, facility: str, kind: str, mapping: str, home: Home
) -> None:
    home.add(RECORDS[topic])
    (row,) = home.rows(topic)
    assert (row["facility"], row["type"], row["mapping"]) == (facility, kind, mapping)
    assert row["key"] == KEY[:12]
    assert row["size"] == len(RECORDS[topic].value)
    assert row["position"].startswith(f"{topic}/")
    assert SECRET not in home.tail(topic).output + json.dumps(row)


def test_the_last_ones_are_shown_in_order_of_time(home: Home) -> None:
    for number in range(60):
        home.add(Record(raw.TOPIC, f"{number}".encode(), b"x", {"facility": b"79901", "type": b"ADT^A01"}))
    rows = home.rows(raw.TOPIC, "--last", "5")
    assert [row["key"] for row in rows] == ["55", "56", "57", "58", "59"]
    assert home.rows(raw.TOPIC, "--last", "0") == []


def test_the_last_ones_of_a_facility_are_looked_for_far_back(home: Home) -> None:
    home.add(raw_record("79905"))
    home.add(*[raw_record() for _ in range(700)])
    assert [row["facility"] for row in home.rows(raw.TOPIC, "--facility", "79905")] == ["79905"]


def test_records_are_chosen_by_type_and_event(home: Home) -> None:
    home.add(raw_record(), raw_record(kind="ADT^A03"), raw_record(kind="ORU^R01"))
    assert [row["type"] for row in home.rows(raw.TOPIC, "--type", "ADT")] == ["ADT^A01", "ADT^A03"]
    assert [row["type"] for row in home.rows(raw.TOPIC, "--type", "ADT^A03")] == ["ADT^A03"]
    home.add(RECORDS["fhir.patient"])
    assert len(home.rows("fhir.patient", "--type", "Patient")) == 1


def test_records_are_chosen_by_time(home: Home) -> None:
    home.add(raw_record())
    assert len(home.rows(raw.TOPIC, "--since", "1h")) == 1
    assert home.rows(raw.TOPIC, "--since", "2999-01-01") == []


def test_what_records_say_is_shown_on_request_and_written_down(home: Home) -> None:
    home.add(raw_record())
    done = home.tail(raw.TOPIC, "--reveal")
    assert SECRET in done.output
    (*_, deed) = home.rows(audit.TOPIC)
    assert deed["type"] == "records-revealed"
    (record,) = (one for one in audited(home) if one["event"] == "records-revealed")
    assert record["count"] == 1


def audited(home: Home) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, ["audit", "list", "--json", "--home", str(home.path)])
    found: list[dict[str, Any]] = json.loads(done.output)
    return found


def test_without_reveal_nothing_is_written_down(home: Home) -> None:
    home.add(raw_record())
    assert home.rows(raw.TOPIC)
    assert audited(home) == []


def test_a_topic_that_is_not_there_is_named_with_the_nearest(home: Home) -> None:
    done = home.tail("hl7.row")
    assert done.exit_code == 2
    assert "did you mean 'hl7.raw'?" in done.output


def test_a_body_that_is_no_record_of_the_engine_tells_nothing() -> None:
    for value in (b"no JSON", b"[1]", b'{"resourceType": "Patient", "type": "x", "facility": "secret"}'):
        row = describe(Record("other", b"k", value, {}, 0, 0))
        assert (row.facility, row.type, row.mapping) == ("", "", "")


def test_it_follows_what_comes_until_it_is_interrupted(home: Home) -> None:
    command = [sys.executable, "-m", "engine", "tail", raw.TOPIC, "--follow", "--json", "--home", str(home.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)) as child:
        assert child.stdout
        assert child.stderr
        home.add(raw_record())
        first = json.loads(child.stdout.readline())
        home.add(raw_record("79903"))
        second = json.loads(child.stdout.readline())
        child.send_signal(signal.SIGINT)
        assert child.wait(30) == 0
        assert child.stderr.read() == b""
    assert (first["facility"], second["facility"]) == ("79901", "79903")


def test_it_ends_well_when_whoever_reads_has_gone(home: Home) -> None:
    home.add(raw_record())
    command = [sys.executable, "-m", "engine", "tail", raw.TOPIC, "--follow", "--home", str(home.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stderr
        child.stdout.readline()
        child.stdout.close()
        deadline = time.monotonic() + 60
        while child.poll() is None and time.monotonic() < deadline:
            home.add(raw_record())
            time.sleep(0.1)
        assert child.wait(1) == 0
        assert child.stderr.read() == b""
