"""Write mappings/standard/tables from the code tables of the HL7 v2-to-FHIR guide, by its facts in mappings/guide.

What a table says beside its codes (`about`, `default`, `partial`, two tests or more) stays as it stands in its file; so
do codes that the guide does not have, and words where it has none. The guide's codes are written as it has them, unless
INSTEAD says otherwise.

Usage:
    python -m tools.guide_tables [TABLES.tsv]
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

from engine.config.settings import ROOT
from engine.language.document import Node, read_document
from engine.language.gather import Gather
from engine.transforms.mapping import Code
from engine.transforms.tables import COLUMNS, read_table_file

FACTS = ROOT / "mappings" / "guide" / "tables.tsv"
TABLES = ROOT / "mappings" / "standard" / "tables"
MOST_ROWS = 60
"""A table with more codes keeps them in a CSV file beside it."""
LONG = 60
"""Letters of a meaning that would not be read in the name of a test."""
SHORT = 6
"""Digits of a number that nobody else would use."""

NAMES = {
    "AddressType[Type]": "AddressType",
    "AddressType[Use]": "AddressUse",
    "DiagnosticServiceSectionID": "DiagnosticService",
    "ExtendedPriorityCodes": "RequestPriority",
    "InterpretationCodes": "Interpretation",
    "NameType": "NameUse",
    "ObservationResultStatusCodesInterpretation": "ObservationStatus",
    "OrderControlCode[ServiceRequest.status]": "OrderControl",
    "PatientClass[EncounterClass]": "EncounterClass",
    "PatientClass[EncounterStatus]": "EncounterStatus",
    "ResultStatus[Non-Queries]": "ResultStatus",
    "TelecommunicationEquipmentType": "TelecomSystem",
    "TelecommunicationUseCode": "TelecomUse",
}
"""Tables that have a name of their own here; all others are called as in the guide, `A[B]` as `A.B`."""

SYSTEMS = {
    "ParticipantOrganizationUnitType": "http://terminology.hl7.org/CodeSystem/organization-type",
    "PrincipalLanguageOfMessage": "urn:ietf:bcp:47",
    "TestServiceDefaultDurationUnits": "http://unitsofmeasure.org",
}
"""Where the guide has no system, or words in its place, or a spelling that the system's owner does not use."""

SPELLED = {"entered-in-errror": "entered-in-error"}
"""Codes that the guide misspells."""

SWAPPED = frozenset({"ConfidentialityClassification"})
"""Tables whose codes stand in the guide's column of words, and the words in that of codes."""

INSTEAD = {
    ("TelecomSystem", "CP"): Code("phone", "http://hl7.org/fhir/contact-point-system"),
}
"""Codes that would not be FHIR: `mobile` is a use of a contact point, which the datatype mapping of XTN gives."""

ALONE = ("http://hl7.org/fhir/", "http://terminology.hl7.org/CodeSystem/special-values")
"""Systems whose codes fill elements of type code and boolean: there a code needs no words."""

_LINE = re.compile(r"[A-Za-z<(](?!.*(?:: | #))[^\n]*[^:\s]\Z")
_PLAIN = re.compile(r"[A-Za-z(/][^:#{}\[\],&*?|\"'`%@!\\]*\Z")
_SYSTEM = re.compile(r"[a-z]+:\S+\Z")
_NUMBER = re.compile(r"HL7?-?0*([0-9]{4})\Z")
_WORDS = frozenset({"true", "false", "null"})


class GuideTable(NamedTuple):
    """One table of the guide: its name there and here, the number of the v2 table, its codes in order."""

    title: str
    name: str
    number: str
    codes: Mapping[str, Code]


def main(arguments: Sequence[str]) -> None:
    """Write every table that the facts hold."""
    for table in guide_tables(read_facts(Path(arguments[0]) if arguments else FACTS)):
        write_table(table, TABLES)


def read_facts(path: Path) -> Iterator[dict[str, str]]:
    """The rows of the guide's tables: map, code, v2_table, target, system, display."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        yield from (
            row | {column: row[column].strip('"') for column in ("code", "target")}
            for row in rows
            if row["target"] and "??" not in row["target"]
        )


def guide_tables(rows: Iterable[dict[str, str]]) -> list[GuideTable]:
    """The tables, in the guide's order. A code of FHIR that no code of v2 leads to stands for itself."""
    by_title: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_title.setdefault(row["map"], []).append(row)
    return [_table(title, found) for title, found in by_title.items()]


def _table(title: str, rows: Sequence[dict[str, str]]) -> GuideTable:
    name = NAMES.get(title) or title.replace("[", ".").replace("]", "")
    number = next((match[1] for row in rows if (match := _NUMBER.match(row["v2_table"]))), "")
    codes: dict[str, Code] = {}
    for row in sorted(rows, key=lambda row: not row["code"]):
        code = _code(name, row)
        for key in (row["code"] or _alone(code, codes)).split(","):
            if key.strip() not in codes:
                given = Code(key, code.system, code.display) if "," in code.code else code
                codes[key.strip()] = INSTEAD.get((name, key.strip()), given)
    return GuideTable(title, name, number, codes)


def _alone(code: Code, codes: Mapping[str, Code]) -> str:
    """The key of a code that no code of v2 leads to: short numbers, and what v2 calls so too, count in their system."""
    own = code.code.isdigit() and len(code.code) < SHORT
    return f"{code.system}|{code.code}" if own or codes.get(code.code, code) != code else code.code


