"""Where the words of a path stand, and what is wrong or odd at them."""

from __future__ import annotations

from engine.language.fault import Fault, Faults, Text
from engine.views.tree import Tree


class Telling:
    """The faults of one path; `odd` are those that a check refuses and a run takes."""

    def __init__(self, source: Text) -> None:
        self._source = source
        self.odd: list[Fault] = []

    def note(self, tree: Tree, code: str, what: str, hint: str) -> None:
        """Note what is odd at a word."""
        self.odd.append(Fault(self._source.at(tree.offset), code, "", what, hint))

    def fault(self, tree: Tree, code: str, what: str, hint: str) -> Faults:
        """A fault at a word, to be raised."""
        return Faults([Fault(self._source.at(tree.offset), code, "", what, hint)])

    def place(self, tree: Tree) -> str:
        """The place of a word, for errors of rows."""
        return str(self._source.at(tree.offset))
