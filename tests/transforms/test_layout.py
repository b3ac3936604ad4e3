"""Where the segments of messages go, worked out once for all of the same form."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.transforms import layout
from engine.transforms.layout import lay_out
from engine.transforms.plan import MessagePlan
from tests.transforms.folders import patient


@pytest.fixture
def plan(tmp_path: Path) -> MessagePlan:
    mappings = patient(tmp_path, "gender: PID-8")
    return mappings.standard.plan(mappings.sources.messages[0], plain=True)


def test_messages_of_the_same_segments_share_a_layout(plan: MessagePlan) -> None:
    assert lay_out(["MSH", "PID"], plan) is lay_out(["MSH", "PID"], plan)
    assert lay_out(["MSH", "ZZZ", "PID"], plan).used == (2,)


def test_what_is_wrong_with_a_form_is_remembered_too(plan: MessagePlan) -> None:
    assert lay_out(["MSH", "PID", "PID"], plan).fault == ("PID[2]", "a second PID stands where one may")


def test_long_messages_have_a_layout_that_nobody_keeps(plan: MessagePlan) -> None:
    names = ["MSH", "PID", *["NTE"] * layout.LONGEST]
    assert lay_out(names, plan) is not lay_out(names, plan)


def test_only_so_many_layouts_are_remembered(plan: MessagePlan) -> None:
    for number in range(layout.MOST + 10):
        lay_out(["MSH", *["ZZZ"] * (number % 200), "PID", *["NTE"] * (number // 200)], plan)
    assert len(plan.layouts) <= layout.MOST
