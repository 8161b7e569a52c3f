"""The two documents of the contract: the verdict on one message, and the result of one item of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pecdetect._version import RULE_SET, __version__
from pecdetect.contract.encoding import encode, to_values
from pecdetect.contract.strings import clipped, encodable, file_name
from pecdetect.contract.values import (
    Anomaly,
    Attachment,
    Envelope,
    Generator,
    LimitHit,
    Part,
    Pec,
    Pgp,
    ProfileUsed,
    Reason,
    Reference,
    Rights,
    Smime,
    Source,
    System,
    Unopened,
    Value,
)
from pecdetect.contract.verification import ServerClaim, Signature
from pecdetect.contract.words import Basis, Code, Container, Facts, Outcome, Text

if TYPE_CHECKING:
    from pecdetect.sentences import FactValue

GENERATOR = Generator(version=__version__, rules=RULE_SET)


class Verdict(Value, frozen=True, kw_only=True, gc=False):
    """Whether Dynamics 365 can synchronise one message, and why."""

    schema: Literal["pecdetect/verdict/1"]
    generator: Generator
    source: Source
    container: Container
    outcome: Outcome
    can_sync: bool | None
    """True for syncs and degraded, False for blocked, None when undetermined."""
    outcome_basis: Basis
    """The basis of the deciding reasons; ``assumed`` when nothing speaks against the message."""
    decided_by: tuple[Code, ...]
    """Codes of the reasons that decided, strongest first; empty for syncs."""
    summary: Text
    """What an administrator needs to know, in one to three sentences."""
    profile: ProfileUsed
    message: Envelope
    pec: Pec | None
    smime: tuple[Smime, ...]
    pgp: tuple[Pgp, ...]
    rights: tuple[Rights, ...]
    systems: tuple[System, ...]
    reasons: tuple[Reason, ...]
    """All reasons, strongest first."""
    references: tuple[Reference, ...]
    """The sources that the reasons cite, each once."""
    attachments: tuple[Attachment, ...]
    """Attachments, those hidden in a signed entity included."""
    parts: tuple[Part, ...]
    anomalies: tuple[Anomaly, ...]
    limits_hit: tuple[LimitHit, ...]
    unopened: tuple[Unopened, ...]
    signatures: tuple[Signature, ...] | None
    """None unless verification was asked for."""
    claims: tuple[ServerClaim, ...] | None
    """None unless verification was asked for."""

    def to_json(self) -> str:
        """The verdict as one line of JSON, ASCII."""
        return encode(self).decode()

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON values."""
        return to_values(self)

    def __repr__(self) -> str:
        """Name the outcome, what decided it, and the subject."""
        why = f": {', '.join(self.decided_by[:3])}" if self.decided_by else ""
        subject = "" if self.message.subject is None else f" {clipped(self.message.subject, 60)!r}"
        return f"<Verdict {self.outcome.value}{why}{subject}>"

    def _repr_html_(self) -> str:
        """The verdict as a card; notebooks ask for it by this name."""
        from pecdetect.report.notebook import card

        return card(self)


class Problem(Value, frozen=True, kw_only=True, gc=False):
    """Why there is no verdict."""

    code: Code
    """``not-a-message``, ``unreadable`` ..."""
    detail: Text
    """What happened, in English."""
    facts: Facts
    """The raw values that ``detail`` is made of."""


class Result(Value, frozen=True, kw_only=True, gc=False):
    """What comes of one item of a scan: a verdict, or why there is none. Exactly one of the last three is set."""

    schema: Literal["pecdetect/result/1"]
    source: Text
    """What was examined: a path, or a path and the place in it (``export.zip!/inbox/7.eml``, ``box.mbox#4711``)."""
    verdict: Verdict | None
    skipped: Problem | None
    """Why it was left out: it is no message."""
    error: Problem | None
    """What kept it from being read."""

    def __post_init__(self) -> None:
        """Demand exactly one answer. Raises ``ValueError``."""
        if (self.verdict is None) + (self.skipped is None) + (self.error is None) != 2:
            raise ValueError("a result holds a verdict, or skipped, or an error: exactly one of the three")

    def to_json(self) -> str:
        """The result as one line of JSON, ASCII."""
        return encode(self).decode()

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON values."""
        return to_values(self)

    def __repr__(self) -> str:
        """Name the source and what came of it."""
        problem = self.skipped or self.error
        why = "skipped" if self.skipped else "error"
        came = repr(self.verdict) if problem is None else f"{why}: {problem.code}"
        return f"<Result {clipped(self.source, 60)!r} {came}>"

    def _repr_html_(self) -> str:
        """The result as a card; notebooks ask for it by this name."""
        from pecdetect.report.notebook import result_card

        return result_card(self)


def judged(source: str, verdict: Verdict) -> Result:
    """Make the result of a message that was judged."""
    return _result(source, verdict=verdict)


def skipped(source: str, problem: Problem) -> Result:
    """Make the result of what was left out."""
    return _result(source, skipped=problem)


def failed(source: str, problem: Problem) -> Result:
    """Make the result of what could not be read."""
    return _result(source, error=problem)


def _result(
    source: str, *, verdict: Verdict | None = None, skipped: Problem | None = None, error: Problem | None = None
) -> Result:
    name = file_name(source)
    return Result(schema="pecdetect/result/1", source=name, verdict=verdict, skipped=skipped, error=error)


def problem(code: str, detail: str, **facts: FactValue) -> Problem:
    """Say why there is no verdict; texts are made encodable."""
    kept = {name: encodable(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}
    return Problem(code=code, detail=encodable(detail), facts=kept)
