"""`engine versions`: every activation, and what each made, each message counted once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Position, Record, Topic
from engine.canonical import receipt
from engine.canonical.receipt import Outcome, Receipt
from engine.canonical.resource import Origin
from engine.cli import app
from engine.transforms.activation import TOPIC, activate

NOON_US = 1_790_000_000_000_000


def told(offset: int, generation: int, outcome: Outcome, events: int = 0, version: str = "") -> Record:
    raw = Position("hl7.raw", offset % 2, offset)
    origin = Origin(raw, "79991", "s", "k", "v", NOON_US, version or "ab"[generation - 1], generation)
    return receipt.encode(Receipt(origin, "ADT^A01", outcome, events))


RECEIPTS = (
    told(0, 1, Outcome.MAPPED, 4),
    told(0, 1, Outcome.MAPPED, 4),
    told(1, 1, Outcome.DEAD),
    told(5000, 1, Outcome.IGNORED),
    told(1, 2, Outcome.DEAD),
    told(1, 2, Outcome.MAPPED, 3),
    told(1, 2, Outcome.DEAD),
    told(2, 2, Outcome.MAPPED, 0),
    Record(receipt.TOPIC, b"k", b"no receipt"),
)


def keep(home: Path, versions: Iterable[str], receipts: Iterable[Record]) -> None:
    with EmbeddedBus(home / "bus") as bus:
        bus.ensure([Topic(TOPIC, partitions=1), Topic(receipt.TOPIC, partitions=2)])
        producer = bus.producer()
        for version in versions:
            activate(bus, producer, version, NOON_US)
        producer.publish(list(receipts), lambda _error: None)
        producer.close()


def versions(home: Path, *options: str) -> str:
    done = CliRunner().invoke(app, ["versions", "--home", str(home), *options])
    assert done.exit_code == 0, done.output
    return done.output


def test_each_activation_has_what_it_made_and_a_message_that_came_again_counts_once(tmp_path: Path) -> None:
    keep(tmp_path, "aab", RECEIPTS)
    first, second = orjson.loads(versions(tmp_path, "--json"))
    made = {"messages": 3, "mapped": 1, "ignored": 1, "dead": 1, "events": 4}
    assert first == {"version": "a", "generation": 1, "activated": "2026-09-21T14:13:20+00:00", **made}
    assert {key: second[key] for key in made} == {"messages": 2, "mapped": 2, "ignored": 0, "dead": 0, "events": 3}
    assert (second["version"], second["generation"]) == ("b", 2)


def test_a_set_that_comes_back_is_listed_again(tmp_path: Path) -> None:
    keep(tmp_path, "aba", ())
    found = orjson.loads(versions(tmp_path, "--json"))
    assert [(one["version"], one["generation"], one["messages"]) for one in found] == [
        ("a", 1, 0),
        ("b", 2, 0),
        ("a", 3, 0),
    ]


def test_a_generation_that_only_receipts_tell_of_is_not_lost(tmp_path: Path) -> None:
    keep(tmp_path, "a", [told(0, 7, Outcome.DEAD, version="z")])
    *_, last = orjson.loads(versions(tmp_path, "--json"))
    assert (last["version"], last["generation"], last["activated"], last["dead"]) == ("z", 7, "", 1)


@pytest.mark.parametrize("word", ["version", "gen", "activated", "2026-09-21T14:13", "events"])
def test_people_get_a_table(tmp_path: Path, word: str) -> None:
    keep(tmp_path, "ab", RECEIPTS)
    assert word in versions(tmp_path)
