"""What the table of rules says, written down a second time: trigger by trigger, channel by channel.

A cell is effect and basis: B blocks, U undetermined, D degrades, i informs; + documented, = derived, ? assumed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pecdetect.detect.findings import Check, Delivery, Outlook, Oversized, Signature, Unopened
from support.contracts import limit_hit, row

from .factory import (
    MEGABYTE,
    attachment,
    box,
    envelope,
    findings,
    pec,
    pgp,
    place,
    rights,
    smime,
    system,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.detect.findings import Findings, Pec


@dataclass(frozen=True)
class Case:
    """A message that fires a rule, and what the rule then says on X, P, R and A."""

    code: str
    label: str
    findings: Findings
    cells: str
    profile: dict[str, Any] = field(default_factory=dict)


def msg(**values: Any) -> Findings:
    return findings(container="msg", envelope=envelope(**values))


def pec_envelope(found: Pec, **values: Any) -> Findings:
    """A PEC as detected: the envelope, the signed entity, and what it hides."""
    hidden = attachment("offerta.pdf", part="1.3/1.2", hidden_in="smime.p7m")
    return findings(pec=found, smime=(smime(),), attachments=(hidden,), **values)


RECEIPTS = (
    "accettazione",
    "non-accettazione",
    "presa-in-carico",
    "avvenuta-consegna",
    "errore-consegna",
    "preavviso-errore-consegna",
    "rilevazione-virus",
    "other",
)
LAYOUTS = ("clear-signed", "opaque-signed", "stripped")
PEC_CELLS = "B+ U? B+ U+"
UNKNOWN = "U? U? U? U?"
NOTED = "i? i? i? i?"
SILENT_CLASS = "U? i? B+ U?"
HOPELESS = "B+ B+ U? B+"

INTACT = Signature(present=True, intact=True)
BROKEN = Signature(present=True, intact=False)


def states(code: str, cells: str, type_: str = "posta-certificata", layout: str = "clear-signed") -> Iterator[Case]:
    """A PEC whose digest fits, or does not, and one whose original is encrypted."""
    yield Case(code, "digest fits", findings(pec=pec(type_, layout, signature=INTACT), **_entity(layout)), cells)
    yield Case(code, "digest differs", findings(pec=pec(type_, layout, signature=BROKEN), **_entity(layout)), cells)
    sealed = (*_entity(layout)["smime"], smime("encrypted", "top", "1.3/", inside="postacert"))
    yield Case(code, "sealed original", findings(pec=pec(type_, layout), smime=sealed), cells)


def _entity(layout: str) -> dict[str, Any]:
    return {"smime": (smime(),) if layout == "clear-signed" else ()}


PEC_CASES = (
    *(Case("pec-transport-envelope", layout, pec_envelope(pec(layout=layout)), PEC_CELLS) for layout in LAYOUTS),
    Case(
        "pec-transport-envelope",
        "signature gone, still multipart/signed",
        pec_envelope(pec(layout="unsigned", signed_section="")),
        PEC_CELLS,
    ),
    Case("pec-transport-envelope", "the same by its S/MIME entity", pec_envelope(pec(layout="unsigned")), PEC_CELLS),
    *(Case("pec-receipt", type_, pec_envelope(pec(type_)), PEC_CELLS) for type_ in RECEIPTS),
    *(Case("pec-receipt", layout, pec_envelope(pec("accettazione", layout)), PEC_CELLS) for layout in LAYOUTS),
    *(Case("pec-anomaly-envelope", layout, pec_envelope(pec("errore", layout)), PEC_CELLS) for layout in LAYOUTS),
    *states("pec-transport-envelope", PEC_CELLS),
    *states("pec-receipt", PEC_CELLS, "accettazione"),
    *states("pec-anomaly-envelope", PEC_CELLS, "errore"),
    *states("pec-relayed", UNKNOWN, layout="relayed"),
    *states("pec-unsigned-copy", UNKNOWN, layout="unsigned"),
    *states("pec-forwarded", "i+ i+ i+ i+", layout="forwarded"),
    Case("pec-receipt", "signature gone", pec_envelope(pec("accettazione", "unsigned", signed_section="")), PEC_CELLS),
    Case(
        "pec-anomaly-envelope", "signature gone", pec_envelope(pec("errore", "unsigned", signed_section="")), PEC_CELLS
    ),
    Case("pec-receipt", "unknown type", pec_envelope(pec("other", type_raw=None)), PEC_CELLS),
    Case("pec-relayed", "", findings(pec=pec(layout="relayed"), smime=(smime(position="nested"),)), UNKNOWN),
    Case("pec-unsigned-copy", "", findings(pec=pec(layout="unsigned")), UNKNOWN),
    Case("pec-forwarded", "", findings(pec=pec(layout="forwarded")), "i+ i+ i+ i+"),
    Case("pec-inconsistent", "claims differ", pec_envelope(pec(consistent=False)), "i+ i+ i+ i+"),
    Case(
        "pec-inconsistent",
        "a field stands twice",
        pec_envelope(pec(checks=(Check("A19", "fail", {"repeated": ("x-trasporto",), "repeated_count": 1}),))),
        "i+ i+ i+ i+",
    ),
    Case("pec-inconsistent", "no structure", findings(pec=pec(layout="unsigned")), "i+ i+ i+ i+"),
)

SMIME_CASES = (
    Case("smime-encrypted", "enveloped", findings(smime=(smime("encrypted"),)), "B+ B+ B+ U+"),
    Case("smime-encrypted", "authEnveloped", findings(smime=(smime("auth-encrypted"),)), "B+ B+ B+ U+"),
    Case("smime-encrypted", "a document", findings(smime=(smime("encrypted", document=True),)), "B+ B+ B+ U+"),
    Case("smime-opaque-signed", "", findings(smime=(smime("opaque-signed"),)), "B= U? B= D+"),
    Case("smime-clear-signed", "plain", findings(smime=(smime(),)), "U? i? B= i+"),
    Case(
        "smime-clear-signed",
        "unknown protocol",
        findings(smime=(smime("unknown"),), parts=(row("", "multipart/signed"),)),
        "U? i? B= i+",
    ),
    Case(
        "smime-clear-signed",
        "attachments",
        findings(smime=(smime(),), attachments=(attachment(hidden_in="smime.p7m"),)),
        "U? i? B= D+",
    ),
    Case(
        "smime-clear-signed",
        "class says so",
        findings(container="msg", envelope=envelope(message_class="IPM.Note.SMIME.MultipartSigned"), smime=(smime(),)),
        "U? i? B+ i+",
    ),
    Case(
        "smime-clear-signed",
        "a forwarded PEC inside",
        findings(smime=(smime(),), pec=pec(layout="forwarded")),
        "U? i? B= i+",
    ),
    Case(
        "smime-attachments-hidden",
        "clear",
        findings(smime=(smime(),), attachments=(attachment(hidden_in="smime.p7m"),)),
        "D= i= D= D=",
    ),
    Case(
        "smime-attachments-hidden",
        "opaque, unnamed",
        findings(smime=(smime("opaque-signed"),), attachments=(attachment(None, hidden_in="smime.p7m"),)),
        "D= i= D= D=",
    ),
    Case(
        "smime-attachments-hidden",
        "several",
        findings(smime=(smime(),), attachments=(attachment(hidden_in="smime.p7m"),) * 12),
        "D= i= D= D=",
    ),
    Case("smime-compressed", "", findings(smime=(smime("compressed"),)), "U? U? B= U?"),
    Case("smime-certs-only", "", findings(smime=(smime("certs-only"),)), "U? U? B= U?"),
    Case("smime-undetermined", "unreadable", findings(smime=(smime("unknown"),)), "U? U? B= U?"),
    Case(
        "smime-undetermined", "lone signature", findings(smime=(smime("unknown", lone_signature=True),)), "U? U? B= U?"
    ),
    Case("smime-undetermined", "document", findings(smime=(smime("opaque-signed", document=True),)), "U? U? B= U?"),
    Case("smime-nested-encrypted", "", findings(smime=(smime("encrypted", "nested"),)), "D? D? D? D?"),
    Case("smime-nested", "signed part", findings(smime=(smime("clear-signed", "nested"),)), "i= i= i= i="),
    Case("smime-nested", "attached message", findings(smime=(smime("encrypted", "nested", "2/"),)), "i= i= i= i="),
    Case("smime-nested", "attachment", findings(smime=(smime("opaque-signed", "attachment"),)), "i= i= i= i="),
    Case(
        "smime-nested",
        "encrypted document",
        findings(smime=(smime("encrypted", "attachment", document=True),)),
        "i= i= i= i=",
    ),
    Case(
        "signed-document-attachment",
        "",
        findings(smime=(smime("opaque-signed", "attachment", document=True),)),
        "i= i= i= i=",
    ),
    Case(
        "smime-class-mismatch",
        "",
        findings(
            container="msg",
            envelope=envelope(message_class="IPM.Note.SMIME"),
            outlook=Outlook(smime_class_mismatch=place("3 attachments")),
        ),
        "U+ i? B+ U+",
    ),
    Case("smime-over-attachment-limit", "", findings(smime=(smime(size=5120 * 1024 + 1),)), "U? i? i? U?"),
    Case(
        "smime-over-attachment-limit",
        "PEC",
        findings(pec=pec(), smime=(smime(size=6 * MEGABYTE),)),
        "U? i? i? U?",
    ),
    Case(
        "smime-over-attachment-limit",
        "a limit that was given",
        findings(smime=(smime(size=1025),)),
        "U? i? i? U?",
        {"max_attachment_kb": 1},
    ),
)

PROTECTION_CASES = (
    Case("pgp-signed", "", findings(pgp=(pgp(),)), "U? i? B= U?"),
    Case("pgp-encrypted", "MIME", findings(pgp=(pgp("encrypted"),)), "D? D? D? D?"),
    Case("pgp-encrypted", "mangled", findings(pgp=(pgp("encrypted", "mangled"),)), "D? D? D? D?"),
    Case("pgp-encrypted", "armour", findings(pgp=(pgp("encrypted", "inline", "nested", "1"),)), "D? D? D? D?"),
    Case("irm-protected", "not given", findings(rights=(rights(),)), "U+ D= D= U+"),
    Case("irm-protected", "off", findings(rights=(rights(),)), "B+ D= D= B+", {"irm_sync": False}),
    Case("irm-protected", "on", findings(rights=(rights(),)), "D= D= D= D=", {"irm_sync": True}),
    Case("irm-protected", "nested", findings(rights=(rights(position="nested", part="2/2"),)), "i= i= i= i="),
    Case(
        "irm-protected",
        "nested, off",
        findings(rights=(rights(position="nested", part="2/2"),)),
        "i= i= i= i=",
        {"irm_sync": False},
    ),
    Case("secure-message-wrapper", "named", findings(rights=(rights("wrapper", name="SEPPmail"),)), "D= D= D= D="),
    Case("secure-message-wrapper", "unnamed", findings(rights=(rights("wrapper"),)), "D= D= D= D="),
    Case("registered-mail-other", "one", findings(systems=(system(),)), NOTED),
    Case("registered-mail-other", "two", findings(systems=(system(), system("rem"))), NOTED),
    Case("sensitivity-label", "", findings(rights=(rights("label"),)), "i+ i+ i+ i+"),
)

ITEM_CASES = (
    Case("item-class-report", "", findings(envelope=envelope(kind="report", kind_evidence=(place(),))), SILENT_CLASS),
    Case("item-class-report", "class", msg(kind="report", message_class="REPORT.IPM.Note.NDR"), SILENT_CLASS),
    Case("item-class-meeting", "", findings(envelope=envelope(kind="meeting")), "U? i? B+ B+"),
    Case(
        "item-class-meeting", "class", msg(kind="meeting", message_class="IPM.Schedule.Meeting.Request"), "U? i? B+ B+"
    ),
    Case("item-class-auto-reply", "", findings(envelope=envelope(kind="auto-reply")), "i? i? i+ i?"),
    Case("item-class-other", "class", msg(message_class="IPM.Note.Custom.Offer"), SILENT_CLASS),
    Case("item-class-other", "post", msg(kind="other-item", message_class="IPM.Post"), SILENT_CLASS),
    Case(
        "item-class-other",
        "Content-Class",
        findings(envelope=envelope(kind="other-item", other_class=place("Content-Class: voice"))),
        SILENT_CLASS,
    ),
    *(
        Case("not-an-email-item", name, msg(kind="other-item", message_class=name), SILENT_CLASS)
        for name in ("IPM.Contact", "IPM.Task", "IPM.StickyNote", "IPM.Appointment.Custom", "IPM.DistList")
    ),
    Case("not-a-message", "", findings(no_message="not-a-message", envelope=envelope(kind="none")), UNKNOWN),
    Case("not-one-message", "", findings(no_message="not-one-message", envelope=envelope(kind="none")), UNKNOWN),
    Case("journal-report", "", findings(delivery=Delivery(journal=place("X-MS-Journal-Report:"))), NOTED),
    Case("not-a-received-copy", "", findings(outlook=Outlook(from_me=place("flags"))), NOTED),
    Case("unsent-draft", "", findings(envelope=envelope(draft=True, sender=(), to=())), UNKNOWN),
)

ADDRESS_CASES = (
    Case("sender-invalid", "missing", findings(envelope=envelope(sender=(), sender_evidence=())), HOPELESS),
    Case("sender-invalid", "empty", findings(envelope=envelope(sender=())), HOPELESS),
    Case(
        "sender-invalid",
        "two",
        findings(envelope=envelope(sender=(box(None, "none", "x"), box(None, "none", "y")))),
        HOPELESS,
    ),
    Case("sender-invalid", "<>", findings(envelope=envelope(sender=(box(None, "none", "<>"),))), HOPELESS),
    Case(
        "sender-invalid", "lenient", findings(envelope=envelope(sender=(box("a b@example.org", "lenient"),))), UNKNOWN
    ),
    Case("sender-invalid", "local part", findings(envelope=envelope(sender=(box("MAILER-DAEMON", "local"),))), UNKNOWN),
    Case("recipient-invalid", "none", findings(envelope=envelope(to=(box(), box(None, "none", "staff")))), HOPELESS),
    Case("recipient-invalid", "Cc", findings(envelope=envelope(cc=(box(None, "none", "staff"),))), HOPELESS),
    Case("recipient-invalid", "lenient", findings(envelope=envelope(to=(box("a.@example.org", "lenient"),))), UNKNOWN),
    Case("recipient-invalid", "local part", findings(envelope=envelope(to=(box("root", "local"),))), UNKNOWN),
    Case(
        "recipient-invalid",
        "hopeless and lenient where an Exchange address may be meant",
        findings(
            envelope=envelope(to=(box(None, "none", "EX"), box("a.@example.org", "lenient"))),
            outlook=Outlook(address_not_in_file=place()),
        ),
        UNKNOWN,
    ),
    Case("address-not-in-file", "", findings(outlook=Outlook(address_not_in_file=place("EX"))), NOTED),
    Case("no-visible-recipient", "not given", findings(envelope=envelope(to=())), "U+ U+ U? i+"),
    Case("no-visible-recipient", "all", findings(envelope=envelope(to=())), "i+ i+ U? i+", {"tracks_all": True}),
    Case("no-visible-recipient", "filter", findings(envelope=envelope(to=())), "B+ B+ U? i+", {"tracks_all": False}),
    Case(
        "recipient-not-known",
        "two",
        findings(envelope=envelope(cc=(box("b@example.org"),))),
        "U+ U+ U? i+",
        {"known_addresses": ["x@example.org"]},
    ),
    Case("recipient-not-known", "not given", findings(), "U+ U+ U? i+", {"known_addresses": ["x@example.org"]}),
    Case(
        "recipient-not-known",
        "all",
        findings(),
        "i+ i+ U? i+",
        {"known_addresses": ["x@example.org"], "tracks_all": True},
    ),
    Case("recipient-not-known", "filter", findings(), "B+ B+ U? i+", {"known_addresses": [], "tracks_all": False}),
    Case("message-id-missing", "", findings(envelope=envelope(message_id=None)), NOTED),
    Case("duplicate-message-id", "", findings(duplicate_of="in/1.eml"), "i+ i+ i+ i+"),
)

DELIVERY_CASES = (
    Case("message-too-large", "over", findings(size=150 * MEGABYTE + 1), HOPELESS),
    Case("message-too-large", "between", findings(size=150 * MEGABYTE), "U+ U+ U? U+"),
    Case("message-too-large", "given", findings(size=2 * MEGABYTE), HOPELESS, {"max_message_mb": 1}),
    Case("attachment-too-large", "", findings(attachments=(attachment(size=5120 * 1024 + 1),)), HOPELESS),
    Case("attachment-too-large", "two", findings(attachments=(attachment(size=6 * MEGABYTE),) * 2), HOPELESS),
    Case(
        "attachment-too-large",
        "bounds that are both over",
        findings(attachments=(attachment(size=7 * MEGABYTE, size_min=6 * MEGABYTE, exact=False),)),
        HOPELESS,
    ),
    Case(
        "attachment-too-large",
        "attached message",
        findings(attachments=(attachment(None, 6 * MEGABYTE, type="message/rfc822"),)),
        HOPELESS,
    ),
    Case("attachment-blocked-extension", "", findings(attachments=(attachment("a.SVG"),)), "D+ D+ D+ D+"),
    Case("attachment-blocked-extension", "two", findings(attachments=(attachment("a.svg"),) * 2), "D+ D+ D+ D+"),
    Case(
        "attachment-blocked-extension", "last of two", findings(attachments=(attachment("a.pdf.exe"),)), "D+ D+ D+ D+"
    ),
    Case(
        "attachment-blocked-extension",
        "own list",
        findings(attachments=(attachment("a.pdf"),)),
        "D+ D+ D+ D+",
        {"blocked_extensions": [".PDF"]},
    ),
    Case(
        "safe-attachments-placeholder",
        "",
        findings(attachments=(attachment("ATP scan in progress.eml"),)),
        "D+ i? i? D+",
    ),
    Case("forward-mailbox-not-attached", "", findings(), "B+ B+ U? i?", {"forward_mailbox": True}),
    Case("invalid-xml-characters", "", findings(delivery=Delivery(invalid_characters=(place(),))), "U? U? i? U?"),
    Case(
        "subject-too-long",
        "",
        findings(delivery=Delivery(oversized=(Oversized("subject", 801, place()),))),
        "U? U? i? U?",
    ),
    Case(
        "field-over-column-length",
        "",
        findings(delivery=Delivery(oversized=(Oversized("messageid", 321, place()),))),
        NOTED,
    ),
    Case(
        "field-over-column-length",
        "two columns",
        findings(
            delivery=Delivery(oversized=(Oversized("messageid", 321, place()), Oversized("sender", 251, place())))
        ),
        NOTED,
    ),
    Case("body-very-large", "", findings(delivery=Delivery(body_size=MEGABYTE + 1, body_evidence=place())), NOTED),
    Case("body-very-large", "no place", findings(delivery=Delivery(body_size=MEGABYTE + 1)), NOTED),
    Case("charset-unknown", "", findings(delivery=Delivery(unknown_charsets=(place(),))), NOTED),
    Case("tnef", "", findings(delivery=Delivery(tnef=(place(),))), "i? U? i? i?"),
)

ANALYSIS_CASES = (
    Case("limit-reached", "", findings(limits_hit=(limit_hit("depth", 101, 100, "1.1"),)), UNKNOWN),
    Case(
        "limit-reached",
        "two",
        findings(limits_hit=(limit_hit("depth", 101, 100, "1.1"), limit_hit("parts", 10_001, 10_000, ""))),
        UNKNOWN,
    ),
    Case(
        "limit-reached",
        "three",
        findings(limits_hit=tuple(limit_hit(name, 2, 1, "") for name in ("depth", "parts", "fields"))),
        UNKNOWN,
    ),
    Case(
        "limit-reached",
        "many, in no message",
        findings(limits_hit=(limit_hit("depth", 101, 100, ""),) * 9, no_message="not-a-message"),
        UNKNOWN,
    ),
    Case("ambiguous-structure", "S/MIME", findings(smime=(smime(reading="alternate"),)), UNKNOWN),
    Case("ambiguous-structure", "floor", findings(smime=(smime("encrypted", "floor", reading="floor"),)), UNKNOWN),
    Case(
        "ambiguous-structure", "nested", findings(smime=(smime("encrypted", "nested", reading="alternate"),)), UNKNOWN
    ),
    Case("ambiguous-structure", "PGP", findings(pgp=(pgp("encrypted", reading="alternate"),)), UNKNOWN),
    Case("ambiguous-structure", "rights", findings(rights=(rights(reading="alternate"),)), UNKNOWN),
    Case(
        "ambiguous-structure",
        "PEC",
        findings(pec=pec(evidence=(place(reading="alternate", dialect="boundary=last"),))),
        UNKNOWN,
    ),
    Case(
        "ambiguous-structure",
        "worse than what stands at the top",
        findings(smime=(smime(), smime("encrypted", reading="alternate"))),
        UNKNOWN,
    ),
    Case("unopened-content", "", findings(unopened=(Unopened("unknown-encoding", place()),)), UNKNOWN),
    Case("internal-error", "", findings(internal_error="ValueError in detect"), UNKNOWN),
    Case("internal-error", "in no message", findings(internal_error="ValueError", no_message="not-a-message"), UNKNOWN),
    Case("headers-synthesised", "", findings(outlook=Outlook(headers_synthesised=place())), NOTED),
    Case("container-mismatch", "", findings(container_mismatch=place()), NOTED),
    Case("truncated-file", "", findings(truncated=place()), NOTED),
)

CASES = (
    *PEC_CASES,
    *SMIME_CASES,
    *PROTECTION_CASES,
    *ITEM_CASES,
    *ADDRESS_CASES,
    *DELIVERY_CASES,
    *ANALYSIS_CASES,
)

_postacert = {"inside": "postacert", "part": "1.3/"}
_draft = envelope(draft=True, sender=(), to=(), cc=(box(None, "none", "x"),))
_contact = msg(kind="other-item", message_class="IPM.Contact", sender=(), to=(), message_id=None)
_hidden = attachment("a.svg", 9 * MEGABYTE, hidden_in="smime.p7m")
_in_original = attachment("a.svg", 9 * MEGABYTE, part="1.3/1.2")
_floor_of_attachment = smime("encrypted", "attachment", reading="alternate")

NEAR_MISSES: tuple[tuple[str, str, Findings, dict[str, Any]], ...] = (
    ("pec-transport-envelope", "another type", pec_envelope(pec("errore")), {}),
    ("pec-transport-envelope", "forwarded", findings(pec=pec(layout="forwarded")), {}),
    ("pec-transport-envelope", "other reading", findings(pec=pec(evidence=(place(reading="alternate"),))), {}),
    ("pec-receipt", "a delivery report", findings(envelope=envelope(kind="report")), {}),
    ("pec-receipt", "unsigned", findings(pec=pec("accettazione", "unsigned")), {}),
    ("pec-anomaly-envelope", "another type", pec_envelope(pec()), {}),
    ("pec-relayed", "at the top", pec_envelope(pec()), {}),
    ("pec-relayed", "other reading", findings(pec=pec("errore", "relayed", evidence=(place(reading="floor"),))), {}),
    ("pec-unsigned-copy", "still multipart/signed", pec_envelope(pec(layout="unsigned")), {}),
    ("pec-forwarded", "its own", pec_envelope(pec()), {}),
    ("pec-inconsistent", "all agree", pec_envelope(pec()), {}),
    (
        "pec-inconsistent",
        "forwarded in pieces",
        findings(pec=pec(layout="forwarded", signature=Signature(present=False))),
        {},
    ),
    (
        "pec-inconsistent",
        "another check",
        pec_envelope(pec(checks=(Check("A13", "warn"), Check("A19", "pass")))),
        {},
    ),
    (
        "pec-inconsistent",
        "other reading",
        findings(pec=pec(consistent=False, evidence=(place(reading="alternate"),))),
        {},
    ),
    ("smime-encrypted", "nested", findings(smime=(smime("encrypted", "nested"),)), {}),
    ("smime-encrypted", "inside a PEC", findings(pec=pec(), smime=(smime(), smime("encrypted", **_postacert))), {}),
    ("smime-encrypted", "other reading", findings(smime=(smime("encrypted", reading="alternate"),)), {}),
    ("smime-opaque-signed", "document", findings(smime=(smime("opaque-signed", document=True),)), {}),
    ("smime-opaque-signed", "receipt", findings(smime=(smime("opaque-signed", lone_signature=True),)), {}),
    ("smime-clear-signed", "PEC", pec_envelope(pec()), {}),
    (
        "smime-clear-signed",
        "PGP",
        findings(pgp=(pgp(),), smime=(smime("unknown"),), parts=(row("", "multipart/signed"),)),
        {},
    ),
    (
        "smime-clear-signed",
        "unknown CMS",
        findings(smime=(smime("unknown"),), parts=(row("", "application/pkcs7-mime"),)),
        {},
    ),
    ("smime-attachments-hidden", "none", findings(smime=(smime(),)), {}),
    ("smime-attachments-hidden", "ordinary", findings(attachments=(attachment(),)), {}),
    ("smime-compressed", "attached", findings(smime=(smime("compressed", "attachment"),)), {}),
    ("smime-certs-only", "attached", findings(smime=(smime("certs-only", "attachment"),)), {}),
    (
        "smime-undetermined",
        "multipart/signed",
        findings(smime=(smime("unknown"),), parts=(row("", "multipart/signed"),)),
        {},
    ),
    ("smime-undetermined", "encrypted document", findings(smime=(smime("encrypted", document=True),)), {}),
    ("smime-nested-encrypted", "in an attached message", findings(smime=(smime("encrypted", "nested", "2/"),)), {}),
    ("smime-nested-encrypted", "signed", findings(smime=(smime("clear-signed", "nested"),)), {}),
    ("smime-nested", "top", findings(smime=(smime(),)), {}),
    (
        "smime-nested",
        "inside a PEC",
        findings(pec=pec(), smime=(smime(), smime("clear-signed", "nested", **_postacert))),
        {},
    ),
    ("smime-nested", "document", findings(smime=(smime("opaque-signed", "attachment", document=True),)), {}),
    ("signed-document-attachment", "a message", findings(smime=(smime("opaque-signed", "attachment"),)), {}),
    ("signed-document-attachment", "encrypted", findings(smime=(smime("encrypted", "attachment", document=True),)), {}),
    ("smime-class-mismatch", "class only", msg(message_class="IPM.Note.SMIME"), {}),
    ("smime-over-attachment-limit", "at the limit", findings(smime=(smime(size=5120 * 1024),)), {}),
    ("smime-over-attachment-limit", "nested", findings(smime=(smime(position="nested", size=9 * MEGABYTE),)), {}),
    ("pgp-signed", "encrypted", findings(pgp=(pgp("encrypted"),)), {}),
    ("pgp-signed", "inline", findings(pgp=(pgp("signed", "inline"),)), {}),
    ("pgp-signed", "nested", findings(pgp=(pgp(position="nested", part="1"),)), {}),
    ("pgp-encrypted", "signed", findings(pgp=(pgp(),)), {}),
    ("pgp-encrypted", "attached", findings(pgp=(pgp("encrypted", position="attachment", part="2"),)), {}),
    ("pgp-encrypted", "in an attached message", findings(pgp=(pgp("encrypted", position="nested", part="2/"),)), {}),
    ("irm-protected", "label", findings(rights=(rights("label"),)), {}),
    ("irm-protected", "inside a PEC", findings(pec=pec(), rights=(rights(inside="postacert"),)), {}),
    ("secure-message-wrapper", "forwarded", findings(rights=(rights("wrapper", "nested", "2/2"),)), {}),
    ("registered-mail-other", "other reading", findings(systems=(system(reading="alternate"),)), {}),
    ("registered-mail-other", "floor", findings(systems=(system(position="floor"),)), {}),
    ("sensitivity-label", "protected", findings(rights=(rights("label"), rights())), {}),
    ("item-class-report", "auto-reply", findings(envelope=envelope(kind="auto-reply")), {}),
    ("item-class-meeting", "ordinary", findings(), {}),
    ("item-class-auto-reply", "report", findings(envelope=envelope(kind="report")), {}),
    ("item-class-other", "IPM.Note", msg(message_class="ipm.note"), {}),
    ("item-class-other", "none", msg(message_class=""), {}),
    ("item-class-other", "out of office", msg(message_class="IPM.Note.Rules.OofTemplate.Microsoft"), {}),
    ("item-class-other", "S/MIME", msg(message_class="IPM.Note.SMIME"), {}),
    ("item-class-other", "old S/MIME", msg(message_class="IPM.Note.Secure.Sign"), {}),
    ("item-class-other", "contact", _contact, {}),
    ("item-class-other", "report", msg(kind="report", message_class="REPORT.IPM.Note.NDR"), {}),
    ("not-an-email-item", "like a contact", msg(kind="other-item", message_class="IPM.ContactLens"), {}),
    ("not-an-email-item", "mail", msg(message_class="IPM.Contact"), {}),
    ("not-a-message", "several", findings(no_message="not-one-message"), {}),
    ("not-a-message", "one", findings(), {}),
    ("not-one-message", "none", findings(no_message="not-a-message"), {}),
    ("journal-report", "attached message", findings(delivery=Delivery(attached_messages=1)), {}),
    ("not-a-received-copy", "ordinary", findings(), {}),
    ("unsent-draft", "ordinary", findings(), {}),
    ("sender-invalid", "one of two", findings(envelope=envelope(sender=(box(None, "none"), box()))), {}),
    ("sender-invalid", "draft", findings(envelope=_draft), {}),
    ("sender-invalid", "contact", _contact, {}),
    ("sender-invalid", "failed", findings(envelope=envelope(sender=()), internal_error="x"), {}),
    ("sender-invalid", "no message", findings(envelope=envelope(kind="none", sender=())), {}),
    (
        "sender-invalid",
        "Exchange address",
        findings(envelope=envelope(sender=()), outlook=Outlook(address_not_in_file=place())),
        {},
    ),
    (
        "sender-invalid",
        "header cut off",
        findings(envelope=envelope(sender=()), limits_hit=(limit_hit("fields", 2001, 2000, ""),)),
        {},
    ),
    ("recipient-invalid", "empty group", findings(envelope=envelope(to=())), {}),
    ("recipient-invalid", "draft", findings(envelope=_draft), {}),
    (
        "recipient-invalid",
        "Exchange address",
        findings(envelope=envelope(to=(box(None, "none", "EX"),)), outlook=Outlook(address_not_in_file=place())),
        {},
    ),
    ("address-not-in-file", "ordinary", findings(), {}),
    ("no-visible-recipient", "Cc alone", findings(envelope=envelope(to=(), cc=(box(),))), {}),
    ("no-visible-recipient", "draft", findings(envelope=envelope(draft=True, to=())), {}),
    (
        "no-visible-recipient",
        "Exchange address",
        findings(envelope=envelope(to=()), outlook=Outlook(address_not_in_file=place())),
        {},
    ),
    ("recipient-not-known", "not given", findings(), {}),
    ("recipient-not-known", "known", findings(), {"known_addresses": ["RECIPIENT@example.org"]}),
    ("recipient-not-known", "nobody", findings(envelope=envelope(to=())), {"known_addresses": ["x@example.org"]}),
    ("recipient-not-known", "draft", findings(envelope=envelope(draft=True)), {"known_addresses": ["x@example.org"]}),
    ("message-id-missing", "there", findings(), {}),
    ("message-id-missing", "contact", _contact, {}),
    ("duplicate-message-id", "one file", findings(), {}),
    ("message-too-large", "at the limit", findings(size=150_000_000), {}),
    ("attachment-too-large", "at the limit", findings(attachments=(attachment(size=5120 * 1024),)), {}),
    (
        "attachment-too-large",
        "upper bound only",
        findings(attachments=(attachment(size=5120 * 1024 + 2, size_min=5120 * 1024 - 2, exact=False),)),
        {},
    ),
    ("attachment-too-large", "hidden", findings(smime=(smime(),), attachments=(_hidden,)), {}),
    (
        "attachment-too-large",
        "the entity itself",
        findings(smime=(smime("encrypted"),), attachments=(attachment("smime.p7m", 9 * MEGABYTE, part=""),)),
        {},
    ),
    (
        "attachment-too-large",
        "inside the original",
        findings(pec=pec(layout="unsigned"), attachments=(_in_original,)),
        {},
    ),
    ("attachment-blocked-extension", "not the last", findings(attachments=(attachment("a.exe.pdf"),)), {}),
    ("attachment-blocked-extension", "no extension", findings(attachments=(attachment("exe"), attachment(None))), {}),
    ("attachment-blocked-extension", "hidden", findings(smime=(smime(),), attachments=(_hidden,)), {}),
    (
        "attachment-blocked-extension",
        "allowed",
        findings(attachments=(attachment("a.svg"),)),
        {"blocked_extensions": ["exe"]},
    ),
    (
        "safe-attachments-placeholder",
        "similar",
        findings(attachments=(attachment("ATP Scan.eml"), attachment(None))),
        {},
    ),
    (
        "forward-mailbox-not-attached",
        "attached",
        findings(delivery=Delivery(attached_messages=1)),
        {"forward_mailbox": True},
    ),
    ("forward-mailbox-not-attached", "another mailbox", findings(), {}),
    ("invalid-xml-characters", "none", findings(), {}),
    (
        "subject-too-long",
        "another column",
        findings(delivery=Delivery(oversized=(Oversized("sender", 251, place()),))),
        {},
    ),
    (
        "field-over-column-length",
        "subject",
        findings(delivery=Delivery(oversized=(Oversized("subject", 801, place()),))),
        {},
    ),
    ("body-very-large", "at the number", findings(delivery=Delivery(body_size=MEGABYTE)), {}),
    ("charset-unknown", "none", findings(), {}),
    ("tnef", "none", findings(), {}),
    ("limit-reached", "none", findings(), {}),
    ("ambiguous-structure", "the primary shows it too", findings(smime=(smime(), smime(reading="alternate"))), {}),
    ("ambiguous-structure", "attachment", findings(smime=(_floor_of_attachment,)), {}),
    (
        "ambiguous-structure",
        "forwarded PEC",
        findings(pec=pec(layout="forwarded", evidence=(place(reading="alternate"),))),
        {},
    ),
    ("ambiguous-structure", "label", findings(rights=(rights("label", reading="alternate"),)), {}),
    (
        "ambiguous-structure",
        "inside a PEC",
        findings(
            pec=pec(),
            smime=(smime(), smime("encrypted", "nested", reading="alternate", **_postacert)),
            pgp=(pgp("encrypted", reading="alternate", **_postacert),),
        ),
        {},
    ),
    (
        "ambiguous-structure",
        "same place",
        findings(
            smime=(smime("clear-signed", "nested", "1"), smime("clear-signed", "nested", "1", reading="alternate"))
        ),
        {},
    ),
    ("unopened-content", "none", findings(), {}),
    ("internal-error", "none", findings(), {}),
    ("headers-synthesised", "none", msg(), {}),
    ("container-mismatch", "none", findings(), {}),
    ("truncated-file", "none", findings(), {}),
)
