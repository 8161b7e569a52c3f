"""The few values of a result that tables, counts and filters need, computed once for all of them.

Terminal, HTML report, CSV, Parquet and the store answer "whose mail is this?" with these values, and so with the same
answer. A scan passes them from the worker beside the encoded result, so that nobody decodes a line to count it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from pecdetect.contract import Outcome

if TYPE_CHECKING:
    from pecdetect.contract import Pec, Result, Verdict

SUBJECT_CHARACTERS = 200
"""The longest subject that a table shows."""
_DOMAIN_CHARACTERS = 255
"""The longest domain name (RFC 5321, 4.5.3.1.2)."""
_FROM_REWRITTEN = frozenset({"forwarded", "relayed"})
"""Layouts whose From field need not be the provider's."""
_ISSUED_WITH_ENVELOPE = frozenset({"posta-certificata", "errore", "accettazione", "non-accettazione"})
"""PEC types whose ``identificativo`` was given by the provider that issued them; other receipts repeat the sender's."""


class Columns(Struct, frozen=True, kw_only=True, gc=False):
    """What tables and counts need of one result."""

    outcome: Outcome | None = None
    """None where there is no verdict."""
    decided_by: tuple[str, ...] = ()
    """Codes of the reasons that decided, strongest first."""
    codes: tuple[str, ...] = ()
    """Codes of all reasons, strongest first."""
    sender: str | None = None
    """Address of the author: of a PEC transport envelope the original sender, else the first in From."""
    sender_domain: str | None = None
    """Its domain, lower case."""
    provider_domain: str | None = None
    """Domain of the PEC provider that issued the envelope or receipt, lower case."""
    pec_type: str | None = None
    """Of the PEC envelope or receipt; None for what is no PEC."""
    date: str | None = None
    """ISO 8601."""
    subject: str | None = None
    """At most :data:`SUBJECT_CHARACTERS`; foreign text, not escaped."""
    message_id: str | None = None
    size: int = 0
    """Bytes of the message."""
    sha256: str | None = None
    skipped: str | None = None
    """Code of the problem that let it be skipped."""
    error: str | None = None
    """Code of the problem that kept it from being read."""
    detail: str | None = None
    """What happened where there is no verdict, in English; foreign text may be in it, not escaped."""


def columns_of(result: Result) -> Columns:
    """Compute the columns of a result."""
    verdict = result.verdict
    if verdict is None:
        problem = result.error or result.skipped
        return Columns(
            skipped=None if result.skipped is None else result.skipped.code,
            error=None if result.error is None else result.error.code,
            detail=None if problem is None else problem.detail,
        )
    message = verdict.message
    author = sender(verdict)
    return Columns(
        outcome=verdict.outcome,
        decided_by=verdict.decided_by,
        codes=tuple([reason.code for reason in verdict.reasons]),
        sender=author,
        sender_domain=domain(author),
        provider_domain=None if verdict.pec is None else _provider_domain(verdict.pec, message.from_),
        pec_type=None if verdict.pec is None else verdict.pec.type,
        date=message.date,
        subject=message.subject[:SUBJECT_CHARACTERS] if message.subject else None,
        message_id=message.message_id,
        size=verdict.source.size,
        sha256=verdict.source.sha256,
    )


def sender(verdict: Verdict) -> str | None:
    """Give the address of the author.

    The provider writes the From field of a transport envelope (RFC 6109, 3.1), so the certification data name the
    author there. Who forwards a PEC is the author of the forward.
    """
    pec = verdict.pec
    enveloped = pec is not None and pec.type == "posta-certificata" and pec.layout != "forwarded"
    return (pec.sender if pec is not None and enveloped and domain(pec.sender) else None) or verdict.message.from_


def _provider_domain(pec: Pec, from_: str | None) -> str | None:
    """Give the domain of the provider that issued a PEC message.

    The provider is the sender of each envelope and receipt (RFC 6109, 3.1 and 3.3). Where others have written the
    From field, the domain of the provider's identifier tells it, if that provider gave the identifier.
    """
    if pec.layout not in _FROM_REWRITTEN:
        return domain(from_)
    return domain(pec.identifier) if pec.type in _ISSUED_WITH_ENVELOPE else None


def domain(address: str | None) -> str | None:
    """Give the domain of an address, lower case; None where it has none."""
    if not address or "@" not in address:
        return None
    found = address[-_DOMAIN_CHARACTERS - 1 :].rpartition("@")[2].strip(" \t<>.").lower()
    return found or None
