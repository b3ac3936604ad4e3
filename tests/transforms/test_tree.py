from __future__ import annotations

from textwrap import dedent

from engine.language.document import parse_document
from engine.language.fault import Mark
from engine.language.gather import Gather
from engine.transforms.mapping import Rule
from engine.transforms.read_rules import SEGMENT, read_rules
from engine.transforms.tree import Branch, grow, join, overlay

MARK = Mark("a.yaml", 1, 1)


def rules(text: str) -> tuple[Rule, ...]:
    gather = Gather()
    found = read_rules(parse_document(dedent(text).encode(), "a.yaml"), SEGMENT, gather, "")
    assert gather.faults == []
    return found


def keys(found: tuple[Rule, ...]) -> list[str]:
    return [one.key for one in found]


def tree(text: str) -> Branch:
    grown, misfits = grow("Patient", rules(text), MARK)
    assert misfits == []
    return grown


def test_overlay_takes_what_stands_below_an_element_with_it() -> None:
    base = rules("{ name.text: PID-5, name.family: PID-5, 'name[2].text': PID-9, gender: PID-8 }")
    assert keys(overlay(base, rules("{ name: PID-5 as XPN.HumanName }"))) == ["gender", "name"]
    assert keys(overlay(base, rules("{ name.text: PID-9 }"))) == ["name.family", "name[2].text", "gender", "name.text"]


def test_overlay_with_nothing_takes_an_element_out() -> None:
    assert keys(overlay(rules("{ gender: PID-8, active: PID-9 }"), rules("{ gender: ~ }"))) == ["active"]


def test_lists_of_several_segments_follow_on_each_other() -> None:
    joined = join((tree("{ name.text: PID-5 }"), tree("{ name.text: PD1-5 }")))
    assert len(joined.entries["name"]) == 2


def test_objects_of_several_segments_are_one_and_of_the_rest_the_first_counts() -> None:
    joined = join((tree("{ meta.source: PID-5, gender: PID-8 }"), tree("{ meta.versionId: PD1-5, gender: PD1-8 }")))
    (meta,) = joined.entries["meta"].values()
    assert isinstance(meta, Branch)
    assert list(meta.entries) == ["source", "versionId"]
    (gender,) = joined.entries["gender"].values()
    assert not isinstance(gender, Branch)
    assert len(gender.alternatives) == 2


def test_joining_leaves_the_trees_alone() -> None:
    first = tree("{ name.text: PID-5 }")
    join((first, tree("{ name.text: PD1-5 }")))
    assert len(first.entries["name"]) == 1
