"""What any bus holds after the processes that write it were killed, or wrote at the same time."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path

from engine.bus.bus import Bus
from engine.bus.record import Record
from tests.contract.bus_drive import LONG, process, read_all, said
from tests.rig.process import Child, wait_until

_PUBLISHER = """
from engine.bus.record import Record
producer = bus.producer()
told = set()
def tell(number):
    def durable(error):
        told.add(number)
        say(f"{{'durable' if error is None else 'failed'}} {{number}}")
    return durable
for number in range({first}, {stop}):
    while number - {first} - len(told) > 200:
        time.sleep(0.0002)
    producer.publish([Record({topic!r}, b"%d" % (number % 7), b"%d" % number)], tell(number))
producer.close()
say("done")
"""


_SHARE = 1_000_000


class CrashesContract:
    """Tests of processes, for a subclass that gives `bus`, `topic`, `opening` and `kills`."""

    kills = 4

    def test_what_was_durable_outlives_every_kill(self, bus: Bus, topic: str, opening: str, tmp_path: Path) -> None:
        dice = random.Random(7)
        durable: list[int] = []
        for life in range(0, self.kills, 2):
            children = [_publisher(tmp_path, opening, topic, at * _SHARE, _SHARE) for at in (life, life + 1)]
            for child in children:
                wait_until(partial(_has_said, child, "durable"), "a durable record", LONG)
            for child in children:
                time.sleep(dice.uniform(0, 0.1))
                child.kill9()
                durable += _durable(child)
        records = read_all(bus, topic)
        stored = [int(record.value) for record in records]
        assert set(durable) <= set(stored)
        assert len(set(stored)) == len(stored)
        _check(records)

    def test_two_processes_publish_to_one_topic(self, bus: Bus, topic: str, opening: str, tmp_path: Path) -> None:
        children = [_publisher(tmp_path, opening, topic, at * _SHARE, 3000) for at in (0, 1)]
        for child in children:
            wait_until(partial(_has_said, child, "done"), "the end of a publisher", LONG)
        records = read_all(bus, topic)
        assert sorted(int(record.value) for record in records) == [*range(3000), *range(_SHARE, _SHARE + 3000)]
        _check(records)


def _publisher(folder: Path, opening: str, topic: str, first: int, count: int) -> Child:
    script = _PUBLISHER.format(topic=topic, first=first, stop=first + count)
    return process(folder / f"{first}.log", opening, script)


def _has_said(child: Child, word: str) -> bool:
    return any(line.startswith(word) for line in said(child))


def _durable(child: Child) -> list[int]:
    lines = [line.split() for line in said(child)]
    assert {word for word, _ in lines} == {"durable"}
    return [int(number) for _, number in lines]


def _check(records: list[Record]) -> None:
    """Offsets without a gap, and what each process published in its order."""
    for number in range(6):
        own = [record for record in records if record.partition == number]
        assert [record.offset for record in own] == list(range(len(own)))
        for share in {int(record.value) // _SHARE for record in own}:
            numbers = [int(record.value) for record in own if int(record.value) // _SHARE == share]
            assert numbers == sorted(numbers)
