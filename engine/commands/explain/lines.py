"""`engine explain PATH`: which lines of the mappings read a v2 field, or fill an element of a resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rich.table import Table

from engine.commands.explain.shown import name_of, place_of, wide_console
from engine.commands.terminal import Console
from engine.config import Settings
from engine.hl7.path import Path as FieldPath
from engine.hl7.path import PathFault, parse_path
from engine.language.fault import Fault, Faults, Mark, nearest
from engine.language.garbage import uncollected
from engine.transforms.lineage import Line, lineage
from engine.transforms.load import load_mappings
from engine.transforms.mapping import Sources

NOTHING = 1


def explain_lines(settings: Settings, asked: str) -> int:
    """Print the lines that read the field, or fill the element, that is asked for; returns 1 when there is none."""
    sources = load_mappings(settings.mappings).sources
    console = wide_console()
    field = _field(asked)
    if field is not None:
        found = _lines(sources, lambda line: line.reads(field))
        console.print(f"{asked}  {name_of(field)}", markup=False)
        _print(console, found, f"no mapping reads {asked}", settings.mappings)
    else:
        found = _lines(sources, lambda line: _fills(line, asked))
        _print(console, found or _refuse(asked, sources), "", settings.mappings)
    return 0 if found else NOTHING


@uncollected()
def _lines(sources: Sources, is_asked: Callable[[Line], bool]) -> list[Line]:
    return list(lineage(sources, is_asked))


def _field(asked: str) -> FieldPath | None:
    try:
        path = parse_path(asked)
    except PathFault:
        return None
    return path if path.field else None


def _fills(line: Line, asked: str) -> bool:
    resource, _, element = asked.partition(".")
    return line.resource == resource and (not element or line.element == element or _below(line.element, element))


def _below(element: str, above: str) -> bool:
    return element.startswith((f"{above}.", f"{above}[")) or above.startswith(f"{element}.")


def _refuse(asked: str, sources: Sources) -> Sequence[Line]:
    known: set[str] = set()

    def note(line: Line) -> bool:
        known.add(f"{line.resource}.{line.element}")
        return False

    _lines(sources, note)
    hint = nearest(asked, sorted(known)) or "write a path such as PID-8, an element such as Patient.gender, or a file"
    what = f"{asked!r} is nothing that a mapping reads or fills"
    raise Faults([Fault(Mark("engine explain"), "C023", "", what, hint)])


def _print(console: Console, found: Sequence[Line], nothing: str, root: Path) -> None:
    if not found:
        console.print(nothing, markup=False)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("element", "from", "line", "in"):
        table.add_column(column, overflow="fold")
    for rows in _grouped(found, lambda line: (line.resource, line.element, line.says, line.mark, line.overlay)):
        line = rows[0]
        where = ", ".join(dict.fromkeys(row.message for row in rows))
        overlay = f" (overlay {line.overlay})" if line.overlay else ""
        table.add_row(
            f"{line.resource}.{line.element}", line.says or "constant", place_of(line.mark, root), where + overlay
        )
    console.print(table, markup=False)


def _grouped(lines: Iterable[Line], key: Callable[[Line], object]) -> list[list[Line]]:
    groups: dict[object, list[Line]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return list(groups.values())
