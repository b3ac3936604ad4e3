from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.bugs import BUGS, environment
from tests.faults.run import Plan, run
from tests.rig.proof import count, proving, report

ALWAYS = ("replacement",)
"""What each run of the tests plants; `make prove` plants all."""
MESSAGES = count(400, 1500)
CAUGHT: dict[str, str] = {}


@pytest.mark.prove
@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", BUGS if proving() else ALWAYS)
def test_planted_bug_is_caught(name: str, tmp_path: Path) -> None:
    bug = BUGS[name]
    plan = Plan(
        11, MESSAGES, rate=150, kind=bug.kind, named=bug.strikes, alone=bug.alone, environment=environment(name)
    )
    found = run(plan, tmp_path, lambda _: None).verdict.faults
    assert any(kind in found for kind in bug.caught_by), found
    CAUGHT[name] = next(kind for kind in bug.caught_by if kind in found)


@pytest.mark.prove
@pytest.mark.long
@pytest.mark.timeout(400)
def test_nothing_is_found_where_nothing_is_planted(tmp_path: Path) -> None:
    outcome = run(
        Plan(11, MESSAGES, rate=150, kind="embedded", named=("kill listen", "answers lost")), tmp_path, lambda _: None
    )
    assert outcome.verdict.faults == {}
    rows = "".join(f"| {name} | {BUGS[name].about} | {found} |\n" for name, found in CAUGHT.items())
    report(
        "planted-bugs",
        f"# Bugs that were planted\n\nEach was put into a running engine, and what the fault kit's oracle said is "
        f"beside it: {len(CAUGHT)} of {len(BUGS)} caught. Without a bug the same run found nothing.\n\n"
        f"| bug | what it does | found as |\n|---|---|---|\n{rows}\n"
        "An answer before fsync returned cannot be seen by killing processes; [the order of system "
        "calls](order-of-system-calls-embedded.md) catches it.\n",
    )
