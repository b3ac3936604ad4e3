"""Keep what this version leaves behind, as tests/upgrade/VERSION.tar.xz: run it once, when a release is made."""

from __future__ import annotations

import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

from tests.rig.postgres import Postgres
from tests.upgrade.leaving import leave

with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as logs:
    folder = Path(made)
    with Postgres(Path(logs) / "postgres.log") as postgres:
        leave(folder, postgres.url)
    kept = Path(__file__).parent / f"{version('engine')}.tar.xz"
    with tarfile.open(kept, "w:xz") as archive:
        archive.add(folder, ".", filter=lambda one: None if one.name.endswith((".log", ".socket")) else one)
    sys.stdout.write(f"{kept}: {kept.stat().st_size:,} bytes\n")
