"""The makers of hospital systems: how each writes HL7, and what registry and overlays must say of those who use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NameForm = Literal["parts", "whole", "blanks", "first"]
"""PID-5 as family, given, middle; the whole name in PID-5.1; a component a word; all but the given in PID-5.1."""

Codec = Literal["utf-8", "tcvn3", "vni", "cp1258"]


@dataclass(frozen=True, slots=True)
class Vendor:
    """One system's habits.

    `application` is MSH-3, `charset` MSH-18, `codec` what its bytes really are; `offset` stands behind its times;
    `accept` is MSH-15 (table 0155); `coded` sends LOINC beside its own codes; `comma` writes decimal commas, and
    numbers as ST; `digits` writes sex as 1 and 2; `old_ids` puts the insurance card into PID-19 and the citizen's
    number into PID-20, where others repeat PID-3; `whole_address` writes the address in one line; `patient` is the
    form of its patients' numbers. `extends` are the shipped overlays that read it.
    """

    name: str
    application: str
    version: str
    charset: str = ""
    codec: Codec = "utf-8"
    terminator: str = "\r"
    name_form: NameForm = "parts"
    offset: str = ""
    accept: Literal["", "AL", "NE"] = ""
    identifier_type: str = "PI"
    coded: bool = True
    comma: bool = False
    digits: bool = False
    old_ids: bool = False
    whole_address: bool = False
    patient: str = "BN{:08d}"
    registry_charset: str = ""
    registry_default: str = ""
    extends: tuple[str, ...] = ("family-given-middle",)


PLAIN = Vendor("plain", "HIS", "2.5", extends=())
"""Writes as the standard says; its names are read by the standard too."""

VENDORS = (
    Vendor("song-his", "HIS", "2.5", charset="UNICODE UTF-8", offset="+0700"),
    Vendor(
        "medic-cu",
        "MEDIQ",
        "2.3",
        name_form="whole",
        coded=False,
        comma=True,
        digits=True,
        old_ids=True,
        whole_address=True,
        patient="BN{:07d}",
        extends=("whole-name", "sex-in-digits", "numbers-as-text", "icd-without-system"),
    ),
    Vendor(
        "e-kham",
        "eKham",
        "2.4",
        charset="UTF-8",
        terminator="\n",
        name_form="blanks",
        identifier_type="MR",
        patient="PAT-{:06d}",
        extends=("split-at-blanks",),
    ),
    Vendor("tram-y-te", "TRAMYTE", "2.5.1", charset="UNICODE UTF-8", offset="+0700", accept="AL"),
    Vendor(
        "nhi-khoa",
        "NHIKHOA",
        "2.3",
        charset="8859/1",
        codec="tcvn3",
        whole_address=True,
        identifier_type="MR",
        registry_charset="TCVN3",
    ),
    Vendor("care", "CARE", "2.3.1", terminator="\r\n", identifier_type="MR", patient="{:09d}"),
    Vendor(
        "phong-mach",
        "PMACH",
        "2.4",
        codec="cp1258",
        whole_address=True,
        name_form="first",
        registry_default="windows-1258",
        extends=("whole-name",),
    ),
    Vendor("vni-his", "VNIHIS", "2.3", codec="vni", whole_address=True, registry_charset="VNI"),
)
COMMON = (30, 12, 14, 8, 6, 14, 8, 3)
"""How many of a hundred facilities use each."""
