"""`engine topics`: what differs is told, what may be changed is changed, and nothing is ever taken away."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from typer.testing import CliRunner

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Record, Topic
from engine.cli import app
from tests.commands.check_faults import GOOD
from tests.commands.test_check_faults import lay_out
from tests.contract.bus_drive import publish, read_all
from tests.rig.kafka import Kafka

TOPICS = """topics:
  hl7.raw: {{ partitions: {partitions}, retention: {retention} }}
  mappings: {{ partitions: 1 }}
  audit: {{ partitions: 1 }}
  sequences: {{ partitions: 1, compacted: true }}
"""


class Bench:
    """A folder with settings, a few mappings and a file of topics."""

    def __init__(self, folder: Path, bus: str) -> None:
        self.topics = folder / "topics.yaml"
        self.config = folder / "engine.yaml"
        lay_out(folder, {name: text for name, text in GOOD.items() if name.startswith("mappings/")})
        self.config.write_text(f"home: {folder}/home\ntopics: {self.topics}\nmappings: {folder}/mappings\n{bus}")

    def declare(self, partitions: int = 4, retention: str = "30d") -> None:
        self.topics.write_text(TOPICS.format(partitions=partitions, retention=retention))

    def run(self, what: str) -> tuple[int, list[dict[str, Any]], str]:
        done = CliRunner().invoke(app, ["topics", what, "--config", str(self.config), "--json"])
        return done.exit_code, json.loads(done.stdout), done.stderr


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, "")


def test_topics_are_made_and_changed_as_declared_and_never_cut(bench: Bench, tmp_path: Path) -> None:
    bench.declare()
    assert bench.run("apply")[:2] == (0, [])
    assert bench.run("diff")[:2] == (0, [])
    bus = EmbeddedBus(tmp_path / "home" / "bus")
    publish(bus, [Record("hl7.raw", b"k", b"1")])
    bench.declare(retention="60d")
    code, (found,), _ = bench.run("diff")
    assert (code, found["now"], found["declared"], found["remedy"]) == (1, "30d", "60d", "")
    assert bench.run("apply")[:2] == (0, [])
    bench.declare(partitions=2, retention="1d")
    for what in ("diff", "apply", "diff"):
        code, left, _ = bench.run(what)
        assert (code, [one["setting"] for one in left]) == (1, ["partitions", "retention"])
        assert all(one["remedy"] for one in left)
    assert len(bus.spans("hl7.raw")) == 4
    assert [record.value for record in read_all(bus, "hl7.raw")] == [b"1"]


def test_a_topic_that_nobody_declares_is_told_of_and_kept(bench: Bench, tmp_path: Path) -> None:
    bench.declare()
    with EmbeddedBus(tmp_path / "home" / "bus") as bus:
        bus.ensure([Topic("alerts.old", 1), Topic("alerts.women", 1)])
        code, found, told = bench.run("apply")
        assert "alerts.old" in told
        assert "alerts.women" not in told
        assert (code, [one["topic"] for one in found]) == (1, ["alerts.women"])
        assert "alerts.old" in bus.topics()


def test_a_home_where_no_engine_ran_has_nothing_to_compare(bench: Bench) -> None:
    bench.declare()
    done = CliRunner().invoke(app, ["topics", "diff", "--config", str(bench.config)])
    assert "C009" in str(done.exception)


def test_on_kafka_partitions_are_added_and_foreign_settings_are_mended(tmp_path: Path, kafka_single: Kafka) -> None:
    bench = Bench(tmp_path, f"bus: {{ kind: kafka, bootstrap: '{kafka_single.bootstrap}', partitions: 2 }}\n")
    bench.declare()
    foreign = AdminClient({"bootstrap.servers": kafka_single.bootstrap})
    made = foreign.create_topics([NewTopic("hl7.raw", 3, config={"retention.bytes": "1000000"})])
    made["hl7.raw"].result()
    with KafkaBus(kafka_single.bootstrap) as bus:
        code, found, told = bench.run("apply")
        assert "hl7.raw: keys move" in told
        left = {one["setting"]: one for one in found}
        assert (code, set(left)) == (0, set())
        held = bus.describe(["hl7.raw"])["hl7.raw"]
        assert (held.partitions, held.retention, held.other) == (4, timedelta(days=30), ())
        assert bus.topics()["dead"] == 2
        bench.declare(partitions=1, retention="1d")
        code, found, _ = bench.run("apply")
        assert (code, [one["setting"] for one in found]) == (1, ["partitions", "retention"])
        assert bus.describe(["hl7.raw"])["hl7.raw"] == held
