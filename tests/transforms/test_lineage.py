"""Lineage: who reads a field, and what fills an element, overlays included."""

from __future__ import annotations

from functools import cache

from engine.hl7.path import parse_path
from engine.transforms.lineage import Line, lineage
from tests.transforms.folders import shipped


@cache
def lines() -> tuple[Line, ...]:
    return tuple(lineage(shipped().sources))


def readers(path: str) -> set[tuple[str, str]]:
    return {(line.resource, line.element) for line in lines() if line.reads(parse_path(path))}


def test_a_field_is_read_by_the_elements_that_it_fills() -> None:
    assert readers("PID-8") == {("Patient", "gender")}


def test_a_component_is_read_where_the_whole_field_is() -> None:
    assert ("Patient", "identifier") in readers("PID-3.1")


def test_a_condition_reads_what_it_asks_for() -> None:
    assert ("Observation", "valueString") in readers("OBX-2")


def test_a_field_that_nothing_reads_has_no_lines() -> None:
    assert readers("PID-38") == set()


def test_each_line_has_its_place_and_what_it_says() -> None:
    (found,) = {
        (line.says, line.mark.line > 0) for line in lines() if (line.resource, line.element) == ("Patient", "gender")
    }
    assert found == ("PID-8 via AdministrativeSex else unknown", True)


def test_what_an_overlay_says_is_laid_to_it() -> None:
    changed = [line for line in lines() if line.overlay]
    assert changed
    assert {line.overlay for line in changed} <= {overlay.name for overlay in shipped().sources.overlays}
