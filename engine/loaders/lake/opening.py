"""Opening a lake by the address of its catalog and the place of its files."""

from __future__ import annotations

from pathlib import Path

from pyiceberg.catalog.sql import SqlCatalog

from engine.loaders.lake.lake import Lake, translated

CATALOG = "engine"
"""The name that the catalog's rows have in the database, which several catalogs may share."""

_PSYCOPG = "postgresql+psycopg://"


def open_catalog(uri: str, files: str, make: bool = True) -> Lake:
    """The lake, with its tables if it is to `make` them; raises Unavailable when the catalog cannot be reached."""
    for scheme in ("postgresql://", "postgres://"):
        if uri.startswith(scheme):
            uri = _PSYCOPG + uri.removeprefix(scheme)
    place = files if "://" in files else Path(files).absolute().as_uri()
    with translated():
        made = str(make).lower()
        lake = Lake(SqlCatalog(CATALOG, uri=uri, warehouse=place, pool_pre_ping="true", init_catalog_tables=made))
    if make:
        lake.migrate()
    return lake
