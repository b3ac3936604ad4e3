from __future__ import annotations

from pathlib import Path

from tests.rig.proof import Ledger, ledger


def test_a_proof_that_passed_is_known_to_the_next_run(tmp_path: Path) -> None:
    first = Ledger(tmp_path / "proofs" / "state")
    assert first.passed() == frozenset()
    first.note("tests/a.py::test_b[c d]")
    first.note("tests/a.py::test_e")
    assert Ledger(tmp_path / "proofs" / "state").passed() == {"tests/a.py::test_b[c d]", "tests/a.py::test_e"}


def test_the_ledger_stands_where_git_ignores_it() -> None:
    assert ledger()._path.parent.parts[-2:] == (".cache", "proofs")
