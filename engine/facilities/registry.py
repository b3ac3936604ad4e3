"""The facility registry as its files have it: YAML, CSV, or one beside the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from engine.facilities.entry import KEYS, LISTS, FacilityEntry, RegistryFile
from engine.facilities.facility import EVERYBODY, Registry
from engine.language.document import Node, read_document
from engine.language.fault import Faults, Mark, nearest
from engine.language.garbage import uncollected
from engine.language.gather import MOST_FAULTS, Gather
from engine.language.model import model_faults, place
from engine.language.sheet import read_sheet

PAGE = "docs/reference/registry.md"
SHEET = ".csv"
ROWS = 1000
"""Of a sheet, so many are read as one document."""


class Written(NamedTuple):
    """An entry, and the file's node of it."""

    entry: FacilityEntry
    node: Node

    def mark(self, *keys: str) -> Mark:
        """Where this key of the entry stands, or the entry's code."""
        return place(self.node, keys) or place(self.node, ("code",)) or self.node.mark


Place = tuple[Written, str]
"""An entry and one of its keys."""


def registry_files(path: Path) -> tuple[Path, ...]:
    """The files of the registry that are there: `path`, and the one of its name in the other form."""
    other = path.with_suffix(".yaml" if path.suffix == SHEET else SHEET)
    return tuple(one for one in sorted({path, other}) if one.exists())


@uncollected()
def read_registry(path: Path, listeners: Collection[str] | None = None) -> Registry:
    """Read the registry; one without files is empty; raises Faults that name every place at fault.

    With `listeners`, the names of the settings, an entry may name no others.
    """
    gather = Gather()
    read = [gather.attempt(partial(_read_file, one)) for one in registry_files(path)]
    written = [one for entries in read for one in entries or ()]
    _check_claims(written, gather)
    _check_senders(written, gather)
    if listeners is not None:
        _check_listeners(written, listeners, gather)
    gather.close()
    return Registry(one.entry.facility() for one in written)


def _read_file(path: Path) -> list[Written]:
    gather = Gather()
    parts = _sheet(path) if path.suffix == SHEET else [read_document(path)]
    read = [gather.attempt(partial(_read_part, one, path)) for one in parts if len(gather.faults) < MOST_FAULTS]
    gather.close()
    return [one for entries in read for one in entries or ()]


def _read_part(document: Node, path: Path) -> list[Written]:
    try:
        entries = RegistryFile.model_validate(document.plain()).facilities
    except ValidationError as error:
        raise Faults(model_faults(error, RegistryFile, document, str(path), PAGE)) from None
    facilities = document.get("facilities")
    nodes = facilities.value if facilities and isinstance(facilities.value, list) else []
    return list(map(Written, entries, nodes))


def _sheet(path: Path) -> Iterator[Node]:
    """The rows as documents of some each, so that faults in every one of them do not fill the memory."""
    rows = read_sheet(path, KEYS, LISTS)
    entries = rows.value if isinstance(rows.value, list) else []
    for start in range(0, len(entries), ROWS):
        some = Node(entries[start : start + ROWS], rows.mark, {})
        yield Node({"facilities": some}, rows.mark, {"facilities": rows.mark})


def _check_claims(written: Sequence[Written], gather: Gather) -> None:
    """What tells one facility from the others belongs to one of them; a range of addresses may be shared."""
    messages: dict[str, Place] = {}
    connections: dict[str, Place] = {}
    for one in written:
        where = f"facility {one.entry.code}"
        if taken := _claim(messages, {one.entry.code, *one.entry.senders}, (one, "code")):
            gather.add(one.mark("code"), "C004", where, "claims what another facility claims", f"compare with {taken}")
        for key, claims in (("certificates", one.entry.certificates), ("tokens", one.entry.tokens)):
            if taken := _claim(connections, set(claims), (one, key)):
                hint = f"compare with {taken}, and see sends_for"
                gather.add(one.mark(key), "C011", where, "names what another facility is known by", hint)


def _claim(claimed: dict[str, Place], claims: Collection[str], at: Place) -> Mark | None:
    """Note the claims; where one of them was made before."""
    taken = [claimed[one] for one in sorted(claims) if one in claimed]
    for one in claims:
        claimed.setdefault(one, at)
    return taken[0][0].mark(taken[0][1]) if taken else None


def _check_senders(written: Sequence[Written], gather: Gather) -> None:
    """Who sends for others is known by something, and they are known to the registry."""
    codes = {one.entry.code for one in written} | {EVERYBODY}
    for one in (one for one in written if one.entry.sends_for):
        entry, mark, where = one.entry, one.mark("sends_for"), f"facility {one.entry.code}"
        if not (entry.certificates or entry.tokens or entry.addresses):
            hint = "name certificates, tokens or addresses"
            gather.add(mark, "C012", where, "sends for others, and nothing tells its connections", hint)
        for code in _unknown(entry.sends_for, codes):
            what = f"sends for {code!r}, which the registry does not have"
            gather.add(mark, "C013", where, what, "correct the code, or add the facility")


def _check_listeners(written: Sequence[Written], listeners: Collection[str], gather: Gather) -> None:
    for one in written:
        for name in _unknown(one.entry.listeners, listeners):
            hint = nearest(name, listeners) or f"known are {', '.join(sorted(listeners))}"
            gather.add(
                one.mark("listeners"), "C014", f"facility {one.entry.code}", f"there is no listener {name!r}", hint
            )


def _unknown(names: Sequence[str], known: Collection[str]) -> Iterator[str]:
    return (name for name in names if name not in known)
