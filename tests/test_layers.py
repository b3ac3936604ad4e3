"""Imports point down only: the layers in pyproject.toml hold, and no two modules import each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

_CONTRACTS = Path(__file__).parents[1] / "pyproject.toml"


def test_imports_point_down_only(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(_CONTRACTS), no_cache=True)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out
