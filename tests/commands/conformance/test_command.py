"""`engine conformance`: what it prints, and how it ends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from engine.cli import app
from tests.commands.conformance.test_survey import HEAD, TABLES, row
from tests.transforms.folders import IDENTITY, MESSAGE, SHIPPED, write

BIRTH = row("PID[Patient]", "PID-7", "DTM", "", "", "Patient.birthDate", "date")
PLACE = row("PID[Patient]", "PID-23", "ST", "", "", "Patient.birthPlace", "string")
REASON = "PID[Patient]/2\tPID-23\tPatient.birthPlace\tFHIR has no such element\n"


def conformance(tmp_path: Path, rows: str, options: Sequence[str] = (), reasons: str = "") -> Result:
    readings = (SHIPPED / "guide" / "readings.yaml").read_text("utf-8")
    guide = {"segments.tsv": HEAD + rows, "messages.tsv": HEAD, "datatypes.tsv": HEAD, "tables.tsv": TABLES}
    guide |= {"corrections.yaml": "[]\n", "readings.yaml": readings}
    guide["uncovered.tsv"] = "row\tpath\ttarget\treason\n" + reasons
    files = {f"mappings/guide/{name}": text for name, text in guide.items()}
    files["mappings/standard/messages/ADT_A01.yaml"] = MESSAGE
    files["mappings/standard/segments/PID.Patient.yaml"] = IDENTITY + "      birthDate: PID-7 as date\n"
    write(tmp_path, {**files, "engine.yaml": f"mappings: {tmp_path / 'mappings'}\n"})
    return CliRunner().invoke(app, ["conformance", "--config", str(tmp_path / "engine.yaml"), *options])


def test_all_rows_covered_is_zero(tmp_path: Path) -> None:
    done = conformance(tmp_path, BIRTH)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1].split() == ["segment", "1", "1", "0", "0", "100.0"]


def test_an_open_row_is_one(tmp_path: Path) -> None:
    done = conformance(tmp_path, BIRTH + PLACE)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1].split() == ["segment", "2", "1", "0", "1", "50.0"]


def test_a_row_with_a_reason_is_excused(tmp_path: Path) -> None:
    done = conformance(tmp_path, BIRTH + PLACE, reasons=REASON)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1].split() == ["segment", "2", "1", "1", "0", "50.0"]


def test_open_rows_are_shown_with_what_was_sent(tmp_path: Path) -> None:
    shown = conformance(tmp_path, BIRTH + PLACE, ["--uncovered"]).stdout
    assert "PID[Patient]/2 PID-23" in shown
    assert "expected  Patient.birthPlace: PRB00001" in shown
    assert "sent      PID|" in shown
    assert "PID[Patient]/1" not in shown


def test_json_has_every_row(tmp_path: Path) -> None:
    found = orjson.loads(conformance(tmp_path, BIRTH + PLACE, ["--format", "json"]).stdout)
    assert [(one["row"], one["covered"]) for one in found] == [("PID[Patient]/1", True), ("PID[Patient]/2", False)]
    assert "PRB00001" in found[1]["sent"]


@pytest.mark.parametrize("options", [["--map", "PV1[Encounter]"], ["--kind", "table"]])
def test_only_the_rows_asked_for_are_looked_at(tmp_path: Path, options: list[str]) -> None:
    assert orjson.loads(conformance(tmp_path, PLACE, [*options, "--format", "json"]).stdout) == []


def test_a_guide_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    conformance(tmp_path, BIRTH)
    (tmp_path / "mappings/guide/segments.tsv").unlink()
    done = CliRunner().invoke(app, ["conformance", "--config", str(tmp_path / "engine.yaml")])
    assert "segments.tsv" in str(done.exception)
