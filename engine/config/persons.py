"""The settings of how patients of several facilities become one person."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from engine.language.model import Section

Placeholder = Annotated[str, StringConstraints(pattern=r"^([0-9]{10}|[0-9]{12})$")]


class PersonSettings(Section):
    """When a number that patients share makes them one person; a change is taken up when `load` starts."""

    most: int = Field(50, ge=2, le=1000, description="A number that more patients have joins none of them.")
    placeholders: tuple[Placeholder, ...] = Field(
        (),
        description="Numbers that are typed in where there is none, in 12 digits (citizen) or 10 (social insurance), "
        "beside the obvious ones such as `000000000000`.",
    )
