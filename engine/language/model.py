"""Typed models over documents: what pydantic finds wrong becomes faults at their places in the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.language.document import Node
from engine.language.fault import Fault, Mark, nearest

Model = TypeVar("Model", bound=BaseModel)


class Section(BaseModel):
    """A part of a file: unknown keys are faults, nothing changes once it is read, errors hold no values."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def model_faults(
    error: ValidationError, model: type[BaseModel], document: Node | None, elsewhere: str, page: str
) -> list[Fault]:
    """The faults that pydantic found in `document`.

    What the document does not hold is laid to `elsewhere`; `page` names the reference that the hints point to.
    """
    return [
        _fault(entry, model, document, elsewhere, page)
        for entry in error.errors(include_url=False, include_input=False)
    ]


def _fault(entry: Any, model: type[BaseModel], document: Node | None, elsewhere: str, page: str) -> Fault:
    loc, innermost = _follow(model, [str(part) for part in entry["loc"]])
    mark = place(document, loc) or Mark(elsewhere)
    where = ".".join(loc)
    if entry["type"] == "extra_forbidden":
        return Fault(mark, "C002", where, "unknown key", nearest(loc[-1], innermost.model_fields) or f"see {page}")
    return Fault(mark, "C003", where, entry["msg"].removeprefix("Value error, ").lower(), f"see {page}")


def place(document: Node | None, loc: Sequence[str]) -> Mark | None:
    """Where the innermost part of `loc` that the document has stands; None when it has not even the first."""
    node, mark = document, None
    for part in loc:
        if node is None:
            return mark
        if isinstance(node.value, list):
            node = node.value[int(part)] if part.isdigit() and int(part) < len(node.value) else None
            mark = node.mark if node else mark
        else:
            mark, node = node.keys.get(part, mark), node.get(part)
    return mark


def _follow(model: type[BaseModel], parts: Sequence[str]) -> tuple[tuple[str, ...], type[BaseModel]]:
    """The keys that lead to a fault, without the names of alternatives between them, and the model of the last key."""
    keys: list[str] = []
    alternatives: dict[str, type[BaseModel]] = {}
    for part in parts:
        if part in alternatives:
            model, alternatives = alternatives[part], {}
            continue
        keys.append(part)
        if part in model.model_fields and part != parts[-1]:
            inner = inner_models(model.model_fields[part].annotation)
            model, alternatives = (inner[0], {}) if len(inner) == 1 else (model, _by_tag(inner))
    return tuple(keys), model


def _by_tag(models: Sequence[type[BaseModel]]) -> dict[str, type[BaseModel]]:
    """Alternatives by what their `kind` says."""
    return {str(one.model_fields["kind"].default): one for one in models if "kind" in one.model_fields}


def inner_models(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation names: none for a plain value, several where there are alternatives."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in inner_models(part)]
