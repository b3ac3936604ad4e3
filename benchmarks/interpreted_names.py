"""What the resources of an interpreted message are called, and what they refer to: ids as the engine makes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from engine.canonical.identity import SEPARATOR, id_of
from engine.facilities.identifier import choose_identifier
from engine.language.path import FieldPath
from engine.transforms.arrange import Scope
from engine.transforms.mapping import Identity, Name
from engine.transforms.naming import NUMBERED, ORDINAL
from engine.transforms.plan import MessagePlan

Body = dict[str, Any]

Texts = Callable[[FieldPath], Sequence[str]]
"""The texts at a path, in the segments that a rule reads."""

Repetitions = Callable[[FieldPath], Iterator[list[str]]]
"""The repetitions of a field, each as its components."""


class Names:
    """The ids of what the rules of one message make, in the order in which they are asked for."""

    def __init__(self, plan: MessagePlan, facility: str, digest: str) -> None:
        """`digest` names what has no number of its own."""
        self._references = {one.key: one.references for group in plan.top.walk() for one in group.named}
        self._facility = facility
        self._digest = digest
        self._counts: Counter[str] = Counter()
        self._made: dict[tuple[str, int], list[str]] = {}
        """By rule and run of a group the ids of what is made there."""
        self._weak: set[str] = set()

    def name(
        self, key: str, kind: str, identities: Sequence[Identity], scope: Scope, texts: Texts, repeated: Repetitions
    ) -> str:
        """The id of the next resource that a rule makes in a run of a group."""
        tried = (self._called(kind, one, scope, texts, repeated) for one in identities)
        called, counted = next((one for one in tried if one), ("", True))
        identity = id_of(called) if not counted else self._count(kind, key, called)
        self._made.setdefault((key, id(scope)), []).append(identity)
        if not called:
            self._weak.add(identity)
        return identity

    def _called(
        self, kind: str, identity: Identity, scope: Scope, texts: Texts, repeated: Repetitions
    ) -> tuple[str, bool] | None:
        counted = identity.names[-1].word == ORDINAL
        names = identity.names[:-1] if counted else identity.names
        parts = [self._part(one, scope, texts, repeated) for one in names]
        if not all(part or one.optional for part, one in zip(parts, names, strict=True)):
            return None
        return SEPARATOR.join((kind, self._facility, identity.label, *parts)), counted

    def _part(self, name: Name, scope: Scope, texts: Texts, repeated: Repetitions) -> str:
        if name.word in NUMBERED:
            return choose_identifier(repeated(NUMBERED[name.word]))
        if name.word:
            found = next(iter(self.nearest(name.word, scope)), "")
            return "" if found in self._weak else found
        return next((text for path in name.paths for text in texts(path)), "")

    def _count(self, kind: str, key: str, called: str) -> str:
        called = called or SEPARATOR.join((kind, self._facility, "", self._digest, key))
        counted = called.removeprefix(f"{kind}{SEPARATOR}")
        self._counts[counted] += 1
        return id_of(f"{called}{SEPARATOR}{self._counts[counted]}")

    def references(self, key: str, scope: Scope) -> Body:
        """What all that a rule makes in a run of a group refers to."""
        body: Body = {}
        for one in self._references[key]:
            made = (one.many and self.inside(one.key, scope)) or self.nearest(one.key, scope)[:1]
            found = [{"reference": f"{one.type}/{identity}"} for identity in dict.fromkeys(made)]
            if found:
                body[one.element] = found if one.is_list else found[0]
        return body

    def inside(self, key: str, scope: Scope) -> list[str]:
        """The ids of what a rule makes in a run of a group, and in those inside it."""
        return [identity for inner in scope.walk() for identity in self._made.get((key, id(inner)), ())]

    def nearest(self, key: str, scope: Scope) -> list[str]:
        """The ids of what a rule makes in a run of a group, or in the nearest around it."""
        return next(filter(None, (self._made.get((key, id(one))) for one in scope.around())), [])
