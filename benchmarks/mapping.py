"""What a message costs from its bytes to the JSON of its resources, against python-hl7's parse of the same text alone.

    python -m benchmarks.mapping

With the standard set, and with a small one of the size that one writes by hand: nine resources of an admission.

Both take turns in one process, round by round, so that a machine that changes its speed changes it for both; the ratio
is the figure to trust. CPU time, median of the rounds, over the messages of 2,000 patients in turn: no two of them are
the same, but wards, doctors, codes and the fields that hold something come again (benchmarks/people.py).
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle
from pathlib import Path

import hl7
import orjson

from benchmarks.interpreted import Interpreter
from benchmarks.people import message_of
from benchmarks.row import Row
from benchmarks.traffic import ADT, ORU, unseen
from engine.bus.record import Position
from engine.canonical.raw import TOPIC, Raw
from engine.canonical.resource import Body, Resource, SharedBody
from engine.facilities.facility import Facility
from engine.hl7.message import parse
from engine.language.garbage import look_seldom
from engine.transforms.fields import Scene
from engine.transforms.load import load_mappings
from engine.transforms.message_map import map_message
from engine.transforms.transform import transform
from engine.transforms.variants import SEEN

STANDARD = Path(__file__).parents[1] / "mappings"
SMALL = Path(__file__).with_name("small")
ROUNDS = 15
PATIENTS = 2_000
UNCOUNTED = 1
"""Of so many runs one goes before them that is not counted."""
CHECKED = 20
"""Messages of which both are asked whether they give the same."""
FACILITY = Facility("79014", "Benh vien 79014")
PYTHONS = (700, 10, 10)
"""When Python looks for cycles where nobody tells it otherwise."""
DIGEST = "digest"
"""What names resources that have no number of their own."""


def run() -> list[Row]:
    """Measure both messages, and give the figures with their goals."""
    return [
        *_compare("ADT A01, small set", SMALL, ADT, repeat=200, goal="<= 100"),
        *_compare("ORU R01 with 30 results, small set", SMALL, ORU, repeat=60, goal="<= 400"),
        *_compare("ADT A01", STANDARD, ADT, repeat=200, goal="<= 100"),
        *_compare("ORU R01 with 30 results", STANDARD, ORU, repeat=60, goal="<= 400"),
    ]


def _compare(name: str, mappings: Path, template: bytes, repeat: int, goal: str) -> list[Row]:
    texts = [message_of(template, number) for number in range(PATIENTS)]
    payloads = [text.encode() for text in texts]
    bench = _Bench(mappings, payloads[0], texts)
    ours, whole, theirs = cycle(texts), cycle(payloads), cycle(texts)
    given = (template % ((PATIENTS,) * template.count(b"%d"))).decode()
    new = iter([unseen(given, number) for number in range(PATIENTS, PATIENTS + 2 * ROUNDS * repeat)])
    rounds = [
        (
            _cost(lambda: bench.map(next(ours)), repeat),
            _cost(lambda: bench.map(next(new)), repeat),
            _cost(lambda: bench.transform(next(whole)), repeat),
            _cost_by_default(lambda: hl7.parse(next(theirs)), repeat // 4),
            _cost_by_default(lambda: bench.interpret(next(theirs)), repeat // 8),
        )
        for _ in range(ROUNDS)
    ]
    mapped, cold, transformed, parsed, interpreted = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(theirs / ours for ours, _, _, theirs, _ in rounds)
    same_work = statistics.median(same / ours for ours, _, _, _, same in rounds)
    new_work = statistics.median(same / new for _, new, _, _, same in rounds)
    return [
        Row(f"{name}, {len(payloads[0]):,} bytes: parse, map and JSON", mapped * 1e6, "µs CPU", goal),
        Row(f"{name}: of people, wards and places never seen before", cold * 1e6, "µs CPU"),
        Row(f"{name}: bytes to events, all told", transformed * 1e6, "µs CPU"),
        Row(f"{name}: python-hl7's parse alone", parsed * 1e6, "µs CPU"),
        Row(f"{name}: that takes as long as ours", ratio, "times", ">= 10"),
        Row(f"{name}: python-hl7's parse, the same rules interpreted, JSON", interpreted * 1e6, "µs CPU"),
        Row(f"{name}: that takes as long as ours", same_work, "times", ">= 30"),
        Row(f"{name}: that takes as long as ours of what was never seen", new_work, "times"),
    ]


class _Bench:
    """The mappings, warm: they have seen enough such messages for what the engine does only then."""

    def __init__(self, mappings: Path, payload: bytes, texts: Sequence[str]) -> None:
        self._mappings = load_mappings(mappings, ())
        self._raw = Raw("id", payload, FACILITY.code, "subject", "key", "other", 1_790_000_000_000_000, "mllp")
        resources = self.transform(payload)
        message = parse(payload.decode())
        view = self._mappings.view(FACILITY.code)
        mapping = view.match(message.code, message.event, message.structure)
        assert mapping is not None
        self._view, self._mapping = view, mapping
        self._interpreter = Interpreter(view.sources, mapping, view.plan(mapping), FACILITY.code)
        self._origin = resources[0].origin
        for text in texts[: 3 * SEEN]:
            self._map(text)
        for text in texts[:CHECKED]:
            self._agree(text)
        look_seldom()

    def map(self, text: str) -> None:
        """What python-hl7's parse is held against: text to JSON."""
        write_all(self._map(text))

    def _map(self, text: str) -> list[Resource]:
        message = parse(text)
        scene = Scene(message.delimiters, FACILITY, "utf-8", text)
        plan = self._view.plan(self._mapping, plain=scene.is_plain)
        return map_message(message, plan, scene, self._origin, DIGEST)

    def interpret(self, text: str) -> None:
        """The same rules over python-hl7, value by value."""
        for body in self._interpreter.map(text, DIGEST):
            json.dumps(body)

    def _agree(self, text: str) -> None:
        """Make sure that both make the same resources."""
        ours, theirs = [one.body for one in self._map(text)], self._interpreter.map(text, DIGEST)
        if sorted(ours, key=_sorted) != sorted(theirs, key=_sorted):
            different = [one for one in ours if one not in theirs]
            raise SystemExit(f"the interpreted mapping gives other values: {orjson.dumps(different).decode()[:2000]}")

    def transform(self, payload: bytes) -> tuple[Resource, ...]:
        """All that the transformer does with a record: charset, version, identity, receipt and JSON too."""
        done = transform(self._raw._replace(payload=payload), Position(TOPIC, 0, 0), FACILITY, self._mappings, 1)
        write_all(done.resources)
        return done.resources


def write_all(resources: Iterable[Resource]) -> None:
    """Write the bodies as JSON, as `seal` does: one that many messages tell of in the same words has been."""
    for one in resources:
        if type(one.body) is SharedBody:
            assert one.body.text
        else:
            orjson.dumps(one.body)


def _sorted(body: Body) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def _cost(work: Callable[[], object], repeat: int) -> float:
    """Seconds of CPU of one run of `work`, after some that do not count: what ran before had the caches for itself."""
    for _ in range(repeat // UNCOUNTED):
        work()
    began = time.process_time()
    for _ in range(repeat):
        work()
    return (time.process_time() - began) / repeat


def _cost_by_default(work: Callable[[], object], repeat: int) -> float:
    """The same with Python looking for cycles as often as it does of itself; what stands already is left alone."""
    before = gc.get_threshold()
    gc.set_threshold(*PYTHONS)
    try:
        return _cost(work, repeat)
    finally:
        gc.set_threshold(*before)


def main() -> None:
    """Measure and print."""
    for row in run():
        print(f"{row.measure:60} {row.value:10,.1f} {row.unit:12} {row.goal}")


if __name__ == "__main__":
    main()
