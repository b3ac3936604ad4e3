"""Keys go where Kafka's own clients send them."""

from __future__ import annotations

import pytest

from engine.bus.partitioner import murmur2, partition_of


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_gives_the_numbers_that_kafka_tests_its_own_with(key: bytes, signed: int) -> None:
    assert murmur2(key) == signed % 2**32


def test_a_partition_is_one_of_the_topics() -> None:
    for partitions in (1, 2, 6, 7, 100):
        numbers = {partition_of(b"key %d" % number, partitions) for number in range(5000)}
        assert numbers == set(range(partitions))
