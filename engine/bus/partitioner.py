"""Which partition a key belongs to: murmur2, as Kafka's own clients reckon it, so that both buses agree."""

from __future__ import annotations

from functools import lru_cache

_MASK = 0xFFFFFFFF
_FACTOR = 0x5BD1E995
_SEED = 0x9747B28C


@lru_cache(maxsize=65536)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of `key` in a topic of `partitions`; an empty key has one too."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(key: bytes) -> int:
    """The 32-bit murmur2 hash with Kafka's seed (org.apache.kafka.common.utils.Utils.murmur2)."""
    length = len(key)
    whole = length & ~3
    hashed = _SEED ^ length
    for start in range(0, whole, 4):
        word = int.from_bytes(key[start : start + 4], "little") * _FACTOR & _MASK
        word = (word ^ word >> 24) * _FACTOR & _MASK
        hashed = hashed * _FACTOR & _MASK ^ word
    return _finish(hashed, key[whole:])


def _finish(hashed: int, rest: bytes) -> int:
    if rest:
        hashed = (hashed ^ int.from_bytes(rest, "little")) * _FACTOR & _MASK
    hashed = (hashed ^ hashed >> 13) * _FACTOR & _MASK
    return hashed ^ hashed >> 15