def _code(name: str, row: Mapping[str, str]) -> Code:
    target, display = " ".join(row["target"].split()), " ".join(row["display"].split())
    if name in SWAPPED:
        target, display = display, target
    target = SPELLED.get(target, target)
    system = SYSTEMS.get(name) or (row["system"].strip() if _SYSTEM.match(row["system"].strip()) else "")
    return Code(target, system, "" if system.startswith(ALONE) else display)


def write_table(table: GuideTable, folder: Path) -> None:
    """Write one table, what stands there already and is not the guide's kept."""
    path = folder / f"{table.name}.yaml"
    node = read_document(path) if path.exists() else None
    standing = _standing(node, path)
    codes = {key: _worded(code, standing.get(key)) for key, code in table.codes.items()} | {
        key: code for key, code in standing.items() if key not in table.codes
    }
    if len(codes) > MOST_ROWS:
        path.with_suffix(".csv").write_text(_sheet(codes), "utf-8")
    path.write_text(_document(table, codes, node), "utf-8")


def _worded(code: Code, standing: Code | None) -> Code:
    """A code of the guide, with the words that stand in the file where the guide has none."""
    same = standing is not None and (standing.code, standing.system) == (code.code, code.system)
    return replace(code, display=standing.display) if standing and same and not code.display else code


def _standing(node: Node | None, path: Path) -> Mapping[str, Code]:
    """The codes that a file holds, each with its system."""
    if node is None:
        return {}
    gather = Gather()
    read = read_table_file(path.stem, node, path, gather)
    gather.close()
    return {key: replace(code, system=code.system or read.system) for key, code in read.codes.items()}


def _sheet(codes: Mapping[str, Code]) -> str:
    system = _system(codes)
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(COLUMNS)
    for key, code in codes.items():
        rows.writerow((key, code.code, code.display, "" if code.system == system else code.system))
    return written.getvalue()


def _document(table: GuideTable, codes: Mapping[str, Code], node: Node | None) -> str:
    system = _system(codes)
    lines = [f"table: {table.name}", f"about: {_line(_about(table, node))}", f"system: {_text(system)}"]
    lines += [f"{key}: {_kept(node, key)}" for key in ("default", "partial") if node and node.get(key)]
    if len(codes) > MOST_ROWS:
        lines.append(f"codes: {table.name}.csv")
    else:
        own = [key for key in codes if key not in table.codes]
        lines.append("codes:")
        lines += [f"  {_text(key)}: {_entry(codes[key], system)}" for key in codes if key in table.codes]
        lines += ["  # not in the guide"] * bool(own)
        lines += [f"  {_text(key)}: {_entry(codes[key], system)}" for key in own]
    return "\n".join([*lines, "tests:", *_tests(codes, node)]) + "\n"


def _about(table: GuideTable, node: Node | None) -> str:
    told = node.get("about") if node else None
    if told:
        return str(told.value)
    source = f"HL7 table {table.number}" if table.number else "Codes of FHIR; the guide names none of v2 for them"
    return f"{source} (guide table {table.title})."


def _kept(node: Node, key: str) -> str:
    found = node.get(key)
    return json.dumps(found.plain(), ensure_ascii=False) if found else ""


def _entry(code: Code, system: str) -> str:
    """A code as a table writes it: alone, or with what its system and display are."""
    parts = {"code": code.code, "system": "" if code.system == system else code.system, "display": code.display}
    given = {key: value for key, value in parts.items() if value}
    if len(given) == 1:
        return _text(code.code)
    return f"{{ {', '.join(f'{key}: {_text(value)}' for key, value in given.items())} }}"


def _tests(codes: Mapping[str, Code], node: Node | None) -> Iterator[str]:
    """The tests that stand there, else one of the first code and one of the last, or of one that is in no table."""
    standing = Gather().entries(node.get("tests") if node else None)
    if len(standing) >= 2:
        for entry in standing:
            given = {key: one.plain() for key, one in entry.items()}
            yield f"  - name: {_line(str(given['name']))}"
            yield f"    code: {_text(str(given['code']))}"
            yield f"    expect: {_flow(given['expect'])}"
        return
    keys = list(codes)
    for key in dict.fromkeys((keys[0], keys[-1])):
        code = codes[key]
        meaning = code.display
        said = f"{key}, {meaning}," if meaning and meaning != code.code and len(meaning) < LONG else key
        whole = {name: value for name, value in asdict(code).items() if value}
        yield f"  - name: {_line(f'{said} gives {code.code}')}"
        yield f"    code: {_text(key)}"
        yield f"    expect: {_flow(whole)}"
    if len(keys) == 1:
        yield "  - name: another code gives nothing"
        yield "    code: none of them"
        yield "    expect: ~"


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_text(key)}: {_flow(inner)}' for key, inner in value.items())} }}"
    return "~" if value is None else _text(str(value))


def _text(text: str) -> str:
    """A text as YAML writes it, quoted where it must be."""
    plain = _PLAIN.match(text) and text.lower() not in _WORDS and not text.endswith(" ")
    return text if plain or _SYSTEM.match(text) else json.dumps(text, ensure_ascii=False)


def _line(text: str) -> str:
    """A text that ends its line, quoted where it must be."""
    return text if _LINE.match(text) else json.dumps(text, ensure_ascii=False)


def _system(codes: Mapping[str, Code]) -> str:
    """The system of most codes."""
    systems = [code.system for code in codes.values()]
    return max(dict.fromkeys(systems), key=systems.count) if systems else ""


if __name__ == "__main__":
    main(sys.argv[1:])
