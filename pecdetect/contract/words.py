"""What the fields of the contract may hold: texts and numbers with their patterns, closed lists of words, and enums."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from pecdetect.sentences import FactValue

_LARGEST = 2**63 - 1
"""The largest integer that a column of SQLite or Arrow holds."""

Text: TypeAlias = Annotated[str, Meta(min_length=1)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=_LARGEST)]
Code: TypeAlias = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", description="Kebab-case, never used again for another meaning.")
]
Ident: TypeAlias = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$", description="Stable name of a remedy or a source."),
]
Section: TypeAlias = Annotated[
    str,
    Meta(pattern=r"^[0-9./]*$", description='A part: "" the message, "1.2" a part, "2/" the message inside part 2.'),
]
Stream: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(decoded|msg):",
        description='What offsets count in, where it is not the file: "decoded:<section>" or "msg:<path>".',
    ),
]
Digest: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$", description="SHA-256, lower-case hexadecimal.")]
Facts: TypeAlias = dict[str, FactValue]

Container = Literal["eml", "emlx", "msg", "unknown"]
Position = Literal["top", "nested", "attachment", "floor"]
Kind = Literal["email", "report", "meeting", "auto-reply", "other-item", "none"]
Severity = Literal["low", "high"]
SmimeKind = Literal[
    "clear-signed", "opaque-signed", "encrypted", "auth-encrypted", "compressed", "certs-only", "unknown"
]
PecType = Literal[
    "posta-certificata",
    "errore",
    "accettazione",
    "non-accettazione",
    "presa-in-carico",
    "avvenuta-consegna",
    "errore-consegna",
    "preavviso-errore-consegna",
    "rilevazione-virus",
    "other",
]
PecLayout = Literal["clear-signed", "opaque-signed", "unsigned", "stripped", "relayed", "forwarded", "sealed"]
CheckResult = Literal["pass", "warn", "fail", "not-applicable"]
Inside = Literal["postacert"]


class _Word(StrEnum):
    """A word of the contract."""

    __hash__ = str.__hash__  # that of Enum is written in Python, and every verdict asks for it


class Outcome(_Word):
    """What becomes of the message on this channel."""

    BLOCKED = "blocked"
    """The channel does not create, support or read it: documented, or derived from documents."""
    UNDETERMINED = "undetermined"
    """The documents contradict each other or say nothing, or a setting that was not given decides."""
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
    """Plausible, but no document says it."""
