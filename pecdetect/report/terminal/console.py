"""What every terminal renderer shares: the console, the marks of an outcome, and the few shapes text is put in.

Text that comes from a mail is only ever handed to rich as a ``Text``, escaped: nothing in it is read as markup.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO, TypeAlias

from rich.cells import cell_len
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pecdetect.contract import Effect, Outcome
from pecdetect.report.escape import pieces
from pecdetect.report.words import clip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import ConsoleOptions, RenderableType

    from pecdetect.report.rows import Row

    Block: TypeAlias = "RenderableType | Unwrapped"

PIPE_WIDTH = 100
"""Columns where no terminal says how many there are: the same output wherever it is sent."""

READING_WIDTH = 100
"""Prose is set no wider than this."""
MAX_QUOTED = 4096
"""Characters of a foreign text that are shown: more than a path has, less than a field may have."""
MAX_LINES = 10
"""Lines of a row that are written out; JSON has them all."""
MIN_VALUE_WIDTH = 36
"""Columns that a value must have beside its label."""

OUTCOME_STYLES = {
    Outcome.BLOCKED: "red",
    Outcome.UNDETERMINED: "yellow",
    Outcome.DEGRADED: "cyan",
    Outcome.SYNCS: "green",
}
EFFECT_STYLES = {
    Effect.BLOCKS: "red",
    Effect.UNDETERMINED: "yellow",
    Effect.DEGRADES: "cyan",
    Effect.INFORMS: "blue",
}
_MARKS: dict[Outcome | Effect, str] = {Effect.BLOCKS: "blocked", Effect.DEGRADES: "degraded", Effect.INFORMS: "informs"}
"""The glyph of an effect; an outcome's is named like it."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The few characters beyond ASCII that are drawn, and what replaces them in ASCII."""

    blocked: str = "✗"
    undetermined: str = "?"
    degraded: str = "~"
    syncs: str = "✓"
    informs: str = "i"
    bar: str = "│"
    pipe: str = "│ "
    branch: str = "├─"
    last: str = "└─"
    ellipsis: str = "…"

    def mark(self, what: Outcome | Effect) -> str:
        """The sign that tells an outcome or effect without colour."""
        return str(getattr(self, _MARKS.get(what, what.value)))


UNICODE = Glyphs()
ASCII = Glyphs("x", "?", "~", "+", "i", "|", "| ", "|-", "`-", "...")


class _Console(Console):
    """A console that leaves a closed pipe to the caller: rich would end the program with a code of its own."""

    def on_broken_pipe(self) -> None:
        """Pass the error on."""
        raise BrokenPipeError


def open_console(stream: TextIO) -> Console:
    """A console on ``stream``: plain and of stable width unless it is a terminal that may show colours.

    ``NO_COLOR`` takes every escape sequence away, not only colours; ``FORCE_COLOR`` keeps them in a pipe;
    ``COLUMNS`` sets the width.
    """
    forced = bool(os.environ.get("FORCE_COLOR"))
    terminal = stream.isatty()
    plain = bool(os.environ.get("NO_COLOR")) or not (terminal or forced)
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns[:6]) > 0:
        width = None
    elif columns.isdigit() or not terminal:  # 0 says nothing, and would leave no room for a letter
        width = PIPE_WIDTH
    else:
        width = None
    return _Console(
        file=stream,
        width=width,
        color_system=None if plain else "auto",
        markup=False,
        emoji=False,
        highlight=False,
    )


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """A line that is never broken, however long: an address that is to be copied or clicked."""

    text: str
    style: str = ""


def show(console: Console, blocks: Iterable[Block], width: int | None = None) -> None:
    """Print blocks, no wider than ``width``; where no colours are shown, lines end without blanks."""
    width = console.width if width is None else min(width, console.width)
    for block in blocks:
        if isinstance(block, Unwrapped):
            console.print(Text(block.text, block.style), soft_wrap=True)
            continue
        if console.color_system is not None:
            console.print(block, width=width)
            continue
        with console.capture() as capture:
            console.print(block, width=width)
        for text in capture.get().split("\n")[:-1]:
            console.file.write(text.rstrip(" ") + "\n")


def glyphs_for(console: Console) -> Glyphs:
    """The characters that ``console`` can show."""
    return UNICODE if console.encoding.startswith("utf") else ASCII


def quoted(text: str, style: str = "") -> Text:
    """Foreign text clipped and made harmless; what is an escape of ours is set apart by style."""
    result = Text(style=style, overflow="fold")
    for piece, is_escape in pieces(clip(text, MAX_QUOTED)):
        result.append(piece, "magenta" if is_escape else None)
    return result


def indent(renderable: RenderableType, columns: int = 2) -> Padding:
    """``renderable``, moved to the right."""
    return Padding(renderable, (0, 0, 0, columns))


def section(title: str, *blocks: RenderableType) -> Iterator[RenderableType]:
    """A blank line, a heading, and what belongs under it."""
    yield Text()
    yield Text(title, "bold")
    for block in blocks:
        yield indent(block)


def facts(rows: Iterable[Row]) -> Facts:
    """Rows side by side with their labels, harmless; of many lines the first, and how many more there are."""
    return Facts((row.label, _lines(row.values)) for row in rows)


def _lines(values: tuple[str, ...]) -> RenderableType:
    if len(values) == 1:
        return quoted(values[0])
    lines = [quoted(value) for value in values[:MAX_LINES]]
    if len(values) > MAX_LINES:
        lines.append(Text(f"and {len(values) - MAX_LINES:,} more (--format json)", "dim"))
    return Group(*lines)


class Facts:
    """Labels on the left, what they name on the right; where that leaves no room, under one another."""

    def __init__(self, rows: Iterable[tuple[str, RenderableType]]) -> None:
        self._rows = list(rows)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Side by side or stacked, as the width allows."""
        widest = max((cell_len(label) for label, _ in self._rows), default=0)
        if options.max_width - widest - 2 < MIN_VALUE_WIDTH:
            for label, value in self._rows:
                yield Text(label, "dim")
                yield indent(value)
            return
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for label, value in self._rows:
            table.add_row(Text(label), value)
        yield table


class Prefixed:
    """Text with the same prefix before each of its lines, however often it wraps; the first may have its own."""

    def __init__(self, prefix: str, text: Text, first: str | None = None) -> None:
        self._prefix = prefix
        self._text = text
        self._first = prefix if first is None else first

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Wrap, then put the prefix before each line."""
        width = max(options.max_width - max(cell_len(self._prefix), cell_len(self._first)), 1)
        prefix = self._first
        for line in self._text.wrap(console, width, overflow="fold"):
            yield Text.assemble((prefix, "dim"), line)
            prefix = self._prefix
