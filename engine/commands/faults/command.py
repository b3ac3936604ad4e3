"""What `engine faults` prints."""

from __future__ import annotations

import sys

import orjson

from engine.commands.faults.sandbox import SandboxFault
from engine.commands.faults.trial import Outcome, run_trial
from engine.commands.terminal import Console
from engine.config import Settings


def show_faults(settings: Settings, messages: int, faults: int, seed: int, as_json: bool) -> int:
    """Run a trial and tell its outcome; 0 when nothing was lost and nothing counted twice, else 1."""
    console = Console(stderr=as_json, highlight=False, markup=False)
    console.print(f"seed {seed}: {messages:,} messages, {faults} faults; Ctrl-C ends it and leaves nothing behind")
    try:
        outcome = run_trial(settings.mappings, messages, faults, seed, console.print)
    except SandboxFault as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    if as_json:
        told = {name: getattr(outcome, name) for name in Outcome.__slots__}
        sys.stdout.buffer.write(
            orjson.dumps({**told, "lost": outcome.lost, "twice": outcome.twice, "seed": seed}) + b"\n"
        )
    else:
        _print(console, outcome)
    return 0 if outcome.is_sound else 1


def _print(console: Console, outcome: Outcome) -> None:
    rows = {
        "acknowledged": f"of {outcome.messages:,} messages",
        "loaded": "in the warehouse",
        "duplicates": "sent again after an answer was lost, and told apart",
        "dead": "dead letters, of which there should be none",
        "lost": "acknowledged and not there",
        "twice": "effects beyond one a message",
    }
    for name, about in rows.items():
        console.print(f"  {name:<13}{getattr(outcome, name):>9,}  {about}")
    verdict = "nothing was lost, nothing counted twice" if outcome.is_sound else "NOT as promised - keep this output"
    console.print(f"{verdict} ({outcome.seconds:.0f} s)")
