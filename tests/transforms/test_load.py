from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.language.fault import Faults
from engine.routes.load import load_routes
from engine.transforms.load import load_mappings, version_of
from tests.transforms.folders import SHIPPED, shipped, whole, write

TABLE = "{ table: Sex, codes: { F: female } }"


def test_version_changes_with_any_file_and_only_then(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", {"standard/tables/Sex.yaml": TABLE, "facilities/tables/x.csv": "code,target\n"})
    same = write(tmp_path / "b", {"standard/tables/Sex.yaml": TABLE, "facilities/tables/x.csv": "code,target\n"})
    first = version_of(folder)
    assert first == version_of(same)
    assert len(first) == 12
    write(folder, {"facilities/registry.yaml": "facilities: []", "routes/alerts.yaml": "routes: []"})
    assert version_of(folder) == first
    write(folder, {"facilities/tables/x.csv": "code,target\nA,b\n"})
    assert version_of(folder) != first


def test_hidden_files_as_editors_leave_them_are_no_mappings(tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    shutil.copytree(SHIPPED, folder)
    for part in ("standard/segments", "standard/messages/.data", "facilities", "routes"):
        (folder / part).mkdir(exist_ok=True)
        (folder / part / ".#PID.Patient.yaml").symlink_to("nobody@nowhere")
    assert load_mappings(folder).version == version_of(SHIPPED)
    assert load_routes(folder / "routes").topics == load_routes(SHIPPED / "routes").topics


def test_registry_beside_the_overlays_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    shutil.copytree(SHIPPED, folder)
    load_mappings(write(folder, {"facilities/registry.yaml": "facilities: []"}))


@pytest.mark.parametrize("name", ["none", "empty"])
def test_a_folder_without_a_message_mapping_is_a_fault(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Faults, match="holds no message mapping"):
        load_mappings(tmp_path / name)


def test_faults_of_all_files_are_raised_together(tmp_path: Path) -> None:
    folder = write(tmp_path, {"standard/tables/Sex.yaml": "{ a: 1, a: 2 }", "standard/segments/PID.Patient.yaml": "[]"})
    with pytest.raises(Faults) as caught:
        load_mappings(folder)
    assert {Path(fault.mark.file).name for fault in caught.value.faults} == {"Sex.yaml", "PID.Patient.yaml"}


def test_shipped_mappings_know_what_they_make() -> None:
    types = shipped().resource_types
    assert types > {"Patient", "Encounter", "Observation", "Immunization", "ChargeItem", "Practitioner", "Location"}
    assert "MessageHeader" not in types, "optional"
    assert whole().resource_types > types | {"MessageHeader", "Provenance"}
    assert shipped().version == version_of(SHIPPED)


def test_what_is_no_file_is_no_part_of_the_version(tmp_path: Path) -> None:
    folder = write(tmp_path, {"standard/tables/A.yaml": "{ table: A, codes: {} }"})
    before = version_of(folder)
    (folder / "standard" / "segments" / "old.yaml").mkdir(parents=True)
    (folder / "standard" / "tables" / "gone.csv").symlink_to(folder / "nowhere")
    assert version_of(folder) == before
