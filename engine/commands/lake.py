"""`engine lake list`, `compact` and `expire`: how the lake is, and keeping its files few; beside a running engine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from rich.table import Table as Shown

from engine.commands.terminal import Console
from engine.config import Settings
from engine.loaders.warehouse import Unavailable
from engine.parts import open_lake

if TYPE_CHECKING:
    from engine.loaders.lake.lake import Lake
    from engine.loaders.tables import Table

FAULTY = 2
FAILED = 1


def list_lake(settings: Settings, as_json: bool) -> int:
    """Print rows, files, bytes and snapshots of each table; returns 1 when the lake cannot be reached."""
    return _over_tables(settings, _look, as_json)


def compact_lake(settings: Settings, target: int, as_json: bool) -> int:
    """Rewrite small files as large ones of about `target` bytes."""
    from engine.loaders.lake.compaction import compact

    return _over_tables(settings, lambda lake, table: compact(lake, table, target)._asdict(), as_json)


def expire_lake(settings: Settings, before: datetime, as_json: bool) -> int:
    """Forget snapshots from before then, and remove the files that only they refer to."""
    from engine.loaders.lake.expiry import expire

    def work(lake: Lake, table: Table) -> dict[str, Any]:
        snapshots, files = expire(lake, table, before, datetime.now(UTC))
        return {"snapshots": snapshots, "files": files}

    return _over_tables(settings, work, as_json)


def _over_tables(settings: Settings, work: Callable[[Lake, Table], dict[str, Any]], as_json: bool) -> int:
    if settings.lake is None:
        sys.stderr.write("there is no lake - write `lake: {}` into engine.yaml to have one\n")
        return FAULTY
    from engine.loaders.lake.schema import KEPT

    try:
        lake = open_lake(settings)
        found = [{"table": table.name, **work(lake, table)} for table in KEPT]
    except Unavailable as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    if as_json:
        sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
        return 0
    shown = Shown(*found[0])
    for row in found:
        shown.add_row(*map(str, row.values()))
    Console(highlight=False).print(shown)
    return 0


def _look(lake: Lake, table: Table) -> dict[str, Any]:
    held = lake.held(table)
    snapshot = held.current_snapshot()
    told = snapshot.summary.additional_properties if snapshot and snapshot.summary else {}
    totals = {name: int(told.get(f"total-{key}", 0)) for name, key in _TOTALS.items()}
    newest = datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC).isoformat() if snapshot else ""
    return {**totals, "snapshots": len(held.snapshots()), "newest": newest}


_TOTALS = {"rows": "records", "files": "data-files", "bytes": "files-size"}
