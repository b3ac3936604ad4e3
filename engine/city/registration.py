"""What an engine must know of made-up facilities: their registry, and overlays of the mappings."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import orjson

from engine.city.places import communes
from engine.city.senders import Sender
from engine.city.vendors import VENDORS

REGISTRY = "registry.csv"
COLUMNS = (
    "code",
    "name",
    "sector",
    "kind",
    "level",
    "commune",
    "departments",
    "senders",
    "applications",
    "charset",
    "charset_default",
    "identifier_types",
    "authorities",
)


def write_registration(folder: Path, senders: Sequence[Sender]) -> None:
    """Write `registry.csv`, and an overlay for those whose messages the standard mappings do not read."""
    with (folder / REGISTRY).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(_row(one) for one in senders)
    for extends in dict.fromkeys(vendor.extends for vendor in VENDORS):
        codes = [one.code for one in senders if one.vendor.extends == extends]
        if codes and extends:
            (folder / f"simulated-{'-and-'.join(extends)}.yaml").write_text(_overlay(extends, codes), "utf-8")


def _row(sender: Sender) -> tuple[str, ...]:
    vendor = sender.vendor
    return (
        sender.code,
        sender.name,
        sender.sector,
        sender.kind,
        sender.level,
        communes()[sender.home].code,
        ";".join(sender.departments),
        "" if sender.claims == sender.code else sender.claims,
        vendor.application,
        vendor.registry_charset,
        vendor.registry_default,
        vendor.identifier_type,
        sender.authority,
    )


def _overlay(extends: Sequence[str], codes: Sequence[str]) -> str:
    facility, vendors = orjson.dumps(codes).decode(), orjson.dumps(extends).decode()
    return f"facility: {facility}\nextends: {vendors}\nabout: Simulated facilities.\n"
