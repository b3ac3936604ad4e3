"""The judgement of all rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from engine.commands.conformance.datatypes import judge_datatype
from engine.commands.conformance.judge import Context, Verdict, runner
from engine.commands.conformance.kinds import Kind
from engine.commands.conformance.messages import judge_message
from engine.commands.conformance.readings import read_readings
from engine.commands.conformance.rows import Row, read_guide
from engine.commands.conformance.segments import judge_segment
from engine.commands.conformance.tables import TableJudge
from engine.transforms.mapping_set import MappingSet


class Survey:
    """The guide beside a set of mappings."""

    def __init__(self, folder: Path, mappings: MappingSet) -> None:
        """Read the guide in a folder; raises Faults where its files cannot be read."""
        readings = read_readings(folder / "readings.yaml")
        self.context = Context(read_guide(folder), readings, mappings, runner(mappings))

    def judge(self, wants: Callable[[Row], bool] = lambda _: True) -> Iterator[Verdict]:
        """Judge the rows wanted, in order; placeholders are left out."""
        judges: dict[Kind, Callable[[Row], Verdict]] = {
            Kind.MESSAGE: lambda row: judge_message(row, self.context),
            Kind.SEGMENT: lambda row: judge_segment(row, self.context),
            Kind.DATATYPE: lambda row: judge_datatype(row, self.context),
            Kind.TABLE: TableJudge(self.context).judge,
        }
        for row in self.context.guide.rows:
            if wants(row) and not row.is_placeholder:
                yield judges[row.kind](row)
