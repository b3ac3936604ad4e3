from __future__ import annotations

from typing import Any

import pytest

from engine.bus.record import Position
from engine.canonical.resource import Origin, Resource
from engine.language.path import ElementPath, read_element
from engine.routes.record_key import BY_SUBJECT, RecordKey, is_code

ORIGIN = Origin(Position("hl7.raw", 0, 0), "79901", "5" * 32, "k", "v", 0, "m", 1)


def event(**body: Any) -> Resource:
    return Resource("Observation", "o1", body, ORIGIN, 0)


def path(text: str) -> ElementPath:
    found = read_element(text)
    assert found is not None
    return found


def test_a_single_word_is_the_key_in_clear() -> None:
    keys = [RecordKey((word,)).of(event()) for word in ("subject", "facility", "resource")]
    assert keys == [b"5" * 32, b"79901", b"o1"]
    assert BY_SUBJECT.of(event()) == keys[0]


def test_parts_are_hashed_so_that_equal_parts_alone_make_equal_keys() -> None:
    key = RecordKey(("facility", path("code.coding.code"), path("category.coding.code")))
    bodies: dict[str, dict[str, Any]] = {
        "a": {"code": {"coding": [{"code": "A"}, {"code": "B"}]}},
        "same": {"code": {"coding": [{"code": "A"}, {"code": "B"}]}, "status": "final"},
        "joined": {"code": {"coding": [{"code": "AB"}]}},
        "moved": {"code": {"coding": [{"code": "A"}]}, "category": [{"coding": [{"code": "B"}]}]},
        "none": {},
    }
    of = {name: key.of(event(**body)) for name, body in bodies.items()}
    assert of["a"] == of["same"]
    assert len(set(of.values())) == 4
    assert all(len(one) == 32 and b"A" not in one for one in of.values())


@pytest.mark.parametrize(
    ("text", "types", "expected"),
    [
        ("code.coding[*].code", ["Observation", "Condition"], True),
        ("status", ["Observation"], True),
        ("gender", ["Patient"], True),
        ("identifier.value", ["Patient"], False),
        ("name.family", ["Patient"], False),
        ("code.text", ["Observation"], False),
        ("birthDate", ["Patient"], False),
        ("code.coding", ["Observation"], False),
        ("nothing", ["Observation"], False),
        ("code.coding.code", ["Patient"], False),
    ],
)
def test_only_codes_may_be_part_of_a_key(text: str, types: list[str], expected: bool) -> None:
    assert is_code(path(text), types) == expected
