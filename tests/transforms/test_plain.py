"""Code for plain messages gives what the code for any message gives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.canonical.resource import Resource
from engine.hl7.message import Message, parse
from engine.transforms.fields import Scene
from engine.transforms.mapping_set import View, preview_origin
from engine.transforms.message_map import StructureFault, map_message
from engine.transforms.values import ValueFault
from tests.transforms.folders import FACILITY, sample, shipped

SAMPLES = ("adt-a01", "oru-r01", "orm-o01")
VALUES = (
    *(
        "",
        " ",
        " a b ",
        "a&b",
        "&b^c",
        "a^b",
        "^b",
        "a~b",
        "~b",
        "^^^",
        "a^b^c^d&e&ISO^MR~f^^^&1.2.3&ISO",
        " x ^ y ^LN",
    ),
    *("20250101", "20250101120000+0700", "2025", "19580000", "6,9", "1.5", "<0.5", ">^100", "^1^:^160", "Y", "N", "M"),
    *(
        "NM",
        "SN",
        "ST",
        "CWE",
        "DT",
        "TM",
        "NR",
        "TX",
        "1405",
        "A13",
        "F",
        "\u2003x\u2003",
        "Nguy\u1ec5n  V\u0103n",
        "-3",
    ),
)
Outcome = tuple[list[Resource] | str, list[tuple[str, str]]]


def outcome(view: View, message: Message, text: str, *, plain: bool) -> Outcome:
    """What comes of a message, and the codes that no table held."""
    scene = Scene(message.delimiters, FACILITY, "utf-8", text)
    assert scene.is_plain
    mapping = view.match(message.code, message.event, message.structure)
    assert mapping is not None
    made: list[Resource] | str = []
    try:
        made = map_message(message, view.plan(mapping, plain=plain), scene, preview_origin(FACILITY.code), "digest")
    except (StructureFault, ValueFault) as fault:
        made = str(fault)
    return made, scene.misses


def changed(name: str, changes: list[tuple[int, int, str]]) -> str:
    """A sample with other values in some of its fields."""
    rows = [line.split("|") for line in sample(name).replace("\n", "\r").split("\r") if line]
    for row, field, value in changes:
        fields = rows[1:][row % (len(rows) - 1)]
        fields += [""] * (field + 1 - len(fields))
        fields[field] = value
    return "\r".join("|".join(row) for row in rows)


changes = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 51), st.sampled_from(VALUES)), max_size=12)


@settings(max_examples=300)
@given(st.sampled_from(SAMPLES), changes)
def test_both_give_the_same_for_a_plain_message(name: str, changes: list[tuple[int, int, str]]) -> None:
    text = changed(name, changes)
    view = shipped().view(FACILITY.code)
    any_message, plain = (outcome(view, parse(text), text, plain=one) for one in (False, True))
    assert plain == any_message
    assert outcome(view, parse(text), text, plain=True) == plain  # what is remembered gives the same again


def test_separators_alone_are_no_value_in_a_plain_message() -> None:
    pid = next(line for line in sample("adt-a01").split("\r") if line.startswith("PID")).split("|")[:9]
    text = "\r".join([sample("adt-a01").partition("\r")[0], "|".join([*pid, *[""] * 20, "^~& ", "Y"])])
    view = shipped().view(FACILITY.code)
    (made, _), (any_message, _) = (outcome(view, parse(text), text, plain=plain) for plain in (True, False))
    assert made == any_message
    assert isinstance(made, list)
    assert made[0].body["deceasedBoolean"] is True
