"""Resources as they are now, published to the compacted topics that the file of topics names.

Published in the transaction that changed them and durable before it ends: what a reader sees is never behind the
warehouse for longer than a commit takes, and nothing is lost between the two. A transaction that fails after that is
done again, with the same events, to the same resources or newer ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.bus.bus import Producer
from engine.canonical.envelope import latest_topic_of
from engine.canonical.latest import encode, encode_gone
from engine.loaders.currents import Changes
from engine.loaders.warehouse import Transaction

FLUSH_SECONDS = 30.0


class Publishing:
    """Publishes what a transaction changed, of those types that have a topic."""

    def __init__(self, producer: Producer, topics: Iterable[str]) -> None:
        self._producer = producer
        self._topics = frozenset(topics)

    def __call__(self, _transaction: Transaction, changes: Changes, _now_us: int) -> Mapping[str, int]:
        """Publish, and return when all of it is durable, no rows written; raises BusError when some is not."""
        records = [
            encode_gone(*identity) if current is None else encode(current)
            for identity, current in changes.items()
            if latest_topic_of(identity[0]) in self._topics
        ]
        if records:
            self._producer.publish(records, lambda _error: None)
            self._producer.flush(FLUSH_SECONDS)
        return {}
