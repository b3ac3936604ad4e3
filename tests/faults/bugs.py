"""Bugs that engines like this one have had, planted into a running engine from outside: the kit must catch each.

A bug is a change to a module of the engine, made when its process starts; the engine's own code knows nothing of them.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WINDOW = 1.5
"""Seconds between two steps that must be one: wide, so that a kill meets them."""


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug: what it is, how it is planted, which strikes bring it to light, and what the oracle must say."""

    about: str
    plant: Callable[[], None]
    caught_by: tuple[str, ...]
    strikes: tuple[str, ...] = ()
    kind: str = "embedded"
    alone: bool = False
    """Whether the listener runs alone at first."""


def environment(name: str) -> dict[str, str]:
    """What the engine must be started with, so that its processes have the bug."""
    return {"ENGINE_PLANTED_BUG": name, "PYTHONPATH": os.pathsep.join((str(ROOT / "tests/faults/planted"), str(ROOT)))}


def _module(name: str) -> Any:
    return import_module(name)


def _is_role(name: str) -> bool:
    return "role" in sys.orig_argv and name in sys.orig_argv


def _answers_early() -> None:
    producers = _module("engine.bus.embedded.producer")
    publish = producers.EmbeddedProducer.publish

    def early(self: Any, records: Any, durable: Any) -> None:
        threading.Timer(0, durable, (None,)).start()
        threading.Timer(WINDOW, publish, (self, records, lambda _: None)).start()

    if _is_role("listen"):
        producers.EmbeddedProducer.publish = early


def _failure_swallowed() -> None:
    route = _module("engine.bus.spool.route").Route
    turn = route.turn

    def deaf(self: Any, problem: str) -> None:
        self._target.abandon()
        for call in list(self._open):
            self._hear(call, None)
        turn(self, problem)

    if _is_role("listen"):
        route.turn = deaf


def _offset_first() -> None:
    transformer = _module("engine.transforms.transformer")
    work = transformer.Transformer._work

    def hasty(self: Any, consumer: Any, records: Any, conversion: Any) -> None:
        consumer.commit(transformer.next_offsets(records))
        time.sleep(WINDOW)
        work(self, consumer, records, conversion)

    transformer.Transformer._work = hasty


def _transactions_apart() -> None:
    batch = _module("engine.loaders.batch")
    loader = _module("engine.loaders.loader")
    offsets = _module("engine.loaders.offsets")
    read = _module("engine.loaders.reading").read
    load = loader.Loader._load

    def apart(self: Any, records: Any) -> None:
        reached = read(records, self._buried).offsets
        with self._warehouse.transaction() as transaction:
            stored = offsets.find_offsets(transaction, reached)
            offsets.write_offsets(transaction, stored, reached)
        time.sleep(WINDOW)
        load(self, records)

    batch.fence = lambda *_: None
    batch.find_offsets = lambda *_: {}
    batch.write_offsets = lambda *_: None
    loader.Loader._load = apart


def _no_name_of_its_own() -> None:
    intake = _module("engine.listeners.intake")

    intake.message_key = lambda *_: os.urandom(32).hex()


def _control_id_alone() -> None:
    intake = _module("engine.listeners.intake")

    known = intake.message_key
    intake.message_key = lambda *parts: known(*parts[:-1], b"")


def _begins_at_the_end() -> None:
    consumers = _module("engine.bus.embedded.consumer")

    def latest(self: Any, partitions: Any) -> dict[Any, int]:
        known = self._membership.committed() if self._starting is None else self._starting(partitions)
        starts = {}
        for partition in partitions:
            with self._views[partition.topic].snapshot() as spans:
                starts[partition] = known.get(partition, spans[partition.number].next)
        return starts

    consumers.EmbeddedConsumer._starts = latest


def _answer_to_another() -> None:
    answer = _module("engine.listeners.answer")

    acknowledge = answer.acknowledge
    before: list[bytes] = []

    def mixed(header: Any, *arguments: Any, **named: Any) -> bytes:
        told: bytes = acknowledge(header, *arguments, **named)
        own = header.fields[10]
        before.append(own)
        return told.replace(b"|" + own + b"\r", b"|" + before[-2] + b"\r") if len(before) % 50 == 0 else told

    answer.acknowledge = mixed


