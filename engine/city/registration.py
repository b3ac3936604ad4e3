"""What an engine must know of made-up facilities: their registry, and overlays of the mappings."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import orjson

from engine.city.senders import Sender
from engine.city.vendors import VENDORS, Vendor

REGISTRY = "registry.csv"
COLUMNS = (
    "code",
    "name",
    "sector",
    "kind",
    "senders",
    "applications",
    "charset",
    "charset_default",
    "identifier_types",
    "authorities",
)
PRIVATE = "clinic"


def write_registration(folder: Path, senders: Sequence[Sender]) -> None:
    """Write `registry.csv`, and an overlay for each vendor whose messages the standard mappings do not read."""
    with (folder / REGISTRY).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(_row(one) for one in senders)
    for vendor in VENDORS:
        codes = [one.code for one in senders if one.vendor is vendor]
        if codes and vendor.extends:
            (folder / f"simulated-{vendor.name}.yaml").write_text(_overlay(vendor, codes), "utf-8")


def _row(sender: Sender) -> tuple[str, ...]:
    vendor = sender.vendor
    return (
        sender.code,
        sender.name,
        "private" if sender.kind == PRIVATE else "public",
        sender.kind,
        "" if sender.claims == sender.code else sender.claims,
        vendor.application,
        vendor.registry_charset,
        vendor.registry_default,
        vendor.identifier_type,
        sender.authority,
    )


def _overlay(vendor: Vendor, codes: Sequence[str]) -> str:
    facility, extends = orjson.dumps(codes).decode(), orjson.dumps(vendor.extends).decode()
    return f"facility: {facility}\nextends: {extends}\nabout: Simulated facilities whose system is {vendor.name}.\n"
