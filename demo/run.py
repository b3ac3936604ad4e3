"""`make demo`: a day of six invented facilities through the real engine, and what became of every message.

Starts `engine run` with a home of its own, sends the sample feed over MLLP, waits until everything is loaded, and
compares what the engine says with what the feed expects. Exits with 0 only when both agree to the message.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from demo.evidence import Evidence, gather
from demo.feed import COUNT, make_feed, write_feed
from demo.ledger import expect, observe
from demo.message import FeedMessage
from demo.running import EngineFailed, RunningEngine
from demo.show import show_alerts, show_chart, show_dead, show_ledger
from demo.verdict import differences, expect_alerts
from engine.listeners.sending import Line, SendFault, Summary, send

HOME = Path(".engine/demo")
FORTNIGHT = 14
CONNECTIONS = 6
"""One for each facility, as it would be."""

FURTHER = """
To look further:
  .venv/bin/engine query --home HOME "select resource_type, count(*) from current group by 1"
  .venv/bin/engine dead list --home HOME
  .venv/bin/engine reconcile --home HOME
  make run             the engine on its usual ports; metrics on http://127.0.0.1:9464/metrics
  docs/tutorial.md     the first message to the first row in ten minutes
"""


def run_demo(console: Console, home: Path, count: int) -> int:
    """Run it all over a fresh `home`; returns the exit code."""
    began = time.monotonic()
    feed = make_feed(count, first_day=_a_while_ago())
    _empty(home)
    write_feed(feed, home / "feed")
    console.print(f"\nThe sample feed: {len(feed)} HL7 v2 messages of six invented facilities.")
    with RunningEngine(home) as engine:
        console.print(f"The engine runs: MLLP on port {engine.port}, log in {engine.log}.\n")
        summary = asyncio.run(_send(console, home / "feed", engine.port, len(feed)))
        evidence = gather(engine, alerts=expect_alerts(feed).total())
    _show(console, feed, evidence)
    wrong = differences(feed, summary, evidence)
    _conclude(console, home, feed, wrong, time.monotonic() - began)
    return 1 if wrong else 0


def _a_while_ago() -> datetime:
    """The first day of a fortnight that is over now: a case that is told long after it pages nobody."""
    return datetime.combine(datetime.now(UTC).date() - timedelta(days=FORTNIGHT), time_of_day.min)


def _empty(home: Path) -> None:
    """Delete what an earlier demo left, and nothing else."""
    if home.exists() and not (home / "feed" / "expected.json").exists():
        raise EngineFailed(f"{home} was not made by the demo, so it is not emptied - name another folder with --home")
    shutil.rmtree(home, ignore_errors=True)


def _forget_settings() -> None:
    """Run with the defaults, whatever engine the environment describes."""
    for name in [name for name in os.environ if name.startswith("ENGINE_")]:
        del os.environ[name]


async def _send(console: Console, folder: Path, port: int, count: int) -> Summary:
    columns = TextColumn("sending"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=count)
        line = Line(port=port, connections=CONNECTIONS)
        return await send([folder], line, on_progress=lambda _delivery: progress.advance(task))


def _show(console: Console, feed: list[FeedMessage], evidence: Evidence) -> None:
    expected = expect(feed)
    parts = (
        show_ledger(expected, observe(expected, evidence.account.lines)),
        show_dead(evidence.dead),
        show_alerts(evidence.alerts),
        show_chart(evidence.chart),
    )
    for part in parts:
        console.print()
        console.print(part)


def _conclude(console: Console, home: Path, feed: list[FeedMessage], wrong: list[str], seconds: float) -> None:
    console.print()
    for difference in wrong:
        console.print(f"[red]✗[/red] {difference}")
    if not wrong:
        faulty = sum(message.is_fault for message in feed)
        what = f"{len(feed)} messages, {faulty} of them faulty: each got its answer, and became what it must."
        console.print(f"[green]✓[/green] {what} {seconds:.1f} s.")
    console.print(FURTHER.replace("HOME", str(home)), highlight=False, soft_wrap=True)


def main() -> None:
    """Run the demo; Ctrl-C and SIGTERM stop the engine first."""
    parser = argparse.ArgumentParser(prog="make demo", description="See the whole engine work on invented patients.")
    parser.add_argument("--count", type=int, default=COUNT, help="messages to send (%(default)s)")
    parser.add_argument("--home", type=Path, default=HOME, help="folder to work in; emptied first (%(default)s)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _forget_settings()
    console = Console()
    try:
        sys.exit(run_demo(console, options.home, options.count))
    except KeyboardInterrupt:
        console.print("\nstopped")
        sys.exit(130)
    except (EngineFailed, SendFault) as failure:
        console.print(f"[red]✗[/red] {failure}", markup=True, highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
