"""Places that an address speaks of, and tables of places."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.document import parse_document
from engine.language.gather import Gather
from engine.transforms.places import index, read_place
from engine.transforms.tables import read_table_file
from tests.transforms.folders import patient, send

TABLE = """
    table: Commune
    system: s
    match: place
    codes:
      "27301": { code: "27301", display: Chợ Quán }
      Phường 4, Quận 5: "27301"
      Phường Đa Kao, Quận 1: "26740"
      Phường Tân Phú, Quận 7: "1"
      Xã Tân Phú, Quận 7: "2"
"""
ELEMENTS = """
    maritalStatus.coding: PID-11 as text via Commune
    language: PID-11 as text via Commune
"""


@pytest.mark.parametrize(
    "text",
    [
        "Phường 4, Quận 5",
        "45/6 HẺM THỬ, PHƯỜNG 4, QUẬN 5, TP.HCM",
        "45/6 hem thu P.04 Q.5 tphcm",
        "45/6 Hẻm Thử P4 Q5",
        "45/6 Hẻm Thử - F4 - Q5 - TP.HCM",
        "45/6 Hẻm Thử^Phường 4^Quận 5^TP.HCM^70000^VN",
        "45/6 Hẻm Thử^^Phường 4^TP.HCM^70000^VN^H^^Quận 5",
        "1 Đường Thử^^^^27301^VN",
        "1 Đường Thử^^Phường Ba Đình, Quận Hai Bà^^27301^VN",
    ],
)
def test_a_place_is_found_however_it_is_written(tmp_path: Path, text: str) -> None:
    body = send(patient(tmp_path, ELEMENTS, tables__Commune=TABLE), f"PID|1||7||||||||{text}").resources[0].body
    assert body["language"] == "27301"
    assert body["maritalStatus"]["coding"][0]["code"] == "27301"


@pytest.mark.parametrize("text", ["QUẬN 1, ĐA KAO", "Phường 4", "4, 5", "Phường 4, Quận 15", "27301 Đường Thử", "x"])
def test_what_is_no_place_gives_nothing_and_is_counted_without_a_word_of_it(tmp_path: Path, text: str) -> None:
    done = send(patient(tmp_path, ELEMENTS, tables__Commune=TABLE), f"PID|1||7||||||||{text}")
    assert not {"language", "maritalStatus"} & done.resources[0].body.keys()
    assert set(done.unmapped) == {("Commune", "")}


def test_a_name_that_two_places_share_is_neither(tmp_path: Path) -> None:
    done = send(patient(tmp_path, ELEMENTS, tables__Commune=TABLE), "PID|1||7||||||||Tân Phú, Quận 7")
    assert "language" not in done.resources[0].body


def test_the_places_of_a_table_are_worked_out_once_and_of_another_table_anew(tmp_path: Path) -> None:
    table = patient(tmp_path, ELEMENTS, tables__Commune=TABLE).standard.sources.tables["Commune"]
    assert index(table) is index(table)
    assert "Phường 4, Quận 5" in index(table).values()
    assert index(replace(table, codes={})) == {}


def test_a_code_goes_before_names(tmp_path: Path) -> None:
    done = send(patient(tmp_path, ELEMENTS, tables__Commune=TABLE), "PID|1||7||||||||^^Đa Kao, Quận 1^^27301")
    assert done.resources[0].body["language"] == "27301"


@pytest.mark.parametrize(("one", "other"), [("Hoà Hưng", "Hòa Hưng"), ("ĐA KAO", "đa kao"), ("Ðông", "Đông")])
def test_case_and_where_the_mark_of_a_tone_is_put_make_no_difference(one: str, other: str) -> None:
    assert read_place(f"{one}, 1").names == read_place(f"{other}, 1").names


def test_accents_make_a_difference_where_there_are_any(tmp_path: Path) -> None:
    table = "{ table: Commune, match: place, codes: { 'Xã Thanh An, HCM': a, 'Xã Thạnh An, HCM': b, 'Xã Đa, HCM': c } }"
    mappings = patient(tmp_path, "language: PID-11 as text via Commune", tables__Commune=table)

    def found(text: str) -> object:
        return send(mappings, f"PID|1||7||||||||{text}").resources[0].body.get("language")

    assert [found(f"{one}, HCM") for one in ("XÃ THẠNH AN", "xã Đa", "xa da")] == ["b", "c", "c"]
    assert [found(f"1 Đường Thử, Xã {one}, HCM") for one in ("Thanh An", "Thạnh An", "Thành An")] == ["a", "b", None]
    assert found("1 duong thu, xa thanh an, hcm") is None


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    place = read_place(text)
    assert all(name.bare.isascii() and name.bare.isalnum() for name in place.names)


def test_a_key_that_is_no_place_is_a_fault() -> None:
    gather = Gather()
    for match, codes in (("place", "{ Phường 4: '1' }"), ("street", "{ A: '1' }")):
        node = parse_document(f"{{ table: T, match: {match}, codes: {codes} }}".encode(), "T.yaml")
        read_table_file("T", node, Path("T.yaml"), gather)
    assert [fault.code for fault in gather.faults] == ["M121", "M112"]
