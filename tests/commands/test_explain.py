"""`engine explain --ack`: the answer of the listener's own reception, with the rule and the setting that decide."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import trustme
from typer.testing import CliRunner

from engine.cli import app
from engine.commands.explain.answers import ROWS
from engine.config.settings import ROOT
from engine.listeners.refusal import Cause
from tests.listeners.running import framed, message

REGISTRY = 'facilities:\n  - {code: "79020", name: B, addresses: [10.0.0.0/8]}\n'


def explain(tmp_path: Path, content: bytes, settings: str = "", *options: str) -> tuple[int, str]:
    file, config, registry = tmp_path / "a.hl7", tmp_path / "engine.yaml", tmp_path / "registry.yaml"
    file.write_bytes(content)
    registry.write_text(REGISTRY)
    config.write_text(f"registry: {registry}\nlisteners:\n  - {{name: mllp, {settings}}}\n")
    done = CliRunner().invoke(app, ["explain", "--ack", str(file), "--config", str(config), *options])
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("payload", "code", "words"),
    [
        (message("1"), 0, ["answer    AA", "original mode (A1)"]),
        (message("1", msh={15: "AL"}), 0, ["answer    CA", "enhanced mode (A6)"]),
        (message("1", msh={15: "NE"}), 0, ["answer    none", "(A7)"]),
        (message("1", msh={9: "ACK"}, rest="MSA|AA|1\r"), 0, ["answer    none", "(A14)"]),
        (message("1", msh={11: "X"}), 1, ["answer    AR", "answers.processing_id: AR/CR", "A2 of", "202", "REFUSED"]),
        (message("", msh={15: "AL"}), 1, ["answer    CE", "answers.control_id: AR/CE", "A11 of", "MSH-10"]),
        (message("1", rest="PID|\x0b|\r"), 1, ["answer    AE", "F5 of"]),
        (message("1", rest="PID|" + "x" * 3000), 1, ["answer    AR", "connection is closed", "F12 of"]),
        (message("1", msh={4: "79020"}), 1, ["answer    AR", "answers.sender", "FACILITY"]),
        (b"hello", 1, ["answer    AR", "F18 of", "NOT_HL7"]),
        (message("1", msh={13: "0"}), 0, ["answer    AA", "MSA-4     -1"]),
    ],
)
def test_the_answer_and_what_decides_it_are_told(tmp_path: Path, payload: bytes, code: int, words: list[str]) -> None:
    exit_code, shown = explain(tmp_path, payload, "max_frame: 2KiB")
    assert exit_code == code, shown
    assert [word for word in words if word not in shown] == [], shown


def test_each_error_is_told_as_a_sentence_with_its_code(tmp_path: Path) -> None:
    file, config = tmp_path / "a.hl7", tmp_path / "engine.yaml"
    file.write_bytes(message("1", rest="EVN|A01|20260314\rPID|1||7||A^B||1980-01-02\r"))
    config.write_text("listeners:\n  - ack: validated\n")
    done = CliRunner().invoke(app, ["explain", "--ack", str(file), "--config", str(config)])
    assert done.exit_code == 1
    assert "reports   PV1: the segment is missing" in done.output
    assert "reports   PID-7: the value is none of the field's datatype" in done.output
    assert "1980-01-02" not in done.output


def test_the_address_of_the_sender_may_be_said(tmp_path: Path) -> None:
    assert explain(tmp_path, message("1", msh={4: "79020"}), "", "--address", "10.2.3.4")[0] == 0


def test_each_message_of_a_file_and_of_a_split_batch_is_explained(tmp_path: Path) -> None:
    batch = b"BHS|^~\\&|\r" + message("2", msh={11: "X"}) + message("3")
    code, shown = explain(tmp_path, framed(message("1")) + framed(batch), "batches: split")
    assert code == 1
    answers = [line.split()[1] for line in shown.splitlines() if line.startswith("  answer")]
    assert answers == ["AA", "AR", "AA"]


def test_a_listener_that_is_not_there_and_a_file_that_is_no_certificate_are_faults(tmp_path: Path) -> None:
    assert "no listener" in str(explain_fault(tmp_path, "--listener", "web"))
    assert "is no certificate" in str(explain_fault(tmp_path, "--certificate", str(tmp_path / "a.hl7")))


def explain_fault(tmp_path: Path, *options: str) -> object:
    (tmp_path / "a.hl7").write_bytes(message("1"))
    return CliRunner().invoke(app, ["explain", "--ack", str(tmp_path / "a.hl7"), *options]).exception


def test_a_certificate_names_the_sender(tmp_path: Path) -> None:
    pem = tmp_path / "his.pem"
    trustme.CA().issue_cert("his.example").cert_chain_pems[0].write_to_path(str(pem))
    assert explain(tmp_path, message("1"), "", "--certificate", str(pem))[0] == 0


def test_every_cause_has_its_row() -> None:
    assert set(ROWS) == set(Cause)


def run(*arguments: str) -> tuple[int, str, object]:
    done = CliRunner().invoke(app, ["explain", *arguments])
    return done.exit_code, done.output, done.exception


SAMPLE = str(ROOT / "mappings" / "standard" / "messages" / "samples" / "adt-a01.hl7")


def test_a_file_is_explained_value_by_value() -> None:
    code, shown, _ = run(SAMPLE)
    assert code == 0
    row = next(line for line in shown.splitlines() if line.startswith("gender"))
    assert "PID-8" in row
    assert "standard/segments/PID.Patient.yaml:" in row


def test_programs_get_json() -> None:
    made = orjson.loads(run(SAMPLE, "--json")[1])
    patient = next(one for one in made if one["type"] == "Patient")
    gender = next(one for one in patient["values"] if one["element"] == "gender")
    assert gender["fields"] == ["PID-8"]
    assert gender["lines"][-1]["says"].startswith("PID-8 via")


def test_a_field_is_asked_for_by_its_path() -> None:
    code, shown, _ = run("PID-8")
    assert code == 0
    assert "Administrative sex" in shown
    assert "Patient.gender" in shown
    assert run("PID-38")[0] == 1


def test_an_element_is_asked_for_by_its_name_and_the_nearest_is_told() -> None:
    assert "PID-8 via" in run("Patient.gender")[1]
    assert "did you mean 'Patient.gender'?" in str(run("Patient.gendr")[2])


def test_a_message_that_no_mapping_takes_is_named(tmp_path: Path) -> None:
    file = tmp_path / "z.hl7"
    file.write_bytes(message("1", msh={9: "ZZZ^Z01"}))
    code, shown, _ = run(str(file))
    assert (code, "MSH-9" in shown) == (1, True)
