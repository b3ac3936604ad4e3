"""Headers packed into a block come back as they went."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.bus.headers import pack, unpack


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=40), st.binary(max_size=100), max_size=20))
def test_headers_come_back_as_they_went_and_in_their_order(headers: dict[str, bytes]) -> None:
    assert list(unpack(pack(headers)).items()) == list(headers.items())


def test_no_headers_take_no_bytes() -> None:
    assert pack({}) == b""
    assert dict(unpack(b"")) == {}
