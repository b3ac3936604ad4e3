from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.batch import is_batch
from tests.hl7.samples import MSH


@pytest.mark.parametrize("start", [b"FHS|^~\\&|", b"BHS|^~\\&|", b"\r\nBHS|^~\\&|", b"\xef\xbb\xbfFHS|^~\\&|"])
def test_f20_fhs_or_bhs_begins_a_batch(start: bytes) -> None:
    assert is_batch(start)


@pytest.mark.parametrize("payload", [MSH, b"", b"BTS|1", MSH + b"\rBHS|"])
def test_f20_a_message_is_no_batch(payload: bytes) -> None:
    assert not is_batch(payload)


@given(st.binary(max_size=20))
def test_any_bytes_are_a_batch_or_not(payload: bytes) -> None:
    assert is_batch(payload) in (True, False)
