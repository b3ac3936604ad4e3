"""Views that cannot be tables are told of, each fault with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.language.fault import Faults
from engine.loaders.tables import Kind
from engine.loaders.view_tables import OWN, load_view_tables

PLACED = "select:\n  - column:\n      - {{ name: {0}, path: birthDate, type: date }}\n"


def codes(folder: Path, name: str, text: str) -> list[str]:
    """The codes of the faults of one view, in a file of this name."""
    (folder / f"{name}.yaml").write_text(text, "utf-8")
    with pytest.raises(Faults) as found:
        load_view_tables(folder)
    return [fault.code for fault in found.value.faults]


@pytest.mark.parametrize("name", ["current", "history", "view_tables", "migrations", "given", "history_2026", "pg_a"])
def test_name_of_a_table_that_the_warehouse_has_is_a_fault(tmp_path: Path, name: str) -> None:
    text = f"name: {name}\nresource: Patient\n{PLACED.format('born')}"
    assert codes(tmp_path, name, text) == ["V116"]


@pytest.mark.parametrize("name", [*OWN, "lookup", "rowid", "ctid", "xmin"])
def test_name_of_a_column_that_the_loader_has_is_a_fault(tmp_path: Path, name: str) -> None:
    assert codes(tmp_path, "people", f"name: people\nresource: Patient\n{PLACED.format(name)}") == ["V116"]


@pytest.mark.parametrize("name", ["People", "p" * 51])
def test_name_that_databases_read_differently_is_a_fault(tmp_path: Path, name: str) -> None:
    assert codes(tmp_path, name, f"name: {name}\nresource: Patient\n{PLACED.format('born')}") == ["V118"]


def test_every_fault_of_every_view_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"name: b\nresource: Patient\n{PLACED.format('version')}", "utf-8")
    assert codes(tmp_path, "c", f"name: d\nresource: Patient\n{PLACED.format('Born')}") == [
        "V115",
        "V116",
        "V115",
        "V118",
    ]


def test_folder_that_is_not_there_holds_no_views(tmp_path: Path) -> None:
    assert load_view_tables(tmp_path / "none") == ()


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("path: birthDate, type: date", Kind.TEXT),
        ("path: active, type: boolean", Kind.TRUTH),
        ("path: multipleBirth.ofType(integer), type: integer", Kind.NUMBER),
        ("path: name, type: HumanName, collection: true", Kind.JSON),
        ("path: maritalStatus, type: CodeableConcept", Kind.JSON),
        ("path: id", Kind.TEXT),
        ("path: birthDate, type: date, tag: [{ name: ansi/type, value: date }]", Kind.DATE),
        ("path: birthDate, type: date, tag: [{ name: ansi/type, value: timestamp(3) with time zone }]", Kind.TIME),
        ("path: birthDate, type: date, tag: [{ name: ansi/type, value: VARCHAR(10) }]", Kind.TEXT),
        ("path: birthDate, type: date, tag: [{ name: ansi/type, value: JSON }]", Kind.JSON),
    ],
)
def test_kind_of_a_column_follows_from_its_type_or_its_tag(tmp_path: Path, column: str, kind: Kind) -> None:
    text = f"name: people\nresource: Patient\nselect:\n  - column:\n      - {{ name: one, {column} }}\n"
    (tmp_path / "people.yaml").write_text(text, "utf-8")
    (table,) = load_view_tables(tmp_path)
    assert table.table.columns["one"] is kind
