"""The tallies of facilities in Prometheus' text format, version 0.0.4."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from engine.facilities.facility import Facility
from engine.observe.facility_metrics import DEAD, EXPECTED, LATE, LOADED, LOADED_AT, RECEIVED, RECEIVED_AT
from engine.observe.metrics import Definition
from engine.watch.facilities import Facilities
from engine.watch.tally import Tally

MICRO = 1_000_000

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

_COUNTS: tuple[tuple[Definition, Callable[[Tally], int]], ...] = (
    (RECEIVED, lambda tally: tally.received),
    (LOADED, lambda tally: tally.loaded),
    (LATE, lambda tally: tally.late),
    (DEAD, lambda tally: tally.dead),
)
_TIMES: tuple[tuple[Definition, Callable[[Tally], int]], ...] = (
    (RECEIVED_AT, lambda tally: tally.received_us),
    (LOADED_AT, lambda tally: tally.loaded_us),
)


def expose(facilities: Facilities) -> bytes:
    """Every series of every facility; one that never sent has no times."""
    rows = [(f'{{facility="{_escape(one.code)}"}}', one, tally) for one, tally in facilities]
    return "".join(_lines(rows)).encode()


def _lines(rows: Sequence[tuple[str, Facility, Tally]]) -> Iterator[str]:
    for metric, read in _COUNTS:
        yield _head(metric)
        yield from (f"{metric.name}{labels} {read(tally)}\n" for labels, _, tally in rows)
    for metric, read in _TIMES:
        yield _head(metric)
        yield from (f"{metric.name}{labels} {read(tally) / MICRO:.3f}\n" for labels, _, tally in rows if read(tally))
    yield _head(EXPECTED)
    for labels, facility, _ in rows:
        more = f'{labels[:-1]},sector="{_escape(facility.sector)}",kind="{_escape(facility.kind)}"}}'
        yield f"{EXPECTED.name}{more} {int(bool(facility.expects))}\n"


def _head(metric: Definition) -> str:
    return f"# HELP {metric.name} {metric.about}\n# TYPE {metric.name} {metric.kind}\n"


def _escape(text: str) -> str:
    return text.translate(_ESCAPES)
