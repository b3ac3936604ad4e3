"""Whatever happens to the engine, in any order, every message has its effect once or is a dead letter."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.rig.proof import count
from tests.simulation.bugs import BUGS
from tests.simulation.machine import MET, Simulation

LOUDEST = logging.CRITICAL


_SETTINGS = settings(stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    """Failures are what happens here: nobody need read of each."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(LOUDEST))
    yield
    structlog.reset_defaults()


@pytest.mark.prove
@pytest.mark.timeout(3000)
def test_every_message_has_its_effect_once_or_is_a_dead_letter() -> None:
    MET.clear()
    examples = count(30, 2000)
    run_state_machine_as_test(Simulation, settings=settings(_SETTINGS, max_examples=examples, print_blob=True))
    assert MET["settle"] >= examples


@pytest.mark.parametrize("name", BUGS)
def test_planted_bug_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BUGS[name](monkeypatch)
    found = settings(_SETTINGS, max_examples=300, derandomize=True, database=None, phases=[Phase.generate])
    with pytest.raises(AssertionError) as caught:
        run_state_machine_as_test(Simulation, settings=found)
    print(name, caught.value)
