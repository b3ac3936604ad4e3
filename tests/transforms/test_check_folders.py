"""Files that nobody would read are told of, and so are two for one table."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.language.fault import Fault, Faults
from engine.transforms.load import check_mappings, load_mappings
from tests.transforms.folders import write
from tests.transforms.test_check import GOOD, SEX


def faults(folder: Path, **more: str) -> tuple[Fault, ...]:
    with pytest.raises(Faults) as caught:
        check_mappings(write(folder, GOOD | more))
    return caught.value.faults


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("standard/segment/PID.Patient.yaml", "did you mean 'segments'?"),
        ("standart/segments/PID.Patient.yaml", "did you mean 'standard'?"),
        ("standard/tables/Race.yml", "call it Race.yaml"),
        ("facilities/79015.yml", "call it 79015.yaml"),
    ],
)
def test_file_that_nobody_reads_is_told_of(name: str, told: str, tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, **{name: "about: nothing"})
    assert fault.code == "M108"
    assert told in fault.hint


def test_csv_beside_a_table_that_does_not_name_it_is_told_of(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, **{"standard/tables/Sex.csv": "code,target\nM,male\n"})
    assert (fault.code, Path(fault.mark.file).name) == ("M107", "Sex.csv")


def test_what_only_people_should_hear_of_stops_no_engine(tmp_path: Path) -> None:
    files = GOOD | {"standard/tables/Race.yml": "", "standard/tables/Sex.csv": "code,target\nM,male\n"}
    assert load_mappings(write(tmp_path, files)).sources.tables["Sex"].mark.file.endswith("Sex.yaml")


def test_faults_of_all_files_come_at_once_where_one_cannot_be_read_at_all(tmp_path: Path) -> None:
    files = {SEX: "{ table: Sex, codes: [", "standard/segments/PV1.Encounter.yaml": GOOD_PV1}
    assert [fault.code for fault in faults(tmp_path, **files)] == ["M301", "E005"]


GOOD_PV1 = GOOD["standard/segments/PV1.Encounter.yaml"].rstrip() + "\n          clas: PV1-2\n"
