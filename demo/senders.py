"""The six facilities of the sample feed and their habits; registry and overlays under mappings/facilities know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

NameForm = Literal["parts", "whole", "blanks"]
"""PID-5 as family, given and middle; the whole name in PID-5.1; or a component for each word."""


@dataclass(frozen=True, slots=True)
class Sender:
    """How one facility writes HL7; the registry says what it is called.

    `claims` is its text in MSH-4.1, `application` MSH-3, `charset` MSH-18, `codec` what its bytes really are; `offset`
    stands behind its times; `accept` is MSH-15 (table 0155); `coded` sends LOINC beside its
    own codes; `comma` writes decimal commas, and numbers as ST; `old_ids` puts the BHYT card in PID-19 and the
    national number in PID-20, where others repeat PID-3.
    """

    code: str
    kind: str
    claims: str
    application: str
    version: str
    charset: str = ""
    codec: Literal["utf-8", "tcvn3"] = "utf-8"
    terminator: str = "\r"
    name_form: NameForm = "parts"
    sexes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({"M": "M", "F": "F"}))
    offset: str = ""
    accept: Literal["", "AL", "NE"] = ""
    coded: bool = True
    comma: bool = False
    old_ids: bool = False

    @property
    def accepts(self) -> str:
        """The acknowledgment code that a good message of this sender gets; empty when it asks for none."""
        return {"": "AA", "AL": "CA", "NE": ""}[self.accept]


CITY_HOSPITAL = Sender(
    "79901",
    "city hospital",
    "BVDK SONG MAU",
    "HIS",
    "2.5",
    charset="UNICODE UTF-8",
    offset="+0700",
)
DISTRICT_CENTRE = Sender(
    "79902",
    "regional centre",
    "79902",
    "MEDIQ",
    "2.3",
    name_form="whole",
    sexes=MappingProxyType({"M": "1", "F": "2"}),
    coded=False,
    comma=True,
    old_ids=True,
)
PRIVATE_CLINIC = Sender(
    "79903",
    "private clinic",
    "PKDK HOA MAU",
    "eKham",
    "2.4",
    charset="UTF-8",
    terminator="\n",
    name_form="blanks",
)
COMMUNE_STATION = Sender(
    "79904",
    "commune station",
    "TYT VUON MAU",
    "TRAMYTE",
    "2.5.1",
    charset="UNICODE UTF-8",
    offset="+0700",
    accept="AL",
)
CHILDREN_HOSPITAL = Sender(
    "79905",
    "children's hospital",
    "79905",
    "NHIKHOA",
    "2.3",
    charset="8859/1",
    codec="tcvn3",
)
PRIVATE_HOSPITAL = Sender(
    "79906",
    "private hospital",
    "BVQT CAU MAU",
    "CARE",
    "2.3.1",
    terminator="\r\n",
)
SENDERS = (
    CITY_HOSPITAL,
    DISTRICT_CENTRE,
    PRIVATE_CLINIC,
    COMMUNE_STATION,
    CHILDREN_HOSPITAL,
    PRIVATE_HOSPITAL,
)
HOSPITALS = (CITY_HOSPITAL, DISTRICT_CENTRE, CHILDREN_HOSPITAL, PRIVATE_HOSPITAL)
"""Those that keep patients for days."""
