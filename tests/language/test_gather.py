from __future__ import annotations

import pytest

from engine.language.document import parse_document
from engine.language.fault import Faults
from engine.language.gather import Gather


def codes(gather: Gather) -> list[str]:
    return [fault.code for fault in gather.faults]


def test_unknown_and_missing_keys_are_told_together_with_the_nearest_name() -> None:
    gather = Gather()
    gather.keys(parse_document(b"{ frm: PID }", "a.yaml"), "x", ("from", "also"), ("from",))
    assert codes(gather) == ["M102", "M103"]
    assert "did you mean 'from'?" in str(gather.faults[0])


def test_what_is_no_map_is_told() -> None:
    gather = Gather()
    assert not gather.keys(parse_document(b"[1]", "a.yaml"), "x", ("from",))
    assert gather.map(parse_document(b"text", "a.yaml"), "x") == {}
    assert codes(gather) == ["M101", "M101"]


def test_scalars_are_texts_as_they_were_written() -> None:
    gather = Gather()
    node = parse_document(b"[0123, 12, true, NO]", "a.yaml")
    assert gather.texts(node, "x") == ("0123", "12", "true", "NO")
    assert gather.texts(None, "x") == ()
    assert gather.text(parse_document(b"{ a: 1 }", "a.yaml"), "x") == ""
    assert codes(gather) == ["M104"]


def test_faults_are_raised_at_the_end_all_at_once() -> None:
    gather = Gather()
    gather.close()
    node = parse_document(b"[]", "a.yaml")
    gather.add(node.mark, "M101", "x", "is wrong")
    gather.add(node.mark, "M102", "x", "is wrong too")
    with pytest.raises(Faults) as caught:
        gather.close()
    assert len(caught.value.faults) == 2


def test_faults_of_a_reader_are_kept_and_reading_goes_on() -> None:
    gather = Gather()
    assert gather.attempt(lambda: parse_document(b"{ a: 1, a: 2 }", "a.yaml")) is None
    assert gather.attempt(lambda: 5) == 5
    assert codes(gather) == ["E006"]
