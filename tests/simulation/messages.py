"""Messages of a few patients and visits: few enough that they meet, and some that must die."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

FACILITY = "79901"
TOO_LARGE = "TOOLARGE"
"""A ward whose visit the bus refuses, as it does a record that is too large."""


class Content(NamedTuple):
    """What a message says."""

    event: str
    patient: int
    visit: int
    ward: str
    second: int
    """When, and so which of two that tell of the same is newer."""
    control_id: int
    """Not unique: messages of other content may share it."""
    born: str

    @property
    def payload(self) -> bytes:
        when = f"202510010800{self.second:02d}+0700"
        segments = (
            f"MSH|^~\\&|HIS|{FACILITY}|HUB|CITY|{when}||ADT^{self.event}^ADT_A01|{self.control_id}|P|2.5.1",
            f"EVN|{self.event}|{when}",
            f"PID|1||BN{self.patient}^^^{FACILITY}^PI||Nguyen^An||{self.born}|M",
            f"PV1|1|I|{self.ward}^P1^G05||||||||||||||||V{self.visit}^^^{FACILITY}^VN",
        )
        return "\r".join((*segments, "")).encode()


CONTENTS = st.builds(
    Content,
    st.sampled_from(["A01", "A08"]),
    st.integers(0, 2),
    st.integers(0, 2),
    st.sampled_from(["K1", "K2", "K1", "K2", "K1", "K2", "K3", TOO_LARGE]),
    st.integers(0, 5),
    st.integers(0, 3),
    st.sampled_from(["19800101", "19800101", "19800101", "19810202", "19801341"]),
)
"""One in five was born on a day that there is not, and one in eight is refused by the bus."""
