from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.versions import VERSIONS, nearest, order


def test_versions_compare_by_their_numbers() -> None:
    assert list(VERSIONS) == sorted(VERSIONS, key=order)
    assert order("2.10") > order("2.9.1")


@pytest.mark.parametrize(
    ("version", "known"),
    [("2.5.1", "2.5.1"), ("2.5.2", "2.5.1"), ("2.10", "2.9.1"), ("1.0", "2.1"), ("P", "2.5.1"), ("", "2.5.1")],
)
def test_an_unknown_version_reads_as_the_nearest_before_it(version: str, known: str) -> None:
    assert nearest(version) == known


@given(st.text(max_size=12) | st.text("0123456789.", max_size=30))
def test_any_text_has_a_nearest_version(version: str) -> None:
    assert nearest(version) in VERSIONS
