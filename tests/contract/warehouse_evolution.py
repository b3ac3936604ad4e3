"""The warehouse contract: tables of views follow views that change, and lose nothing that anybody may read."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.language.fault import Faults
from engine.loaders.evolution import Change, apply
from engine.loaders.filling import Filling
from engine.loaders.standing import plan_views, read_views
from engine.loaders.starting import bring_up
from engine.loaders.view_registry import State
from engine.loaders.view_rows import ViewRows
from engine.loaders.view_tables import ViewTable, load_view_tables
from engine.loaders.warehouse import OtherViews, Overtaken, Warehouse
from tests.contract.warehouse_feed import NOW, Feeder, receipt
from tests.contract.warehouse_view_tables import person, rows

GENDER = "{ name: gender, path: gender, type: code }"
BORN = "{ name: born, path: birthDate, type: date }"
Views = tuple[ViewTable, ...]
TOLD = [person(raw, {"gender": "male", "birthDate": f"19{raw:02d}"}, of=f"Patient/{raw}") for raw in range(7)]


def views(folder: Path, *columns: str, name: str = "people", resource: str = "Patient", more: str = "") -> Views:
    """One view with these columns, read from a file."""
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    listed = "".join(f"      - {column}\n" for column in columns)
    text = f"name: {name}\nresource: {resource}\nselect:\n  - column:\n{listed}{more}"
    (folder / f"{name}.yaml").write_text(text, "utf-8")
    return load_view_tables(folder)


def changes(warehouse: Warehouse, tables: Views) -> dict[str, Change]:
    """What is to be done with each table."""
    return {step.name: step.change for step in plan_views(warehouse, tables)}


def brought_up(warehouse: Warehouse, tables: Views, batch: int = 3) -> Feeder:
    """A loader with these views, whose tables are made and filled; goes on where the warehouse stands."""
    apply(warehouse, plan_views(warehouse, tables), NOW)
    fill(warehouse, tables, batch)
    return Feeder(warehouse, dict(warehouse.offsets()), [ViewRows(tables)])


def fill(warehouse: Warehouse, tables: Views, batch: int = 3, most: int = 1000) -> int:
    """Fill so many batches, or all; returns how many there were."""
    filling, steps = Filling(warehouse, tables, ViewRows(tables), lambda: NOW, batch), 0
    while steps < most and filling.step():
        steps += 1
    return steps


class EvolutionContract:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "views"

    def test_new_view_is_made_and_filled_from_what_is_current(self, warehouse: Warehouse, folder: Path) -> None:
        Feeder(warehouse).load(*TOLD)
        tables = views(folder, GENDER, BORN)
        assert changes(warehouse, tables) == {"people": Change.NEW}
        feeder = brought_up(warehouse, tables)
        assert rows(warehouse, "people", "resource_id", "born") == [(f"{raw}", f"19{raw:02d}") for raw in range(7)]
        assert (changes(warehouse, tables), read_views(warehouse)["people"].state) == ({}, State.WHOLE)
        feeder.load(person(8, {"gender": "female"}, of="Patient/3"))
        assert rows(warehouse, "people", "resource_id", "gender")[3] == ("3", "female")

    def test_bringing_up_again_changes_nothing(self, warehouse: Warehouse, folder: Path) -> None:
        Feeder(warehouse).load(*TOLD)
        tables = views(folder, GENDER)
        brought_up(warehouse, tables)
        before = warehouse.digest()
        bring_up(warehouse, tables, NOW)
        assert fill(warehouse, tables) == 0
        assert warehouse.digest() == before

    def test_filling_that_was_broken_off_goes_on_and_changes_meanwhile_are_not_lost(
        self, warehouse: Warehouse, folder: Path
    ) -> None:
        Feeder(warehouse).load(*TOLD)
        tables = views(folder, GENDER, BORN)
        apply(warehouse, plan_views(warehouse, tables), NOW)
        assert fill(warehouse, tables, most=1) == 1
        assert 0 < len(rows(warehouse, "people", "resource_id")) < len(TOLD)
        assert changes(warehouse, tables) == {"people": Change.UNFINISHED}
        feeder = Feeder(warehouse, dict(warehouse.offsets()), [ViewRows(tables)])
        for raw in range(7):
            feeder.load(person(10 + raw, {"gender": "female"}, of=f"Patient/{raw}"))
        feeder.load(receipt(0, 0, generation=2), receipt(10, 0, generation=2))
        fill(warehouse, tables)
        assert rows(warehouse, "people", "resource_id", "gender") == [(f"{raw}", "female") for raw in range(1, 7)]

    def test_further_column_is_added_and_filled(self, warehouse: Warehouse, folder: Path) -> None:
        brought_up(warehouse, views(folder, GENDER)).load(*TOLD)
        wider = views(folder, BORN, GENDER)
        assert changes(warehouse, wider) == {"people": Change.WIDER}
        bring_up(warehouse, wider, NOW)
        fill(warehouse, wider)
        assert rows(warehouse, "people", "gender", "born")[6] == ("male", "1906")

    def test_view_that_gives_other_rows_needs_a_person(self, warehouse: Warehouse, folder: Path) -> None:
        brought_up(warehouse, views(folder, GENDER)).load(*TOLD)
        changed = views(folder, "{ name: gender, path: birthDate, type: date }")
        assert changes(warehouse, changed) == {"people": Change.CHANGED}
        with pytest.raises(Faults, match=r"people\.yaml:1:1: people: the view gives other rows; see .* \[V401\]"):
            bring_up(warehouse, changed, NOW)
        assert rows(warehouse, "people", "gender")[0] == ("male",)
        brought_up(warehouse, changed)
        assert rows(warehouse, "people", "gender") == [(f"190{raw}",) for raw in range(7)]

    @pytest.mark.parametrize(
        "more",
        ["where: [{ path: birthDate = @1903 }]\n", "    forEach: $this\n", "    select: [{ forEach: name }]\n"],
    )
    def test_change_of_which_rows_there_are_is_noticed(self, warehouse: Warehouse, folder: Path, more: str) -> None:
        brought_up(warehouse, views(folder, GENDER))
        assert changes(warehouse, views(folder, GENDER, BORN, more=more)) == {"people": Change.CHANGED}

    @pytest.mark.parametrize("same", ["description: who", "title: P", "fhirVersion: [4.0.1]"])
    def test_words_about_a_view_change_nothing(self, warehouse: Warehouse, folder: Path, same: str) -> None:
        brought_up(warehouse, views(folder, GENDER))
        assert changes(warehouse, views(folder, GENDER, more=f"{same}\n")) == {}

    def test_column_that_no_view_names_stays_and_is_left_empty(self, warehouse: Warehouse, folder: Path) -> None:
        brought_up(warehouse, views(folder, GENDER, BORN)).load(*TOLD)
        (step,) = plan_views(warehouse, views(folder, GENDER))
        assert step.what == "the view gives other rows; column born is left empty"
        brought_up(warehouse, views(folder, GENDER)).load(person(8, {"gender": "female"}, of="Patient/3"))
        assert set(rows(warehouse, "people", "born")) == {(None,)}
        brought_up(warehouse, views(folder, GENDER, BORN))
        assert rows(warehouse, "people", "resource_id", "born")[3] == ("3", "1903")

    def test_table_without_a_view_stays_and_returns_with_it(self, warehouse: Warehouse, folder: Path) -> None:
        tables = views(folder, GENDER)
        brought_up(warehouse, tables).load(*TOLD)
        assert changes(warehouse, ()) == {"people": Change.ORPHANED}
        with pytest.raises(Faults, match="its view is gone"):
            bring_up(warehouse, (), NOW)
        brought_up(warehouse, ()).load(receipt(0, 0, generation=2), person(9, {"gender": "female"}, of="Patient/1"))
        assert rows(warehouse, "people", "resource_id", "gender")[:2] == [("0", "male"), ("1", "male")]
        assert (changes(warehouse, ()), "people" in warehouse.digest()) == ({}, False)
        assert changes(warehouse, tables) == {"people": Change.RETURNED}
        bring_up(warehouse, tables, NOW)
        fill(warehouse, tables)
        assert rows(warehouse, "people", "resource_id", "gender")[:2] == [("1", "female"), ("2", "male")]

    def test_view_of_another_type_of_resource_leaves_no_row_of_the_one_before(
        self, warehouse: Warehouse, folder: Path
    ) -> None:
        brought_up(warehouse, views(folder, "{ name: born, path: birthDate, type: date }")).load(*TOLD)
        other = views(folder, "{ name: born, path: birthDate, type: date }", resource="Practitioner")
        assert changes(warehouse, other) == {"people": Change.CHANGED}
        brought_up(warehouse, other)
        assert rows(warehouse, "people", "resource_id") == []

    def test_column_of_another_type_is_refused(self, warehouse: Warehouse, folder: Path) -> None:
        brought_up(warehouse, views(folder, GENDER, BORN))
        dated = "{ name: born, path: birthDate, type: date, tag: [{ name: ansi/type, value: DATE }] }"
        for before in ((GENDER, BORN), (GENDER,)):
            brought_up(warehouse, views(folder, *before))
            assert changes(warehouse, views(folder, GENDER, dated)) == {"people": Change.BLOCKED}
        with pytest.raises(Faults, match=r"its column born holds text, the view's date; give .* another name \[V402\]"):
            bring_up(warehouse, views(folder, GENDER, dated), NOW)

    def test_table_that_is_no_views_is_left_alone(self, warehouse: Warehouse, folder: Path) -> None:
        (table,) = views(folder, GENDER)
        with warehouse.transaction() as transaction:
            transaction.create(table.table)
        assert changes(warehouse, (table,)) == {"people": Change.BLOCKED}
        apply(warehouse, plan_views(warehouse, (table,)), NOW)
        assert read_views(warehouse) == {}

    def test_plan_that_another_process_overtook_is_not_applied(self, warehouse: Warehouse, folder: Path) -> None:
        tables = views(folder, GENDER)
        steps = plan_views(warehouse, tables)
        apply(warehouse, steps, NOW)
        with pytest.raises(Overtaken):
            apply(warehouse, steps, NOW)

    def test_loader_and_filling_of_the_view_before_are_kept_out(self, warehouse: Warehouse, folder: Path) -> None:
        before = views(folder, GENDER)
        stale = brought_up(warehouse, before)
        apply(warehouse, plan_views(warehouse, views(folder, GENDER, BORN)), NOW)
        with pytest.raises(OtherViews):
            stale.load(*TOLD)
        with pytest.raises(OtherViews):
            fill(warehouse, before)
        assert warehouse.counts()["history"] == 0
