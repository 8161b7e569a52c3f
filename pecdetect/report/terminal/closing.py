"""What a scan of many messages comes to, as lists on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pecdetect.contract import Outcome
from pecdetect.report.summary import OUTCOMES
from pecdetect.report.terminal.console import OUTCOME_STYLES, indent, quoted
from pecdetect.report.words import byte_size, clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from pecdetect.report.summary import Groups, Summary, Trouble
    from pecdetect.report.terminal.console import Glyphs

MANY = 20
"""Messages up to which a table of them says it all."""
SHOWN = 10
"""Rows of each list."""
_NAME_CHARACTERS = 60


def closing(summary: Summary, glyphs: Glyphs) -> Iterator[RenderableType]:
    """Every list that has something in it, each with its heading."""
    yield from _block("Outcomes", _outcomes(summary, glyphs))
    for outcome in OUTCOMES[:-1]:
        yield from _block(f"{outcome.value.capitalize()}, decided by", _reasons(summary, outcome))
    for title, domains in (("Senders most affected", summary.senders), ("PEC providers", summary.providers)):
        yield from _block(title, _domains(domains))
    sizes = sorted(summary.largest, key=lambda entry: (-entry[0], entry[1]))
    yield from _block("Largest blocked", _grid([[byte_size(size), quoted(source)] for size, source in sizes]))
    yield from _block("Skipped, by reason", _troubles(summary.skipped))
    yield from _block("Not read, by reason", _troubles(summary.errors))


def _block(title: str, table: Table | None) -> Iterator[RenderableType]:
    if table is not None:
        yield Text(title, "bold")
        yield indent(table)
        yield Text()


def _outcomes(summary: Summary, glyphs: Glyphs) -> Table | None:
    rows: list[Sequence[str | Text]] = []
    for outcome in OUTCOMES:
        number = summary.outcomes[outcome]
        name = Text(f"{glyphs.mark(outcome)} {outcome.value}", OUTCOME_STYLES[outcome])
        if number:
            rows.append((f"{number:,}", name, Text(f"{100 * number / summary.messages:.1f} %", justify="right")))
    return _grid(rows)


def _reasons(summary: Summary, outcome: Outcome) -> Table | None:
    from pecdetect.policy.rules import RULES

    rows: list[Sequence[str | Text]] = []
    decided = summary.reasons.deciding(outcome)
    for code, number in decided:
        title = RULES[code].title if code in RULES else ""
        rows.append((f"{number:,}", Text(code), Text(title, "dim")))
    table = _grid(rows)
    if table is not None and sum(number for _, number in decided) > summary.outcomes[outcome]:
        table.add_row("", Text("a message is counted under each rule that decided", "dim"))
    return table


def _domains(domains: Groups) -> Table | None:
    """Domains of messages that are not known to get through; what has none is in no row."""
    rows: list[Sequence[str | Text]] = []
    for name, group in domains.ranked():
        blocked, undetermined = group.of(Outcome.BLOCKED), group.of(Outcome.UNDETERMINED)
        parts = [f"{n:,} {o}" for n, o in ((blocked, Outcome.BLOCKED), (undetermined, Outcome.UNDETERMINED)) if n]
        if parts and name:
            of = Text(f"{', '.join(parts)} of {group.total:,}", "dim")
            rows.append((f"{blocked + undetermined:,}", quoted(clip(name, _NAME_CHARACTERS)), of))
    return _grid(rows)


def _troubles(troubles: Mapping[str, Trouble]) -> Table | None:
    ordered = sorted(troubles.items(), key=lambda entry: (-entry[1].items, entry[0]))
    return _grid([[f"{trouble.items:,}", quoted(code)] for code, trouble in ordered])


def _grid(rows: Sequence[Sequence[str | Text]]) -> Table | None:
    """Numbers to the right, words to the left; of many rows the first, and how many more there are."""
    if not rows:
        return None
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    for _ in rows[0][1:]:
        table.add_column(overflow="fold")
    for row in rows[:SHOWN]:
        table.add_row(*row)
    if len(rows) > SHOWN:
        table.add_row("", Text(f"and {len(rows) - SHOWN:,} more", "dim"))
    return table
