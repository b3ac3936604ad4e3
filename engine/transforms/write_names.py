"""Writing what a resource is called: the statements that try one identity after the other."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from engine.canonical.identity import SEPARATOR
from engine.transforms import nodes
from engine.transforms.access import Access
from engine.transforms.mapping import Identity, Name
from engine.transforms.naming import NUMBERED, ORDINAL
from engine.transforms.nodes import assign, call, constant, name, none, when


def write_names(kind: str, identities: Sequence[Identity], access: Access) -> nodes.Body:
    """The statements that leave in `called` all that the id comes from, None for nothing, and if it is counted."""
    body: nodes.Body = []
    for identity in reversed(identities):
        body = _identity(kind, identity, access, body)
    return [assign("called", constant(None)), assign("counted", constant(False)), *body]


def _identity(kind: str, identity: Identity, access: Access, otherwise: nodes.Body) -> nodes.Body:
    counted = identity.names[-1].word == ORDINAL
    names = identity.names[:-1] if counted else identity.names
    parts = [name(f"part_{index}") for index in range(len(names))]
    whole = [constant(kind), nodes.attribute("scene", "facility"), constant(identity.label), *parts]
    body: nodes.Body = [assign("called", nodes.join(SEPARATOR, whole))]
    body += [assign("counted", constant(True))] if counted else []
    is_alone = len(names) == 1 and not names[0].optional
    for index, part in reversed(list(enumerate(names))):
        local = f"part_{index}"
        body = body if part.optional else [when(name(local), body, otherwise if is_alone else None)]
        body = [assign(local, _part(part, access)), *body]
    return [*body, when(none("called"), otherwise)] if otherwise and not is_alone else body


def _part(part: Name, access: Access) -> ast.expr:
    if part.word in NUMBERED:
        return call("choose_number", access.raw(NUMBERED[part.word]), name("scene"))
    if part.word == ORDINAL:
        return constant(ORDINAL)
    if part.word:
        return nodes.method(name("ids"), "get", constant(part.word), constant(""))
    return nodes.some([access.text(path) for path in part.paths])
