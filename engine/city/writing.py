"""A message as its sender writes it: MSH before its segments, in the sender's charset."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.city import forms
from engine.city.letters import ENCODERS
from engine.city.senders import Sender

STRUCTURES = {
    "A04": "ADT_A01",
    "A08": "ADT_A01",
    "A13": "ADT_A01",
    "A11": "ADT_A09",
    "A40": "ADT_A39",
    "S13": "SIU_S12",
    "S15": "SIU_S12",
    "S26": "SIU_S12",
}
"""The structures of events that have no structure of their own (table 0354)."""


def msh(sender: Sender, kind: str, control_id: str, when: datetime) -> str:
    """MSH; the structure stands in MSH-9.3 from version 2.4 on."""
    vendor = sender.vendor
    code, _, event = kind.partition("^")
    if vendor.version >= "2.4":
        kind = f"{kind}^{STRUCTURES.get(event, f'{code}_{event}')}"
    application = vendor.accept and "NE"
    head = f"MSH|^~\\&|{vendor.application}|{sender.claims}|HUB|SYT79|{forms.stamp(sender, when)}||{kind}|{control_id}"
    return f"{head}|P|{vendor.version}|||{vendor.accept}|{application}||{vendor.charset}".rstrip("|")


def write(sender: Sender, lines: Sequence[str]) -> bytes:
    """The segments in the sender's charset, each ended by the sender's terminator."""
    end = sender.vendor.terminator
    return ENCODERS[sender.vendor.codec](end.join(lines) + end)
