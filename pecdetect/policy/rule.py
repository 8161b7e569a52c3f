"""What a rule is: a record, so that the catalogue is data and the judge knows no mail.

A rule looks for its trigger once (``find``); what the trigger means is then read off an ordered table of rows,
one or more for each channel, of which the first that matches wins. The row says what happens to a message, the
rule what a person can do.

Texts are whole sentences with ``{placeholders}``, so that each can be translated; facts are raw, and
:mod:`~pecdetect.sentences` puts them into words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pecdetect.contract import Basis, Effect
from pecdetect.profile import Channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from pecdetect.detect.findings import Findings
    from pecdetect.evidence import Evidence
    from pecdetect.profile import Profile
    from pecdetect.sentences import Detail, FactValue

    Find: TypeAlias = Callable[[Findings, Profile], "Match | None"]
    Condition: TypeAlias = Callable[[Findings, Profile, "Match"], bool]

EXCHANGE = (Channel.EXCHANGE,)
POP_IMAP = (Channel.POP_IMAP,)
EMAIL_ROUTER = (Channel.EMAIL_ROUTER,)
APP_FOR_OUTLOOK = (Channel.APP_FOR_OUTLOOK,)
EVERY = EXCHANGE + POP_IMAP + EMAIL_ROUTER + APP_FOR_OUTLOOK
"""Tuples of channels; they add up (``EXCHANGE + POP_IMAP``)."""

BLOCKS = Effect.BLOCKS
UNDETERMINED = Effect.UNDETERMINED
DEGRADES = Effect.DEGRADES
INFORMS = Effect.INFORMS

DOCUMENTED = Basis.DOCUMENTED
DERIVED = Basis.DERIVED
ASSUMED = Basis.ASSUMED


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule's trigger, met in one message."""

    evidence: tuple[Evidence, ...] = ()
    """Where it was seen, strongest first; empty when it is something absent."""
    facts: dict[str, FactValue] = field(default_factory=dict)
    """Raw values that the row's sentences name or depend on."""
    grade: str = ""
    """Which of several strengths of the trigger was met, for rows that distinguish them."""
    remedies: tuple[str, ...] | None = None
    """Remedies in place of the rule's, where those would not help this message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a trigger means on some channels."""

    variant: str
    """Kebab-case, unique within the rule, never reused. With the facts of a match it gives the text."""
    channels: tuple[Channel, ...]
    effect: Effect
    basis: Basis
    detail: Detail
    """What becomes of the message, exactly."""
    references: tuple[str, ...] = ()
    """Idents of the sources that support the effect."""
    when: Condition | None = None
    """What else must hold; None: nothing."""
    assumes: tuple[str, ...] = ()
    """Fields of :class:`~pecdetect.Profile` that the row depends on."""
    condition: str = ""
    """``when`` in words; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A record of the catalogue."""

    code: str
    """Kebab-case, never reused; the address of the rule's page is made from it."""
    title: str
    """A few words, for lists."""
    summary: str = ""
    """The sentence in the summary of a verdict that this rule decided; empty where it never decides."""
    detects: str
    """The trigger, exactly."""
    why: str
    """Why it matters in Dynamics 365."""
    find: Find
    """Looks for the trigger; pure."""
    rows: tuple[Row, ...]
    """Ordered: the first that matches wins; the last of each channel has no condition."""
    false_positives: str
    """When the rule fires although nothing is wrong."""
    example: str
    """What its evidence looks like."""
    remedies: tuple[str, ...] = ()
    """Idents of remedies, best first."""
    dead_ends: tuple[str, ...] = ()
    """Idents of measures that are often tried and do not help."""
    needs: str = "envelope"
    """What of the findings cannot be empty if the trigger is met (dotted name); spares the search where it is."""
    always: bool = False
    """Whether it applies even where there is no single message to judge."""
    since: str = "0.1.0"
    """Version that brought it."""


def graded(*grades: str) -> Condition:
    """Make a condition: the trigger was met in one of these strengths."""
    return lambda _findings, _profile, match: match.grade in grades
