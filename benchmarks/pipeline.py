"""From the socket to the topics of events on real Kafka: the engine, and the pipeline that one writes first.

    python -m benchmarks pipeline

All get the same admissions from the same sender. The engine runs its roles listen and transform as `engine run` starts
them; its time ends when the transformer has moved its offset past the last message, so that all events are in
their topics. The naive one ends with its last answer, which comes after its records. All processes stand the whole
time, and take turns, round by round, each warm; a ratio is the median of those within a round. CPU is that of a
pipeline's own processes, the broker's and the sender's apart.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psutil

from benchmarks.feed import CONNECTIONS, feed
from benchmarks.load import cpu_seconds
from benchmarks.naive import TOPICS
from benchmarks.naive_records import OTHERS
from benchmarks.table import Figure, Table
from engine.bus.bus import Bus
from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Partition, Topic
from engine.canonical import case, dead, raw, receipt
from engine.canonical.envelope import topic_of
from engine.config.settings import ROOT
from engine.transforms.load import read_types
from engine.transforms.transformer import GROUP
from tests.rig.engine_process import EngineProcess
from tests.rig.kafka import FAST, Kafka

ROUNDS = 7
PARTITIONS = 6
PATIENCE = 120.0
"""Seconds that the transformer may take for what was sent."""


class Pipeline(NamedTuple):
    """One that runs: its processes, its port, how its topics begin, and what ends a run."""

    pids: tuple[int, ...]
    port: int
    topics: tuple[str, ...]
    finish: Callable[[], None]


class Contender(NamedTuple):
    """A pipeline in the table; messages of the warm-up and of a round."""

    name: str
    shown: str
    note: str
    warm_up: int
    messages: int


class Pass(NamedTuple):
    """What a round came to: CPU in microseconds a message."""

    rate: float
    cpu_us: float
    records: float


ENGINE = Contender(
    "engine", "engine, roles listen and transform", "stores the message, AA, then maps by all rules", 1_500, 6_000
)
STORED = (topic_of(""), raw.TOPIC, receipt.TOPIC, case.TOPIC, "watched.")
"""How the names of the topics begin that get what the engine makes of messages."""
PEERS = (
    Contender("by-hand", "python-hl7, aiokafka, by hand", "four resources by hand, stores nothing else", 200, 400),
    Contender("interpreted", "python-hl7, aiokafka, same rules", "the rules interpreted, the same records", 100, 100),
)


def run() -> Iterator[Table]:
    """Measure, and give the table."""
    with ExitStack() as running:
        home = Path(running.enter_context(TemporaryDirectory(prefix="engine-bench-pipeline-")))
        kafka = running.enter_context(Kafka.single(home / "kafka", "512m", FAST))
        bus = running.enter_context(KafkaBus(kafka.bootstrap))
        pipelines = [(one, running.enter_context(_naive(one.name, kafka.bootstrap, bus))) for one in PEERS]
        pipelines.append((ENGINE, running.enter_context(_engine(home, kafka.bootstrap, bus))))
        for one, pipeline in pipelines:
            _measure(pipeline, one.warm_up, bus)
        rounds = [
            {one.name: _measure_warm(pipeline, one.messages, bus) for one, pipeline in pipelines} for _ in range(ROUNDS)
        ]
    yield Table(
        f"From the socket to the topics on Kafka, admissions, {CONNECTIONS} connections",
        (
            *("pipeline", "messages/s", "CPU µs/message", "records/message"),
            *("engine's rate, times", "goal", "its CPU, times the engine's", "goal", "what it does"),
        ),
        tuple(_row(one, rounds) for one, _ in pipelines),
    )


@contextmanager
def _engine(home: Path, bootstrap: str, bus: Bus) -> Iterator[Pipeline]:
    environment = {"ENGINE_BUS__KIND": "kafka", "ENGINE_BUS__BOOTSTRAP": bootstrap}
    engine = EngineProcess(home / "engine", environment, ("--role", "listen", "--role", "transform"))
    engine.start(90)
    try:
        family = psutil.Process(engine.pid).children(recursive=True)
        pids = (engine.pid, *(one.pid for one in family))
        yield Pipeline(pids, engine.port, STORED, lambda: _transformed(bus))
    finally:
        engine.stop()


def _transformed(bus: Bus) -> None:
    """Wait until the transformer is past all that the listener stored."""
    deadline = time.monotonic() + PATIENCE
    last = {partition: span.next for partition, span in bus.spans(raw.TOPIC).items() if span.next}
    while not _reached(bus.committed(GROUP, raw.TOPIC), last):
        if time.monotonic() > deadline:
            raise SystemExit(
                f"the transformer did not finish within {PATIENCE:.0f} s - see that nothing else runs here"
            )
        time.sleep(0.1)
    if any(span.next for span in bus.spans(dead.TOPIC).values()):
        raise SystemExit("the engine made dead letters of messages of the benchmark")


def _reached(committed: dict[Partition, int], last: dict[Partition, int]) -> bool:
    return all(committed.get(partition, 0) >= offset for partition, offset in last.items())


@contextmanager
def _naive(name: str, bootstrap: str, bus: Bus) -> Iterator[Pipeline]:
    types = (one.lower() for one in read_types(ROOT / "mappings", ()))
    bus.ensure(Topic(f"{TOPICS}{one}", PARTITIONS) for one in (*types, *OTHERS))
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.naive", name, bootstrap],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    port = int(process.stdout.readline())
    try:
        yield Pipeline((process.pid,), port, (TOPICS,), lambda: None)
    finally:
        process.communicate(timeout=30)


def _measure_warm(pipeline: Pipeline, messages: int, bus: Bus) -> Pass:
    """A round, after a third of one that does not count: what ran before had the processor's caches for itself."""
    _measure(pipeline, messages // 3, bus)
    return _measure(pipeline, messages, bus)


def _measure(pipeline: Pipeline, messages: int, bus: Bus) -> Pass:
    records, cpu = _records(bus, pipeline.topics), sum(map(cpu_seconds, pipeline.pids))
    fed = feed(pipeline.port, messages)
    if fed.failed:
        raise SystemExit(f"{fed.failed} of {messages} messages were not accepted at port {pipeline.port}")
    pipeline.finish()
    seconds = time.monotonic() - fed.began if pipeline.topics is STORED else fed.ended - fed.began
    used = sum(map(cpu_seconds, pipeline.pids)) - cpu
    return Pass(messages / seconds, used / messages * 1e6, (_records(bus, pipeline.topics) - records) / messages)


def _records(bus: Bus, topics: tuple[str, ...]) -> int:
    """Records of all topics whose names begin so."""
    return sum(span.next for name in bus.topics() if name.startswith(topics) for span in bus.spans(name).values())


def _row(one: Contender, rounds: list[dict[str, Pass]]) -> tuple[Figure, ...]:
    own = [each[one.name] for each in rounds]
    rate, cpu, records = (statistics.median(column) for column in zip(*own, strict=True))
    if one is ENGINE:
        return (one.shown, rate, cpu, records, 1.0, "", 1.0, "", one.note)
    faster = statistics.median(each[ENGINE.name].rate / each[one.name].rate for each in rounds)
    dearer = statistics.median(each[one.name].cpu_us / each[ENGINE.name].cpu_us for each in rounds)
    return (one.shown, rate, cpu, records, faster, ">= 15", dearer, ">= 25", one.note)
