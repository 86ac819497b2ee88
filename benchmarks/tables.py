"""Tables of results in plain text (Markdown), gathered during a run and printed at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column is text and whose other columns are numbers."""
    cells = [columns, *rows]
    widths = [max(len(row[n]) for row in cells) for n in range(len(columns))]

    def line(row: Sequence[str]) -> str:
        numbers = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        return f"| {' | '.join((row[0].ljust(widths[0]), *numbers))} |"

    ruler = "|".join(("-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])))
    return "\n".join((line(columns), f"|{ruler}|", *map(line, rows)))


@dataclass
class Tables:
    """Tables by title; rows come in the order in which benchmarks end."""

    columns: dict[str, Sequence[str]] = field(default_factory=dict)
    rows: dict[str, list[Sequence[str]]] = field(default_factory=dict)

    def add(self, title: str, columns: Sequence[str], name: str, *cells: str) -> None:
        """One row; `columns` are those after the first."""
        self.columns[title] = ("", *columns)
        self.rows.setdefault(title, []).append((name, *cells))

    def render(self) -> str:
        """All of them."""
        return "\n\n".join(
            f"{title}\n\n{markdown(self.columns[title], rows)}" for title, rows in self.rows.items()
        )
