"""Addresses that application acknowledgments go to."""

from __future__ import annotations

import pytest

from engine.facilities.destination import Destination, read_destination


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("lab.hospital.example:2576", "lab.hospital.example", 2576),
        ("10.1.2.3:1", "10.1.2.3", 1),
        ("his:65535", "his", 65535),
        ("[fd00::1]:2576", "fd00::1", 2576),
    ],
)
def test_destination_is_read_and_written_the_same(text: str, host: str, port: int) -> None:
    assert read_destination(text) == Destination(host, port)
    assert str(read_destination(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "his", "his:", ":2576", "his:0", "his:65536", "a b:1", "his:1/x", "fd00::1:2576", "-a:1", "a" * 64 + ":1"],
)
def test_text_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no address - write host:port"):
        read_destination(text)
