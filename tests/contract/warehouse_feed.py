"""Feeds for the warehouse contract: what a transformer published, in any order it may reach the loader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from engine.bus.record import Partition, Position
from engine.canonical.claim import Claim
from engine.canonical.fold import Current, refold
from engine.canonical.receipt import Outcome, Receipt
from engine.canonical.resource import Resource
from engine.loaders.batch import Batch, Follow, Loaded, load_batch
from engine.loaders.event import prepare
from engine.loaders.messages import Standing
from engine.loaders.warehouse import Transaction, Warehouse
from tests.canonical.events import BODIES, NAMES, event, origin

Told = Resource | Receipt

EVENTS = Partition("fhir.patient", 0)
RECEIPTS = Partition("receipts", 0)
NOW = 1_763_890_000_000_000


def receipt(
    raw: int, events: int = 1, *, outcome: Outcome = Outcome.MAPPED, generation: int = 1, message: str = ""
) -> Receipt:
    """The receipt of raw record `raw`."""
    reason = "UNMATCHED" if outcome is Outcome.DEAD else ""
    return Receipt(origin(raw, generation=generation, message=message), "ADT^A01", outcome, events, reason)


@dataclass
class Feeder:
    """A loader without a bus: gives each thing told the next offset and loads in batches."""

    warehouse: Warehouse
    offsets: dict[Partition, int] = field(default_factory=dict)
    follows: Sequence[Follow] = ()
    events_at: Partition = EVENTS
    receipts_at: Partition = RECEIPTS

    def load(self, *told: Told, now_us: int = NOW) -> Loaded:
        """Load these as one batch."""
        (loaded,) = self.load_together([told], now_us)
        return loaded

    def load_together(self, batches: Iterable[Sequence[Told]], now_us: int = NOW) -> list[Loaded]:
        """Load batches in one transaction."""
        believed, loaded = dict(self.offsets), []
        try:
            with self.warehouse.transaction() as transaction:
                for told in batches:
                    batch = self.batch(told)
                    loaded.append(load_batch(transaction, batch, now_us, self.follows))
                    self.offsets.update(batch.offsets)
        except BaseException:
            self.offsets = believed
            raise
        return loaded

    def batch(self, told: Iterable[Told]) -> Batch:
        """These as the batch that comes next."""
        offsets = {partition: self.offsets.get(partition, 0) for partition in (self.events_at, self.receipts_at)}
        events, receipts = [], []
        for thing in told:
            partition = self.receipts_at if isinstance(thing, Receipt) else self.events_at
            position = Position(*partition, offsets[partition])
            offsets[partition] += 1
            if isinstance(thing, Receipt):
                receipts.append((position, thing))
            else:
                events.append((position, prepare(thing)))
        return Batch(events, receipts, dict(self.offsets), offsets)


class Crash(Exception):
    """The end of a loader, between two statements."""


@dataclass
class Crashing:
    """A transaction whose loader dies before statement `after`."""

    transaction: Transaction
    after: int

    def __getattr__(self, name: str) -> object:
        self.after -= 1
        if self.after < 0:
            raise Crash
        return getattr(self.transaction, name)


def report(raw: int, *listed: str, of: str = "DiagnosticReport/d", whole: bool = True, **told: Any) -> Resource:
    """A version of a report that lists these observations, all that there are or more."""
    body = {
        "status": "final" if whole else "preliminary",
        "result": [{"reference": f"Observation/{o}"} for o in listed],
    }
    return event(raw, body, of=of, deleted=("result",) if whole else (), **told)


def reference(told: Sequence[Told]) -> dict[tuple[str, str], Current]:
    """What must be current, by the rules alone: first copies, newest generations, one fold an id, reports take back."""
    standings: dict[str, Standing] = {}
    for heard in (thing.origin for thing in told):
        held = standings.get(heard.message_key, Standing(heard.raw, heard.generation))
        generation = max(held.generation, heard.generation) if held.raw == heard.raw else held.generation
        standing = Standing(held.raw, generation) if held.raw <= heard.raw else Standing(heard.raw, heard.generation)
        standings[heard.message_key] = standing
    events = [thing for thing in told if isinstance(thing, Resource)]
    counting = [told for told in events if standings[told.origin.message_key].counts(told.origin)]
    ids = {(told.type, told.id) for told in counting}
    folded = {key: refold(told for told in counting if (told.type, told.id) == key) for key in ids}
    return {key: _stands(current, counting) for key, current in folded.items() if current}


def _stands(current: Current, counting: Sequence[Resource]) -> Current:
    """The same, or as withdrawn: a whole version of a report came after the last that listed what is current."""
    since = [_left_out(current, [told for told in counting if told.id == one]) for one in REPORTS]
    if current.type != "Observation" or not any(since):
        return current
    body = {name: value for name, value in current.body.items() if name != "_status"} | {"status": "entered-in-error"}
    return current._replace(body=body, element_versions={**current.element_versions, "status": Claim(0, max(since))})


def _left_out(current: Current, versions: Sequence[Resource]) -> str:
    reference = {"reference": f"Observation/{current.id}"}
    listed = [one.origin.version for one in versions if reference in one.body.get("result", ())]
    whole = [one.origin.version for one in versions if "result" in one.deleted]
    return max(whole, default="") if listed and current.version <= max(listed) < max(whole, default="") else ""


REPORTS = ("d", "r")

_SAID = st.tuples(
    st.sampled_from(["Patient/p", "Patient/q", "Observation/o", "Observation/n", "Encounter/e"]), BODIES, NAMES, NAMES
)
_REPORTED = st.builds(
    lambda of, listed, whole: report(0, *listed, of=f"DiagnosticReport/{of}", whole=whole),
    st.sampled_from(REPORTS),
    st.lists(st.sampled_from(["o", "n"]), unique=True),
    st.booleans(),
).map(lambda made: (f"{made.type}/{made.id}", made.body, made.deleted, ()))
_CONTENT = st.lists(st.one_of(_SAID, _REPORTED), max_size=4, unique_by=lambda made: made[0])


@st.composite
def feeds(draw: st.DrawFn) -> list[Told]:
    """What became of a few raw records, some of them copies of one message, some mapped in two generations."""
    contents = draw(st.lists(st.tuples(_CONTENT, _CONTENT), min_size=1, max_size=3))
    told: list[Told] = []
    for raw in range(draw(st.integers(1, 5))):
        message = draw(st.integers(0, len(contents) - 1))
        for generation in draw(st.sampled_from([(1,), (2,), (1, 2)])):
            made = contents[message][generation - 1]
            named = {"generation": generation, "message": f"message {message}"}
            told += [
                event(raw, body, of=of, index=index, deleted=deleted, inferred=inferred, **named)
                for index, (of, body, deleted, inferred) in enumerate(made)
            ]
            told.append(receipt(raw, len(made), generation=generation, message=f"message {message}"))
    return told


@st.composite
def report_feeds(draw: st.DrawFn) -> list[Told]:
    """Versions of two reports, each with the results that it lists, some mapped again to list others."""
    told: list[Told] = []
    for raw in range(draw(st.integers(2, 4))):
        of = f"DiagnosticReport/{draw(st.sampled_from('ddr'))}"
        for generation in draw(st.sampled_from([(1,), (1,), (1, 2)])):
            listed = draw(st.lists(st.sampled_from("no"), unique=True))
            told.append(report(raw, *listed, of=of, whole=draw(st.booleans()), generation=generation))
            told += [
                event(raw, {"status": "final"}, of=f"Observation/{one}", index=index, generation=generation)
                for index, one in enumerate(listed, 1)
            ]
            told.append(receipt(raw, 1 + len(listed), generation=generation))
    return told


@st.composite
def arrivals(draw: st.DrawFn, told: Sequence[Told], most: int = 4) -> list[list[Told]]:
    """The same in another order, with repeats, cut into batches at `most` places or fewer."""
    repeated = [*told, *draw(st.lists(st.sampled_from(told), max_size=4))]
    order = draw(st.permutations(repeated))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=most)))
    batches = [order[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    return [batch for batch in batches if batch]
