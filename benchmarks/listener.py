"""What MLLP servers take: python-hl7, hl7apy, hl7lw, and our listener on both buses, under one sender.

    python -m benchmarks listener

Every server gets the same messages from the same sender, over 200 connections that each wait for their answer: first
the mix that hospitals send, seven admissions to three reports, then admissions alone. The peers parse and acknowledge,
and store nothing; ours answers when the message is durable. The servers take turns, round by round, so that a machine
that changes its speed changes it for all; a figure is the median of the rounds, and a ratio that of the ratios within a
round. Server, sender, and broker share the machine.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.load import Load, Plan, measure
from benchmarks.serving import serving
from benchmarks.table import Figure, Table
from benchmarks.traffic import MIX
from tests.rig.kafka import FAST, Kafka

CONNECTIONS = 200
ROUNDS = 3
PACED = 2_000
"""Messages a second of the last table: more than the city's traffic in its worst burst."""
WARM_UP = 3
"""Runs against a new broker that do not count: its JVM compiles what is used often, and takes a core for that."""


class Contender(NamedTuple):
    """A server in the first table."""

    name: str
    shown: str
    note: str
    connections: int = CONNECTIONS
    seconds: float = 4.0
    reconnect: bool = False
    rounds: int = ROUNDS
    workers: int = 1


PYTHON_HL7 = Contender("python-hl7", "python-hl7, start_hl7_server", "parses, acknowledges; stores nothing")
EMBEDDED = Contender("embedded", "engine, embedded bus", "synced to disk before the answer")
KAFKA = Contender("kafka", "engine, Kafka", "acks=all of one broker before the answer")
BOTH = (EMBEDDED, KAFKA)
WORKERS = tuple(one._replace(shown=f"{one.shown}, 2 workers", workers=2) for one in BOTH)
PEERS = (
    PYTHON_HL7,
    Contender("hl7lw", "hl7lw, MllpServer", "parses, acknowledges; stores nothing"),
    Contender(
        "hl7apy",
        "hl7apy, MLLPServer",
        "parses, acknowledges; stores nothing; takes one message a connection; 16 connections at once",
        connections=16,
        seconds=10.0,
        reconnect=True,
        rounds=1,
    ),
)
CONTENDERS = (*PEERS, *BOTH, *WORKERS)


def run() -> Iterator[Table]:
    """Measure, and give each table when it is done."""
    with _kafka() as bootstrap:
        yield _compare("seven admissions to three reports", CONTENDERS, bootstrap, MIX)
        yield _compare("admissions alone", (PYTHON_HL7, *BOTH), bootstrap, reports=0)
        yield _pace(bootstrap)


@contextmanager
def _kafka() -> Iterator[str]:
    """A real broker of our own, one node, as its own script starts it."""
    with (
        TemporaryDirectory(prefix="engine-bench-kafka-") as home,
        Kafka.single(Path(home) / "kafka", "512m", FAST) as kafka,
    ):
        for _ in range(WARM_UP):
            _measure(KAFKA, kafka.bootstrap)
        yield kafka.bootstrap


def _compare(messages: str, contenders: Sequence[Contender], bootstrap: str, reports: int) -> Table:
    loads: dict[str, list[Load]] = {one.shown: [] for one in contenders}
    for number in range(ROUNDS):
        for one in contenders:
            if number < one.rounds:
                loads[one.shown].append(_measure(one, bootstrap, reports=reports))
    base = [load.rate for load in loads[PYTHON_HL7.shown]]
    return Table(
        f"MLLP servers, {messages}, {CONNECTIONS} connections, each waits for its answer",
        ("server", "messages/s", "CPU µs/message", "p50 ms", "p99 ms", "times python-hl7", "goal", "what it does"),
        tuple(_row(one, loads[one.shown], base, reports) for one in contenders),
    )


def _measure(one: Contender, bootstrap: str, rate: float = 0.0, reports: int = MIX) -> Load:
    """One run against a new process, on a new bus or on the topics of the broker."""
    with serving(one.name, bootstrap if one.name == KAFKA.name else "", one.workers) as server:
        plan = Plan(server.port, one.connections, rate, seconds=one.seconds, reconnect=one.reconnect, reports=reports)
        return measure(plan, server.pids)


def _row(one: Contender, loads: list[Load], base: list[float], reports: int) -> tuple[Figure, ...]:
    rate, cpu, half, most = (statistics.median(column) for column in list(zip(*loads, strict=True))[:4])
    failed = sum(load.failed for load in loads)
    ratio = statistics.median(load.rate / theirs for load, theirs in zip(loads, base, strict=False))
    goal = ">= 30" if reports and one in (*BOTH, *WORKERS) else ""
    note = f"{one.note}; {failed} failed" if failed else one.note
    return (one.shown, rate, cpu, half, most, ratio, goal, note)


def _pace(bootstrap: str) -> Table:
    return Table(
        f"The engine's answers at {PACED:,} messages a second, {CONNECTIONS} connections, evenly spread",
        ("bus", "messages/s", "CPU µs/message", "p50 ms", "p99 ms", "goal for p99"),
        tuple(_paced_row(one, [_measure(one, bootstrap, PACED) for _ in range(ROUNDS)]) for one in BOTH),
    )


def _paced_row(one: Contender, loads: list[Load]) -> tuple[Figure, ...]:
    rate, cpu, half, most = (statistics.median(column) for column in list(zip(*loads, strict=True))[:4])
    return (one.shown, rate, cpu, half, most, "< 100")
