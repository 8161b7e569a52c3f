"""Counts of results: all that the report says of a collection as a whole, gathered in one pass."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pecdetect.report.html.foreign import foreign
from pecdetect.report.html.reading import (
    OUTCOMES,
    entries,
    instant,
    mapping,
    number,
    outcome_of,
    provider_domain,
    sender_domain,
    text,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

VERDICTS = 4
"""So many of the outcomes, the first, are those of a verdict."""
EFFECTS = ("blocks", "undetermined", "degrades", "informs")
"""Strongest first."""
MAX_CODE = 80
MAX_EXAMPLES = 10
"""Items named for each kind of problem."""


@dataclass(slots=True)
class Group:
    """Messages that have something in common, by outcome."""

    counts: list[int] = field(default_factory=lambda: [0] * VERDICTS)
    """Messages by outcome, in the order of :data:`~pecdetect.report.html.reading.OUTCOMES`."""

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)

    def __add__(self, other: Group) -> Group:
        """Take both together."""
        return Group([mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)])


@dataclass(slots=True)
class Cause:
    """A reason over all messages that have it."""

    code: str
    title: str
    effects: Counter[str] = field(default_factory=Counter)
    """Messages by effect."""
    decides: int = 0
    """Messages whose outcome it decided, alone or with others."""
    remedies: Counter[str] = field(default_factory=Counter)
    """Idents, by the number of messages that name them, in the order in which they were met."""
    example: tuple[int, str, str, Mapping[str, Any]] | None = None
    """Index and source of the first message that shows it, the detail, and the evidence."""

    @property
    def messages(self) -> int:
        """Messages that have it."""
        return sum(self.effects.values())

    @property
    def effect(self) -> str:
        """The strongest effect that it had."""
        return next((effect for effect in EFFECTS if self.effects[effect]), EFFECTS[-1])


@dataclass(slots=True)
class Trouble:
    """Items without a verdict for the same reason."""

    outcome: str
    """``skipped`` or ``error``."""
    code: str
    items: int = 0
    examples: list[tuple[int, str, str]] = field(default_factory=list)
    """Index, source and detail of the first :data:`MAX_EXAMPLES`."""


@dataclass(slots=True)
class Summary:
    """The collection. Every item is in exactly one of ``outcomes``."""

    outcomes: Counter[str] = field(default_factory=Counter)
    causes: dict[str, Cause] = field(default_factory=dict)
    senders: dict[str, Group] = field(default_factory=dict)
    """By domain; "" where no address stands."""
    providers: dict[str, Group] = field(default_factory=dict)
    """PEC only, by domain; "" where it does not say."""
    provider_names: dict[str, Counter[str]] = field(default_factory=dict)
    """What the providers call themselves."""
    months: dict[str, Group] = field(default_factory=dict)
    """By ``YYYY-MM``; "" without a readable date."""
    troubles: dict[tuple[str, str], Trouble] = field(default_factory=dict)
    profiles: Counter[str] = field(default_factory=Counter)
    """How many messages were judged under which profile, as text."""
    profile: Mapping[str, Any] | None = None
    """The first profile."""
    generators: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Versions of the tool and of the rule set."""
    hashed: int = 0
    """Messages with a sha256."""
    octets: int = 0
    """In all messages."""
    remedies: set[str] = field(default_factory=set)
    """Idents that some reason names."""
    references: set[str] = field(default_factory=set)
    _last_profile: tuple[Any, str] = (None, "")

    @property
    def items(self) -> int:
        """Everything that was met."""
        return sum(self.outcomes.values())

    @property
    def messages(self) -> int:
        """Everything that was judged."""
        return sum(self.outcomes[name] for name in OUTCOMES[:VERDICTS])

    def add(self, result: Mapping[str, Any]) -> None:
        """Count one result; raises ``ValueError`` for what is none."""
        index = self.items
        outcome = outcome_of(result, index + 1)
        source = foreign(result.get("source"), 300)
        if outcome in OUTCOMES[:VERDICTS]:
            self._judged(index, source, OUTCOMES.index(outcome), mapping(result, "verdict"))
        else:
            self._not_judged(index, source, outcome, mapping(result, outcome))
        self.outcomes[outcome] += 1

    def _not_judged(self, index: int, source: str, outcome: str, problem: Mapping[str, Any]) -> None:
        code = foreign(text(problem, "code"), MAX_CODE)
        trouble = self.troubles.setdefault((outcome, code), Trouble(outcome, code))
        trouble.items += 1
        if len(trouble.examples) < MAX_EXAMPLES:
            trouble.examples.append((index, source, foreign(text(problem, "detail"), 300)))

    def _judged(self, index: int, source: str, outcome: int, verdict: Mapping[str, Any]) -> None:
        when = instant(verdict)
        keyed = [(self.senders, sender_domain(verdict)), (self.months, month(when))]
        provider = provider_domain(verdict)
        if provider is not None:
            keyed.append((self.providers, provider))
            name = text(mapping(verdict, "pec"), "provider")
            if name and provider:
                self.provider_names.setdefault(provider, Counter())[foreign(name, 80)] += 1
        for groups, key in keyed:
            groups.setdefault(key, Group()).counts[outcome] += 1
        self._custody(verdict)
        decisive = set(words(verdict, "decided_by"))
        seen: set[str] = set()
        for reason in entries(verdict, "reasons"):
            code = text(reason, "code")
            if code not in seen:
                seen.add(code)
                self._cause(index, source, reason, decides=code in decisive)

    def _cause(self, index: int, source: str, reason: Mapping[str, Any], *, decides: bool) -> None:
        code = foreign(text(reason, "code"), MAX_CODE)
        cause = self.causes.get(code)
        if cause is None:
            cause = self.causes[code] = Cause(code, foreign(text(reason, "title"), 200))
        effect = text(reason, "effect")
        cause.effects[effect if effect in EFFECTS else EFFECTS[-1]] += 1
        cause.decides += decides
        remedies = words(reason, "remedies")
        cause.remedies.update(remedies)
        self.remedies.update(remedies)
        self.references.update(words(reason, "references"))
        if cause.example is None:
            shown = [place for place in entries(reason, "evidence") if text(place, "excerpt")]
            if shown:
                cause.example = index, source, foreign(text(reason, "detail"), 600), shown[0]

    def _custody(self, verdict: Mapping[str, Any]) -> None:
        generator, origin = mapping(verdict, "generator"), mapping(verdict, "source")
        self.generators[foreign(text(generator, "version"), 40), foreign(text(generator, "rules"), 40)] += 1
        self.hashed += bool(text(origin, "sha256"))
        self.octets += number(origin, "size")
        profile = mapping(verdict, "profile")
        # Nearly always the same as the last one: comparing is cheaper than writing it out.
        if profile != self._last_profile[0]:
            self._last_profile = profile, repr(sorted(profile.items(), key=lambda item: str(item[0])))
            if self.profile is None:
                self.profile = profile
        self.profiles[self._last_profile[1]] += 1


def month(when: datetime | None) -> str:
    """``YYYY-MM`` on the clock of the sender; "" for no date."""
    return "" if when is None else f"{when.year:04}-{when.month:02}"
