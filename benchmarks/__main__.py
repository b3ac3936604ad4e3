"""Benchmarks, each figure beside what it should be: `python -m benchmarks`, or `make bench`.

CPU and ratios travel from machine to machine; rates say what this one does while it does all of it.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from benchmarks import listener, loading, mapping, pipeline
from benchmarks.table import Table


def _mapping() -> Iterator[Table]:
    yield Table("From bytes to JSON, in one process", ("measure", "here", "unit", "goal"), tuple(mapping.run()))


BENCHMARKS: dict[str, Callable[[], Iterator[Table]]] = {
    "mapping": _mapping,
    "loading": loading.run,
    "listener": listener.run,
    "pipeline": pipeline.run,
}


def main() -> None:
    """Run those named, one after another, and print the figures of each as soon as it is done."""
    asked = _arguments()
    console = Console(highlight=False, width=None if Console().is_terminal else 160)
    if asked.markdown:
        print(f"On {_machine()}.\n")
    else:
        console.print(_machine())
    for name in asked.names or BENCHMARKS:
        with console.status(f"measuring: {name}"):
            for table in BENCHMARKS[name]():
                if asked.markdown:
                    print(table.markdown(), flush=True)
                else:
                    console.print(table.shown())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure what a message costs here, beside other libraries. About eight minutes for all.",
        epilog="mapping: bytes to JSON, in one process. loading: events to rows, on both warehouses. "
        "listener: MLLP servers under 200 connections, on both buses. "
        "pipeline: from the socket to the topics on Kafka. The last two need Java and the jars of `make kafka`. "
        "docs/explanation/how-fast.md says how to read the figures.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)}; all if none is named")
    parser.add_argument("--markdown", action="store_true", help="print tables for a page")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]} - choose from {', '.join(BENCHMARKS)}")
    return asked


def _machine() -> str:
    """The processor, how many of it, and how busy it was before."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "a processor")
    return f"{os.cpu_count()} x {model}, load average {os.getloadavg()[0]:.1f} at the start"


if __name__ == "__main__":
    main()
