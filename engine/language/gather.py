"""Gathering faults: reading goes on after one, so that all of them are told at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from engine.language.document import Node
from engine.language.fault import Fault, Faults, Mark, nearest

Read = TypeVar("Read")
MOST_FAULTS = 1000
"""After so many the rest is not looked at."""

PAGE = "docs/reference/mapping.md"


class Gather:
    """The faults found so far, and the checks that every reader of documents makes."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, mark: Mark, code: str, where: str, what: str, hint: str = f"see {PAGE}") -> None:
        """Note one fault; raises Faults when they are so many that nobody reads on, and each costs time to find."""
        self.faults.append(Fault(mark, code, where, what, hint))
        if len(self.faults) >= MOST_FAULTS:
            raise Faults(self.faults)

    def attempt(self, read: Callable[[], Read]) -> Read | None:
        """What `read` gives, or None when it raises Faults, which are noted."""
        try:
            return read()
        except Faults as error:
            self.faults.extend(error.faults)
            return None

    def close(self) -> None:
        """Raise Faults if there are any."""
        if self.faults:
            raise Faults(self.faults)

    def keys(self, node: Node, where: str, known: Collection[str], required: Collection[str] = ()) -> bool:
        """Whether the node is a map; its unknown and missing keys are noted."""
        if not isinstance(node.value, dict):
            self.add(node.mark, "M101", where, "is no map", f"write {', '.join(sorted(known))} and their values")
            return False
        for key in node.value:
            if key not in known:
                hint = nearest(key, known) or f"known are {', '.join(sorted(known))}"
                self.add(node.keys[key], "M102", where, f"unknown key {key!r}", hint)
        for key in required:
            if key not in node.value:
                self.add(node.mark, "M103", where, f"the key {key!r} is missing", "add it")
        return True

    def text(self, node: Node | None, where: str) -> str:
        """A scalar as text, "" for a node that is not there; anything else is noted."""
        if node is None:
            return ""
        if isinstance(node.value, dict | list) or node.value is None:
            self.add(node.mark, "M104", where, "is no text", "write one word or a quoted text")
            return ""
        return str(node.value).lower() if isinstance(node.value, bool) else str(node.value)

    def flag(self, node: Node | None, where: str) -> bool:
        """Whether a node says `true`; one that says neither that nor `false` is noted."""
        if node is not None and not isinstance(node.value, bool):
            self.add(node.mark, "M112", where, "is neither true nor false", "write true, or leave it out")
        return node is not None and node.value is True

    def texts(self, node: Node | None, where: str) -> tuple[str, ...]:
        """A list of texts, or one text that stands for a list of one."""
        return tuple(self.text(entry, where) for entry in self.entries(node))

    def entries(self, node: Node | None) -> list[Node]:
        """The entries of a list; anything else stands for a list of itself."""
        if node is None:
            return []
        return node.value if isinstance(node.value, list) else [node]

    def map(self, node: Node | None, where: str) -> Mapping[str, Node]:
        """The entries of a map; none for a node that is not there; anything else is noted."""
        if node is None:
            return {}
        if not isinstance(node.value, dict):
            self.add(node.mark, "M101", where, "is no map")
            return {}
        return node.value
