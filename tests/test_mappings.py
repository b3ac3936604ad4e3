"""The shipped mappings: each test that stands beside them, and what holds for all of them."""

from __future__ import annotations

import pytest

from engine.transforms.inline_tests import Case, inline_tests
from engine.transforms.mapping import Mapping, MessageMapping
from tests.transforms.folders import whole

SOURCES = whole().sources
MAPPINGS: list[Mapping | MessageMapping] = [*SOURCES.segments.values(), *SOURCES.datatypes.values(), *SOURCES.messages]


@pytest.mark.parametrize("case", list(inline_tests(whole())), ids=lambda one: one.title)
def test_inline(case: Case) -> None:
    assert case.run().differences == ()


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda one: one.name)
def test_mapping_has_two_tests_of_its_own(mapping: Mapping | MessageMapping) -> None:
    assert len(mapping.tests) >= 2


@pytest.mark.parametrize("name", [name for name, one in SOURCES.tables.items() if one.codes])
def test_table_has_two_tests_of_its_own(name: str) -> None:
    assert len(SOURCES.tables[name].tests) >= 2


@pytest.mark.parametrize("facility", [code for one in SOURCES.overlays for code in one.facilities])
def test_overlay_compiles(facility: str) -> None:
    view = whole().view(facility)
    assert [view.plan(one).name for one in view.sources.messages] == [one.name for one in SOURCES.messages]
