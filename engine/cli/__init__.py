"""The `engine` command: one thin function a subcommand, one module a group of them."""

from __future__ import annotations

import sys

from engine.cli import running, sending, mappings, comparing, asking, proving  # isort: skip (the order of --help)
from engine.cli import alerts, audit, baselines, dead, lake, persons, topics, views, warehouse
from engine.cli.app import app
from engine.language.fault import Faults, show

__all__ = ["FAULTY", "app", "main"]

GROUPS = (
    *(running, sending, mappings, comparing, asking, proving),
    *(dead, alerts, persons, warehouse, views, lake, topics, baselines, audit),
)
"""What adds commands to `app`, by being imported."""

FAULTY = 2
"""Exit code when what a person wrote (settings, mappings, arguments) is at fault."""


def main() -> None:
    """Run the command; faults in what people wrote are printed with their places and end with exit code 2.

    What is logged meanwhile goes to stderr: stdout is the command's answer, which programs read.
    """
    from engine.bus.bus import BusError
    from engine.observe.logs import configure_logs

    configure_logs("warning")
    try:
        app()
    except BusError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(FAULTY)
    except Faults as faults:
        sys.stderr.write(show(faults.faults) + "\n")
        sys.exit(FAULTY)
