"""Conditions of the guide (`IF ROL-3.1 EQUALS "PP" AND NOT …`), read as what a message must hold to satisfy them."""

from __future__ import annotations

import re

from engine.commands.conformance.needs import Need, Needs, Unreadable, need_of, spell, tokens


def alternatives(condition: str, own: str) -> list[Needs]:
    """The ways to satisfy a condition; raises Unreadable. `own` is the path of the row that it stands in."""
    if not condition:
        return [()]
    reader = _Reader(list(tokens(condition)), own)
    found = reader.any()
    if reader.left:
        raise Unreadable(condition)
    return found


class _Reader:
    """Reads tokens by precedence: `or` of `and` of tests; paths joined before one test share it."""

    def __init__(self, tokens: list[tuple[str, str]], own: str) -> None:
        self.left = tokens
        self._subject = own

    def any(self) -> list[Needs]:
        found = self._all()
        while self._take("word", "OR"):
            found = found + self._all()
        return found

    def _all(self) -> list[Needs]:
        found = self._one()
        while self._take("word", "AND") or (self.left and self.left[0][0] in ("path", "word") and not self._at("OR")):
            others = self._one()
            found = [(*one, *other) for one in found for other in others]
        return found

    def _one(self) -> list[Needs]:
        if self._take("open"):
            found = self.any()
            if not self._take("close"):
                raise Unreadable("a parenthesis is not closed")
            return found
        subjects, joined = self._subjects()
        test = self._test()
        needs = [test._replace(path=spell(path)) for path in subjects]
        return [(one,) for one in needs] if joined == "OR" else [tuple(needs)]

    def _subjects(self) -> tuple[list[str], str]:
        paths, joined = [], ""
        while self.left and self.left[0][0] == "path":
            paths.append(self.left.pop(0)[1])
            follows = self.left[:2]
            if len(follows) == 2 and follows[0][1] in ("AND", "OR") and follows[1][0] == "path":
                joined = self.left.pop(0)[1]
        self._subject = paths[-1] if paths else self._subject
        return paths or [self._subject], joined

    def _test(self) -> Need:
        words: list[str] = []
        texts: list[str] = []
        number = 0
        while self.left and self._in_test(words):
            kind, value = self.left.pop(0)
            if kind in ("list", "text"):
                texts += re.findall(r"""["']([^"']*)["']""", value)
            elif kind == "number":
                number = int(value)
            else:
                words.append(value)
        return need_of(words, tuple(texts), number)

    def _in_test(self, words: list[str]) -> bool:
        """Whether the next token belongs to a test of which these words were read; `LESS THAN OR EQUALS` has an OR."""
        kind, _ = self.left[0]
        joins = self._at("AND") or (self._at("OR") and words[-1:] != ["THAN"])
        return not joins and kind not in ("path", "open", "close")

    def _at(self, *words: str) -> bool:
        return bool(self.left) and self.left[0][0] == "word" and self.left[0][1] in words

    def _take(self, kind: str, value: str = "") -> bool:
        found = bool(self.left) and self.left[0][0] == kind and value in ("", self.left[0][1])
        if found:
            self.left.pop(0)
        return found
