"""`engine check`: faults for people and for programs."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from engine.cli import app
from engine.commands.fault_formats import Form, write_faults
from engine.language.fault import Fault, Mark

FAULT = Fault(Mark("a,b.yaml", 3, 5), "M301", "PID.Patient", "has no\n'gendr' 100%", "did you mean 'gender'?")
WHOLE = Fault(Mark("c.yaml"), "E001", "", "cannot be read", "check the path")


def check(tmp_path: Path, settings: str, form: str) -> tuple[int, str]:
    config = tmp_path / "engine.yaml"
    config.write_text(settings)
    done = CliRunner().invoke(app, ["check", "--config", str(config), "--format", form])
    return done.exit_code, done.output


def test_json_names_each_part_of_a_fault() -> None:
    assert orjson.loads(write_faults([FAULT, WHOLE], Form.JSON)) == [
        {
            "file": "a,b.yaml",
            "line": 3,
            "column": 5,
            "code": "M301",
            "where": "PID.Patient",
            "what": "has no\n'gendr' 100%",
            "hint": "did you mean 'gender'?",
        },
        {
            "file": "c.yaml",
            "line": 0,
            "column": 0,
            "code": "E001",
            "where": "",
            "what": "cannot be read",
            "hint": "check the path",
        },
    ]


def test_github_gets_one_escaped_command_a_fault() -> None:
    assert write_faults([FAULT, WHOLE], Form.GITHUB).split("\n") == [
        "::error file=a%2Cb.yaml,line=3,col=5,title=M301::PID.Patient: has no%0A'gendr' 100%25; did you mean 'gender'?",
        "::error file=c.yaml,line=1,col=1,title=E001::cannot be read; check the path",
    ]


def test_sarif_has_a_rule_for_each_code_and_a_region_where_there_is_a_line() -> None:
    (run,) = orjson.loads(write_faults([FAULT, WHOLE, FAULT], Form.SARIF))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["E001", "M301"]
    assert [rule["helpUri"].partition("#")[2] for rule in rules] == ["e001", "m301"]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert places[0] == {"artifactLocation": {"uri": "a,b.yaml"}, "region": {"startLine": 3, "startColumn": 5}}
    assert places[1] == {"artifactLocation": {"uri": "c.yaml"}}


@pytest.mark.parametrize("form", list(Form))
def test_without_a_fault_the_exit_code_is_0(tmp_path: Path, form: Form) -> None:
    code, output = check(tmp_path, "log_level: info\n", form)
    assert code == 0
    assert "version" in output or output.strip() in ("", "[]")


@pytest.mark.parametrize("form", list(Form))
def test_a_fault_of_the_settings_is_written_in_the_form_asked_for(tmp_path: Path, form: Form) -> None:
    code, output = check(tmp_path, "log_levle: info\n", form)
    assert code == 2
    assert "did you mean" in output
    assert "C002" in output


def test_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes" / "a.yaml").write_text("routes:\n  - route: A b\n    to: x\n")
    (tmp_path / "standard").mkdir()
    (tmp_path / "standard" / "segments").mkdir()
    (tmp_path / "standard" / "segments" / "PID.Patient.yaml").write_text("segment: PID\nresource: Patient\n")
    registry = tmp_path / "registry.yaml"
    registry.write_text("facilities:\n  - {code: '1'}\n")
    code, output = check(tmp_path, f"mappings: {tmp_path}\nregistry: {registry}\n", "json")
    assert code == 2
    files = {Path(one["file"]).name for one in orjson.loads(output)}
    assert files >= {"a.yaml", "registry.yaml"}


def test_profiles_of_the_mappings_and_of_listeners_are_read(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "a.yaml").write_text("profile: a\nfields:\n  PDI-3: required\n")
    (tmp_path / "b.yaml").write_text("profile: b\nbass: none\n")
    listener = f"listeners:\n  - {{ ack: validated, profile: {tmp_path / 'b.yaml'} }}\n"
    code, output = check(tmp_path, f"mappings: {tmp_path}\n{listener}", "json")
    assert code == 2
    found = {(Path(one["file"]).name, one["code"]) for one in orjson.loads(output)}
    assert found >= {("a.yaml", "P102"), ("b.yaml", "C002")}


def test_a_profile_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    code, output = check(tmp_path, f"listeners:\n  - {{ profile: {tmp_path / 'none.yaml'} }}\n", "text")
    assert (code, "none.yaml" in output, "E001" in output) == (2, True, True)
