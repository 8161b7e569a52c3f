"""Results become records: done where the message was judged, so that only the record travels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pecdetect.contract import result_line, text
from pecdetect.record import Fingerprint, Record
from pecdetect.result import Problem, Result
from pecdetect.verdict import Outcome

if TYPE_CHECKING:
    from pecdetect.verdict import Verdict

__all__ = ["Fingerprint", "Record", "record_of", "record_of_line", "result_of"]

SUBJECT_CHARACTERS: Final = 200
"""Characters of a subject that a record keeps."""


def record_of(
    result: Result,
    *,
    file: str | None = None,
    fingerprint: Fingerprint | None = None,
    with_line: bool = True,
    with_verdict: bool = False,
) -> Record:
    """The record of ``result``. ``with_verdict`` keeps the verdict itself, for use within this process."""
    line = result_line(result) if with_line else ""
    verdict = result.verdict
    if verdict is None:
        return Record(result.source, file, line, fingerprint=fingerprint, skipped=result.skipped, error=result.error)
    item = verdict.findings.item
    subject = text(item.subject)
    return Record(
        source=result.source,
        file=file,
        line=line,
        outcome=verdict.outcome,
        decided_by=verdict.decided_by,
        codes=tuple([reason.code for reason in verdict.reasons]),
        sender=_sender(verdict),
        provider=_provider(verdict),
        date=item.date,
        subject=subject[:SUBJECT_CHARACTERS] if subject else None,
        message_id=text(item.message_id),
        size=verdict.source.size,
        sha256=verdict.source.sha256,
        fingerprint=fingerprint,
        verdict=verdict if with_verdict else None,
    )


def result_of(record: Record) -> Result:
    """Give the result that a record which kept its verdict was made of."""
    return Result(record.source, record.verdict, record.skipped, record.error)


def record_of_line(line: str, *, source: str, file: str | None, fingerprint: Fingerprint | None) -> Record:
    """Make a record again from its line, which must be one of ours."""
    values = json.loads(line)
    verdict = values["verdict"]
    if verdict is None:
        skipped, error = (values[name] and Problem(**values[name]) for name in ("skipped", "error"))
        return Record(source, file, line, fingerprint=fingerprint, skipped=skipped, error=error)
    message, pec = verdict["message"], verdict["pec"]
    subject = message["subject"]
    envelope = domain(message["from"] or "")
    return Record(
        source=source,
        file=file,
        line=line,
        outcome=Outcome(verdict["outcome"]),
        decided_by=tuple(verdict["decided_by"]),
        codes=tuple([reason["code"] for reason in verdict["reasons"]]),
        sender=(domain(pec["sender"]) if pec and _enveloped(**pec) else None) or envelope,
        provider=envelope if pec and pec["layout"] != "forwarded" else None,
        date=message["date"],
        subject=subject[:SUBJECT_CHARACTERS] if subject else None,
        message_id=message["message_id"],
        size=verdict["source"]["size"],
        sha256=verdict["source"]["sha256"],
        fingerprint=fingerprint,
    )


def _enveloped(*, sender: str | None, type: str, layout: str, **_: Any) -> bool:  # noqa: A002 - as the JSON has it
    """Whether the certification data say who wrote: a transport envelope itself comes from a provider."""
    return bool(sender) and type == "posta-certificata" and layout != "forwarded"


def _sender(verdict: Verdict) -> str | None:
    """The domain of whoever wrote."""
    pec = verdict.findings.pec
    if pec is not None and pec.sender and _enveloped(sender=pec.sender, type=pec.type, layout=pec.layout):
        found = domain(pec.sender)
        if found is not None:
            return found
    return _from(verdict)


def _provider(verdict: Verdict) -> str | None:
    """The domain that the PEC envelope came from."""
    pec = verdict.findings.pec
    return None if pec is None or pec.layout == "forwarded" else _from(verdict)


def _from(verdict: Verdict) -> str | None:
    """The domain of the first sender that has an address."""
    return domain(next((mailbox.address for mailbox in verdict.findings.item.sender if mailbox.address), None) or "")


def domain(address: str) -> str | None:
    """The domain of an address, lower case; None where it has none."""
    return address.rpartition("@")[2].strip().rstrip(".").lower() or None if "@" in address else None
