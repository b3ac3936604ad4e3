from __future__ import annotations

from engine.hl7.delimiters import STANDARD, Delimiters
from engine.transforms import memory
from engine.transforms.fields import Scene
from engine.transforms.memory import Memory, is_searching, is_shared, keep, recall, within_message
from tests.transforms.folders import FACILITY, shipped

SCENE = Scene(STANDARD, FACILITY, "utf-8", "")


def test_codes_are_remembered_and_names_of_patients_are_not() -> None:
    datatypes = shipped().sources.datatypes
    assert is_shared(datatypes["CWE.CodeableConcept"])
    assert not is_shared(datatypes["XCN.Attender"])
    assert not is_shared(datatypes["XPN.HumanName"])
    assert not is_shared(datatypes["CX.Identifier"])
    assert not is_shared(datatypes["XAD.Address"])


def test_escapes_and_other_delimiters_are_read_anew() -> None:
    seen = Memory()
    keep(seen, r"a\T\b", {"code": "a&b"}, SCENE)
    keep(seen, "a", {"code": "a"}, Scene(Delimiters("|", "&", "~", "\\", "^"), FACILITY, "utf-8", ""))
    keep(seen, "b", None, SCENE)
    assert seen == {}
    keep(seen, "c", {"code": "c"}, SCENE)
    assert seen == {"c": {"code": "c"}}


def test_memory_is_bounded() -> None:
    seen = Memory()
    for number in range(memory.MOST + 1):
        keep(seen, str(number), {"code": str(number)}, SCENE)
    assert len(seen) == 1


def test_values_whose_codes_no_table_holds_are_remembered_as_such() -> None:
    seen, scene = Memory(), Scene(STANDARD, FACILITY, "utf-8", "")
    scene.misses += [("T", "x"), ("T", "a")]
    keep(seen, "a", {"code": "a"}, scene, 1)
    keep(seen, "b", {"code": "b"}, scene, 2)
    assert recall(seen, "a", other := Scene(STANDARD, FACILITY, "utf-8", "")) == {"code": "a"}
    assert other.misses == [("T", "a")]
    assert recall(seen, "b", other) is None
    assert dict(seen) == {"b": {"code": "b"}}
    for number in range(memory.MOST):
        keep(seen, str(number), {"code": str(number)}, scene, 2)
    assert seen.missed == {}


def test_what_is_searched_for_is_made_once_in_a_message_and_its_codes_are_noted_each_time() -> None:
    asked: list[str] = []

    def read(value: str, scene: Scene, where: str) -> str:
        asked.append(value)
        scene.misses.append(("Commune", ""))
        return value.upper()

    again, scene = within_message("XAD.Address", read), Scene(STANDARD, FACILITY, "utf-8", "")
    assert [again(one, scene, "") for one in ("a", "b", "a")] == ["A", "B", "A"]
    assert (asked, len(scene.misses)) == (["a", "b"], 3)
    again("a", Scene(STANDARD, FACILITY, "utf-8", ""), "")
    assert asked == ["a", "b", "a"]


def test_addresses_are_searched_for_and_what_makes_resources_is_not() -> None:
    sources = shipped().sources
    assert [one.name for one in sources.datatypes.values() if is_searching(one, sources)] == ["XAD.Address"]