def _replacement() -> None:
    charset = _module("engine.hl7.charset")

    charset._try = lambda payload, codec: payload.decode(codec, "replace")


def _dead_letter_dropped() -> None:
    publishing = _module("engine.transforms.publishing")

    give = publishing.Handover.give

    def without(self: Any, batch: Any) -> Any:
        return give(self, [one._replace(records=_but_dead(one.records)) for one in batch])

    publishing.Handover.give = without


def _but_dead(records: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(record for record in records if record.topic != "dead")


def _last_come_wins() -> None:
    transform = _module("engine.transforms.transform")

    version = transform.version
    transform.version = lambda event, sequence, received, digest: version(None, None, received, digest)


def _last_of_a_batch_lost() -> None:
    publishing = _module("engine.transforms.publishing")

    give = publishing.Handover.give
    publishing.Handover.give = lambda self, batch: give(self, batch[:-1] if len(batch) > 3 else batch)


def _bytes_tidied() -> None:
    raws = _module("engine.canonical.raw")

    encode = raws.encode
    raws.encode = lambda raw: encode(raw._replace(payload=raw.payload.rstrip(b"\r")))


def _event_once_more() -> None:
    batch = _module("engine.loaders.batch")

    look = batch.look

    def forgetful(transaction: Any, entered: Any, settled: Any) -> Any:
        fewer = entered._replace(events=entered.events[1:]) if len(entered.events) > 20 else entered
        return look(transaction, fewer, settled)

    batch.look = forgetful


LOST = ("lost visit", "effect lost", "message without a receipt")

BUGS: dict[str, Bug] = {
    "answers-early": Bug("the acknowledgment leaves before the write", _answers_early, LOST, ("kill listen",) * 4),
    "failure-swallowed": Bug(
        "a delivery that failed is taken for one that did not",
        _failure_swallowed,
        LOST,
        ("broker away",),
        kind="kafka",
    ),
    "offset-first": Bug(
        "the transformer commits its offset before its events are out",
        _offset_first,
        LOST,
        ("kill transform",) * 3,
    ),
    "transactions-apart": Bug(
        "the loader's offsets and rows are in two transactions",
        _transactions_apart,
        LOST,
        ("kill load",) * 3,
    ),
    "no-name-of-its-own": Bug(
        "a message that is sent again is another message",
        _no_name_of_its_own,
        ("message counted twice",),
        ("answers lost",) * 2,
    ),
    "control-id-alone": Bug(
        "messages are told apart by their control id alone", _control_id_alone, ("message without a receipt",)
    ),
    "begins-at-the-end": Bug(
        "a new group begins at the end of the topic", _begins_at_the_end, LOST, ("whole",), alone=True
    ),
    "answer-to-another": Bug(
        "an answer names another message at times", _answer_to_another, ("answer to another message", "unanswered")
    ),
    "replacement": Bug(
        "bytes that do not decode are replaced", _replacement, ("replacement character", "dead letter lost: CHARSET")
    ),
    "dead-letter-dropped": Bug(
        "what cannot be transformed is dropped", _dead_letter_dropped, ("dead letter lost: VALUE",)
    ),
    "last-come-wins": Bug("what comes last counts, not what is newest", _last_come_wins, ("older value won",)),
    "last-of-a-batch-lost": Bug(
        "the last message of a batch is forgotten", _last_of_a_batch_lost, ("message without a receipt",)
    ),
    "bytes-tidied": Bug(
        "the bytes are tidied before they are kept", _bytes_tidied, ("bytes not as sent",), kind="kafka"
    ),
    "fold-forgets": Bug(
        "the fold of a large batch leaves out an event", _event_once_more, ("older value won", "lost visit")
    ),
}
"""Every bug by its name; `caught_by` names kinds of faults of the oracle, one of which must be found."""
