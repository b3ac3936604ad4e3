"""Tables: codes of v2 and what they are in FHIR, in YAML or as a CSV file of `code,target,display,system`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.language.document import Node, Plain
from engine.language.files import is_file
from engine.language.gather import Gather
from engine.language.sheet import read_sheet
from engine.transforms.mapping import Code, InlineTest, Table
from engine.transforms.places import read_place

TABLE_KEYS = ("table", "about", "system", "codes", "default", "partial", "match", "tests")
CODE_KEYS = ("code", "system", "display")
TABLE_TEST_KEYS = ("name", "code", "expect")
COLUMNS = ("code", "target", "display", "system")


def read_table(name: str, node: Node, path: Path, gather: Gather) -> Table:
    """A table of an overlay: its codes at once, the whole form of a table file, or the path of a CSV file beside it."""
    if isinstance(node.value, dict) and "codes" in node.value:
        return read_table_file(name, node, path, gather)
    return Table(name, node.mark, "", _codes(node, name, path, gather))


def read_table_file(name: str, node: Node, path: Path, gather: Gather) -> Table:
    """A table file (`table: AdministrativeSex`); `codes` may name a CSV file beside it."""
    gather.keys(node, name, TABLE_KEYS, ("codes",))
    default, partial = node.get("default"), node.get("partial")
    if partial is not None and not isinstance(partial.value, bool):
        gather.add(partial.mark, "M112", name, "partial is neither true nor false", "write true, or leave it out")
    table = Table(
        name=name,
        mark=node.mark,
        system=gather.text(node.get("system"), name),
        codes=_codes(node.get("codes"), name, path, gather),
        default=_code(default, name, gather) if default else None,
        partial=partial is not None and partial.value is True,
        tests=_tests(node.get("tests"), name, gather),
    )
    return _matched(table, node, gather)


def _matched(table: Table, node: Node, gather: Gather) -> Table:
    """The table with how it is looked up; of places each key must say one."""
    match = node.get("match")
    if match is None:
        return table
    if match.value != "place":
        gather.add(match.mark, "M112", table.name, "match is not place", "write place, or leave it out")
        return table
    for key in table.codes:
        if not any(read_place(key).keys):
            hint = "write a code of five digits, or two names with a comma between: Phường 4, Quận 5"
            gather.add(match.mark, "M121", table.name, f"{key!r} is no place", hint)
    return replace(table, match="place")


def _tests(node: Node | None, name: str, gather: Gather) -> tuple[InlineTest, ...]:
    """The `tests:` of a table: `{ name: …, code: M, expect: male }`; `expect` may be as one of its codes, or null."""
    found = (_test(entry, f"{name}.tests[{number}]", gather) for number, entry in enumerate(gather.entries(node), 1))
    return tuple(test for test in found if test)


def _test(node: Node, where: str, gather: Gather) -> InlineTest | None:
    if not gather.keys(node, where, TABLE_TEST_KEYS, ("code", "expect")) or not isinstance(node.value, dict):
        return None
    expect = node.get("expect")
    if expect is not None and isinstance(expect.value, dict):
        gather.keys(expect, where, CODE_KEYS)
    code = gather.text(node.get("code"), where)
    wanted: dict[str, Plain] = {key: gather.text(entry, where) for key, entry in expect.items()} if expect else {}
    if expect is not None and not wanted and expect.value is not None:
        wanted = {"code": gather.text(expect, where)}
    return InlineTest(gather.text(node.get("name"), where) or code, node.mark, wanted or None, sample=code, node=node)


def _codes(node: Node | None, name: str, path: Path, gather: Gather) -> dict[str, Code]:
    if node is not None and isinstance(node.value, str):
        return _read_csv(path.parent / node.value, node, name, gather)
    return {key: _code(entry, name, gather) for key, entry in gather.map(node, name).items()}


def _code(node: Node, name: str, gather: Gather) -> Code:
    if not isinstance(node.value, dict):
        return Code(gather.text(node, name))
    gather.keys(node, name, CODE_KEYS, ("code",))
    code, system, display = (gather.text(node.get(key), name) for key in CODE_KEYS)
    return Code(code, system, display)


def _read_csv(path: Path, named: Node, name: str, gather: Gather) -> dict[str, Code]:
    if Path(str(named.value)).is_absolute() or ".." in Path(str(named.value)).parts:
        hint = "put the file beside this one: the version of a set is made of the files in its folders"
        gather.add(named.mark, "M120", name, "the path leads out of the folder", hint)
        return {}
    if not is_file(path):
        gather.add(named.mark, "M120", name, f"there is no file {path.name!r}", f"write it, or correct {named.value!r}")
        return {}
    return read_csv(path, name, gather)


def read_csv(path: Path, name: str, gather: Gather) -> dict[str, Code]:
    """The codes of a CSV file whose first row names its columns; every row at fault is noted."""
    rows = gather.attempt(lambda: read_sheet(path, COLUMNS, ()))
    codes: dict[str, Code] = {}
    lines: dict[str, int] = {}
    for row in gather.entries(rows):
        key, target, display, system = (gather.text(row.get(column), name) for column in COLUMNS)
        if not key or not target:
            missing = "code" if not key else "target"
            gather.add(row.mark, "M121", name, f"the row has no {missing}", "fill it in, or take the row out")
        elif key in codes:
            place = row.keys["code"]
            gather.add(place, "M122", name, f"the code {key!r} stands here again", f"it stands in line {lines[key]}")
        else:
            codes[key], lines[key] = Code(target, system, display), row.mark.line
    return codes
