"""Write the tables of the city's communes: what an address may say of one, and which commune that is today.

The warehouse's dimensions of communes are made of the same list.

    python -m tools.communes

`Commune` gives the code and the name of the commune, `CommuneMatch` how sure that is: `current` where the address names
it, `whole` where it names a unit of before July 2025 that lies in one commune as a whole, `default` where that unit was
divided and this is the commune that got most of it. `legacy-communes.json` tells, for counts of years before, which
commune each ward of before lies in: its code may be another commune's today.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from engine.transforms.places import read_place

SOURCES = Path(__file__).parent / "commune-list"
TABLES = Path(__file__).parents[1] / "mappings" / "standard" / "tables"
LISTS = Path(__file__).parents[1] / "engine" / "loaders" / "lists"
LEGACY = Path(__file__).parents[1] / "engine" / "alerts" / "surveillance" / "legacy-communes.json"
CITY = ("Thành phố Hồ Chí Minh", "HCM", "Sài Gòn")
FORMER = {"74": "Bình Dương", "77": "Bà Rịa"}
"""Provinces that are part of the city now; of Bà Rịa - Vũng Tàu the part that stands beside the commune."""
BEFORE = {
    "Thành phố Thủ Đức": ("Quận 2", "Quận 9"),
    "Huyện Long Đất": ("Huyện Long Điền", "Huyện Đất Đỏ"),
    "Thành phố Phú Mỹ": ("Huyện Tân Thành",),
}
"""Districts as they were called before 2021, 2025 and 2018; names inside of them stayed."""


class Row(NamedTuple):
    """What an address may say, the commune, its name, and how sure that is."""

    said: str
    code: str
    name: str
    match: str


def rows() -> list[Row]:
    """Every row, the surest first: what an address could say of two communes, it says of the first."""
    found: dict[str, Row] = {}
    for row in (*_current(), *_legacy(), *_current_in_former()):
        place = read_place(row.said)
        found.setdefault(next(iter(place.codes), "") or ",".join(name.exact for name in place.names), row)
    return list(found.values())


def contents() -> dict[str, list[list[str]]]:
    """The rows of both tables, by the names of their files."""
    made = rows()
    return {
        "Commune.csv": [["code", "target", "display"], *([row.said, row.code, row.name] for row in made)],
        "CommuneMatch.csv": [["code", "target"], *([row.said, row.match] for row in made)],
    }


def lists() -> dict[str, list[list[str]]]:
    """The rows of the warehouse's lists: communes, and what each unit of before became."""
    units = ("code", "full_name", "unit_type", "former_province_codes", "lat", "lon", "area_km2")
    links = ("old_ward_code", "old_ward", "old_district", "old_province", "new_ward_code", "kind", "is_default")
    return {
        "communes.csv": [
            ["commune", "name", "kind", "former_provinces", "latitude", "longitude", "square_kilometres"],
            *([unit[key] for key in units] for unit in _sheet("units")),
        ],
        "commune_links.csv": [
            ["old_code", "old_name", "old_district", "old_province", "commune", "share", "is_default"],
            *([link[key] for key in links] for link in _sheet("legacy")),
        ],
    }


def legacy() -> str:
    """The file of wards of before: by code the commune that got it, or most of it, and those that were divided."""
    links = [one for one in _sheet("legacy") if one["is_default"] == "1" and one["old_ward_code"]]
    content = {
        "about": "Made by tools/communes.py of tools/commune-list, MIT, Copyright (c) 2025 Tran Ngoc Minh Hieu.",
        "communes": {one["code"]: one["full_name"] for one in _sheet("units")},
        "became": {one["old_ward_code"]: one["new_ward_code"] for one in links},
        "divided": sorted(one["old_ward_code"] for one in links if one["kind"] != "whole"),
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _current() -> Iterator[Row]:
    for unit in _sheet("units"):
        code, name = unit["code"], unit["full_name"]
        yield Row(code, code, name, "current")
        for around in CITY:
            yield Row(f"{name}, {around}", code, name, "current")


def _legacy() -> Iterator[Row]:
    for link in _sheet("legacy"):
        if link["is_default"] == "1" and link["old_ward"]:  # a district without wards has its commune's name
            code, name = link["new_ward_code"], link["new_ward"]
            match = "whole" if link["kind"] == "whole" else "default"
            yield Row(link["old_ward_code"], code, name, match)
            for district in _districts(link):
                yield Row(f"{link['old_ward']}, {district}", code, name, match)


def _current_in_former() -> Iterator[Row]:
    """Addresses of the first years name the new commune, and the district or province of before."""
    for link in _sheet("legacy"):
        for district in _districts(link):
            yield Row(f"{link['new_ward']}, {district}", link["new_ward_code"], link["new_ward"], "current")
    for unit in _sheet("units"):
        if around := FORMER.get(unit["former_province_codes"]):
            yield Row(f"{unit['full_name']}, {around}", unit["code"], unit["full_name"], "current")


def _districts(link: dict[str, str]) -> tuple[str, ...]:
    return (link["old_district"], *BEFORE.get(link["old_district"], ()))


def _sheet(name: str) -> list[dict[str, str]]:
    with (SOURCES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Write the tables, the lists of the warehouse, and the file of wards of before."""
    for folder, sheets in ((TABLES, contents()), (LISTS, lists())):
        for name, lines in sheets.items():
            with (folder / name).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(lines)
    LEGACY.write_text(legacy(), encoding="utf-8")


if __name__ == "__main__":
    main()
