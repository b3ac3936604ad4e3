"""What `engine simulate` prints when it has ended."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from engine.city.counts import NOBODY
from engine.city.folder import FACILITIES, MESSAGES, TRUTH
from engine.commands.simulate.posting import Answers
from engine.commands.terminal import Console


def print_outcome(counts: Mapping[str, Any], out: Path | None, answers: Answers | None, as_json: bool) -> None:
    """Print how many messages were made, with which faults, where they are, and what was answered."""
    if as_json:
        body = {name: counts[name] for name in ("messages", "fates", "faults")}
        came = {"codes": answers.codes, "results": answers.results, "seconds": answers.seconds} if answers else {}
        sys.stdout.write(orjson.dumps({**body, **came}).decode() + "\n")
        return
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"{counts['messages']:,} messages of {len(counts['facilities'].keys() - {NOBODY}):,} facilities")
    for name, number in (*counts["fates"].items(), *counts["faults"].items()):
        console.print(f"  {name:<16} {number:>10,}")
    if answers:
        _print_answers(console, answers)
    if out:
        console.print(f"messages    {out / MESSAGES}")
        console.print(f"truth       {out / TRUTH}")
        console.print(f"facilities  {out / FACILITIES}")


def _print_answers(console: Console, answers: Answers) -> None:
    sent = answers.results.total()
    rate = sent / answers.seconds if answers.seconds else 0.0
    console.print(f"answered, in {answers.seconds:.1f} s, {rate:,.0f} a second")
    for name, number in (*sorted(answers.codes.items()), *sorted(answers.results.items())):
        console.print(f"  {name:<16} {number:>10,}")
