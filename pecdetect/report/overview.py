"""Many results on a terminal: a table, what was not judged, and the counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Group
from rich.table import Table
from rich.text import Text

from pecdetect.report.escape import escape
from pecdetect.report.terminal import MAX_NAME, MIN_VALUE_WIDTH, OUTCOME_STYLES, clip, counted, indent, quoted
from pecdetect.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from pecdetect.report.tally import Tally
    from pecdetect.report.terminal import Glyphs
    from pecdetect.result import Result

WIDE = 96
"""Columns from which a row is one line; below, its fields stand under one another."""
_GAP = 2
_MIN_SUBJECT = 24


SKIPPED_SHOWN = 20
"""Skipped files that the table names; the counts and the other formats have them all."""


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


def line(result: Result) -> Line:
    """The table's view of a result."""
    verdict = result.verdict
    if verdict is not None:
        codes = verdict.decided_by
        more = f" +{len(codes) - 1}" if len(codes) > 1 else ""
        subject = verdict.findings.item.subject or ""
        subject = clip(subject, MAX_NAME)
        return Line(result.source, verdict.outcome, f"{codes[0]}{more}" if codes else "", subject)
    problem = result.error or result.skipped
    detail = f"{problem.code}: {problem.detail}" if problem is not None else ""
    return Line(result.source, None, detail, "", skipped=result.error is None)


def overview(
    lines: Sequence[Line], tally: Tally, glyphs: Glyphs, width: int, only: Sequence[Outcome] = ()
) -> Iterator[RenderableType]:
    """The table of verdicts, then what was skipped or could not be read, then the counts."""
    judged = [row for row in lines if row.outcome is not None]
    if judged:
        yield from (_table if width >= WIDE else _stacked)(judged, glyphs, width)
        yield Text()
    for title, skipped in (("Skipped", True), ("Not read", False)):
        rows = [row for row in lines if row.outcome is None and row.skipped is skipped]
        if rows:
            # What could not be read is a failure and is named in full; what was passed over is named in part.
            shown = rows[:SKIPPED_SHOWN] if skipped else rows
            yield Text(title, "bold")
            yield from (indent(_without_verdict(row)) for row in shown)
            if len(rows) > len(shown):
                yield indent(Text(f"and {len(rows) - len(shown):,} more (--format jsonl lists them all)", "dim"))
            yield Text()
    yield totals(tally, only)


def totals(tally: Tally, only: Sequence[Outcome] = ()) -> Text:
    """One sentence: how many there are of what, of everything that was met."""
    text = Text(f"{counted(tally.messages, 'message')}", "bold")
    for number, (name, count) in enumerate(tally.counts()):
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
