"""PEC, Italian certified mail (RFC 6109): is this message one, of which type, and in what state.

The order of decision is X-Trasporto, X-Ricevuta, the ``tipo`` of daticert.xml; where they disagree nothing is
chosen silently. Only the message's own level counts: what is found deeper was forwarded by somebody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.detect.findings import PEC_TYPES, Claim, Pec, Signature
from pecdetect.detect.objects import MIME_TYPES
from pecdetect.detect.pec.checks import Context, digest_matches, notice_text, run_checks
from pecdetect.detect.pec.structure import RECEIPT_TYPES, TRANSPORT_TYPES, signer_of

if TYPE_CHECKING:
    from pecdetect.contract import PecLayout
    from pecdetect.detect.findings import Envelope
    from pecdetect.detect.pec.structure import Pieces
    from pecdetect.detect.signed import Signed
    from pecdetect.evidence import Evidence
    from pecdetect.parsing.message import Message, Part

_SERVICE_MAILBOXES = ("posta-certificata@", "certified-mail@")

SUBJECT_PREFIXES: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO",
        frozenset({"preavviso-errore-consegna", "errore-consegna"}),
    ),
    ("AVVISO DI MANCATA CONSEGNA PER VIRUS", frozenset({"errore-consegna"})),
    ("AVVISO DI MANCATA CONSEGNA", frozenset({"errore-consegna", "preavviso-errore-consegna"})),
    ("AVVISO DI NON ACCETTAZIONE PER VIRUS", frozenset({"non-accettazione"})),
    ("AVVISO DI NON ACCETTAZIONE", frozenset({"non-accettazione"})),
    ("ANOMALIA MESSAGGIO", frozenset({"errore"})),
    ("PROBLEMA DI SICUREZZA", frozenset({"rilevazione-virus"})),
    ("PRESA IN CARICO", frozenset({"presa-in-carico"})),
    ("POSTA CERTIFICATA", frozenset({"posta-certificata"})),
    ("ACCETTAZIONE", frozenset({"accettazione"})),
    ("CONSEGNA", frozenset({"avvenuta-consegna"})),
)
"""Subject prefixes of RFC 6109 as the Italian rules word them, longest first, and the types that bear them."""

_DECISIVE: tuple[tuple[str, frozenset[str]], ...] = (
    ("X-Trasporto", TRANSPORT_TYPES),
    ("X-Ricevuta", RECEIPT_TYPES),
    ("daticert.xml", frozenset(PEC_TYPES)),
)
"""Who decides on the type, strongest first, and the types that may be named there."""

_LIST_TAG = re.compile(r"\s*\[[^\]]{0,80}\]\s*")
_REPLY_MARK = re.compile(r"\s*(?:re|r|i|fwd|fw|aw|wg|tr)\s*(?:\[\d{1,4}\])?\s*:\s*", re.IGNORECASE)
_FINAL_NOTICE = re.compile(r"5\.4\.1|ventiquattro|24 ?ore", re.IGNORECASE)
_DAY = re.compile(r"\b(?:ventiquattro|24)\s{1,9}ore\b", re.IGNORECASE)
_HALF_A_DAY = re.compile(r"\b(?:dodici|12)\s{1,9}ore\b", re.IGNORECASE)


class SubjectMark(NamedTuple):
    """What a subject line says of a PEC."""

    prefix: str | None
    types: frozenset[str]
    rest: str
    """The subject without tags, marks and prefix."""
    reply: bool
    """A reply or forward mark stands before the prefix."""


def read_subject(subject: str | None) -> SubjectMark:
    """Split a decoded subject into PEC prefix and original subject. Case matters: "Consegna:" is ordinary Italian."""
    text = subject or ""
    reply = False
    pos = 0
    while (mark := _LIST_TAG.match(text, pos) or _REPLY_MARK.match(text, pos)) is not None:
        reply = reply or mark.re is _REPLY_MARK
        pos = mark.end()
    spaced = " ".join(text[pos:].split())
    for prefix, types in SUBJECT_PREFIXES:
        if spaced.startswith(prefix) and spaced[len(prefix) :].lstrip().startswith(":"):
            return SubjectMark(prefix, types, spaced[len(prefix) :].lstrip()[1:].strip(), reply)
    return SubjectMark(None, frozenset(), spaced, reply)


def find_pec(message: Message, signed: Signed, envelope: Envelope) -> Pec | None:
    """The PEC that the message is, or the one that it carries (layout ``forwarded``), or None."""
    envelopes = signed.envelopes
    own = envelopes.own
    if own is not None and envelopes.claimed:
        layout = "relayed" if envelopes.relayed is not None else _layout(own)
        claims = [*envelopes.known, *envelopes.unknown]
        return _assemble(signed, envelopes.relayed or own, layout, claims, envelope)
    if own is not None and own.signed is not None and _is_stripped(message, signed, own, envelope):
        layout = "clear-signed" if _headers_are_made(message) else "stripped"
        return _assemble(signed, own, layout, [], envelope)
    if envelopes.carried is None:
        return None
    return _assemble(signed, envelopes.carried, "forwarded", [*envelopes.carried_claims], envelope)


def claimed_pec(evidence: tuple[Evidence, ...]) -> Pec | None:
    """The PEC that these places outside the primary reading speak of; None without any."""
    if not evidence:
        return None
    return Pec(
        type="other",
        type_raw=None,
        layout="unsigned",
        certified=False,
        signature=Signature(present=False),
        claimed_by=(),
        consistent=False,
        checks=(),
        final=False,
        receipt=None,
        virus=False,
        provider=None,
        sender=None,
        recipients=(),
        identifier=None,
        original_message_id=None,
        subject=None,
        time=None,
        error=None,
        daticert_section=None,
        postacert_section=None,
        signed_section=None,
        daticert=None,
        evidence=evidence,
    )


def _layout(pieces: Pieces) -> PecLayout:
    if pieces.signed is None:
        return "unsigned"
    if pieces.signed.content_type in MIME_TYPES or pieces.signed.media_type.type != "multipart":
        return "opaque-signed" if pieces.content is not None else "unsigned"
    return "clear-signed" if pieces.signature is not None else "unsigned"


def _is_stripped(message: Message, signed: Signed, pieces: Pieces, envelope: Envelope) -> bool:
    """A PEC whose fields are gone: signed certification data, from a provider's mailbox, and no reply to one."""
    if pieces.daticert_part is None or pieces.daticert is None or read_subject(envelope.subject).reply:
        return False
    senders = [mailbox.address.lower() for mailbox in envelope.sender if mailbox.address]
    if any(address.startswith(_SERVICE_MAILBOXES) for address in senders):
        return True
    signer = signer_of(pieces, signed.objects)
    email = signer.email.lower() if signer is not None and signer.email is not None else ""
    if not envelope.sender and _headers_are_made(message):
        return email.startswith(_SERVICE_MAILBOXES)
    return email in senders if email else False


