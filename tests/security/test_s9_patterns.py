"""S9: nobody writes patterns, and those of the language end soon whatever they read."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest

from engine.language.condition import parse_condition
from engine.language.document import LONGEST
from engine.language.fault import Faults, Mark, Text
from engine.language.path import read_element, read_field, read_part
from engine.language.term import parse_source
from engine.transforms.values import TYPES
from tests.transforms.folders import FACILITY

ENGINE = Path(__file__).parents[2] / "engine"
MARK = Mark("a.yaml", 1, 1)
EVIL = [
    f"{start}{piece * 100_000}{end}"
    for start in ("", "PID-", "'")
    for piece in ("a", "1", "1,", "1.", "a.", "[1]", "(", " ", "-1", "=")
    for end in ("", "!")
]


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_s9_long_text_that_almost_fits_ends_within_a_second(text: str) -> None:
    began = time.thread_time()
    for read in (read_field, read_part, read_element):
        read(text)
    for parse in (parse_source, parse_condition):
        with contextlib.suppress(Faults):
            parse(Text(text[:LONGEST], MARK), read_field, "PID-3")
    for kind in TYPES.values():
        kind.read(text, FACILITY.zone) if kind.zoned else kind.read(text)
    assert time.thread_time() - began < 1


def test_s9_no_pattern_is_made_from_what_people_write() -> None:
    made = [path.name for path in (ENGINE / "language").glob("*.py") if "re.escape" in path.read_text("utf-8")]
    assert made == []
