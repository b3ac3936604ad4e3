"""`engine conformance`: the mappings beside the HL7 v2-to-FHIR guide, row by row."""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import Literal

from rich.progress import Progress

from engine.commands.conformance.judge import Verdict
from engine.commands.conformance.kinds import Kind
from engine.commands.conformance.reasons import read_reasons
from engine.commands.conformance.report import count, print_json, print_table
from engine.commands.conformance.rows import Row
from engine.commands.conformance.survey import Survey
from engine.commands.terminal import Console
from engine.config import Settings
from engine.transforms.load import load_mappings

Form = Literal["table", "json"]
OPEN = 1
WIDTH = 120
"""Maps have long names, and what was sent and came is longer still."""


def check_conformance(
    settings: Settings, kinds: Collection[Kind], maps: Collection[str], form: Form, *, uncovered: bool
) -> int:
    """Print which rows of the guide the mappings cover; returns 1 when one is neither covered nor excused.

    With `kinds` or `maps` only those rows are looked at. Raises Faults where mappings or guide cannot be read.
    """
    folder = settings.mappings / "guide"
    survey = Survey(folder, load_mappings(settings.mappings))
    reasons = read_reasons(folder / "uncovered.tsv")
    verdicts = _judge(survey, kinds, maps)
    if form == "json":
        sys.stdout.write(print_json(verdicts, reasons, uncovered=uncovered) + "\n")
    else:
        print_table(
            verdicts, reasons, Console(highlight=False, markup=False, soft_wrap=True, width=WIDTH), uncovered=uncovered
        )
    return OPEN if count(verdicts, reasons).open else 0


def _judge(survey: Survey, kinds: Collection[Kind], maps: Collection[str]) -> list[Verdict]:
    def wants(row: Row) -> bool:
        return (not kinds or row.kind in kinds) and (not maps or row.map in maps)

    total = sum(wants(row) and not row.is_placeholder for row in survey.context.guide.rows)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        return list(progress.track(survey.judge(wants), total=total, description="rows"))
