"""Loading a folder of mappings: all of it checked at once, compiled when it is first used."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial
from hashlib import sha256
from os.path import basename
from pathlib import Path
from typing import TypeVar

from engine.language.document import Node, read_document
from engine.language.fault import Fault, Faults, Mark
from engine.language.files import files_below, read_content
from engine.language.garbage import uncollected
from engine.language.gather import Gather
from engine.language.sheet import MOST_BYTES
from engine.transforms.check import check_sources
from engine.transforms.check_folders import check_folders
from engine.transforms.check_tests import check_tests
from engine.transforms.checked import Checked
from engine.transforms.mapping import Mapping, MessageMapping, Overlay, Sources, Table
from engine.transforms.mapping_set import MappingSet
from engine.transforms.optional import asked_for, check_asked, version_asked
from engine.transforms.parts import with_parts
from engine.transforms.read_files import read_datatype, read_message, read_overlay, read_segment
from engine.transforms.tables import read_csv, read_table_file

VERSION_DIGITS = 12
LACKING = frozenset({"M310", "M314", "M322", "M331", "M332"})
"""Faults that name a mapping which is not there."""
INCOMPLETE = frozenset({"M326", "M329"})
"""Faults of what is missing in a mapping, which may stand in lines that could not be read."""
REGISTRY = ("registry.yaml", "registry.csv")
"""Stand beside the overlays and are none: who the facilities are, no part of a mapping set."""

Part = TypeVar("Part", MessageMapping, Mapping, Table, Overlay)


_LAST: dict[tuple[Path, str], Sources] = {}
"""What the files say that were loaded last, by folder and hash: whoever loads them again need not read them."""


@uncollected()
def load_mappings(folder: Path, optional: Collection[str] | None = None, checked: Checked | None = None) -> MappingSet:
    """Load `standard/` and `facilities/` of a folder; raises Faults with everything that is wrong in them.

    `optional` names the types of which optional resources are asked for; without it all of them are made. What
    `checked` knows to be without fault is not checked again.
    """
    before = _hash_if_read(folder)
    sources = _LAST.get((folder, before)) or _load(folder, before, checked)
    version = before[:VERSION_DIGITS] if (folder, before) in _LAST else version_of(folder)
    if optional is None:
        return MappingSet(sources, version)
    check_asked(optional)
    return MappingSet(asked_for(sources, optional), version_asked(version, optional))


def _load(folder: Path, before: str, checked: Checked | None) -> Sources:
    sources, gather = read_sources(folder)
    still = before if before and _hash_if_read(folder) == before else ""
    if gather.faults or not (checked and still and still in checked):
        _check(sources, gather)
        _require_messages(folder, sources, gather)
        gather.close()
        if checked and still:
            checked.add(still)
    _LAST.clear()
    if still:
        _LAST[folder, still] = sources
    return sources


@uncollected()
def check_mappings(folder: Path) -> MappingSet:
    """The same with what else a person should hear of, and the engine need not: tests that are at fault."""
    sources, gather = read_sources(folder)
    check_folders(folder, gather)
    _check(sources, gather)
    check_tests(sources, gather)
    _require_messages(folder, sources, gather)
    gather.close()
    return MappingSet(sources, version_of(folder))


def _require_messages(folder: Path, sources: Sources, gather: Gather) -> None:
    if not sources.messages and not gather.faults:
        hint = "name a folder that holds standard/messages/*.yaml"
        gather.add(Mark(str(folder)), "M106", "", "holds no message mapping", hint)


def _check(sources: Sources, gather: Gather) -> None:
    """Check what was read; what follows only from faults in reading it is left out."""
    read = Gather()
    check_sources(sources, read)
    unread = {Path(fault.mark.file).stem for fault in gather.faults}
    partly = bool(gather.faults)
    gather.faults += [fault for fault in read.faults if not (partly and _follows(fault, unread))]


def _follows(fault: Fault, unread: Collection[str]) -> bool:
    """Whether a fault may be there only because other files could not be read."""
    if fault.code in LACKING:
        return any(f"'{name}'" in fault.what for name in unread)
    return fault.code in INCOMPLETE


@uncollected()
def read_types(folder: Path, optional: Collection[str]) -> frozenset[str]:
    """The types of resource that the mappings of a folder make, not checked; raises Faults for files that are none."""
    gather = Gather()
    found = with_parts(_read_rules(folder, gather), gather)
    gather.close()
    check_asked(optional)
    return MappingSet(asked_for(found, optional), "").resource_types


def read_sources(folder: Path) -> tuple[Sources, Gather]:
    """What the files say, and the faults found in reading them."""
    gather = Gather()
    found = replace(_read_rules(folder, gather), tables=_tables(folder / "standard" / "tables", gather))
    return with_parts(found, gather), gather


def _read_rules(folder: Path, gather: Gather) -> Sources:
    """All that the files say but the tables that are files of their own."""
    standard = folder / "standard"
    return Sources(
        messages=tuple(_read(standard / "messages", _message, gather)),
        segments={one.name: one for one in _read(standard / "segments", _segment, gather)},
        datatypes={one.name: one for one in _read(standard / "datatypes", _datatype, gather)},
        overlays=tuple(_read(folder / "facilities", read_overlay, gather)),
    )


def set_files(folder: Path) -> Iterator[str]:
    """The files that a set of mappings is made of, in no order; hidden ones, as editors leave them, are none."""
    for part in ("standard", "facilities"):
        for path in files_below(str(folder / part), (".yaml", ".csv")):
            if basename(path) not in REGISTRY:
                yield path


def version_of(folder: Path) -> str:
    """The version of a set of mappings: the hash of its files' names and contents, in short; raises Faults."""
    return _hash_of(folder)[:VERSION_DIGITS]


