"""Expiry: old snapshots are forgotten, and files go that no snapshot refers to any more.

The library forgets snapshots and leaves their files. A file that a writer has not yet committed is not referred to
either, so only files that are old enough go.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pyarrow.fs import FileSelector, FileSystem, FileType
from pyiceberg.table import Table as Iceberg
from pyiceberg.table import Transaction

from engine.loaders.lake.lake import Lake, translated
from engine.loaders.tables import Table

GRACE = timedelta(days=1)
"""How old a file is at least that goes: no commit takes as long."""


def expire(lake: Lake, table: Table, before: datetime, now: datetime) -> tuple[int, int]:
    """Forget snapshots from before then, and remove files; how many of either. The newest snapshot stays."""
    lake.commit(table, _say_again, {}, {})
    with translated():
        held = lake.held(table)
        count = len(held.snapshots())
        held.maintenance.expire_snapshots().older_than(before).commit()
        held = lake.held(table)
        return count - len(held.snapshots()), _sweep(held, min(before, now - GRACE))


def _say_again(transaction: Transaction, told: dict[str, str]) -> None:
    """Make a snapshot of the same files: the newest one says where the table stands, whoever made those before."""
    with transaction.update_snapshot(snapshot_properties=told).merge_append():
        pass


def _sweep(held: Iceberg, before: datetime) -> int:
    """Remove the files of a table that are older and that nothing refers to."""
    filesystem, root = FileSystem.from_uri(held.location())
    listed = filesystem.get_file_info(FileSelector(root, recursive=True))
    referred = {FileSystem.from_uri(path)[1] for path in _referred(held)}
    old = (one for one in listed if one.type is FileType.File and one.mtime.timestamp() < before.timestamp())
    gone = [one.path for one in old if one.path not in referred]
    for path in gone:
        filesystem.delete_file(path)
    return len(gone)


def _referred(held: Iceberg) -> Iterator[str]:
    """Every file that the table as it is now refers to."""
    yield held.metadata_location
    yield from (entry.metadata_file for entry in held.metadata.metadata_log)
    seen = set[str]()
    for snapshot in held.snapshots():
        yield snapshot.manifest_list
        for manifest in snapshot.manifests(held.io):
            if manifest.manifest_path not in seen:
                seen.add(manifest.manifest_path)
                yield manifest.manifest_path
                yield from (entry.data_file.file_path for entry in manifest.fetch_manifest_entry(held.io))
