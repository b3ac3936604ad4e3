"""What a message costs from its bytes to the JSON of its resources, against python-hl7's parse of the same text alone.

    python -m benchmarks.mapping

Both take turns in one process, round by round, so that a machine that changes its speed changes it for both; the ratio
is the figure to trust. CPU time, median of the rounds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import hl7
import orjson

from benchmarks.listener import ADT
from benchmarks.row import Row
from engine.bus.record import Position
from engine.canonical.raw import TOPIC, Raw
from engine.facilities.facility import Facility
from engine.transforms.load import load_mappings
from engine.transforms.transform import transform

MAPPINGS = Path(__file__).parents[1] / "mappings"
ROUNDS = 15
FACILITY = Facility("79014", "Benh vien 79014")

ORU = b"\r".join(
    (
        b"MSH|^~\\&|LIS|79014|ENGINE|CITY|20260314091500+0700||ORU^R01^ORU_R01|%d|P|2.5.1||||||UNICODE UTF-8",
        b"PID|1||%d^^^79014^MR~079180001234^^^VNM^NI||NGUYEN^VAN^A^^^^L||19800102|M",
        b"PV1|1|I|NOI^201^A^79014||||||||||||||||V%d",
        b"ORC|RE|P1^HIS|F1^LIS||CM",
        (
            b"OBR|1|P1^HIS|F1^LIS|CTM^Tong phan tich te bao mau^99BV^58410-2^CBC^LN|||20260314083000+0700|||||||||"
            b"004777||||||20260314091200+0700||HM|F"
        ),
        *(
            b"OBX|%d|NM|T%02d^Xet nghiem %d^99BV^6690-2^Leukocytes^LN||%d.5|G/L|4.0-10.0|N|||F|||20260314090000+0700"
            % (number, number, number, number)
            for number in range(1, 31)
        ),
        b"",
    )
).replace(b"%d", b"1")
"""A report with 30 results, 3.2 KB."""


def run() -> list[Row]:
    """Measure both messages, and give the figures with their goals."""
    return [
        *_compare("ADT A01", ADT % (1, 1, 1), repeat=100, goal="<= 100"),
        *_compare("ORU R01 with 30 results", ORU, repeat=40, goal="<= 400"),
    ]


def _compare(name: str, payload: bytes, repeat: int, goal: str) -> list[Row]:
    text = payload.decode()
    ours, theirs = _engine(payload), lambda: hl7.parse(text)
    rounds = [(_cost(ours, repeat), _cost(theirs, max(repeat // 10, 3))) for _ in range(ROUNDS)]
    cost, parse = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(parse / cost for cost, parse in rounds)
    return [
        Row(f"{name}: parse, map and JSON, {len(payload):,} bytes", cost * 1e6, "µs CPU", goal),
        Row(f"{name}: python-hl7's parse alone", parse * 1e6, "µs CPU"),
        Row(f"{name}: python-hl7's parse costs", ratio, "times", ">= 10"),
    ]


def _engine(payload: bytes) -> Callable[[], None]:
    mappings, offsets = load_mappings(MAPPINGS), count()
    raw = Raw("id", payload, FACILITY.code, "subject", "key", "ADT^A01", 1_790_000_000_000_000, "mllp")

    def once() -> None:
        done = transform(raw, Position(TOPIC, 0, next(offsets)), FACILITY, mappings, 1)
        assert done.resources
        for resource in done.resources:
            orjson.dumps(resource.body)

    once()
    return once


def _cost(work: Callable[[], object], repeat: int) -> float:
    """Seconds of CPU of one run of `work`."""
    began = time.process_time()
    for _ in range(repeat):
        work()
    return (time.process_time() - began) / repeat


def main() -> None:
    """Measure and print."""
    for row in run():
        print(f"{row.measure:60} {row.value:10,.1f} {row.unit:12} {row.goal}")


if __name__ == "__main__":
    main()
