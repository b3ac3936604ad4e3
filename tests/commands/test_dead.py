"""Dead letters as people work through them: listed, looked at, tried again, dropped."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from engine.bus.record import Position, Record
from engine.canonical import dead, receipt, resolution
from engine.canonical.audit import describe
from engine.canonical.letter import read_resolutions
from engine.canonical.receipt import Outcome
from engine.commands.dead.show import readable, segments_of
from engine.commands.deeds import person
from engine.loaders.tables import HISTORY, RAW
from engine.parts import open_warehouse
from engine.transforms import stops
from engine.transforms.stops import Stop, read_standing
from tests.commands.letters import DATE, HOUR_US, NOON_US, PID, Home
from tests.loaders.stage import publish
from tests.transforms.folders import write

ADT = "ADT^A01^ADT_A01"
GOOD, BROKEN, STRANGE = (ADT, "19800102"), (ADT, "31/12/1980"), ("ZZZ^Z99", "19800102")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.keep(GOOD, BROKEN, STRANGE, BROKEN)
    home.keep(BROKEN, facility="79992", received_us=NOON_US - HOUR_US)
    home.transform()
    home.refuse(b"GET / HTTP/1.1")
    return home


def positions(home: Home, *options: str) -> list[str]:
    return [one["position"] for one in home.json("dead", "list", *options)]


def test_letters_are_listed_with_all_that_is_known_and_nothing_that_they_say(home: Home) -> None:
    listed = home.json("dead", "list")
    assert sorted(one["reason"] for one in listed) == ["NOT_HL7", "UNMATCHED", "VALUE", "VALUE", "VALUE"]
    one = next(one for one in listed if one["facility"] == "79992")
    assert (one["stage"], one["where"], one["attempts"], one["state"]) == ("transform", "PID-7", 1, "open")
    assert one["raw"].startswith("hl7.raw/")
    assert "NGUYENVAN" not in orjson.dumps(listed).decode()


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--reason", "VALUE"], 3),
        (["--reason", "VALUE", "--reason", "NOT_HL7"], 4),
        (["--facility", "79992"], 1),
        (["--type", "ADT"], 4),
        (["--type", "ADT^A01"], 4),
        (["--type", "ZZZ^Z99"], 1),
        (["--stage", "listen"], 1),
        (["--where", "PID-7"], 3),
        (["--since", "2026-09-21T14:13:20+00:00"], 5),
        (["--since", "2026-09-21T14:13:21"], 0),
        (["--until", "2026-09-21T14:13:20"], 0),
        (["--since", "3650d"], 5),
        (["--reason", "VALUE", "--facility", "79992", "--where", "PID-8"], 0),
    ],
)
def test_every_filter_must_take_a_letter(home: Home, options: list[str], count: int) -> None:
    assert len(positions(home, *options)) == count


def test_what_a_letter_says_is_shown_on_request_only_and_that_is_written_down(home: Home) -> None:
    (position,) = positions(home, "--facility", "79992")
    for form in ([], ["--json"]):
        shown = home.run("dead", "show", position, *form)
        assert shown.exit_code == 0
        assert "NGUYENVAN" not in shown.output
        assert "PV1" in shown.output
    assert home.events() == []
    revealed = home.run("dead", "show", position, "--reveal")
    assert "NGUYENVAN" in revealed.output
    *_, told = map(describe, home.read("audit"))
    assert (told["event"], told["person"], told["records"]) == ("dead-letter-revealed", person(), [position])


def test_a_letter_that_is_not_there_is_an_error_of_the_command(home: Home) -> None:
    assert home.run("dead", "show", "dead/0/999").exit_code == 2
    assert home.run("dead", "show", "hl7.raw/0/0").exit_code == 2
    assert home.run("dead", "show", "somewhere").exit_code == 2


def test_letters_whose_cause_is_gone_pass_and_are_done_with(home: Home) -> None:
    home.edit(PID, DATE, "language: PID-7")
    told = home.json("dead", "retry", "--reason", "VALUE")
    assert told == {"letters": 3, "outcomes": {"pass": 3}}
    assert sorted(one["reason"] for one in home.json("dead", "list")) == ["NOT_HL7", "UNMATCHED"]
    assert {one["state"] for one in home.json("dead", "list", "--all", "--reason", "VALUE")} == {"retried"}
    again = [made[-1] for made in home.receipts().values() if len(made) > 1]
    assert [one.outcome for one in again] == [Outcome.MAPPED] * 3
    assert not any(one.owed for one in again)
    assert home.events() == ["recording-started", "dead-letters-retried"]
    assert home.json("dead", "retry", "--reason", "VALUE") == {"letters": 0, "outcomes": {}}


def test_a_letter_that_fails_again_stays_open_with_one_attempt_more(home: Home) -> None:
    before = len(home.read(receipt.TOPIC)), len(home.read(dead.TOPIC))
    for attempts in (2, 3):
        done = home.run("dead", "retry", "--facility", "79992")
        assert done.exit_code == 1
        assert "VALUE PID-7" in done.output
        (letter,) = home.json("dead", "list", "--facility", "79992")
        assert (letter["attempts"], letter["state"]) == (attempts, "open")
    assert (len(home.read(receipt.TOPIC)), len(home.read(dead.TOPIC))) == before
    (position,) = positions(home, "--facility", "79992")
    assert [one["verdict"] for one in home.json("dead", "show", position)["decided"]] == ["failed", "failed"]


def test_a_message_that_was_never_accepted_is_not_tried_again(home: Home) -> None:
    (outcome,) = home.json("dead", "retry", "--stage", "listen")["outcomes"]
    assert "must send them again" in outcome


def test_a_letter_that_loading_stopped_pages_nobody_again(home: Home) -> None:
    home.edit(PID, DATE, "language: PID-7")
    write(home.mappings, {"routes/all.yaml": "routes: [{ route: all, when: resourceType = Patient, to: review.all }]"})
    with home.bus() as bus:
        source = next(one for one in home.read("hl7.raw") if one.text("facility") == "79992")
        event = Record("fhir.patient", source.key, b"{}", {"ce_id": f"{source.position}/1/0".encode()}, 0, 5)
        letter = dead.DeadLetter(dead.Reason.LOAD, dead.Stage.LOAD, "fhir.patient", "refused", event)
        producer = bus.producer()
        producer.publish([dead.encode(letter, NOON_US)], lambda _error: None)
        producer.close()
    assert home.json("dead", "retry", "--reason", "LOAD")["outcomes"] == {"pass": 1}
    assert home.read("review.all") == []
    assert home.json("dead", "retry", "--reason", "VALUE")["letters"] == 2, "it was the same message"
    assert len(home.read("review.all")) == 2


def test_dropped_letters_are_listed_no_more_and_the_reason_is_kept(home: Home) -> None:
    (position,) = positions(home, "--reason", "UNMATCHED")
    assert home.run("dead", "drop", position).exit_code == 2, "a reason must be given"
    assert home.run("dead", "drop", position, "--because", " ").exit_code == 2
    assert home.run("dead", "drop", position, "--because", "a test of the vendor").exit_code == 0
    assert positions(home, "--reason", "UNMATCHED") == []
    (decided,) = home.json("dead", "show", position)["decided"]
    assert (decided["verdict"], decided["who"], decided["why"]) == ("dropped", person(), "a test of the vendor")
    *_, told = map(describe, home.read("audit"))
    assert (told["event"], told["reason"], told["records"]) == (
        "dead-letters-dropped",
        "a test of the vendor",
        [position],
    )


@pytest.mark.parametrize("command", [["retry"], ["drop", "--because", "test"]])
def test_nothing_is_done_to_all_letters_unless_that_is_said(home: Home, command: list[str]) -> None:
    assert home.run("dead", *command).exit_code == 2
    assert len(positions(home)) == 5
    assert home.json("dead", *command, "--all")["letters"] == 5


@pytest.mark.parametrize("command", [["retry"], ["drop", "--because", "test"]])
def test_a_dry_run_changes_nothing(home: Home, command: list[str]) -> None:
    home.edit(PID, DATE, "language: PID-7")
    before = {topic: len(home.read(topic)) for topic in ("receipts", "dead", "audit", "mappings", resolution.TOPIC)}
    assert home.json("dead", *command, "--reason", "VALUE", "--dry-run")["letters"] == 3
    assert {topic: len(home.read(topic)) for topic in before} == before


@pytest.mark.parametrize("option", ["--since", "--until"])
def test_a_time_that_is_none_is_an_error_of_the_command(home: Home, option: str) -> None:
    done = home.run("dead", "list", option, "yesterday")
    assert done.exit_code == 2


def test_signs_that_steer_a_terminal_are_spelled_out() -> None:
    assert readable(b"MSH|^~\\&|A\x1b[2J\rPID|1") == "MSH|^~\\&|A\\x1b[2J\nPID|1"
    assert readable(b"\xff\x00junk") == "\\xff\\x00junk"


def test_a_torn_line_is_no_name_of_a_segment() -> None:
    assert list(segments_of(b"MSH|^~\\&|A\rPID|1\rVAN|NGUYEN\r")) == ["MSH", "PID", "?"]
    assert list(segments_of(b"{}")) == []


def test_a_transformer_that_stands_is_released_for_a_while_and_that_is_written_down(home: Home) -> None:
    assert "nothing stands" in home.run("dead", "release").output
    with home.bus() as bus:
        publish(bus, [stops.encode(Stop(NOON_US, 1, "abc", 900, 800, {"VALUE": 800}))])
    assert "800 of 900 messages" in home.run("dead", "release", "--dry-run").output
    assert len(home.read(stops.TOPIC)) == 1
    assert home.run("dead", "release", "--for", "soon").exit_code == 2
    assert home.run("dead", "release", "--for", "2h").exit_code == 0
    standing = read_standing(home.read(stops.TOPIC))
    assert standing.stop is None
    assert standing.free_until_us > time.time_ns() // 1000 + HOUR_US
    assert home.events() == ["recording-started", "released"]
    assert "nothing stands" in home.run("dead", "release").output


def test_what_is_missing_is_named_with_who_sent_it(home: Home) -> None:
    home.load()
    assert "balanced" in home.run("reconcile").output
    with closing(open_warehouse(home.settings)) as warehouse, warehouse.transaction() as transaction:
        transaction.remove(HISTORY, RAW, list(home.receipts()))
    done = home.run("reconcile", "--missing")
    assert done.exit_code == 1
    (line,) = done.output.splitlines()
    assert line.endswith("79991 ADT^A01 2026-09-21T14:13:20+00:00")
    assert line.startswith("hl7.raw/")
    assert "NOT balanced" in home.run("reconcile", "--by", "hour", "--by", "type").output
    assert home.run("reconcile", "--since", "2026-09-21T15:00").exit_code == 0


def test_the_key_of_a_letter_is_let_go_on_and_the_letter_stays_open(home: Home) -> None:
    (position,) = positions(home, "--facility", "79992")
    assert "1 dead letters would be passed over" in home.run("dead", "release", position, "--dry-run").output
    assert home.read(resolution.TOPIC) == []
    assert home.run("dead", "release", position).exit_code == 0
    assert positions(home, "--facility", "79992") == [position]
    assert [one["verdict"] for one in home.json("dead", "show", position)["decided"]] == ["released"]
    assert home.events() == ["recording-started", "released"]
    (letter,) = home.json("dead", "list", "--facility", "79992")
    assert read_resolutions(home.read(resolution.TOPIC)).told(Position.parse(letter["raw"]))
