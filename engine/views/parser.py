"""Reading a path: its words to a tree, by FHIRPath's precedence of operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.language.fault import Fault, Faults, Text
from engine.views.lexer import Word, words
from engine.views.tree import Call, Index, Literal, Member, Operation, This, Tree, Variable

DEEPEST = 64
"""Levels of brackets, arguments and signs."""

_LEVELS = (("or", "xor"), ("and",), ("=", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/"))
"""The operators, those that bind least first; all of them group from the left."""

_UNSUPPORTED = frozenset({"implies", "in", "contains", "is", "as", "div", "mod"})


def parse_path(source: Text) -> Tree:
    """The tree of a path; raises Faults that point at the word that is wrong."""
    return _Parser(source).whole()


class _Parser:
    def __init__(self, source: Text) -> None:
        self._source = source
        self._words = words(source)
        self._next = 0
        self._depth = 0

    def whole(self) -> Tree:
        tree = self._operation(0)
        word = self._peek()
        if word.kind != "end":
            if word.text in _UNSUPPORTED:
                hint = "take one that docs/reference/views.md lists"
                raise self._fault(word, "V204", f"views have no operator {word.text!r}", hint)
            raise self._fault(word, "V203", f"{word.text!r} is not expected here", "join parts with '.'")
        return tree

    def _operation(self, level: int) -> Tree:
        if level == len(_LEVELS):
            return self._signed()
        left = self._operation(level + 1)
        while (word := self._peek()).kind in ("sign", "name") and word.text in _LEVELS[level]:
            self._take()
            left = Operation(word.text, left, self._operation(level + 1), word.offset)
        return left

    def _signed(self) -> Tree:
        word = self._peek()
        if word.kind == "sign" and word.text in ("-", "+"):
            self._take()
            self._deeper(word)
            inner = self._signed()
            self._depth -= 1
            return Operation(word.text, Literal(0, "integer", word.offset), inner, word.offset)
        return self._steps()

    def _steps(self) -> Tree:
        tree = self._term()
        while (word := self._peek()).kind == "sign" and word.text in (".", "["):
            self._take()
            if word.text == ".":
                tree = self._invocation(tree)
            else:
                index = self._nested(word)
                self._expect("]")
                tree = Index(tree, index, word.offset)
        return tree

    def _term(self) -> Tree:
        word = self._take()
        if word.kind in _TERMS:
            return _TERMS[word.kind](word)
        if word.kind == "name" and word.text in ("true", "false"):
            return Literal(word.text == "true", "boolean", word.offset)
        if word.kind == "name":
            return self._named(This(word.offset), word)
        if word.kind == "sign" and word.text == "(":
            tree = self._nested(word)
            self._expect(")")
            return tree
        raise self._unexpected(word)

    def _invocation(self, source: Tree) -> Tree:
        word = self._take()
        if word.kind == "name":
            return self._named(source, word)
        raise self._unexpected(word)

    def _named(self, source: Tree, word: Word) -> Tree:
        if self._peek().text != "(" or self._peek().kind != "sign":
            return Member(source, word.text, word.offset)
        self._take()
        arguments: list[Tree] = []
        while self._peek().text != ")":
            if arguments:
                self._expect(",")
            arguments.append(self._nested(word))
        self._expect(")")
        return Call(source, word.text, tuple(arguments), word.offset)

    def _nested(self, word: Word) -> Tree:
        self._deeper(word)
        tree = self._operation(0)
        self._depth -= 1
        return tree

    def _deeper(self, word: Word) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._fault(word, "V201", f"is nested deeper than {DEEPEST}", "make the path flatter")

    def _peek(self) -> Word:
        return self._words[self._next]

    def _take(self) -> Word:
        word = self._words[self._next]
        self._next = min(self._next + 1, len(self._words) - 1)
        return word

    def _expect(self, sign: str) -> None:
        word = self._take()
        if word.kind != "sign" or word.text != sign:
            found = "the path ends" if word.kind == "end" else f"{word.text!r} stands"
            raise self._fault(word, "V203", f"{found} where {sign!r} is expected", f"write {sign}")

    def _unexpected(self, word: Word) -> Faults:
        what = "the path ends too early" if word.kind == "end" else f"{word.text!r} is not expected here"
        return self._fault(word, "V203", what, "write an element, a function or a value")

    def _fault(self, word: Word, code: str, what: str, hint: str) -> Faults:
        return Faults([Fault(self._source.at(word.offset), code, "", what, hint)])


def _number(word: Word) -> Literal:
    if "." in word.text:
        return Literal(float(word.text), "decimal", word.offset)
    return Literal(int(word.text), "integer", word.offset)


def _moment(word: Word) -> Literal:
    if word.text.startswith("T"):
        return Literal(word.text[1:], "time", word.offset)
    kind = "dateTime" if "T" in word.text else "date"
    return Literal(word.text.removesuffix("T"), kind, word.offset)


_TERMS: Mapping[str, Callable[[Word], Tree]] = {
    "quoted": lambda word: Literal(word.text, "string", word.offset),
    "number": _number,
    "moment": _moment,
    "variable": lambda word: Variable(word.text, word.offset),
    "this": lambda word: This(word.offset),
}
