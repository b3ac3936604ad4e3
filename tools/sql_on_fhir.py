"""The official cases of SQL on FHIR v2, run, and their report in the format that the specification gives.

`python -m tools.sql_on_fhir` writes docs/proofs/sql-on-fhir.json; it fails when a case does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from engine.language.document import parse_document
from engine.language.fault import Faults
from engine.views.read import definition_of
from engine.views.step import RowError
from engine.views.view import View, compile_view

ROOT = Path(__file__).parent.parent
SUITE = ROOT / "tests" / "views" / "official"
REPORT = ROOT / "docs" / "proofs" / "sql-on-fhir.json"


class Case(NamedTuple):
    """One case: its file, the resources of the file, and what the view must give."""

    file: str
    title: str
    resources: list[dict[str, Any]]
    content: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.file}: {self.title}"


def cases() -> Iterator[Case]:
    """Every case of every file, in order."""
    for path in sorted(SUITE.glob("*.json")):
        suite = orjson.loads(path.read_bytes())
        for content in suite["tests"]:
            yield Case(path.name, content["title"], suite["resources"], content)


def difference(case: Case) -> str:
    """What differs from what the case expects, "" where nothing does."""
    content = case.content
    try:
        view = compiled(content["view"])
        rows = [row for resource in case.resources for row in view.named_rows(resource)]
    except (Faults, RowError) as error:
        return "" if content.get("expectError") else f"failed: {error}"
    if content.get("expectError"):
        return "gave rows where an error is expected"
    names = [column.name for column in view.columns]
    if names != content.get("expectColumns", names):
        return f"columns {names}"
    return "" if _sorted(rows) == _sorted(content["expect"]) else f"rows {rows}"


def compiled(definition: dict[str, Any]) -> View:
    """The view of a definition as JSON has it; raises Faults."""
    return compile_view(definition_of(parse_document(orjson.dumps(definition), "view.json")))


def report() -> dict[str, Any]:
    """The report: of each file each case by its title, and whether it passed."""
    found: dict[str, Any] = {}
    for case in cases():
        result = {"name": case.title, "result": {"passed": not difference(case)}}
        found.setdefault(case.file, {"tests": []})["tests"].append(result)
    return found


def report_bytes() -> bytes:
    """The report as its file holds it."""
    return orjson.dumps(report(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _sorted(rows: list[dict[str, Any]]) -> list[bytes]:
    """Rows in an order of their own: the specification promises none."""
    return sorted(orjson.dumps({**row}, option=orjson.OPT_SORT_KEYS) for row in map(_with_plain_numbers, rows))


def _with_plain_numbers(row: dict[str, Any]) -> dict[str, Any]:
    """5.0 as 5: JSON has one kind of number."""
    return {
        name: int(value) if isinstance(value, float) and value == int(value) else value for name, value in row.items()
    }


def main() -> int:
    """Write the report; 1 when a case fails."""
    REPORT.write_bytes(report_bytes())
    failed = [f"{case}: {what}" for case in cases() if (what := difference(case))]
    print("\n".join([*failed, f"{len(list(cases())) - len(failed)} passed, {len(failed)} failed"]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
