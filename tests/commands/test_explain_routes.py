"""`engine explain --route`: where events go, and what keeps them from going elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.cli import app
from engine.language.fault import Faults
from tests.commands.check_faults import GOOD
from tests.commands.test_check_faults import lay_out

MESSAGE = "MSH|^~\\&|A|79014|||20260314||{type}|1|P|2.5\rEVN||20260314\rPID|1||7^^^A^MR||A^B||19800102|{sex}\rPV1|1|I\r"


def explain(folder: Path, name: str, content: str, *options: str) -> tuple[int, str, str]:
    lay_out(folder, {name_: text for name_, text in GOOD.items() if name_.startswith("mappings/")})
    (folder / "engine.yaml").write_text(f"mappings: {folder}/mappings\n")
    (folder / name).write_text(content, newline="")
    command = ["explain", "--route", str(folder / name), "--config", str(folder / "engine.yaml"), *options]
    done = CliRunner().invoke(app, command)
    if isinstance(done.exception, Faults):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("sex", "takes", "goes"), [("F", "yes", "fhir.patient, alerts.women"), ("M", "no", "fhir.patient")]
)
def test_the_routes_of_each_event_of_a_message_are_told(tmp_path: Path, sex: str, takes: str, goes: str) -> None:
    code, shown, _ = explain(tmp_path, "a.hl7", MESSAGE.format(type="ADT^A01^ADT_A01", sex=sex))
    assert code == 0
    line = next(one for one in shown.splitlines() if one.startswith("women "))
    assert takes in line.split()
    assert "routes/alerts.yaml:" in line
    assert f"goes to {goes}\n" in shown
    assert (takes == "yes") != ("gender = female, and it has male" in shown)


def test_resources_that_are_written_down_are_explained_too(tmp_path: Path) -> None:
    women = '{"resourceType": "Patient", "gender": "female", "name": [{"text": "A"}]}'
    for name, content in (("a.json", women), ("b.json", f"[\n{women},\n{women}]"), ("c.ndjson", f"{women}\n{women}\n")):
        code, shown, _ = explain(tmp_path, name, content, "--json")
        entries = [json.loads(line) for line in shown.splitlines()]
        assert (code, len(entries)) == (0, 1 if name == "a.json" else 2)
        assert all(entry["topics"] == ["fhir.patient", "alerts.women"] for entry in entries)
        assert entries[0]["routes"][0]["taken"] is True


def test_a_message_that_no_mapping_knows_goes_to_the_dead_letters_and_asks_no_route(tmp_path: Path) -> None:
    code, shown, told = explain(tmp_path, "a.hl7", MESSAGE.format(type="ZZZ^Z01", sex="F"))
    assert (code, shown) == (1, "")
    assert "dead letter UNMATCHED MSH-9" in told
    assert "no route is asked" in told


@pytest.mark.parametrize(("content", "code"), [("[1]", "C047"), ('{"a": 1}', "C047"), ("{\n", "C048")])
def test_what_is_no_resource_is_a_fault(tmp_path: Path, content: str, code: str) -> None:
    with pytest.raises(Faults) as caught:
        explain(tmp_path, "a.json", content)
    assert [fault.code for fault in caught.value.faults] == [code]
