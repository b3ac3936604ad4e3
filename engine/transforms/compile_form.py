"""Compiling the functions of a form, when messages of it have come often."""

from __future__ import annotations

from collections.abc import Sequence

from engine.language.garbage import uncollected
from engine.transforms.forms import Form, Reads, Sample
from engine.transforms.layout import Run
from engine.transforms.plan import MessagePlan
from engine.transforms.reads import reads_of
from engine.transforms.write_form import FormWriter, TooMany
from engine.transforms.write_guard import write_guard

GIVEN = ("maker", "rows", "scene", "origin")


@uncollected()
def compile_form(plan: MessagePlan, sample: Sample, runs: Sequence[Run]) -> Form | None:
    """The form of which this is a message; None where it would be too long, or there are enough of them."""
    compiler, title = plan.compiler, f"form {plan.name}"
    if not compiler.may_narrow():
        return None
    reads = compiler.shared(("reads", plan.name), lambda: _reads(plan))
    try:
        make = compiler.function(title, GIVEN, lambda bind: FormWriter(plan, bind, compiler.body_of).write(runs))
    except TooMany:
        return None
    fits = compiler.function(title, ("rows", "lines", "text"), lambda _: write_guard(sample, reads, plan.telling))
    return Form(fits, make)


def _reads(plan: MessagePlan) -> Reads:
    found: dict[str, set[int]] = {}
    for segment, field in reads_of(plan.mapping, plan.sources):
        found.setdefault(segment, set()).add(field)
    return found
