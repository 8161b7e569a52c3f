"""Findings made by hand: an ordinary message, and one thing added to it at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pecdetect.contract import Source
from pecdetect.detect.findings import (
    Attachment,
    Claim,
    Envelope,
    Findings,
    Pec,
    Pgp,
    Rights,
    Signature,
    Smime,
    System,
)
from pecdetect.evidence import Evidence
from pecdetect.parsing.addresses import Mailbox
from pecdetect.policy.judge import judge
from pecdetect.profile import Profile
from support.values import changed as replace

if TYPE_CHECKING:
    from pecdetect.contract import Reason, Verdict
    from pecdetect.evidence import Reading
    from pecdetect.parsing.addresses import AddressForm

SOURCE = Source(name="message.eml", size=4711, sha256=None)
MEGABYTE = 1024 * 1024


def place(
    excerpt: str = "a line",
    part: str = "",
    start: int = 10,
    *,
    reading: Reading = "primary",
    dialect: str | None = None,
) -> Evidence:
    return Evidence(part, start, start + len(excerpt), excerpt, None, reading, dialect)


def box(address: str | None = "a@example.org", form: AddressForm = "valid", text: str | None = None) -> Mailbox:
    return Mailbox(None, address, form, text if text is not None else address or "nobody")


def envelope(**values: Any) -> Envelope:
    """An ordinary message from one person to another."""
    base = Envelope(
        kind="email",
        kind_evidence=(),
        message_id="<1@example.org>",
        raw_date="2026-03-02T10:11:12+01:00",
        sender=(box("sender@example.org"),),
        sender_evidence=(place("From: sender@example.org"),),
        to=(box("recipient@example.org"),),
        cc=(),
        recipient_evidence=(place("To: recipient@example.org"),),
        raw_subject="Offer",
    )
    return replace(base, **values)


def findings(**values: Any) -> Findings:
    """An ordinary message, with what is given in place of what an ordinary one has."""
    base = Findings(container="eml", size=4711, no_message=None, envelope=envelope())
    return replace(base, **values)


def pec(type_: str = "posta-certificata", layout: str = "clear-signed", **values: Any) -> Pec:
    seen = place(f"X-Trasporto: {type_}")
    base = Pec(
        type=type_,
        type_raw=type_,
        layout=layout,  # type: ignore[arg-type]
        certified=None,
        signature=Signature(present=layout != "unsigned"),
        claimed_by=(Claim("X-Trasporto", type_, seen),),
        consistent=True,
        checks=(),
        final=False,
        receipt=None,
        virus=False,
        provider="Gestore di prova",
        sender="mittente@pec.example.it",
        recipients=(),
        identifier="opec1@pec.example.it",
        original_message_id="<1@example.it>",
        subject="offerta",
        time="2026-03-02T10:11:12+01:00",
        error=None,
        daticert_section="1.2",
        postacert_section="1.3",
        signed_section="" if layout in ("clear-signed", "opaque-signed", "stripped") else None,
        daticert=None,
        evidence=(seen,),
    )
    return replace(base, **values)


def smime(kind: str = "clear-signed", position: str = "top", part: str | None = None, **values: Any) -> Smime:
    where = {"top": "", "nested": "1"}.get(position, "2") if part is None else part
    seen = place("Content-Type: application/pkcs7-mime", where, reading=values.get("reading", "primary"))
    return Smime(kind=kind, position=position, part=where, evidence=seen, **values)  # type: ignore[arg-type]


def pgp(kind: str = "signed", form: str = "mime", position: str = "top", part: str = "", **values: Any) -> Pgp:
    seen = place("-----BEGIN PGP MESSAGE-----", part, reading=values.get("reading", "primary"))
    return Pgp(kind=kind, form=form, position=position, part=part, evidence=seen, **values)  # type: ignore[arg-type]


def rights(kind: str = "rpmsg", position: str = "top", part: str = "2", **values: Any) -> Rights:
    seen = place("Content-Class: rpmsg.message", part, reading=values.get("reading", "primary"))
    return Rights(kind=kind, position=position, part=part, evidence=(seen,), **values)  # type: ignore[arg-type]


def system(name: str = "de-mail", **values: Any) -> System:
    base = System(name, "likely", "top", "", (place("X-de-mail-version: 1.7"),))
    return replace(base, **values)


def attachment(name: str | None = "offer.pdf", size: int = 1000, part: str = "2", **values: Any) -> Attachment:
    base = Attachment(
        part=part,
        name=name,
        type="application/pdf",
        size=size,
        exact=True,
        size_min=size,
        hidden_in=None,
        evidence=place("Content-Disposition: attachment", part),
    )
    return replace(base, **values)


def judged(found: Findings, **profile: Any) -> Verdict:
    return judge(found, Profile(**profile), SOURCE)


def reason(verdict: Verdict, code: str) -> Reason | None:
    return next((reason for reason in verdict.reasons if reason.code == code), None)
