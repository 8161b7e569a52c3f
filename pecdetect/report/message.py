"""What a message is, in rows of label and value: who sent it, what certifies or protects it, what it carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from pecdetect.report.terminal.console import MAX_NAME, clip, octets, place, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from pecdetect.contract import Verdict
    from pecdetect.detect.findings import Attachment, Findings, Pec, Pgp, Rights, Signature, Smime, System
    from pecdetect.parsing.addresses import Mailbox

Row = tuple[str, "RenderableType"]

PEC_TITLES = {
    "posta-certificata": "transport envelope",
    "errore": "anomaly envelope",
    "accettazione": "acceptance receipt",
    "non-accettazione": "notice of non-acceptance",
    "presa-in-carico": "take-charge receipt",
    "avvenuta-consegna": "delivery receipt",
    "errore-consegna": "notice of non-delivery",
    "preavviso-errore-consegna": "advance notice of non-delivery",
    "rilevazione-virus": "virus notice",
}
"""RFC 6109 message types in English."""

MAX_ITEMS = 10
"""Addresses or attachments written out; JSON has them all."""


def message_rows(verdict: Verdict) -> Iterator[Row]:
    """The rows, in the order a reader asks for them; what is absent has none."""
    findings = verdict.findings
    item = findings.item
    if findings.no_message is not None:
        yield "Kind", Text("no e-mail" if findings.no_message == "not-a-message" else "not one message")
        return
    for label, mailboxes in (("From", item.sender), ("To", item.to), ("Cc", item.cc)):
        if mailboxes:
            yield label, _listed([mailbox_text(mailbox) for mailbox in mailboxes])
    for label, value in (("Subject", item.subject), ("Date", item.date), ("Message-ID", item.message_id)):
        if value is not None:
            yield label, quoted(value)
    if item.kind != "email" or item.message_class is not None:
        words = [item.kind, item.message_class or "", item.meeting_method or ""]
        yield "Kind", quoted(", ".join(word for word in words if word))
    yield from _protection_rows(findings)
    if findings.attachments:
        yield "Attached", _listed([attachment_words(attachment) for attachment in findings.attachments])


def mailbox_text(mailbox: Mailbox) -> str:
    """A mailbox as people write it; one without a readable address as it stands in the field."""
    if mailbox.address is None:
        return f"{clip(mailbox.text, MAX_NAME)} (no address)"
    address = clip(mailbox.address, MAX_NAME)
    shown = f"{clip(mailbox.name, MAX_NAME)} <{address}>" if mailbox.name else address
    return shown if mailbox.form == "valid" else f"{shown} (malformed)"


def attachment_words(attachment: Attachment) -> str:
    """Name, type, size, and whether the mailbox shows it at all."""
    size = octets(attachment.size) if attachment.exact else f"at most {octets(attachment.size)}"
    words = f"{clip(attachment.name or 'no name', MAX_NAME)}, {clip(attachment.type, MAX_NAME)}, {size}"
    return f"{words}, hidden in {attachment.hidden_in}" if attachment.hidden_in else words


def _listed(values: list[str]) -> RenderableType:
    shown: list[Text] = [quoted(value) for value in values[:MAX_ITEMS]]
    if len(values) > MAX_ITEMS:
        shown.append(Text(f"and {len(values) - MAX_ITEMS} more", "dim"))
    return Group(*shown)


def pec_rows(pec: Pec) -> Iterator[Row]:
    """What the PEC envelope says of itself, and how far that holds together."""
    title = PEC_TITLES.get(pec.type)
    yield "Type", quoted(f"{pec.type} ({title})" if title else f"{pec.type} ({pec.type_raw or 'not named'})")
    notes = [note for note, holds in (("last notice", pec.final), ("about a virus", pec.virus)) if holds]
    yield "Layout", Text(", ".join([pec.layout, *notes]))
    for label, value in (
        ("Provider", pec.provider),
        ("Sender", pec.sender),
        ("Subject", pec.subject),
        ("Time", pec.time),
        ("Identifier", pec.identifier),
        ("Original ID", pec.original_message_id),
        ("Receipt", pec.receipt),
        ("Error", pec.error),
    ):
        if value is not None:
            yield label, quoted(value)
    if pec.recipients:
        yield "Recipients", _listed([clip(recipient.address, MAX_NAME) for recipient in pec.recipients])
    yield "Signature", Text(signature_words(pec.signature))
    if pec.certified is not None:
        yield "Certified", Text("yes" if pec.certified else "no: a claim without the signed structure")
    if not pec.consistent:
        yield "Claims", _listed([f"{claim.source}: {claim.value}" for claim in pec.claimed_by])
    failed = [check for check in pec.checks if check.result in {"warn", "fail"}]
    if failed:
        yield "Checks", _listed([f"{check.id} {check.result}: {check.detail}" for check in failed])


def signature_words(signature: Signature) -> str:
    """What was checked of a signature, and what was not."""
    if not signature.present:
        return "none"
    checks = (("digest", signature.intact), ("signature value", signature.valid), ("trust", signature.trusted))
    words = ["present", *(f"{name} {'holds' if held else 'fails'}" for name, held in checks if held is not None)]
    unchecked = [name for name, held in checks if held is None]
    if unchecked:
        words.append(f"not checked: {', '.join(unchecked)}")
    return "; ".join(words)


def _protection_rows(findings: Findings) -> Iterator[Row]:
    """S/MIME, PGP, rights management and the other systems."""
    for label, lines in (
        ("S/MIME", map(smime_words, findings.smime)),
        ("PGP", map(pgp_words, findings.pgp)),
        ("Rights", map(rights_words, findings.rights)),
        ("System", map(system_words, findings.systems)),
    ):
        listed = list(lines)
        if listed:
            yield label, _listed(listed)


def smime_words(smime: Smime) -> str:
    """Kind, position and what is known of the signer."""
    words = [smime.kind, *_standing(smime)]
    if smime.document:
        words.append("a document, not a message")
    if smime.digest:
        words.append(smime.digest)
    if smime.signer:
        words.append(f"signer {smime.signer} (not verified)")
    if smime.layers:
        words.append(f"inside: {', '.join(smime.layers)}")
    if smime.header_protection:
        words.append(f"header protection {smime.header_protection}")
    return ", ".join([*words, *_within(smime.inside)])


def pgp_words(pgp: Pgp) -> str:
    """Kind, form and position."""
    return ", ".join([pgp.kind, pgp.form, *_standing(pgp), *_within(pgp.inside)])


def rights_words(rights: Rights) -> str:
    """Kind or product, and position."""
    return ", ".join([rights.name or rights.kind, *_standing(rights), *_within(rights.inside)])


def system_words(system: System) -> str:
    """Name, confidence and position."""
    return ", ".join([f"{system.name} ({system.confidence})", *_standing(system)])


def _within(inside: str | None) -> Iterator[str]:
    if inside:
        yield f"within {inside}"


def _standing(seen: Smime | Pgp | Rights | System) -> Iterator[str]:
    """Where a protection stands, and in which reading."""
    if seen.position == "floor":
        yield "mentioned in raw bytes only"
        return
    yield "the message itself" if seen.position == "top" else f"{seen.position}, {place(seen.part)}"
    if seen.reading == "alternate":
        yield f"in another reading only ({seen.dialect})"
