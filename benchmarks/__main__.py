"""Every benchmark in one run, each figure beside what it should be: `python -m benchmarks`, or `make bench`.

CPU and ratios travel from machine to machine; rates say what this one does while it does all of it.
"""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from benchmarks import listener, mapping
from benchmarks.row import Row

BENCHMARKS = {"mapping": mapping.run, "listener": listener.run}


def main() -> None:
    """Run them one after another and print the figures of each as soon as it is done."""
    console = Console(highlight=False)
    for name, run in BENCHMARKS.items():
        with console.status(f"measuring: {name}"):
            rows = run()
        console.print(_table(name, rows))


def _table(name: str, rows: list[Row]) -> Table:
    table = Table(title=name, title_justify="left")
    table.add_column("measure")
    table.add_column("here", justify="right")
    table.add_column("unit")
    table.add_column("goal", justify="right")
    for row in rows:
        table.add_row(row.measure, f"{row.value:,.1f}", row.unit, row.goal)
    return table


if __name__ == "__main__":
    main()
