"""What a scan of many messages comes to: why, whose mail, how large, and what was not judged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from heapq import heappushpop
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pecdetect.policy.rules import RULES
from pecdetect.report.terminal import OUTCOME_STYLES, clip, indent, octets, quoted
from pecdetect.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from pecdetect.record import Record
    from pecdetect.report.tally import Tally
    from pecdetect.report.terminal import Glyphs

MANY = 20
"""Messages up to which a table of them says it all."""
SHOWN = 10
"""Rows of each list."""
LARGEST = 5
DOMAINS = 20_000
"""Domains that are counted one by one: they come from mail, so that there may be any number of them."""
OTHERS = "(others)"
_NAME_CHARACTERS = 60
_AFFECTED = frozenset({Outcome.BLOCKED, Outcome.UNDETERMINED})


@dataclass(slots=True)
class Domains:
    """How much of whose mail is affected."""

    messages: Counter[str] = field(default_factory=Counter)
    blocked: Counter[str] = field(default_factory=Counter)
    undetermined: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, outcome: Outcome) -> None:
        """Count a message of a domain."""
        if len(self.messages) >= DOMAINS and name not in self.messages:
            name = OTHERS
        self.messages[name] += 1
        if outcome is Outcome.BLOCKED:
            self.blocked[name] += 1
        elif outcome is Outcome.UNDETERMINED:
            self.undetermined[name] += 1

    def worst(self) -> list[tuple[str, int, int, int]]:
        """Domain, messages blocked, undetermined and in all; those most affected first."""
        names = self.blocked.keys() | self.undetermined.keys()
        rows = [(name, self.blocked[name], self.undetermined[name], self.messages[name]) for name in names]
        return sorted(rows, key=lambda row: (-row[1] - row[2], -row[1], row[0]))


@dataclass(slots=True)
class Closing:
    """What is counted for the closing table; bounded, whatever the mail says."""

    reasons: Counter[str] = field(default_factory=Counter)
    """Messages by each code that decided."""
    senders: Domains = field(default_factory=Domains)
    providers: Domains = field(default_factory=Domains)
    largest: list[tuple[int, str]] = field(default_factory=list)
    """Size and source of the largest blocked messages."""
    skipped: Counter[str] = field(default_factory=Counter)
    """What was skipped, by code."""
    errors: Counter[str] = field(default_factory=Counter)
    """What could not be read, by code."""

    def add(self, record: Record) -> None:
        """Count one result."""
        outcome = record.outcome
        if outcome is None:
            if record.error is not None:
                self.errors[record.error.code] += 1
            elif record.skipped is not None:
                self.skipped[record.skipped.code] += 1
            return
        self.reasons.update(record.decided_by)
        if record.sender is not None:
            self.senders.add(record.sender, outcome)
        if record.provider is not None:
            self.providers.add(record.provider, outcome)
        if outcome is Outcome.BLOCKED:
            entry = (record.size, record.source)
            if len(self.largest) < LARGEST:
                self.largest.append(entry)
                self.largest.sort()
            elif entry > self.largest[0]:
                heappushpop(self.largest, entry)


def closing(counted: Closing, tally: Tally, glyphs: Glyphs) -> Iterator[RenderableType]:
    """Every list that has something in it, each with its heading."""
    yield from _block("Outcomes", _outcomes(tally, glyphs))
    reasons = sorted(counted.reasons.items(), key=lambda item: (-item[1], item[0]))
    rows: list[Sequence[str | Text]] = [(f"{n:,}", Text(code), Text(_title(code), "dim")) for code, n in reasons]
    yield from _block("Decided by", _grid(rows))
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


def _title(code: str) -> str:
    return RULES[code].title if code in RULES else ""


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
