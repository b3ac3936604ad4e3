"""What `engine query` prints."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from engine.cli import app
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.parts import DUCKDB_FILE


def test_no_value_is_cut_short_in_a_file_or_a_pipe(tmp_path: Path) -> None:
    warehouse = DuckdbWarehouse(tmp_path / DUCKDB_FILE)
    warehouse.migrate()
    warehouse.close()
    long = "0123456789" * 60
    shown = CliRunner().invoke(app, ["query", f"select '{long}' as long, 'a' as short", "--home", str(tmp_path)])
    assert shown.exit_code == 0
    assert "…" not in shown.output
    assert sum(line.count("0123456789") for line in shown.output.splitlines()) > 50
    assert max(map(len, shown.output.splitlines())) > 200
