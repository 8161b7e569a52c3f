"""Counts of results: what a scan comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pecdetect.contract import Outcome

if TYPE_CHECKING:
    from pecdetect.record import Record


@dataclass(slots=True)
class Tally:
    """Counts that add up: every result is in exactly one of them."""

    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    """Verdicts, worst outcome first."""
    skipped: int = 0
    errors: int = 0

    def add(self, result: Record) -> None:
        """Count one result."""
        if result.outcome is not None:
            self.outcomes[result.outcome] += 1
        elif result.error is not None:
            self.errors += 1
        else:
            self.skipped += 1

    @property
    def results(self) -> int:
        """Everything."""
        return self.messages + self.skipped + self.errors

    @property
    def messages(self) -> int:
        """Verdicts."""
        return sum(self.outcomes.values())

    def counts(self) -> list[tuple[str, int]]:
        """What is not nought, in words, in a fixed order."""
        named = [
            *((outcome.value, number) for outcome, number in self.outcomes.items()),
            ("skipped", self.skipped),
            ("not read", self.errors),
        ]
        return [(name, number) for name, number in named if number]

    def sentence(self) -> str:
        """All counts in one line."""
        parts = ", ".join(f"{number:,} {name}" for name, number in self.counts())
        total = f"{self.messages:,} message{'' if self.messages == 1 else 's'}"
        return f"{total}: {parts}" if parts else total
