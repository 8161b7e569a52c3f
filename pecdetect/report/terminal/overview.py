"""Many results on a terminal: a table, what was not judged, and the counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Group
from rich.table import Table
from rich.text import Text

from pecdetect.contract import Outcome
from pecdetect.report.escape import escape
from pecdetect.report.terminal.console import MIN_VALUE_WIDTH, OUTCOME_STYLES, indent, quoted
from pecdetect.report.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from pecdetect.columns import Columns
    from pecdetect.report.summary import Summary
    from pecdetect.report.terminal.console import Glyphs

WIDE = 96
"""Columns from which a row is one line; below, its fields are under one another."""
_GAP = 2
_MIN_SUBJECT = 24


MESSAGES_SHOWN = 200
"""Messages that the table lists; of more it lists none."""
SKIPPED_SHOWN = 20
"""Skipped files that the table names; the counts and the other formats have them all."""
ERRORS_SHOWN = 200
"""What could not be read is a failure, and named at once on the standard error, too."""
_SHOWN = {"message": MESSAGES_SHOWN, "skipped": SKIPPED_SHOWN, "not read": ERRORS_SHOWN}
_ALL = "All of them: -o FILE.csv, .html or .sqlite, or --format jsonl."


@dataclass(frozen=True, slots=True)
class Line:
    """What the table says of one result: small, so that many can be held."""

    source: str
    outcome: Outcome | None
    """None for what was skipped or could not be read."""
    reason: str
    """The deciding code, or why there is no verdict."""
    subject: str
    skipped: bool = False


def line(source: str, columns: Columns) -> Line:
    """The table's view of a result."""
    if columns.outcome is None:
        detail = f"{columns.error or columns.skipped}: {columns.detail}"
        return Line(source, None, detail, "", skipped=columns.error is None)
    codes = columns.decided_by
    more = f" +{len(codes) - 1}" if len(codes) > 1 else ""
    return Line(source, columns.outcome, f"{codes[0]}{more}" if codes else "", columns.subject or "")


class Lines:
    """The lines of a table that is read by a person: as many as one can read, however many results there are."""

    def __init__(self) -> None:
        self.shown: list[Line] = []
        self._counts: dict[str, int] = {}

    def add(self, source: str, columns: Columns) -> None:
        """Take a result in, unless there are enough of its kind."""
        row = line(source, columns)
        kind = "message" if row.outcome is not None else "skipped" if row.skipped else "not read"
        number = self._counts[kind] = self._counts.get(kind, 0) + 1
        if number <= _SHOWN[kind]:
            self.shown.append(row)
        elif number == MESSAGES_SHOWN + 1 and kind == "message":
            # A table of the first few of very many would look like all of them.
            self.shown = [kept for kept in self.shown if kept.outcome is None]

    def more(self, kind: str) -> int:
        """How many of a kind there are beyond those that are shown."""
        number = self._counts.get(kind, 0)
        if kind == "message":
            return number if number > MESSAGES_SHOWN else 0
        return max(number - _SHOWN[kind], 0)


def overview(
    lines: Lines, summary: Summary, glyphs: Glyphs, width: int, only: Sequence[Outcome] = ()
) -> Iterator[RenderableType]:
    """The table of verdicts, then what was skipped or could not be read, then the counts."""
    yield from listing(lines, glyphs, width)
    yield totals(summary, only)


def listing(lines: Lines, glyphs: Glyphs, width: int) -> Iterator[RenderableType]:
    """The table of verdicts, then what was skipped or could not be read, each with a blank line behind it."""
    judged = [row for row in lines.shown if row.outcome is not None]
    if judged:
        yield from (_table if width >= WIDE else _stacked)(judged, glyphs, width)
        yield Text()
    elif number := lines.more("message"):
        yield Text(f"{counted(number, 'message')}: too many to list here. {_ALL}", overflow="fold")
        yield Text()
    for title, skipped in (("Skipped", True), ("Not read", False)):
        rows = [row for row in lines.shown if row.outcome is None and row.skipped is skipped]
        if rows:
            yield Text(title, "bold")
            yield from (indent(_without_verdict(row)) for row in rows)
            if more := lines.more(title.lower()):
                yield indent(Text(f"and {more:,} more (--format jsonl lists them all)", "dim"))
            yield Text()


def totals(summary: Summary, only: Sequence[Outcome] = ()) -> Text:
    """One sentence: how many there are of what, of everything that was met."""
    text = Text(f"{counted(summary.messages, 'message')}", "bold")
    for number, (name, count) in enumerate(summary.counts()):
        style = OUTCOME_STYLES[Outcome(name)] if name in set(Outcome) else "default"
        text.append(": " if number == 0 else ", ", "not bold")
        text.append(f"{count:,} {name}", f"not bold {style}")
    if only:
        text.append(f". Shown: {', '.join(only)}", "not bold")
    return text


def _mark(outcome: Outcome, glyphs: Glyphs) -> Text:
    return Text(f"{glyphs.mark(outcome)} {outcome.value}", OUTCOME_STYLES[outcome])


def _one_line(text: str, columns: int, glyphs: Glyphs) -> Text:
    """Foreign text, harmless and cut to fit."""
    result = quoted(text, "dim")
    if cell_len(result.plain) > columns:
        result.truncate(max(columns - len(glyphs.ellipsis), 0), overflow="crop")
        result.append(glyphs.ellipsis)
    return result


def _table(rows: Sequence[Line], glyphs: Glyphs, width: int) -> Iterator[RenderableType]:
    """A line for each message; a path is never cut, a subject is."""
    outcome = 2 + max(len(row.outcome or "") for row in rows)
    reason = max(len("Decided by"), *(len(row.reason) for row in rows))
    left = width - outcome - reason - 3 * _GAP
    file = max(len("File"), *(cell_len(escape(row.source)) for row in rows))
    subject = max(len("Subject"), *(cell_len(escape(row.subject)) for row in rows))
    subject = min(subject, max(_MIN_SUBJECT, left - file))
    file = min(file, left - subject)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    table.add_column("Outcome", width=outcome)
    table.add_column("File", width=file, overflow="fold")
    table.add_column("Decided by", width=reason)
    table.add_column("Subject", width=subject)
    for row in rows:
        mark = _mark(row.outcome or Outcome.SYNCS, glyphs)
        shown = _one_line(row.subject, subject, glyphs)
        table.add_row(mark, quoted(row.source), Text(row.reason), shown)
    yield table


def _stacked(rows: Sequence[Line], glyphs: Glyphs, width: int) -> Iterator[RenderableType]:
    """The fields of each message under one another, beside its outcome where there is room."""
    margin = 2 + max(len(row.outcome or "") for row in rows) + _GAP
    beside = width >= margin + MIN_VALUE_WIDTH
    table = Table.grid()
    table.add_column(width=margin if beside else 2)
    table.add_column(overflow="fold")
    for row in rows:
        outcome = row.outcome or Outcome.SYNCS
        fields = [quoted(row.source)]
        if row.reason:
            fields.append(Text(row.reason))
        if row.subject:
            fields.append(_one_line(row.subject, width - (margin if beside else 2), glyphs))
        mark = _mark(outcome, glyphs)
        if not beside:
            fields.insert(0, Text(outcome.value, OUTCOME_STYLES[outcome]))
            mark.truncate(1, overflow="crop")
        table.add_row(mark, Group(*fields))
    yield table


def _without_verdict(row: Line) -> RenderableType:
    return Text.assemble(quoted(row.source), "  ", quoted(row.reason, "dim"), overflow="fold")
