"""`engine views`: checking views, and running one over resources of a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from engine.language.fault import Fault, Faults, Mark
from engine.views.load import load_views
from engine.views.read import read_view
from engine.views.step import RowError
from engine.views.view import compile_view

UNFIT = 1
"""Exit code when a resource does not fit the view."""


def check_views(paths: Sequence[Path]) -> int:
    """Check every view of the files and folders, and say how many; raises Faults with all that is wrong in them."""
    sys.stdout.write(f"views       {len(load_views(paths))}\n")
    return 0


def run_view(path: Path, resources: Path) -> int:
    """Print the rows of the resources as JSON, one a line; 1 where a resource does not fit, and says which."""
    view = compile_view(read_view(path))
    for number, resource in enumerate(_resources(resources), 1):
        try:
            rows = view.named_rows(resource)
        except RowError as error:
            sys.stderr.write(f"{resources}: resource {number}: {error}\n")
            return UNFIT
        sys.stdout.write("".join(f"{orjson.dumps(row).decode()}\n" for row in rows))
    return 0


def _resources(path: Path) -> Iterator[dict[str, Any]]:
    """The resources of a JSON array, or of a file with one a line; raises Faults, which quote nothing of the file."""
    try:
        with path.open("rb") as file:
            start = file.read(64).lstrip()[:1]
            file.seek(0)
            lines = enumerate(file, 1)
            yield from _array(path, file.read()) if start == b"[" else (_resource(path, *line) for line in lines)
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
        raise Faults([Fault(Mark(str(path)), "E001", "", what, "check the path")]) from None


def _array(path: Path, content: bytes) -> list[dict[str, Any]]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise _no_resource(path, f"line {error.lineno}, column {error.colno}") from None
    for number, one in enumerate(found, 1):
        if not isinstance(one, dict):
            raise _no_resource(path, f"entry {number}")
    return list(found)


def _resource(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(line) if line.strip() else {}
    except orjson.JSONDecodeError:
        raise _no_resource(path, f"line {number}") from None
    if not isinstance(found, dict):
        raise _no_resource(path, f"line {number}")
    return found


def _no_resource(path: Path, where: str) -> Faults:
    hint = "write a JSON array of resources, or one resource a line"
    return Faults([Fault(Mark(str(path)), "V301", where, "is no resource as JSON", hint)])
