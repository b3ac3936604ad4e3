"""Functions that are compiled when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from engine.language.garbage import uncollected

F = TypeVar("F", bound=Callable[..., Any])


class Deferred(Generic[F]):
    """A function that is compiled when it is first asked for: most of what a mapping could make, no message holds."""

    __slots__ = ("_compile", "_made")

    def __init__(self, compile_it: Callable[[], F]) -> None:
        self._compile = compile_it
        self._made: F | None = None

    @property
    def is_made(self) -> bool:
        """Whether it has been asked for."""
        return self._made is not None

    def __call__(self, *arguments: Any) -> Any:
        """What the function gives."""
        return self.get()(*arguments)

    def get(self) -> F:
        """The function."""
        made = self._made
        if made is None:
            with uncollected():
                made = self._made = self._compile()
        return made
