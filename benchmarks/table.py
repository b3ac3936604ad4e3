"""Figures as the benchmarks show them."""

from __future__ import annotations

from typing import NamedTuple

import rich.table

Figure = str | float


class Table(NamedTuple):
    """Figures under a title: a name to each row, and numbers or words behind it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Figure, ...], ...]

    def shown(self) -> rich.table.Table:
        """The table for a terminal."""
        table = rich.table.Table(title=self.title, title_justify="left")
        for number, column in enumerate(self.columns):
            words = all(isinstance(row[number], str) for row in self.rows)
            table.add_column(column, justify="left" if words else "right", overflow="fold")
        for row in self.rows:
            table.add_row(*map(_text, row))
        return table

    def markdown(self) -> str:
        """The table for a page."""
        lines = (self.columns, ("---",) * len(self.columns), *(map(_text, row) for row in self.rows))
        return "\n".join([f"**{self.title}**", "", *(f"| {' | '.join(cells)} |" for cells in lines), ""])


def _text(figure: Figure) -> str:
    if isinstance(figure, str):
        return figure
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.1f}"