def _hash_of(folder: Path) -> str:
    hashed = sha256()
    for path in sorted(map(Path, set_files(folder))):
        for piece in (path.relative_to(folder).as_posix().encode(), read_content(path, MOST_BYTES)):
            hashed.update(len(piece).to_bytes(8, "big") + piece)
    return hashed.hexdigest()


def _hash_if_read(folder: Path) -> str:
    """The same, "" for files that cannot be read, which others tell of."""
    try:
        return _hash_of(folder)
    except Faults:
        return ""


def _read(folder: Path, read: Callable[[Node, Path, Gather], Part], gather: Gather) -> Iterable[Part]:
    for path in sorted(set(folder.glob("[!.]*.yaml")) - {folder / name for name in REGISTRY}):
        node = gather.attempt(partial(read_document, path))
        if node is not None:
            yield read(node, path, gather)


def _message(node: Node, path: Path, gather: Gather) -> MessageMapping:
    return _named(read_message(node, gather), node, path, gather)


def _segment(node: Node, path: Path, gather: Gather) -> Mapping:
    return read_segment(node, path.stem, gather)


def _datatype(node: Node, path: Path, gather: Gather) -> Mapping:
    return read_datatype(node, path.stem, gather)


def _table(node: Node, path: Path, gather: Gather) -> Table:
    return _named(read_table_file(gather.text(node.get("table"), ""), node, path, gather), node, path, gather)


def _tables(folder: Path, gather: Gather) -> dict[str, Table]:
    """The tables of a folder; a CSV file from which no table file takes its codes is one too, called as the file is."""
    tables = {one.name: one for one in _read(folder, _table, gather)}
    alone = [path for path in sorted(folder.glob("*.csv")) if path.stem not in tables]
    written = [other.read_text("utf-8", errors="replace") for other in folder.glob("*.yaml")] if alone else []
    for path in alone:
        if not any(path.name in other for other in written):
            tables[path.stem] = Table(path.stem, Mark(str(path), 1, 1), "", read_csv(path, path.stem, gather))
    return tables


def _named(part: Part, node: Node, path: Path, gather: Gather) -> Part:
    if part.name != path.stem:
        mark = next((entry.mark for _, entry in node.items()), part.mark)
        gather.add(mark, "M105", "", f"the file is called {path.stem!r}", f"call it {part.name}.yaml")
    return part
