"""PEC (RFC 6109): certified mail, its receipts, and what is left of it after others have handled it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.policy.rule import (
    ASSUMED,
    BLOCKS,
    DOCUMENTED,
    EVERY,
    INFORMS,
    UNDETERMINED,
    A,
    Match,
    P,
    R,
    Row,
    Rule,
    X,
)
from pecdetect.policy.rules.common import (
    ENCRYPTED,
    clip,
    pec_reading,
    pec_with_layout,
    shown,
    signed_envelope,
)

if TYPE_CHECKING:
    from pecdetect.detect.findings import Findings, Pec
    from pecdetect.policy.rule import Find
    from pecdetect.profile import Profile

UNSIGNED_HEADER = (
    "The provider's signature covers the body, not the outer header fields: From, To, Subject, Date and the X- "
    "fields can be changed without breaking it."
)
_KB = ("KB4490718", "rfc6109")

_SHAPES = {
    "clear-signed": "The provider signed it in clear (multipart/signed)",
    "opaque-signed": "It is signed in one piece (pkcs7-mime, signed-data)",
    "stripped": "It is signed, and its PEC header fields are gone",
    "unsigned": "It still is multipart/signed, though the signature itself is gone",
}
_KEPT = "The mailbox keeps such a message as the provider's covering text and one smime.p7m that holds the rest."
_KEPT_OPAQUE = "The mailbox keeps such a message as one smime.p7m, with no text of its own."
_DIGEST = {
    True: " The digest in the signature matches the signed content.",
    False: " The digest in the signature does not match the content, which was changed after signing.",
    None: "",
}
_SEALED = (
    " The original in postacert.eml is itself encrypted or rights-protected, so forwarding does not help: it "
    "carries the ciphertext along."
)


def _original_is_sealed(findings: Findings) -> bool:
    """Whether the original message of the PEC cannot be read as it is."""
    return (
        any(e.inside == "postacert" and e.kind in ENCRYPTED for e in findings.smime)
        or any(e.inside == "postacert" and e.kind == "encrypted" for e in findings.pgp)
        or any(e.inside == "postacert" and e.kind in ("rpmsg", "wrapper") for e in findings.rights)
    )


def _match(findings: Findings, pec: Pec) -> Match:
    sealed = _original_is_sealed(findings)
    facts = {
        "type": clip(pec.type_raw or "unknown") if pec.type == "other" else pec.type,
        "shape": _SHAPES.get(pec.layout, ""),
        "kept": _KEPT_OPAQUE if pec.layout == "opaque-signed" else _KEPT,
        "state": _DIGEST[pec.signature.intact] + (_SEALED if sealed else ""),
    }
    return Match(shown(pec.evidence), facts, remedies=("decrypt-original", "ask-unprotected") if sealed else None)


def _envelope(*types: str) -> Find:
    """Make a search for a signed envelope of one of these types."""

    def find(findings: Findings, _: Profile) -> Match | None:
        pec = signed_envelope(findings)
        return _match(findings, pec) if pec and pec.type in types else None

    return find


def _layout(layout: str) -> Find:
    """Make a search for a PEC that others have handled in this way."""

    def find(findings: Findings, _: Profile) -> Match | None:
        pec = pec_with_layout(findings, layout)
        return _match(findings, pec) if pec else None

    return find


def _unsigned_copy(findings: Findings, _: Profile) -> Match | None:
    pec = pec_with_layout(findings, "unsigned")
    if pec is None or signed_envelope(findings) is not None:
        return None
    # A header field alone is a claim; an anomaly envelope has no certification data to show for it.
    has_parts = pec.daticert_section is not None or pec.postacert_section is not None
    # Where the structure at the top cannot be relied on, nobody can say that there are no parts.
    unclear = any(anomaly.severity == "high" and not anomaly.part for anomaly in findings.anomalies)
    return _match(findings, pec) if has_parts or unclear or pec.type == "errore" else None


def _inconsistent(findings: Findings, _: Profile) -> Match | None:
    pec = findings.pec
    if pec is None or pec_reading(pec) != "primary":
        return None
    doubled = [check for check in pec.checks if check.id == "A19" and check.result == "fail"][:3]
    bare = not pec.signature.present and pec.layout != "forwarded"
    if pec.consistent and not doubled and not bare:
        return None
    claims = [f"{claim.source} says {clip(claim.value)}" for claim in pec.claimed_by[:10]]
    said = claims + [clip(check.detail) for check in doubled] + ["no signed structure bears it out"] * bare
    return Match(shown(claim.evidence for claim in pec.claimed_by), {"said": "; ".join(said)})


def _rows(what: str, named: str) -> tuple[Row, ...]:
    """Give the rows of a signed envelope: what it is, and how far the article goes."""
    tail = f"{{state}} {UNSIGNED_HEADER}"
    return (
        Row(
            X,
            BLOCKS,
            DOCUMENTED,
            f"{what}. {{shape}}. {named} {{kept}}{tail}",
            (*_KB, "ms-oxosmime"),
        ),
        Row(
            R,
            BLOCKS,
            DOCUMENTED,
            f"{what}. {{shape}}. {named} The article names the Email Router too, which takes the plain mail class "
            f"only.{tail}",
            (*_KB, "hh699695"),
        ),
        Row(
            P,
            UNDETERMINED,
            ASSUMED,
            f"{what}. {{shape}}. The article on PEC speaks of Exchange Web Services only; what becomes of such a "
            f"message over POP3 or IMAP is not documented.{tail}",
            _KB,
        ),
        Row(
            A,
            UNDETERMINED,
            DOCUMENTED,
            f"{what}. {{shape}}. Two documents conflict: one says that PEC is not supported, the other that signed "
            f"mail can be tracked by hand with its attachments inside one .p7m.{tail}",
            (*_KB, "ms-smime-tracking"),
        ),
    )


RULES = (
    Rule(
        "pec-transport-envelope",
        "PEC transport envelope",
        "the message is a PEC transport envelope, which is signed certified mail",
        "A PEC message of type posta-certificata whose signed envelope stands at the top of the message: "
        "clear-signed as the provider made it, signed in one piece, with its PEC header fields stripped, or still "
        "multipart/signed although the signature part is gone.",
        "KB 4490718 names PEC as mail that Server-Side Synchronization and the Email Router do not synchronise. "
        "The envelope is signed in clear, not encrypted; the sender's own message is postacert.eml inside the "
        "signed part, and the sender of the envelope is the provider.",
        _envelope("posta-certificata"),
        _rows(
            "The message is a PEC transport envelope",
            "Microsoft names PEC (RFC 6109) as a mail type that is not supported for synchronisation.",
        ),
        "None known where the signed structure is there; a forged envelope is judged by its structure and fires too.",
        "X-Trasporto: posta-certificata",
        ("forward", "unwrap-at-gateway"),
        ("smime-mail-flow-rule",),
        needs="pec",
    ),
    Rule(
        "pec-receipt",
        "PEC receipt or notice",
        "the message is a PEC receipt or notice, which is signed like all PEC mail",
        "A signed PEC message of any receipt or notice type: accettazione, non-accettazione, presa-in-carico, "
        "avvenuta-consegna, errore-consegna, preavviso-errore-consegna, rilevazione-virus, or a type that RFC 6109 "
        "does not define where readable certification data names it.",
        "Receipts have the same signed structure as transport envelopes. KB 4490718 speaks of PEC and RFC 6109 and "
        "does not name this type.",
        _envelope(
            "accettazione",
            "non-accettazione",
            "presa-in-carico",
            "avvenuta-consegna",
            "errore-consegna",
            "preavviso-errore-consegna",
            "rilevazione-virus",
            "other",
        ),
        _rows(
            "The message is a PEC receipt or notice of type {type}",
            "Microsoft says that PEC (RFC 6109) is not supported for synchronisation; the article does not name "
            "this type.",
        ),
        "A read receipt or a delivery report is not a PEC receipt and does not fire this rule.",
        "X-Ricevuta: avvenuta-consegna",
        ("forward", "unwrap-at-gateway"),
        ("smime-mail-flow-rule",),
        needs="pec",
    ),
    Rule(
        "pec-anomaly-envelope",
        "PEC anomaly envelope",
        "the message is a PEC anomaly envelope, which is signed like all PEC mail",
        "A signed PEC message of type errore: the provider's envelope around ordinary mail that came to a PEC address.",
        "It has the structure of a transport envelope and fails in the same way; its content is not certified.",
        _envelope("errore"),
        _rows(
            "The message is a PEC anomaly envelope around ordinary mail; its content is not certified",
            "Microsoft says that PEC (RFC 6109) is not supported for synchronisation; the article does not name "
            "this type.",
        ),
        "None known where the signed structure is there.",
        "X-Trasporto: errore",
        ("write-to-ordinary-address", "forward"),
        ("smime-mail-flow-rule",),
        needs="pec",
    ),
    Rule(
        "pec-relayed",
        "PEC relayed by a mailing list",
        "the message is a PEC that a mailing list or the like has relayed",
        "The PEC header fields stand at the top, the signed envelope one level down, as mailing lists leave it.",
        "Microsoft does not say which step rejects a PEC: its header fields, its class in the mailbox, or its "
        "structure. Here only some of them are left.",
        _layout("relayed"),
        (
            Row(
                EVERY,
                UNDETERMINED,
                ASSUMED,
                "The message carries the header fields of a PEC of type {type}, but its signed envelope stands "
                "one level down. Microsoft does not say which step rejects a PEC, so this may or may not "
                f"pass.{{state}} {UNSIGNED_HEADER}",
                _KB,
            ),
        ),
        "A digest or archive that copies the header fields of a PEC to its own top.",
        "X-Trasporto: posta-certificata",
        ("forward",),
        needs="pec",
    ),
    Rule(
        "pec-unsigned-copy",
        "PEC without its signed envelope",
        "the message is a copy of a PEC without its signed envelope",
        "PEC header fields and parts, and no multipart/signed left around them: a gateway, a converter or a "
        "flattened Outlook file took it away.",
        "Microsoft does not say which step rejects a PEC. Without the signed envelope the mailbox holds an "
        "ordinary message, which may pass; nothing is left that could be verified.",
        _unsigned_copy,
        (
            Row(
                EVERY,
                UNDETERMINED,
                ASSUMED,
                "The message has the header fields and parts of a PEC of type {type}, but no signed envelope. "
                "Microsoft does not say which step rejects a PEC, so this may or may not pass.{state} No signature "
                "is left here; in a complete PEC it covers the body, not the outer header fields.",
                _KB,
            ),
        ),
        "A message made to look like a PEC by somebody who is no provider.",
        "X-Ricevuta: accettazione",
        ("forward", "get-original-file"),
        needs="pec",
    ),
    Rule(
        "pec-forwarded",
        "Forwarded PEC",
        "the message forwards a PEC, which is the remedy that Microsoft gives",
        "A PEC, or its daticert.xml or postacert.eml, found only below the top of an ordinary message.",
        "This is what KB 4490718 advises. A forward sent from a PEC address is itself a new transport envelope and "
        "is judged as one.",
        _layout("forwarded"),
        (
            Row(
                EVERY,
                INFORMS,
                DOCUMENTED,
                "A PEC of type {type} stands below the top of this message: it was forwarded, which is the remedy "
                "of Microsoft's article. It is not this message's own certification.{state} " + UNSIGNED_HEADER,
                _KB,
            ),
        ),
        "An attached XML file or message that happens to bear the name daticert.xml or postacert.eml.",
        'Content-Type: message/rfc822; name="postacert.eml"',
        needs="pec",
    ),
    Rule(
        "pec-inconsistent",
        "PEC claims that disagree",
        "the places that name the PEC type disagree",
        "Header fields, subject and daticert.xml name different types, a PEC header field stands there twice, or "
        "PEC is claimed without the signed structure.",
        "Header fields are not signed, daticert.xml is. A disagreement may be a harmless edit or a forgery; "
        "whoever relies on the message should know.",
        _inconsistent,
        (
            Row(
                EVERY,
                INFORMS,
                DOCUMENTED,
                f"What claims that this is a PEC disagrees, is repeated or stands alone: {{said}}. {UNSIGNED_HEADER}",
                ("rfc6109",),
            ),
        ),
        "Software that rewrites the subject, or providers that deviate from the letter of RFC 6109.",
        "X-Ricevuta: accettazione",
        needs="pec",
    ),
)
