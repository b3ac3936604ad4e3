"""A city's day of watched events through the runner: its alerts are those of a plain computation, and it keeps up."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from engine.alerts import memory, standing
from engine.alerts.load import load_rules
from engine.alerts.memory import read_kept
from engine.alerts.runner import Runner
from engine.alerts.standing import read_standing
from engine.bus.bus import Bus, read_topic
from engine.parts import now_us
from tests.alerts.feed import FACILITIES, expected, make_feed, record_of
from tests.alerts.running import RULES, Silent, open_test_bus
from tests.alerts.test_runner import read_so_far
from tests.rig.process import wait_until
from tests.rig.proof import count, report

EVENTS = count(4_000, 100_000)
SLICE = 5_000


def run_through(bus: Bus) -> tuple[float, float]:
    """Seconds of the clock and of the CPU from the first event read to the last committed."""
    ended = threading.Event()
    runner = Runner(bus, load_rules(RULES), now_us, Silent())
    thread = threading.Thread(target=runner.run, args=(ended,), daemon=True)
    wall, cpu = time.monotonic(), time.process_time()
    thread.start()
    try:
        wait_until(lambda: read_so_far(bus) == EVENTS, "the end of the feed", 170)
        return time.monotonic() - wall, time.process_time() - cpu
    finally:
        ended.set()
        thread.join()


@pytest.mark.prove
@pytest.mark.timeout(300)
def test_alerts_of_a_whole_city_are_those_of_a_plain_computation(tmp_path: Path) -> None:
    feed = list(make_feed(EVENTS, FACILITIES, now_us() - EVENTS * 1000))
    with open_test_bus(str(tmp_path / "bus")) as bus:
        producer = bus.producer()
        for first in range(0, EVENTS, SLICE):
            producer.publish([record_of(one) for one in feed[first : first + SLICE]], lambda _error: None)
        producer.close()
        wall, cpu = run_through(bus)
        alerts = read_standing(read_topic(bus, standing.TOPIC)).values()
        kept = read_kept(read_topic(bus, memory.TOPIC))
        records = sum(span.next for topic in (standing.TOPIC, memory.TOPIC) for span in bus.spans(topic).values())
    wanted = expected(feed)
    found = sorted(((one.alert.rule, one.alert.started_us, one.alert.ended_us) for one in alerts), key=str)
    assert found == sorted(((rule, began, ended) for rule, _, began, ended in wanted), key=str)
    ended = sum(one.alert.ended_us is not None for one in alerts)
    facilities = len({one.facility for one in feed})
    report(
        "alert-rules",
        "# Alert rules over a city\n\n"
        f"{EVENTS:,} events of {facilities:,} facilities (results of potassium in two units, diagnoses, corrections, "
        "results taken back) went over the embedded bus through the runner with one rule of each kind. "
        f"{len(found):,} alerts came of them, {ended:,} of which ended; each began and ended when a computation that "
        "is written apart from the rules says, and there was no other. "
        f"It took {wall:.1f} s, {cpu:.1f} s of CPU: {cpu / EVENTS * 1e6:.0f} µs an event. "
        f"{len(kept):,} states are kept, and {records:,} records were written for states and alerts.\n",
    )