def _headers_are_made(message: Message) -> bool:
    """Whether an Outlook item has no transport headers, which are where the fields of a PEC would stand."""
    return message.outlook is not None and message.outlook.headers_synthesised is not None


def _assemble(signed: Signed, pieces: Pieces, layout: PecLayout, claims: list[Claim], envelope: Envelope) -> Pec:
    root = pieces.root
    daticert = pieces.daticert
    own = layout != "forwarded"
    if daticert is not None and daticert.type is not None and pieces.daticert_part is not None:
        claims = [*claims, Claim("daticert.xml", daticert.type, pieces.daticert_part.evidence())]
    subject = read_subject(envelope.subject if own else root.text("subject"))
    if subject.prefix is not None and not subject.reply and (own or claims):
        claims = [*claims, Claim("Subject", subject.prefix, root.field_evidence("subject"))]
    type_, type_raw = _decide(claims)
    signer = signer_of(pieces, signed.objects) if own else None
    intact = digest_matches(pieces, signer) if own else None
    return Pec(
        type=type_,
        type_raw=type_raw,
        layout=layout,
        certified=False if intact is False or not _has_signature(pieces) else None,
        signature=Signature(present=_has_signature(pieces), intact=intact),
        claimed_by=tuple(claims),
        consistent=_is_consistent(claims, subject, pieces, own=own),
        checks=run_checks(Context(root, pieces, envelope, subject.rest, type_, signer, intact)) if own else (),
        final=_is_final(type_, pieces),
        receipt=_receipt(root, pieces),
        virus=_is_virus(root, pieces),
        provider=daticert.provider if daticert is not None else None,
        sender=daticert.sender if daticert is not None else None,
        recipients=daticert.recipients if daticert is not None else (),
        identifier=daticert.identifier if daticert is not None else None,
        original_message_id=(daticert.message_id if daticert is not None else None)
        or root.text("x-riferimento-message-id"),
        subject=daticert.subject if daticert is not None else None,
        time=daticert.time if daticert is not None else None,
        error=_error(pieces),
        daticert_section=pieces.daticert_part.section if pieces.daticert_part is not None else None,
        postacert_section=pieces.postacert.section if pieces.postacert is not None else None,
        signed_section=pieces.signed.section if pieces.signed is not None else None,
        daticert=daticert,
        evidence=_evidence(claims, pieces),
    )


