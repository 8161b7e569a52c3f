"""What the page quotes beside the counts: the words of each reason and an example, providers' names, who judged how."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pecdetect.report.summary import MOST_KEYS, OUTCOMES

if TYPE_CHECKING:
    from pecdetect.columns import Columns
    from pecdetect.contract import Evidence, Generator, Outcome, ProfileUsed, Reason, Result, Verdict

KEYS = (*(outcome.value for outcome in OUTCOMES), "skipped", "error")
"""What may become of an item: the outcomes of a verdict, worst first, then what has no verdict."""
MAX_NAMES = 20
"""Names of one provider that are told apart."""


@dataclass(frozen=True, slots=True)
class Example:
    """A message that shows a reason."""

    index: int
    """Number among all items, from 0."""
    source: str
    evidence: Evidence


@dataclass(slots=True)
class Told:
    """What the messages say that have a reason in common."""

    title: str
    remedies: Counter[str] = field(default_factory=Counter)
    """Idents, by the number of messages that name them, in the order in which they were met."""
    example: Example | None = None


class Gathered:
    """Words and examples of all results, read once."""

    def __init__(self) -> None:
        self.reasons: dict[tuple[Outcome | None, str], Told] = {}
        """By the outcome that the reason decided (None: it decided none) and its code."""
        self.provider_names: dict[str, Counter[str]] = {}
        """What the providers call themselves, by domain."""
        self.profiles: Counter[ProfileUsed] = Counter()
        """Messages by the profile that they were judged under."""
        self.generators: Counter[Generator] = Counter()
        """Messages by who judged them."""
        self.remedies: set[str] = set()
        """Idents that some reason names."""
        self.references: set[str] = set()

    def add(self, index: int, result: Result, columns: Columns) -> None:
        """Take in one result, the ``index``-th of all."""
        verdict = result.verdict
        if verdict is None:
            return
        self.profiles[verdict.profile] += 1
        self.generators[verdict.generator] += 1
        self._add_provider(verdict, columns.provider_domain)
        decisive = set(verdict.decided_by)
        for reason in {reason.code: reason for reason in reversed(verdict.reasons)}.values():
            self._add_reason(index, result.source, reason, verdict.outcome if reason.code in decisive else None)

    def _add_provider(self, verdict: Verdict, domain: str | None) -> None:
        name = verdict.pec and verdict.pec.provider
        if not name or not domain or len(self.provider_names) >= MOST_KEYS:
            return
        names = self.provider_names.setdefault(domain, Counter())
        if name in names or len(names) < MAX_NAMES:
            names[name] += 1

    def _add_reason(self, index: int, source: str, reason: Reason, decided: Outcome | None) -> None:
        key = (decided, reason.code)
        told = self.reasons.get(key)
        if told is None:
            told = self.reasons[key] = Told(reason.title)
        told.remedies.update(reason.remedies)
        self.remedies.update(reason.remedies)
        self.references.update(reason.references)
        if told.example is None:
            shown = next((seen for seen in reason.evidence if seen.excerpt), None)
            told.example = None if shown is None else Example(index, source, shown)
