"""What a scan of many messages comes to, as lists on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pecdetect.contract import Outcome
from pecdetect.report.terminal.console import OUTCOME_STYLES, clip, indent, octets, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from pecdetect.report.counting import Closing, Domains
    from pecdetect.report.tally import Tally
    from pecdetect.report.terminal.console import Glyphs

MANY = 20
"""Messages up to which a table of them says it all."""
SHOWN = 10
"""Rows of each list."""
_NAME_CHARACTERS = 60


def closing(counted: Closing, tally: Tally, glyphs: Glyphs) -> Iterator[RenderableType]:
    """Every list that has something in it, each with its heading."""
    yield from _block("Outcomes", _outcomes(tally, glyphs))
    yield from _block("Decided by", _reasons(counted))
    for title, domains in (("Senders most affected", counted.senders), ("PEC providers", counted.providers)):
        yield from _block(title, _domains(domains))
    sizes = sorted(counted.largest, key=lambda entry: (-entry[0], entry[1]))
    yield from _block("Largest blocked", _grid([[octets(size), quoted(source)] for size, source in sizes]))
    for title, codes in (("Skipped, by reason", counted.skipped), ("Not read, by reason", counted.errors)):
        ordered = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
        yield from _block(title, _grid([[f"{number:,}", quoted(code)] for code, number in ordered]))


def _block(title: str, table: Table | None) -> Iterator[RenderableType]:
    if table is not None:
        yield Text(title, "bold")
        yield indent(table)
        yield Text()


def _reasons(counted: Closing) -> Table | None:
    if not counted.reasons:
        return None
    from pecdetect.policy.rules import RULES

    rows: list[Sequence[str | Text]] = []
    for code, number in sorted(counted.reasons.items(), key=lambda item: (-item[1], item[0])):
        title = RULES[code].title if code in RULES else ""
        rows.append((f"{number:,}", Text(code), Text(title, "dim")))
    return _grid(rows)


def _outcomes(tally: Tally, glyphs: Glyphs) -> Table | None:
    rows: list[Sequence[str | Text]] = []
    for outcome, number in tally.outcomes.items():
        name = Text(f"{glyphs.mark(outcome)} {outcome.value}", OUTCOME_STYLES[outcome])
        if number:
            rows.append((f"{number:,}", name, Text(f"{100 * number / tally.messages:.1f} %", justify="right")))
    return _grid(rows)


def _domains(domains: Domains) -> Table | None:
    rows: list[Sequence[str | Text]] = []
    for name, blocked, undetermined, messages in domains.worst():
        parts = [f"{n:,} {o}" for n, o in ((blocked, Outcome.BLOCKED), (undetermined, Outcome.UNDETERMINED)) if n]
        rows.append((f"{blocked + undetermined:,}", quoted(clip(name, _NAME_CHARACTERS)), _of(parts, messages)))
    return _grid(rows)


def _of(parts: Sequence[str], messages: int) -> Text:
    return Text(f"{', '.join(parts)} of {messages:,}", "dim")


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
