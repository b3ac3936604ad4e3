"""`engine views`: what is wrong in views is told with its place, and rows are printed as JSON."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from engine.cli import app
from engine.language.fault import Faults

VIEW = """name: names
resource: Patient
select:
  - column: [{ name: id, path: getResourceKey() }]
  - { forEach: name, column: [{ name: given, path: given.first() }, { name: place, path: "%rowIndex" }] }
"""
PLACE = VIEW.splitlines()[4].index("given.first") + 1
PATIENT = '{"resourceType":"Patient","id":"p1","name":[{"given":["An"]},{}]}'
ROWS = '{"id":"p1","given":"An","place":0}\n{"id":"p1","given":null,"place":1}\n'


def engine(*words: object) -> Result:
    return CliRunner().invoke(app, ["views", *map(str, words)])


def lay(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize("resources", [f"[{PATIENT}]", f"{PATIENT}\n", f'\n{PATIENT}\n{{"resourceType":"Location"}}'])
def test_run_prints_a_row_a_line(tmp_path: Path, resources: str) -> None:
    found = engine("run", lay(tmp_path, "view.yaml", VIEW), "--resources", lay(tmp_path, "resources", resources))
    assert (found.exit_code, found.stdout) == (0, ROWS)


def test_run_ends_at_a_resource_that_does_not_fit_and_does_not_quote_it(tmp_path: Path) -> None:
    view = lay(tmp_path, "view.yaml", VIEW.replace("given.first()", "given"))
    wrong = PATIENT.replace('["An"]', '["An","Binh"]')
    resources = lay(tmp_path, "resources", f'{{"resourceType":"Location"}}\n{wrong}\n')
    found = engine("run", view, "--resources", resources)
    assert found.exit_code == 1
    assert f"{resources}: resource 2: {view}:5:{PLACE}: column given: has 2 values" in found.stderr
    assert "Binh" not in found.output


@pytest.mark.parametrize("text", ["patient An\n", "[1]", '["An', "[]]", "12"])
def test_file_that_holds_no_resources_is_a_fault_that_does_not_quote_it(tmp_path: Path, text: str) -> None:
    resources = lay(tmp_path, "resources", text)
    found = engine("run", lay(tmp_path, "view.yaml", VIEW), "--resources", resources)
    assert isinstance(found.exception, Faults)
    assert str(found.exception).startswith(f"{resources}: ")
    assert "V301" in str(found.exception)
    assert "An" not in str(found.exception)


def test_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    found = engine("run", lay(tmp_path, "view.yaml", VIEW), "--resources", tmp_path / "none")
    assert "E001" in str(found.exception)


def test_view_that_is_wrong_ends_the_program_and_says_where(tmp_path: Path) -> None:
    view = lay(tmp_path, "view.yaml", VIEW.replace("given.first()", "given.frist()"))
    words = [sys.executable, "-m", "engine", "views", "run", str(view), "--resources", str(view)]
    found = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 2
    assert f"{view}:5:{PLACE + 6}: views have no function frist(); did you mean 'first'? [V206]" in found.stderr
    assert found.stdout == ""


def test_check_tells_the_faults_of_all_views_of_a_folder(tmp_path: Path) -> None:
    lay(tmp_path, "a.yaml", VIEW.replace("getResourceKey()", "idd"))
    lay(tmp_path, "b.json", "{}")
    lay(tmp_path, "c.yaml", VIEW)
    lay(tmp_path, "d.yaml", VIEW)
    found = engine("check", tmp_path)
    assert isinstance(found.exception, Faults)
    told = [(Path(fault.mark.file).name, fault.code) for fault in found.exception.faults]
    assert told == [("a.yaml", "V210"), ("b.json", "M103"), ("b.json", "M103"), ("d.yaml", "V114")]


def test_check_counts_views_and_looks_into_the_mappings_by_default(tmp_path: Path) -> None:
    lay(tmp_path, "engine.yaml", f"mappings: {tmp_path}\n")
    (tmp_path / "views").mkdir()
    lay(tmp_path / "views", "names.yaml", VIEW)
    assert engine("check", tmp_path / "views").stdout == "views       1\n"
    assert engine("check", "--config", tmp_path / "engine.yaml").stdout == "views       1\n"
