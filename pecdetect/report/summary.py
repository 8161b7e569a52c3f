"""What very many results come to: the one count that the terminal, the HTML report and the exit code are made from.

Memory is bounded, whatever the mail says. Every message is counted once by outcome, by sender's domain and by month,
so that each of these adds up to all of them. A rule is counted under what it did to the message: the outcome that it
decided, or none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappush, heappushpop
from typing import TYPE_CHECKING

from pecdetect.contract import Outcome
from pecdetect.report.words import counted

if TYPE_CHECKING:
    from collections.abc import ItemsView

    from pecdetect.columns import Columns

OUTCOMES = tuple(Outcome)
"""Worst first."""
_RANK = {outcome: rank for rank, outcome in enumerate(OUTCOMES)}
LARGEST = 5
MOST_KEYS = 20_000
"""Domains or codes that are counted one by one: they come from mail and files, so there may be any number of them."""
OTHERS = "(others)"
"""What is counted beyond :data:`MOST_KEYS`."""
EXAMPLES = 10
"""Items named for each kind of problem."""


@dataclass(slots=True)
class Group:
    """Messages that have something in common, by outcome."""

    counts: list[int] = field(default_factory=lambda: [0] * len(OUTCOMES))
    """In the order of :data:`OUTCOMES`."""

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)

    def of(self, outcome: Outcome) -> int:
        """Those with one outcome."""
        return self.counts[_RANK[outcome]]

    def __add__(self, other: Group) -> Group:
        """Take both together."""
        return Group([mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)])


class Groups:
    """Messages by a word that they have in common, and within by outcome; "" for those that have none."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}

    def add(self, key: str, outcome: Outcome) -> None:
        """Count a message."""
        group = self._groups.get(key)
        if group is None:
            if key and len(self._groups) >= MOST_KEYS:
                key = OTHERS
            group = self._groups.setdefault(key, Group())
        group.counts[_RANK[outcome]] += 1

    def items(self) -> ItemsView[str, Group]:
        """Words and their messages, in the order in which they were met."""
        return self._groups.items()

    def ranked(self) -> list[tuple[str, Group]]:
        """Those with most messages that do not get through whole first."""
        return sorted(self._groups.items(), key=lambda entry: (*(-count for count in entry[1].counts[:-1]), entry[0]))

    def deciding(self, outcome: Outcome) -> list[tuple[str, int]]:
        """Words and the messages of one outcome, most first; those without any are left out."""
        found = [(key, number) for key, group in self._groups.items() if (number := group.of(outcome))]
        return sorted(found, key=lambda entry: (-entry[1], entry[0]))


@dataclass(slots=True)
class Trouble:
    """Items without a verdict for the same reason."""

    items: int = 0
    examples: list[tuple[int, str, str]] = field(default_factory=list)
    """Number among all items (from 0), source and detail of the first :data:`EXAMPLES`."""


@dataclass(slots=True)
class Summary:
    """Counts that add up: every item is in exactly one of ``outcomes``, ``skipped`` and ``errors``."""

    items: int = 0
    """Everything that was met."""
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    skipped: dict[str, Trouble] = field(default_factory=dict)
    """What was looked at and is no message, by code."""
    errors: dict[str, Trouble] = field(default_factory=dict)
    """What could not be read, by code."""
    reasons: Groups = field(default_factory=Groups)
    """Messages by each code that decided their outcome: one that several decided is counted under each."""
    noted: Counter[str] = field(default_factory=Counter)
    """Messages by each code that applied and did not decide."""
    senders: Groups = field(default_factory=Groups)
    """By domain."""
    providers: Groups = field(default_factory=Groups)
    """PEC only, by domain."""
    months: Groups = field(default_factory=Groups)
    """By ``YYYY-MM``, on the clock of the sender."""
    largest: list[tuple[int, str]] = field(default_factory=list)
    """A heap: size in bytes and source of the :data:`LARGEST` largest blocked messages."""
    size: int = 0
    """Bytes in all messages."""
    hashed: int = 0
    """Messages with a SHA-256."""

    def add(self, source: str, columns: Columns) -> None:
        """Count one item."""
        outcome = columns.outcome
        if outcome is None:
            self._add_trouble(source, columns)
            self.items += 1
            return
        self.items += 1
        self.outcomes[outcome] += 1
        self.size += columns.size
        self.hashed += columns.sha256 is not None
        for code in columns.decided_by:
            self.reasons.add(code, outcome)
        for code in columns.codes:
            if code not in columns.decided_by:
                self._note(code)
        self.senders.add(columns.sender_domain or "", outcome)
        if columns.pec_type is not None:
            self.providers.add(columns.provider_domain or "", outcome)
        self.months.add(month(columns.date), outcome)
        if outcome is Outcome.BLOCKED:
            push = heappush if len(self.largest) < LARGEST else heappushpop
            push(self.largest, (columns.size, source))

    def _note(self, code: str) -> None:
        if len(self.noted) >= MOST_KEYS and code not in self.noted:
            code = OTHERS
        self.noted[code] += 1

    def _add_trouble(self, source: str, columns: Columns) -> None:
        troubles, code = (self.skipped, columns.skipped) if columns.error is None else (self.errors, columns.error)
        code = code or ""
        if len(troubles) >= MOST_KEYS and code not in troubles:
            code = OTHERS
        trouble = troubles.setdefault(code, Trouble())
        trouble.items += 1
        if len(trouble.examples) < EXAMPLES:
            trouble.examples.append((self.items, source, columns.detail or ""))

    @property
    def messages(self) -> int:
        """Verdicts."""
        return self.outcomes.total()

    @property
    def unread(self) -> int:
        """Items that could not be read."""
        return sum(trouble.items for trouble in self.errors.values())

    @property
    def no_messages(self) -> int:
        """Items that were skipped."""
        return sum(trouble.items for trouble in self.skipped.values())

    def counts(self) -> list[tuple[str, int]]:
        """What is not zero, in words, in a fixed order."""
        named = [(outcome.value, self.outcomes[outcome]) for outcome in OUTCOMES]
        named += [("skipped", self.no_messages), ("not read", self.unread)]
        return [(name, number) for name, number in named if number]

    def sentence(self) -> str:
        """All counts in one line."""
        parts = ", ".join(f"{number:,} {name}" for name, number in self.counts())
        total = counted(self.messages, "message")
        return f"{total}: {parts}" if parts else total


def instant(date: str | None) -> datetime | None:
    """Give the time of a message, from :attr:`pecdetect.columns.Columns.date`; None where it has no readable one."""
    try:
        return None if date is None else datetime.fromisoformat(date[:40])
    except ValueError:
        return None


def month(date: str | None) -> str:
    """Give the month of a date, ``YYYY-MM`` on the clock of the sender; "" for no date."""
    when = instant(date)
    return "" if when is None else f"{when.year:04}-{when.month:02}"
