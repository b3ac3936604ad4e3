"""Tables: codes of v2 and what they are in FHIR, in YAML or as a CSV file of `code,target,display,system`."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from engine.language.document import MOST_BYTES, Node
from engine.language.fault import Fault, Faults, Mark
from engine.language.gather import Gather
from engine.transforms.mapping import Code, Table

TABLE_KEYS = ("table", "about", "system", "codes", "tests")
CODE_KEYS = ("code", "system", "display")
COLUMNS = ("code", "target", "display", "system")


def read_table(name: str, node: Node, path: Path, gather: Gather) -> Table:
    """A table of an overlay: its codes at once, the whole form of a table file, or the path of a CSV file beside it."""
    if isinstance(node.value, str):
        beside = path.parent / node.value
        codes = gather.attempt(lambda: read_csv(beside, node.mark))
        return Table(name, node.mark, "", codes or {})
    if isinstance(node.value, dict) and "codes" in node.value:
        return read_table_file(name, node, gather)
    return Table(name, node.mark, "", _codes(node, name, gather))


def read_table_file(name: str, node: Node, gather: Gather) -> Table:
    """A table file (`table: AdministrativeSex`)."""
    gather.keys(node, name, TABLE_KEYS, ("codes",))
    return Table(name, node.mark, gather.text(node.get("system"), name), _codes(node.get("codes"), name, gather))


def _codes(node: Node | None, name: str, gather: Gather) -> dict[str, Code]:
    return {key: _code(entry, name, gather) for key, entry in gather.map(node, name).items()}


def _code(node: Node, name: str, gather: Gather) -> Code:
    if not isinstance(node.value, dict):
        return Code(gather.text(node, name))
    gather.keys(node, name, CODE_KEYS, ("code",))
    code, system, display = (gather.text(node.get(key), name) for key in CODE_KEYS)
    return Code(code, system, display)


def read_csv(path: Path, mark: Mark) -> dict[str, Code]:
    """The codes of a CSV file whose first line names its columns; raises Faults at the line that is wrong."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise Faults(
            [Fault(mark, "M120", "", f"the table cannot be read ({error.strerror})", "check the path")]
        ) from None
    except UnicodeDecodeError:
        raise Faults([Fault(Mark(str(path)), "M120", "", "is not UTF-8", "save the file as UTF-8")]) from None
    if len(content) > MOST_BYTES:
        raise Faults([Fault(Mark(str(path)), "M120", "", f"larger than {MOST_BYTES} bytes", "split it up")])
    return _rows(text, path)


def _rows(text: str, path: Path) -> dict[str, Code]:
    rows = csv.DictReader(io.StringIO(text))
    codes: dict[str, Code] = {}
    try:
        unknown = set(rows.fieldnames or ()) ^ set(COLUMNS)
        if unknown - {"display", "system"} or set(rows.fieldnames or ()) - set(COLUMNS):
            raise _fault(path, 1, "the columns are not code, target and perhaps display and system")
        for row in rows:
            codes[_key(row, codes, path, rows.line_num)] = Code(
                row["target"] or "", row.get("system") or "", row.get("display") or ""
            )
    except csv.Error:
        raise _fault(path, rows.line_num, "the line is no CSV") from None
    return codes


def _key(row: Mapping[str, str | None], codes: Mapping[str, Code], path: Path, line: int) -> str:
    key = row["code"]
    if not key or not row["target"] or None in row.values() or None in row:
        raise _fault(path, line, "the line has not the columns of the first")
    if key in codes:
        raise _fault(path, line, f"the code {key!r} stands here again")
    return key


def _fault(path: Path, line: int, what: str) -> Faults:
    return Faults([Fault(Mark(str(path), line, 1), "M121", "", what, "see docs/reference/mapping.md")])
