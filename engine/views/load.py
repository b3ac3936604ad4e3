"""Loading files of views: each checked and compiled, every fault of all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from engine.language.fault import Faults
from engine.language.gather import Gather
from engine.views.read import read_view
from engine.views.view import View, compile_view

PATTERNS = ("*.yaml", "*.yml", "*.json")


def load_views(paths: Sequence[Path]) -> list[View]:
    """The views of files and folders; raises Faults with all that is wrong in them."""
    gather = Gather()
    found = [gather.attempt(partial(_read_strictly, path)) for path in _files(paths)]
    views = [view for view in found if view]
    _refuse_repeats(views, gather)
    gather.close()
    return views


def _read_strictly(path: Path) -> View:
    view = compile_view(read_view(path))
    if view.odd:
        raise Faults(view.odd)
    return view


def _refuse_repeats(views: Sequence[View], gather: Gather) -> None:
    seen: set[str] = set()
    for view in views:
        if view.name in seen:
            what = f"another view is named {view.name!r}"
            gather.add(view.mark, "V114", "name", what, "give this one another name")
        seen |= {view.name} if view.name else set()


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for pattern in PATTERNS for file in path.glob(pattern))
        else:
            yield path