def _decide(claims: list[Claim]) -> tuple[str, str | None]:
    """The type by the strongest claim that names one; ``other`` where none does."""
    for source, types in _DECISIVE:
        for claim in claims:
            if claim.source == source and claim.value.lower() in types:
                return claim.value.lower(), claim.value
    raw = next((claim.value for claim in claims if claim.source != "Subject"), None)
    return "other", raw


def _is_consistent(claims: list[Claim], subject: SubjectMark, pieces: Pieces, *, own: bool) -> bool:
    types = {claim.value.lower() for claim in claims if claim.source != "Subject"}
    if len(types) > 1 or pieces.daticert_parts > 1:
        return False
    if own and types and subject.prefix is not None and not subject.reply and not types & subject.types:
        return False
    if "errore" in types and pieces.daticert_part is not None:
        return False  # an anomaly envelope has no certification data of its own (RFC 6109, 3.2.2)
    return pieces.signed is not None or pieces.has_parts


def _has_signature(pieces: Pieces) -> bool:
    if pieces.signed is None:
        return False
    return pieces.signature is not None or pieces.signed.media_type.type != "multipart"


def _is_final(type_: str, pieces: Pieces) -> bool:
    if type_ == "errore-consegna":
        return True
    if type_ != "preavviso-errore-consegna":
        return False
    extended = pieces.daticert.extended_error if pieces.daticert is not None else None
    if extended is not None and _FINAL_NOTICE.search(extended) is not None:
        return True
    # Some providers say in words alone which of the two notices it is; the first may announce the second.
    words = notice_text(pieces.content) if pieces.content is not None else ""
    return _DAY.search(words) is not None and _HALF_A_DAY.search(words) is None


def _receipt(root: Part, pieces: Pieces) -> str | None:
    declared = root.text("x-tiporicevuta")
    return (pieces.daticert.receipt if pieces.daticert is not None else None) or (
        declared.lower() if declared else None
    )


def _is_virus(root: Part, pieces: Pieces) -> bool:
    flagged = (root.text("x-verificasicurezza") or "").lower() == "errore"
    return flagged or (pieces.daticert is not None and pieces.daticert.error == "virus")


def _error(pieces: Pieces) -> str | None:
    if pieces.daticert is None:
        return None
    error = pieces.daticert.error
    return pieces.daticert.extended_error or (error if error != "nessuno" else None)


def _evidence(claims: list[Claim], pieces: Pieces) -> tuple[Evidence, ...]:
    """Where the envelope shows, strongest first: its fields, the signed entity, its two parts."""
    found = [claim.evidence for claim in claims if claim.source.startswith("X-")]
    if pieces.signed is not None:
        found.append(pieces.signed.field_evidence("content-type"))
    found.extend(p.evidence(p.name) for p in (pieces.daticert_part, pieces.postacert) if p is not None)
    return tuple(found)
