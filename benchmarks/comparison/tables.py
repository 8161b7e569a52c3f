"""Tables in plain text and in Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

START, END = "<!-- comparison -->", "<!-- end -->"
"""What encloses the tables in a Markdown page."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: frozenset[int] = frozenset({0})
    """Columns that are set left; figures are set right."""


def plain(table: Table) -> str:
    """Return the table in aligned columns under its title."""
    rows = (table.head, *table.rows)
    widths = [max(len(row[at]) for row in rows) for at in range(len(table.head))]

    def cell(at: int, text: str) -> str:
        return text.ljust(widths[at]) if at in table.words else text.rjust(widths[at])

    lines = ["  ".join(cell(at, text) for at, text in enumerate(row)).rstrip() for row in rows]
    return "\n".join((table.title, lines[0], "  ".join("-" * width for width in widths), *lines[1:], ""))


def markdown(table: Table) -> str:
    """Return the table as Markdown under a heading."""

    def line(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(cell.strip().replace("|", r"\|") for cell in cells) + " |"

    rule = "|" + "|".join("---" if at in table.words else "---:" for at in range(len(table.head))) + "|"
    return "\n".join((f"### {table.title}", "", line(table.head), rule, *map(line, table.rows), ""))


def block(tables: list[Table], machine: str) -> str:
    """Return all tables as Markdown between the markers."""
    return "\n".join((START, machine, "", *map(markdown, tables), END))


def replace_block(page: str, new: str) -> str:
    """Return the page with the text between its markers replaced; raises ``ValueError`` where it has none."""
    before, start, rest = page.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"the page has no {START} ... {END}")
    return before + new + after


def update(page: Path, tables: list[Table], machine: str) -> None:
    """Put the tables into a Markdown page; raises ``ValueError`` where it has no place for them."""
    text = page.read_text(encoding="utf-8")
    page.write_text(replace_block(text, block(tables, machine)), encoding="utf-8", newline="\n")


def seconds(value: float) -> str:
    """Return a duration with three significant digits and its unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{significant(value / size)} {unit}"
    return f"{significant(value * 1e6)} us"


def significant(value: float) -> str:
    """Return a number with three significant digits, fewer below 1, without an exponent."""
    digits = 0 if value >= 99.95 else 1 if value >= 9.995 else 2 if value >= 0.0995 else 3
    return f"{value:.{digits}f}"


def megabytes(size: int) -> str:
    """Return a size in MB (10**6 bytes)."""
    return f"{size / 1e6:.1f} MB"
