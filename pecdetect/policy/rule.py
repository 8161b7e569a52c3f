"""What a rule is: a record, so that the catalogue is data and the judge knows no mail.

A rule looks for its trigger once (``find``); what the trigger means is then read off an ordered table of rows,
one or more for each channel, of which the first that matches wins. What happens to a message is said by the row,
what a person can do by the rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pecdetect.contract import Basis, Effect
from pecdetect.profile import Channel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pecdetect.detect.findings import Findings
    from pecdetect.evidence import Evidence
    from pecdetect.profile import Profile

    Find: TypeAlias = Callable[[Findings, Profile], "Match | None"]
    Condition: TypeAlias = Callable[[Findings, Profile, "Match"], bool]

X = (Channel.EXCHANGE,)
P = (Channel.POP_IMAP,)
R = (Channel.EMAIL_ROUTER,)
A = (Channel.APP_FOR_OUTLOOK,)
EVERY = X + P + R + A
"""The channels under the letters that the table of rules uses; they add up (``X + A``)."""

BLOCKS = Effect.BLOCKS
UNDETERMINED = Effect.UNDETERMINED
DEGRADES = Effect.DEGRADES
INFORMS = Effect.INFORMS

DOCUMENTED = Basis.DOCUMENTED
DERIVED = Basis.DERIVED
ASSUMED = Basis.ASSUMED


_IN_GENERAL = {
    "addresses": "(those in the message)",
    "class": "(its class)",
    "container": "(another)",
    "count": "(so many)",
    "dialects": "",
    "error": "(what failed)",
    "fields": "(which values)",
    "first": "(where)",
    "form": "content encrypted with PGP",
    "kept": "The mailbox keeps it as one smime.p7m and, at best, the provider's covering text.",
    "length": "(so many)",
    "limit": "(the limit)",
    "limits": "(which)",
    "name": "(the product)",
    "names": "(the names)",
    "other": "(protection)",
    "primary": "(none, or another)",
    "said": "(what stands there)",
    "shape": "The provider signed it",
    "size": "(so many)",
    "state": "",
    "type": "(its type)",
    "unclear": "",
    "what": "(what it is)",
}
"""What stands for the facts of a match where a row is explained and there is no message."""


@dataclass(frozen=True, slots=True)
class Match:
    """A rule's trigger, met in one message."""

    evidence: tuple[Evidence, ...] = ()
    """Where it was seen, strongest first; empty when it is something absent."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What fills the placeholders of the row's detail."""
    grade: str = ""
    """Which of several strengths of the trigger was met, for rows that distinguish them."""
    remedies: tuple[str, ...] | None = None
    """Remedies in place of the rule's, where those would not help this message."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a trigger means on some channels."""

    channels: tuple[Channel, ...]
    effect: Effect
    basis: Basis
    detail: str
    """What becomes of the message, exactly; may hold ``{placeholders}`` for the facts of the match."""
    references: tuple[str, ...] = ()
    """Idents of the sources that bear the effect out."""
    when: Condition | None = None
    """What else must hold; None: nothing."""
    assumes: tuple[str, ...] = ()
    """Fields of :class:`~pecdetect.Profile` that the row hangs on."""
    condition: str = ""
    """``when`` in words; empty where there is none."""

    @property
    def in_general(self) -> str:
        """The detail as a page about the rule gives it: without the facts of a message."""
        text = " ".join(self.detail.format_map(_IN_GENERAL).split())
        return text.replace("((", "(").replace("))", ")")


@dataclass(frozen=True, slots=True)
class Rule:
    """A record of the catalogue."""

    code: str
    """Kebab-case, never reused; the address of the rule's page is made from it."""
    title: str
    """A few words, for lists."""
    clause: str
    """What the summary says after its colon: an independent clause without a capital or a full stop."""
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
    needs: str = "item"
    """What of the findings cannot be empty if the trigger is met (dotted name); spares the search where it is."""
    always: bool = False
    """Whether it applies even where there is no single message to judge."""
    since: str = "0.1.0"
    """Version that brought it."""


def graded(*grades: str) -> Condition:
    """Make a condition: the trigger was met in one of these strengths."""
    return lambda _findings, _profile, match: match.grade in grades
