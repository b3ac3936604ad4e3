"""`engine simulate` writes what it says it writes, sends in order, and says what to do when it cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from engine.cli import app
from engine.facilities.registry import read_registry
from engine.listeners.messages import find_files, read_messages
from tests.city.transformed import Reading, header_of
from tests.listeners.receiver import Receiver
from tests.rig.process import free_port
from tests.transforms.folders import SHIPPED, shipped

SHAPE = ("--messages", "120", "--days", "2", "--facilities", "40", "--faults", "0.2")


def simulate(*options: str) -> Result:
    return CliRunner().invoke(app, ["simulate", *options])


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "truth" / f"{name}.jsonl").read_text("utf-8").splitlines()]


def test_each_message_stands_where_its_line_says(tmp_path: Path) -> None:
    assert simulate("--out", str(tmp_path / "one"), "--batch", "1", *SHAPE).exit_code == 0
    assert simulate("--out", str(tmp_path / "many"), "--batch", "50", *SHAPE).exit_code == 0
    alone = [(tmp_path / "one/messages" / one["place"]).read_bytes() for one in lines(tmp_path / "one", "messages")]
    framed = [
        (f"{outgoing.path.name}:{outgoing.number}", outgoing.payload)
        for file in find_files([tmp_path / "many" / "messages"])
        for outgoing in read_messages(file)
    ]
    assert framed == list(zip([one["place"] for one in lines(tmp_path / "many", "messages")], alone, strict=True))
    assert len(alone) == 120


def test_files_stand_in_the_order_of_sending(tmp_path: Path) -> None:
    simulate("--out", str(tmp_path / "city"), "--batch", "1", *SHAPE)
    folder = tmp_path / "city" / "messages"
    names = [file.relative_to(folder).as_posix() for file in find_files([folder])]
    assert names == [one["place"] for one in lines(tmp_path / "city", "messages")]


def test_plan_and_counts_are_written_down(tmp_path: Path) -> None:
    done = simulate("--out", str(tmp_path / "city"), "--json", *SHAPE)
    plan = json.loads((tmp_path / "city/truth/plan.json").read_text("utf-8"))
    counts = json.loads((tmp_path / "city/truth/counts.json").read_text("utf-8"))
    assert (plan["seed"], plan["messages"], plan["days"], plan["first"]) == (79, 120, 2, "2025-07-01")
    assert len(plan["facilities"]) == len(read_registry(tmp_path / "city/facilities/registry.csv")) == 40
    assert counts["fates"] == json.loads(done.output)["fates"]


def test_facilities_of_the_registry_send_as_it_knows_them(tmp_path: Path) -> None:
    assert simulate("--out", str(tmp_path / "city"), "--messages", "60", "--faults", "0").exit_code == 0
    registry = read_registry(SHIPPED / "facilities" / "registry.yaml")
    reading = Reading(registry, shipped())
    for file in find_files([tmp_path / "city" / "messages"]):
        for outgoing in read_messages(file):
            header = header_of(outgoing.payload)
            assert header
            assert reading.transform(outgoing.payload, outgoing.number).refusal is None
            facility = registry.by_sender(header.field(4).decode())
            assert facility
            assert not facility.applications or header.field(3).decode() in facility.applications
    assert list((tmp_path / "city" / "facilities").iterdir()) == []


def test_what_a_facility_sends_arrives_in_its_order(tmp_path: Path) -> None:
    with Receiver(lambda _payload: "AA") as receiver:
        to = ("--to", f"127.0.0.1:{receiver.port}", "--connections", "3")
        done = simulate("--out", str(tmp_path / "city"), *to, *SHAPE[:-1], "0")
        assert done.exit_code == 0, done.output
    sent = lines(tmp_path / "city", "messages")
    came = [header.control_id.decode() for payload in receiver.received if (header := header_of(payload))]
    assert len(came) == len(sent) == 120
    for facility in {one["facility"] for one in sent}:
        own = [one["control_id"] for one in sent if one["facility"] == facility]
        assert [one for one in came if one in set(own)] == own


def test_what_gets_no_answer_is_counted(tmp_path: Path) -> None:
    with Receiver(lambda _payload: "") as receiver:
        done = simulate("--to", f"127.0.0.1:{receiver.port}", "--messages", "3", "--faults", "0", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["results"] == {"unanswered": 3}


def test_without_a_listener_the_command_says_what_to_do(tmp_path: Path) -> None:
    done = simulate("--to", f"127.0.0.1:{free_port()}", "--out", str(tmp_path / "city"))
    assert done.exit_code == 2
    assert "start the engine" in done.output


def test_a_folder_that_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    done = simulate("--out", str(tmp_path))
    assert done.exit_code == 2
    assert "is not empty - name a folder" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_neither_folder_nor_listener_or_a_wrong_address_is_refused(tmp_path: Path) -> None:
    for options in ((), ("--to", "127.0.0.1"), ("--to", "host:port")):
        assert simulate(*options).exit_code == 2


def test_a_registry_without_facilities_asks_for_a_number(tmp_path: Path) -> None:
    config = tmp_path / "engine.yaml"
    config.write_text(f"registry: {tmp_path / 'registry.yaml'}\n")
    done = simulate("--out", str(tmp_path / "city"), "--config", str(config))
    assert done.exit_code == 2
    assert "--facilities" in done.output
