from __future__ import annotations

from pathlib import Path

import pytest

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Topic
from engine.transforms.activation import TOPIC, activate, current_generation


@pytest.mark.parametrize(
    ("history", "generation"),
    [
        ([], None),
        ([(0, "a")], 1),
        ([(0, "a"), (1, "a")], 1),
        ([(0, "a"), (1, "b")], None),
        ([(0, "a"), (1, "b"), (2, "a")], 3),
        ([(0, "b"), (3, "a"), (7, "a")], 4),
    ],
)
def test_the_generation_is_where_the_last_run_of_the_version_began(
    history: list[tuple[int, str]], generation: int | None
) -> None:
    assert current_generation(history, "a") == generation


def test_a_set_that_is_in_use_already_is_not_activated_again_and_one_that_comes_back_is(tmp_path: Path) -> None:
    with EmbeddedBus(tmp_path) as bus:
        bus.ensure([Topic(TOPIC, partitions=1)])
        producer = bus.producer()
        generations = [activate(bus, producer, version, 0) for version in ("a", "a", "b", "a", "a")]
        producer.close()
    assert generations == [1, 1, 2, 3, 3]
