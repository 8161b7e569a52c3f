"""What is counted of very many results: why, whose mail, how large, and what was not judged. Bounded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from heapq import heappushpop
from typing import TYPE_CHECKING

from pecdetect.contract import Outcome

if TYPE_CHECKING:
    from pecdetect.record import Record

LARGEST = 5
DOMAINS = 20_000
"""Domains that are counted one by one: they come from mail, so that there may be any number of them."""
OTHERS = "(others)"


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
        if record.decided_by:
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
