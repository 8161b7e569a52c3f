"""The answer: what a verdict is made of. No logic lives here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pecdetect.detect.findings import Attachment, Findings, Pec, Smime
    from pecdetect.evidence import Evidence
    from pecdetect.profile import Profile
    from pecdetect.sentences import FactValue


class _Word(StrEnum):
    """A word of the contract."""

    __hash__ = str.__hash__  # that of Enum is written in Python, and every verdict asks for it


class Outcome(_Word):
    """What becomes of the message on this channel."""

    BLOCKED = "blocked"
    """The channel does not create, support or read it: documented, or derived from documents."""
    UNDETERMINED = "undetermined"
    """Nobody says, the documents contradict each other, or a setting that was not given decides."""
    DEGRADED = "degraded"
    """A record is expected; part of the content is missing or unreadable in it."""
    SYNCS = "syncs"
    """Nothing in the file prevents synchronisation. What a file cannot show may still do so."""

    @property
    def can_sync(self) -> bool | None:
        """True for syncs and degraded, False for blocked, None when undetermined."""
        return None if self is Outcome.UNDETERMINED else self is not Outcome.BLOCKED


class Effect(_Word):
    """What one reason does."""

    BLOCKS = "blocks"
    UNDETERMINED = "undetermined"
    DEGRADES = "degrades"
    INFORMS = "informs"


class Basis(_Word):
    """How well an effect is known."""

    DOCUMENTED = "documented"
    """Microsoft, or an RFC, says it of this kind of mail and channel."""
    DERIVED = "derived"
    """It follows from two documented facts; the chain is in the detail."""
    ASSUMED = "assumed"
    """Plausible; said by nobody."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A profile field that an effect depends on."""

    field: str
    """Name of the field of :class:`~pecdetect.Profile`."""
    value: Any
    """The value that was used."""
    given: bool
    """Whether the caller gave it; False: the default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rule that applies to this message, with its evidence."""

    code: str
    """Code of the rule in the catalogue."""
    variant: str
    """Which of the rule's rows matched."""
    effect: Effect
    basis: Basis
    title: str
    detail: str
    """What it means for this message on this channel, in English."""
    facts: dict[str, FactValue]
    """With code and variant they give the text in any language."""
    evidence: tuple[Evidence, ...]
    assumes: tuple[Assumption, ...]
    """The profile fields that the effect depends on."""
    remedies: tuple[str, ...]
    """Idents of remedies, best first."""
    references: tuple[str, ...]
    """Idents of the sources that support the effect."""


class Source(NamedTuple):
    """What was judged."""

    name: str | None
    """Name of the file, None for octets in memory."""
    size: int
    """Octets in the file, read or not."""
    sha256: str | None
    """Lower-case hex, None unless asked for."""


class Verdict(NamedTuple):
    """Whether Dynamics 365 can synchronise one message, and why."""

    source: Source
    outcome: Outcome
    outcome_basis: Basis
    """The basis of the deciding reasons; ``assumed`` when nothing stands against the message."""
    decided_by: tuple[str, ...]
    """Codes of the reasons that decided, strongest first."""
    summary: str
    """One to three short sentences that an administrator understands."""
    reasons: tuple[Reason, ...]
    """All reasons, strongest first."""
    findings: Findings
    """The facts that the reasons rest on."""
    profile: Profile

    @property
    def pec(self) -> Pec | None:
        """What the PEC envelope says (RFC 6109), or None."""
        return self.findings.pec

    @property
    def smime(self) -> tuple[Smime, ...]:
        """S/MIME entities (RFC 8551), in document order."""
        return self.findings.smime

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Attachments, those hidden in a signed entity included."""
        return self.findings.attachments

    @property
    def can_sync(self) -> bool | None:
        """True for syncs and degraded, False for blocked, None when undetermined."""
        return self.outcome.can_sync

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON values: the frozen contract ``pecdetect/verdict/1``."""
        from pecdetect.contract import verdict_to_dict

        return verdict_to_dict(self)

    def _repr_html_(self) -> str:
        """The verdict as a card; notebooks ask for it by this name."""
        # Rendering stands above this layer: a value names its renderer only when somebody looks at it.
        from importlib import import_module

        return str(import_module("pecdetect.report.notebook").card(self))
