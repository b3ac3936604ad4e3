"""`python -m tests.faults`: run the fault kit and write down what it saw."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.run import CITIES, Outcome, Plan, run

REPORTS = Path(__file__).parents[2] / "docs" / "proofs"


def main() -> int:
    """Run, tell, and exit with 1 when the oracle found anything."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the feed and of the faults")
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--strikes", type=int, default=56)
    parser.add_argument("--rate", type=float, default=600.0, help="messages a second that are sent at most")
    parser.add_argument("--kind", choices=tuple(CITIES), default="kafka")
    parser.add_argument("--named", nargs="*", default=(), help="strikes by name, in place of chance", metavar="STRIKE")
    parser.add_argument("--replay", action="store_true", help="replay all at the end: nothing may change (kafka)")
    parser.add_argument("--report", nargs="?", const="faults", help="write docs/proofs/REPORT.md", metavar="REPORT")
    given = parser.parse_args()
    plan = Plan(
        given.seed, given.messages, given.strikes, given.rate, given.kind, tuple(given.named), replays=given.replay
    )
    tell(f"seed {plan.seed}: {plan.messages:,} messages, {len(plan.named) or plan.strikes} faults, {plan.kind}")
    with tempfile.TemporaryDirectory(prefix="engine-faults-") as folder:
        outcome = run(plan, Path(folder), tell)
    text = describe(outcome)
    tell(text)
    if given.report:
        (REPORTS / f"{given.report}.md").write_text(text)
    return 1 if outcome.verdict.faults else 0


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def describe(outcome: Outcome) -> str:
    """The run as a page."""
    verdict, plan = outcome.verdict, outcome.plan
    found = "".join(f"- {kind}: {'; '.join(told)}\n" for kind, told in verdict.faults.items())
    replayed = "All was replayed then, which changed no table.\n\n" if plan.replays and not verdict.faults else ""
    struck = "".join(f"{line}\n" for line in outcome.timeline)
    memory = ", ".join(f"{role} {size} MiB" for role, size in outcome.memory.items())
    return (
        f"# Faults while messages flow\n\nSeed {plan.seed}; {plan.kind}; {plan.messages:,} messages, "
        f"{outcome.frames:,} frames sent, {verdict.acknowledged:,} acknowledged, {len(outcome.timeline)} faults; "
        f"{verdict.loaded:,} loaded, {verdict.dead:,} dead letters; {outcome.seconds:.0f} s in all, "
        f"{outcome.settled:.1f} s from the last answer to the last row; slowest answer {outcome.slowest:.1f} s; "
        f"most memory: {memory}.\n\n## What the oracle found wrong\n\n{found or 'Nothing.'}\n\n{replayed}"
        f"## Faults\n\n```\n{struck}```\n"
    )


if __name__ == "__main__":
    sys.exit(main())
