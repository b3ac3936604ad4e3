"""`engine coverage`: what senders send and nobody reads, counted by sender."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Topic
from engine.canonical import raw
from engine.canonical.raw import Raw
from engine.cli import app

NOON_US = 1_790_000_000_000_000
REGISTRY = """
facilities:
  - {code: "79991", name: A, applications: [HIS]}
  - {code: "79902", name: B, senders: [VENDOR]}
"""
MESSAGE = (
    "MSH|^~\\&|{application}|{sender}|||20251001080000||{type}|C1|P|2.5\r"
    "PID|||BN1^^^79991^PI||Nguyen^An||19800102|M||||||||||||||||||||||||{last}\r"
)


def message(sender: str = "79991", application: str = "HIS", type: str = "ADT^A01", last: str = "") -> str:  # noqa: A002 - the field's name
    return MESSAGE.format(sender=sender, application=application, type=type, last=last)


def coverage(tmp_path: Path, *options: str) -> dict[str, Any]:
    made: dict[str, Any] = orjson.loads(run(tmp_path, *options, "--json"))
    return made


def run(tmp_path: Path, *options: str) -> str:
    config, registry = tmp_path / "engine.yaml", tmp_path / "registry.yaml"
    registry.write_text(REGISTRY)
    config.write_text(f"registry: {registry}\n")
    done = CliRunner().invoke(app, ["coverage", *options, "--config", str(config)])
    assert done.exit_code == 0, done.output
    return done.output


def keep(tmp_path: Path, *messages: str) -> str:
    file = tmp_path / "a.hl7"
    file.write_text("".join(messages))
    return str(file)


def test_a_place_is_counted_by_sender_with_its_name_and_a_masked_example(tmp_path: Path) -> None:
    file = keep(tmp_path, message(), message(last="Bà Nội 12"), message(last="Y"), message("VENDOR", "X"))
    made = coverage(tmp_path, file)
    assert made["messages"] == 4
    assert made["unread"] == [
        {
            "facility": "79991",
            "application": "HIS",
            "path": "PID-32",
            "name": "Identity reliability code",
            "count": 2,
            "of": 3,
            "messages": ["ADT_A01"],
            "first": f"{file}:2",
            "example": "Xx Xxx 99",
        }
    ]


def test_the_share_is_of_the_fields_with_a_value_averaged_over_the_messages(tmp_path: Path) -> None:
    read = "MSH|^~\\&|HIS|79991|||20251001080000||ADT^A01|C1|P|2.5||||AL|NE\rPID|7||BN1|x^y|An\rZBH|1\r"
    half = "MSH|^~\\&|||||2025||ADT^A01|C1\rPID|1||BN1\rUB1|1|2|3|4|5\rOBX|1|ST|A||b||||||F\rOBX|1|^~&|A\r"
    assert coverage(tmp_path, keep(tmp_path, read))["share"] == 0
    assert coverage(tmp_path, keep(tmp_path, half))["share"] == round(4 / 12, 4)
    assert coverage(tmp_path, keep(tmp_path, half, read, read))["share"] == round(4 / 12 / 3, 4)
    assert coverage(tmp_path, keep(tmp_path, ""))["share"] == 0
    assert "no line reads 33.3%" in run(tmp_path, keep(tmp_path, half))


def test_an_answer_that_a_mapping_takes_is_looked_through(tmp_path: Path) -> None:
    answer = message(type="ORL^O22").replace("PID|", "MSA|AA|7\rPID|")
    made = coverage(tmp_path, keep(tmp_path, answer, message(type="RSP^K22").replace("PID|", "MSA|AA|7\rPID|")))
    assert (made["messages"], made["unmatched"]) == (1, [])


def test_an_application_that_is_not_registered_is_a_hash(tmp_path: Path) -> None:
    file = keep(tmp_path, message(application="Nguyen Van A", last="1"), message(application="", last="1"))
    senders = [one["application"] for one in coverage(tmp_path, file)["unread"]]
    assert senders[0] == ""
    assert senders[1].startswith("#")
    assert "Nguyen" not in run(tmp_path, file)


def test_the_most_frequent_stands_first_and_a_place_counts_once_a_message(tmp_path: Path) -> None:
    file = keep(tmp_path, message(last="1\rZZZ|1\rZZZ|ab"), message(last="1"))
    found = [(one["path"], one["count"], one["example"]) for one in coverage(tmp_path, file)["unread"]]
    assert found == [("PID-32", 2, "9"), ("ZZZ-1", 1, "9")]


def test_messages_that_no_mapping_takes_or_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    no_charset = b"MSH|^~\\&|HIS|79991|||2025||ADT^A01|C1|P|2.5||||||KLINGON\rPID|\xff\r"
    file = tmp_path / "a.hl7"
    file.write_bytes(message(type="ZZZ^Z01").encode() * 2 + no_charset + message(type="ACK").encode())
    made = coverage(tmp_path, str(file))
    about = {"facility": "79991", "application": "HIS"}
    assert made["unmatched"] == [about | {"type": "ZZZ^Z01", "count": 2}]
    assert made["unreadable"] == [{"facility": "79991", "application": "", "reason": "CHARSET", "count": 1}]
    assert made["messages"] == 0
    shown = run(tmp_path, str(file))
    assert "no mapping: 2 ZZZ^Z01 of 79991 HIS" in shown
    assert "cannot be read: 1 of 79991 (CHARSET)" in shown


def test_what_an_engine_has_kept_is_looked_through_and_the_earliest_is_the_first(tmp_path: Path) -> None:
    with EmbeddedBus(tmp_path / "home" / "bus") as bus:
        bus.ensure([Topic(raw.TOPIC, partitions=1)])
        producer = bus.producer()
        kept = [
            Raw("r", message(last=last).encode(), code, "s", "k", "ADT^A01", NOON_US + after * 1_000_000, "m")
            for code, last, after in (("79991", "AB", 60), ("79991", "1", 0), ("79902", "\rZZZ|1", 0))
        ]
        producer.publish([raw.encode(one) for one in kept], lambda _error: None)
        producer.close()
    home = ("--raw", "--home", str(tmp_path / "home"))
    (one, _) = [one for one in coverage(tmp_path, *home)["unread"] if one["path"] in ("PID-32", "ZZZ-1")]
    assert (one["facility"], one["count"], one["example"]) == ("79991", 2, "9")
    assert one["first"] == "2026-09-21T14:13:20+00:00 hl7.raw/0/1"
    (only,) = coverage(tmp_path, *home, "--facility", "79902")["unread"]
    assert only["path"] == "ZZZ-1"


@pytest.mark.parametrize("word", ["PID-32", "reliability", "1 of 1", "ADT_A01", "9999"])
def test_people_get_a_table(tmp_path: Path, word: str) -> None:
    assert word in run(tmp_path, keep(tmp_path, message(last="1234")))
