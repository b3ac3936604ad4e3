"""The alert application on a real Kafka: workers are killed, others come, and its state is right all the same."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from engine.alerts import changelog, decisions, memory, standing
from engine.alerts.alert import Status
from engine.alerts.changelog import Changelog
from engine.alerts.course import Course
from engine.alerts.event import read_event
from engine.alerts.load import load_rules
from engine.alerts.standing import read_standing
from engine.alerts.surveillance.communes import communes
from engine.alerts.surveillance.outbreak import Outbreak
from engine.alerts.surveillance.records import BASELINES, MOVES
from engine.alerts.surveillance.tally import counts, tally_of
from engine.bus.bus import read_topic
from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Record, Topic
from engine.canonical import case
from tests.alerts.faust_worker import ALERTS
from tests.alerts.surveillance.made import NOW_US, reference, words
from tests.rig import proof
from tests.rig.kafka import Kafka

GROUP, PARTITIONS = "engine-alerts", 4
CASES = proof.count(150, 30_000)
WORDS = proof.count(1_000, 100_000)
PLACES = sorted(communes().names)[: proof.count(20, 168)]
PATIENCE = proof.count(90, 900)
DISEASE = "dengue"


@contextmanager
def worker(bootstrap: str) -> Iterator[Popen[bytes]]:
    arguments = (bootstrap, GROUP, str(PARTITIONS), str(NOW_US))
    process = Popen([sys.executable, "-m", "tests.alerts.faust_worker", *arguments], cwd=Path(__file__).parents[2])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def declare(bus: KafkaBus) -> None:
    bus.ensure([Topic(name, PARTITIONS) for name in (case.TOPIC, MOVES)])
    bus.ensure([Topic(name, PARTITIONS, compacted=True) for name in (BASELINES, changelog.RULES, changelog.CASES)])
    bus.ensure([Topic(name, 1, compacted=True) for name in (standing.TOPIC, decisions.TOPIC, memory.TOPIC)])


def publish(bus: KafkaBus, records: Sequence[Record]) -> None:
    producer = bus.producer()
    for first in range(0, len(records), 5_000):
        producer.publish(records[first : first + 5_000], lambda _error: None)
        producer.flush(60)
    producer.close()


def share_read(bus: KafkaBus, topic: str) -> float:
    """The part of a topic that the group committed; to be asked when it works, since its coordinator loads before."""
    spans, done = bus.spans(topic), bus.committed(GROUP, topic)
    total = sum(span.next for span in spans.values())
    return sum(done.get(one, 0) for one in spans) / total if total else 1.0


def wait(holds: Callable[[], bool], what: str, *workers: Popen[bytes]) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends, what
        assert [one.poll() for one in workers] == [None] * len(workers), "a worker ended"
        time.sleep(0.5)


def table(bus: KafkaBus) -> dict[str, dict[str, Any]]:
    """The states as the log of their table has them."""
    log = Changelog()
    for record in read_topic(bus, changelog.RULES):
        log.replay(record.key.decode(), record.partition, record.value)
    assert log.stale == set()
    return log.of(range(PARTITIONS))


def counted(held: dict[str, dict[str, Any]]) -> dict[str, Counter[Any]]:
    found = {key.partition("/")[2]: counts(tally_of(one["state"]["cases"])) for key, one in held.items()}
    return {key: one for key, one in found.items() if one}


def judged(records: Sequence[Record]) -> set[str]:
    """The places of alerts that fire in the end, by rules that one process runs alone."""
    course = Course([rule for rule in load_rules(ALERTS) if isinstance(rule.behavior, Outbreak)])
    for record in records:
        course.take(read_event(record), MOVES, NOW_US)
    return {one.alert.place for one in course.standing.values() if one.alert.status is Status.FIRING}


@pytest.mark.prove
@pytest.mark.timeout(proof.count(200, 1_800))
def test_states_and_alerts_are_right_after_kills_and_rebalances(kafka_single: Kafka) -> None:
    bootstrap, records = kafka_single.bootstrap, list(words(11, CASES, WORDS, PLACES))
    with KafkaBus(bootstrap) as bus, worker(bootstrap) as first, worker(bootstrap) as second:
        declare(bus)
        publish(bus, records[: WORDS // 2])
        wait(lambda: any(one.next for one in bus.spans(MOVES).values()), "a worker works", first, second)
        wait(lambda: share_read(bus, case.TOPIC) > 0.3, "two workers read", first, second)
        first.kill()
        publish(bus, records[WORDS // 2 :])
        began, at = time.monotonic(), share_read(bus, case.TOPIC)
        with worker(bootstrap) as third:
            wait(lambda: share_read(bus, case.TOPIC) == 1.0, "all cases are read", second, third)
            took = time.monotonic() - began
            wait(lambda: share_read(bus, MOVES) == 1.0, "all moves are read", second, third)
            whole = time.monotonic() - began
        moves = list(read_topic(bus, MOVES))
        found, expected = counted(table(bus)), reference(records)
        assert found == {key: one for key, one in expected.items() if key.startswith(DISEASE)}
        alerts = read_standing(read_topic(bus, standing.TOPIC)).values()
        fires = {one.alert.place for one in alerts if one.alert.status is Status.FIRING}
        assert fires == judged(moves)
    tell(records, moves, (took, whole, (1 - at) * len(records)), len(found), len(fires))


def tell(
    records: Sequence[Record], moves: Sequence[Record], took: tuple[float, float, float], held: int, fires: int
) -> None:
    seconds, whole, rest = took
    rate = (rest + len(moves)) / whole
    counted = {"cases": CASES, "moves": len(moves), "facilities": len({record.text("ce_source") for record in records})}
    figures = {"seconds": seconds, "whole": whole, "rest": round(rest), "rate": rate, "held": held, "fires": fires}
    proof.report("alert-state", REPORT.format(records=len(records), **counted, **figures))


REPORT = """# The state of alerts after kills and rebalances

`ENGINE_PROVE=1 pytest tests/alerts/test_faust_app.py`, on a broker of Apache Kafka, two cores shared with other work.

{records:,} words of {facilities:,} facilities on {cases:,} cases, some told twice, were published: corrected to another
disease, cancelled, moved to another commune, of days before. Two workers read them. When a third of the first half was
read, one was killed with SIGKILL; then the other half came, and a third worker, so that the partitions were divided
anew twice.

| | |
|---|---|
| words on cases | {records:,} |
| moves between diseases and communes that came of them, repeats among them | {moves:,} |
| states of a disease and commune, compared with a count of the last word on each case | {held} |
| states that differed | 0 |
| communes with an alert, the same as of one process alone | {fires} |
| seconds for the last {rest:,} words, with the kill's timeout and the rebalances | {seconds:.0f} |
| seconds until their moves were judged | {whole:.0f} |
| records a second, both stages together | {rate:.0f} |
"""
