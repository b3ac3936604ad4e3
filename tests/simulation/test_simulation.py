"""Whatever happens to the engine, in any order, every message has its effect once or is a dead letter."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.rig.proof import count, report
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
@pytest.mark.timeout(3600)
def test_every_message_has_its_effect_once_or_is_a_dead_letter() -> None:
    MET.clear()
    examples = count(20, 2000)
    run_state_machine_as_test(Simulation, settings=settings(_SETTINGS, max_examples=examples, print_blob=True))
    assert MET["settle"] >= examples
    report("simulation", _page(examples))


@pytest.mark.prove
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BUGS)
def test_planted_bug_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BUGS[name](monkeypatch)
    found = settings(_SETTINGS, max_examples=300, derandomize=True, database=None, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Simulation, settings=found)


def _page(examples: int) -> str:
    rows = "".join(f"| {name} | {MET[name]:,} |\n" for name in sorted(MET))
    bugs = "".join(f"- {plant.__doc__}\n" for plant in BUGS.values())
    return (
        "# Simulation\n\n"
        "The engine's own transformer and loader ran in one process over a bus, a warehouse and a clock in memory, "
        f"step by step, while hypothesis chose what happened to them: {examples:,} runs of 30 steps each. "
        "A bus in memory loses what was not flushed; a process may die, or the bus or the warehouse fail, before and "
        "after everything that is asked of them.\n\n"
        f"Whenever all had settled, {MET['settle']:,} times, every message that was accepted had its effect exactly "
        "once or was a dead letter, the engine's account closed, what is current was what one thread makes of all "
        "that was sent, and the topics of current resources said the same. No offset of the warehouse went back.\n\n"
        f"| what happened | times |\n|---|---|\n{rows}\n"
        "The same simulation finds each of these bugs when it is planted (`tests/simulation/bugs.py`):\n\n"
        f"{bugs}"
    )
