"""tools/guide_tables.py: what it writes of the guide's facts, and what it leaves as it stands."""

from __future__ import annotations

import csv
from pathlib import Path
from shutil import copytree

from engine.language.document import read_document
from engine.language.gather import Gather
from engine.transforms.mapping import Code, Table
from engine.transforms.tables import read_table_file
from tools.guide_tables import FACTS, TABLES, GuideTable, guide_tables, read_facts, write_table

COLUMNS = ("map", "code", "v2_table", "target", "system", "display")
V3 = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"


def facts(folder: Path, *rows: tuple[str, ...]) -> list[GuideTable]:
    path = folder / "facts.tsv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t").writerows([COLUMNS, *(("Marital", *row) for row in rows)])
    return guide_tables(read_facts(path))


def written(folder: Path, table: GuideTable) -> Table:
    write_table(table, folder)
    path, gather = folder / f"{table.name}.yaml", Gather()
    read = read_table_file(table.name, read_document(path), path, gather)
    assert gather.faults == []
    return read


def test_table_is_the_guides_with_two_tests(tmp_path: Path) -> None:
    rows = [("D", "HL70002", "D", V3, "Divorced"), ("U", "HL70002", "UNK", "urn:n", "unknown")]
    table = written(tmp_path, *facts(tmp_path, *rows, ("X", "HL70002", "??", V3, "")))
    assert table.system == V3
    assert table.codes == {"D": Code("D", "", "Divorced"), "U": Code("UNK", "urn:n", "unknown")}
    assert [one.name for one in table.tests] == ["D, Divorced, gives D", "U, unknown, gives UNK"]


def test_what_the_guide_does_not_have_stays_as_it_stands(tmp_path: Path) -> None:
    standing = "{ table: Marital, about: ours, system: s, partial: true, codes: { D: x, L: own }, tests: [%s] }"
    tests = ", ".join(f"{{ name: t{number}, code: L, expect: own }}" for number in (1, 2))
    (tmp_path / "Marital.yaml").write_text(standing % tests)
    [table] = facts(tmp_path, ("D", "HL70002", "D", V3, "Divorced"))
    first = written(tmp_path, table)
    assert first.codes == {"D": Code("D", "", "Divorced"), "L": Code("own", "s")}
    assert (first.partial, [one.name for one in first.tests]) == (True, ["t1", "t2"])
    before = (tmp_path / "Marital.yaml").read_text()
    assert written(tmp_path, table) == first
    assert (tmp_path / "Marital.yaml").read_text() == before


def test_code_that_no_code_of_v2_leads_to_stands_for_itself_and_a_short_number_in_its_system_only(
    tmp_path: Path,
) -> None:
    rows = [
        ("", "", "WIDOW", V3, "Widow"),
        ("", "", "382", V3, "Medical"),
        ("", "", "106004", V3, "Region"),
    ]
    assert list(written(tmp_path, *facts(tmp_path, *rows)).codes) == ["WIDOW", f"{V3}|382", "106004"]


def test_large_table_keeps_its_codes_in_a_sheet_beside_it(tmp_path: Path) -> None:
    rows = [(f"C{number}", "HL70002", f"T{number}", V3, "words, with a comma") for number in range(70)]
    table = written(tmp_path, *facts(tmp_path, *rows))
    assert (tmp_path / "Marital.csv").is_file()
    assert table.codes["C69"] == Code("T69", "", "words, with a comma")


def test_shipped_tables_are_as_they_are_written(tmp_path: Path) -> None:
    copytree(TABLES, tmp_path, dirs_exist_ok=True)
    for table in guide_tables(read_facts(FACTS)):
        write_table(table, tmp_path)
    changed = [
        path.name for path in sorted(TABLES.iterdir()) if (tmp_path / path.name).read_bytes() != path.read_bytes()
    ]
    assert (changed, len(list(tmp_path.iterdir()))) == ([], len(list(TABLES.iterdir())))
