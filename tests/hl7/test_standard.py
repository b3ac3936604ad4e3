from __future__ import annotations

from engine.hl7 import standard
from tools.standard_table import written


def test_the_table_is_what_the_versions_have_together() -> None:
    assert standard.TABLE.read_bytes() == written()


def test_a_place_has_the_types_of_all_versions() -> None:
    assert standard.field_types("PID", 2) == {"CK", "CM_PAT_ID", "CX", "WD"}
    assert standard.component_types("CX", 4) == {"HD"}
    assert standard.fields("PID") == 40
    assert standard.components("CE") == 6


def test_what_no_version_has_is_empty() -> None:
    assert "ZPI" not in standard.segments()
    assert standard.fields("ZPI") == standard.components("ST") == 0
    assert standard.field_types("PID", 0) == standard.field_types("PID", 99) == frozenset()
    assert standard.component_types("ST", 1) == frozenset()
