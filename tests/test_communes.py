"""tools/communes.py: the tables of communes are made of the list that is carried, and leave out none of it."""

from __future__ import annotations

import csv

import pytest

from engine.transforms.places import find, index
from tests.transforms.folders import shipped
from tools.communes import LEGACY, LISTS, SOURCES, TABLES, contents, legacy, lists

COMMUNE = shipped().sources.tables["Commune"]
MATCH = shipped().sources.tables["CommuneMatch"]
PLACES, MATCHES = index(COMMUNE), index(MATCH)


def sheet(name: str) -> list[dict[str, str]]:
    with (SOURCES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def commune(text: str) -> tuple[str, str]:
    key = find(PLACES, text)
    return (COMMUNE.codes[key].code, MATCH.codes[find(MATCHES, text)].code) if key else ("", "")


def test_tables_are_what_the_list_makes() -> None:
    for folder, made in ((TABLES, contents()), (LISTS, lists())):
        for name, rows in made.items():
            with (folder / name).open(encoding="utf-8", newline="") as file:
                assert list(csv.reader(file)) == rows


def test_wards_of_before_are_what_the_list_makes() -> None:
    assert LEGACY.read_text(encoding="utf-8") == legacy()


def test_each_of_the_168_is_found_by_code_and_by_name() -> None:
    units = sheet("units")
    assert len(units) == 168
    for unit in units:
        assert commune(unit["code"]) == (unit["code"], "current")
        assert commune(f"1 Đường Thử, {unit['full_name'].upper()}, TP. HỒ CHÍ MINH") == (unit["code"], "current")


def test_each_ward_of_before_is_found_beside_its_district() -> None:
    for link in (one for one in sheet("legacy") if one["is_default"] == "1" and one["old_ward"]):
        expected = (link["new_ward_code"], "whole" if link["kind"] == "whole" else "default")
        assert commune(f"1 Đường Thử, {link['old_ward']}, {link['old_district']}, {link['old_province']}") == expected


@pytest.mark.parametrize(
    "text", ["Phường Tân Hiệp, Tỉnh Đồng Nai", "Phường 4, Thành phố Tân An, Long An", "TP.HCM", ""]
)
def test_a_place_elsewhere_is_no_commune_of_the_city(text: str) -> None:
    assert commune(text) == ("", "")


def test_a_district_of_before_2021_still_has_its_wards() -> None:
    assert commune("Phường Thảo Điền, Quận 2, TP.HCM") == commune("Phường Thảo Điền, TP Thủ Đức") != ("", "")
