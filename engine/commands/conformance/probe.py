"""Probe messages: valid messages of a structure in which one place holds values that occur nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

from engine.commands.conformance.aims import Aim, Placement, Probe
from engine.commands.conformance.bench import Bench
from engine.commands.conformance.layout import lay_out
from engine.commands.conformance.needs import Need
from engine.commands.conformance.readings import Reading, Readings
from engine.commands.conformance.structures import name_of


def build(placement: Placement, aim: Aim, needs: Sequence[Need], readings: Sequence[Reading], every: Readings) -> Probe:
    """The probe for an aim in a placement. What a reading or a condition sets or clears stays so."""
    structure = name_of(placement.code, placement.event)
    layout = lay_out(structure, aim.segment, placement.path, every.context)
    bench = Bench(layout, aim, every)
    bench.head(placement.code, placement.event, structure)
    for reading in readings:
        bench.read(reading)
    for need in (*placement.needs, *needs):
        bench.meet(need)
    return bench.fill()
