"""S/MIME (RFC 8551) below the top, signed documents, and what a class or a size adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.policy.rule import (
    ASSUMED,
    BLOCKS,
    DEGRADES,
    DERIVED,
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
from pecdetect.policy.rules.common import ENCRYPTED, clip, own, seen, seen_once, top_smime

if TYPE_CHECKING:
    from pecdetect.detect.findings import Findings, Smime
    from pecdetect.profile import Profile

_STORE = "ms-oxosmime"
_BELOW = frozenset({"nested", "attachment"})


def _stands_as_body(entity: Smime) -> bool:
    """Whether encrypted content stands among the parts of this message, not in a message that it holds."""
    return entity.position == "nested" and entity.kind in ENCRYPTED and "/" not in entity.part and own(entity)


def _is_attached_document(entity: Smime) -> bool:
    """Whether this is a document signed with CMS; an encrypted file is no document that anybody can read."""
    return entity.document and entity.kind not in ENCRYPTED and entity.position in _BELOW and own(entity)


def _is_below(entity: Smime) -> bool:
    """Whether S/MIME stands below the top in a way that harms nothing."""
    below = entity.position in _BELOW and own(entity)
    return below and not _is_attached_document(entity) and not _stands_as_body(entity)


def _nested_encrypted(findings: Findings, _: Profile) -> Match | None:
    return seen([entity.evidence for entity in findings.smime if _stands_as_body(entity)])


def _nested(findings: Findings, _: Profile) -> Match | None:
    return seen([entity.evidence for entity in findings.smime if _is_below(entity)])


def _document(findings: Findings, _: Profile) -> Match | None:
    return seen([entity.evidence for entity in findings.smime if _is_attached_document(entity)])


def _class_mismatch(findings: Findings, _: Profile) -> Match | None:
    return seen_once(findings.outlook.smime_class_mismatch, what=clip(findings.item.message_class or ""))


def _over_limit(findings: Findings, profile: Profile) -> Match | None:
    top = top_smime(findings)
    if top is None or top.size <= profile.max_attachment_kb * 1024:
        return None
    return Match((top.evidence,), {"size": f"{top.size:,}", "limit": f"{profile.max_attachment_kb:,}"})


RULES = (
    Rule(
        "smime-nested-encrypted",
        "S/MIME encrypted part",
        "part of its text is encrypted with S/MIME",
        "CMS enveloped-data below the top that stands as text of the message, for instance with a list's footer "
        "around it.",
        "The record holds the readable parts; the encrypted one arrives as a file that nobody can open there.",
        _nested_encrypted,
        (
            Row(
                EVERY,
                DEGRADES,
                ASSUMED,
                "A part of the message is encrypted with S/MIME. The message itself is not, so a record is "
                "expected, with that part unreadable.",
                (_STORE, "rfc8551"),
            ),
        ),
        "An encrypted file that was attached under the usual name smime.p7m.",
        'Content-Type: application/pkcs7-mime; name="smime.p7m"',
        ("decrypt-original", "ask-unprotected"),
        needs="smime",
    ),
    Rule(
        "smime-nested",
        "S/MIME below the top",
        "it holds S/MIME content below the top",
        "A signed part below the top, or S/MIME inside an attached message or attachment.",
        "Only the message itself makes an S/MIME item in the mailbox; what it holds does not.",
        _nested,
        (
            Row(
                EVERY,
                INFORMS,
                DERIVED,
                "S/MIME stands below the top of the message, not at it: the mailbox goes by the message itself, so "
                "this is an ordinary message that holds such content.",
                (_STORE,),
            ),
        ),
        "None: it only informs.",
        'Content-Type: multipart/signed; protocol="application/pkcs7-signature"',
        needs="smime",
    ),
    Rule(
        "signed-document-attachment",
        "Signed document attached",
        "a signed document is attached",
        "An attached document signed with CMS (CAdES, fattura.xml.p7m).",
        "It is a file like any other and protects nothing of the message, though its type and name resemble S/MIME.",
        _document,
        (
            Row(
                EVERY,
                INFORMS,
                DERIVED,
                "A signed document is attached. It is a file, not a protected message; .p7m is not among the "
                "extensions that Dynamics 365 blocks by default.",
                (_STORE, "files-images-overview"),
            ),
        ),
        "None: it only informs.",
        'Content-Disposition: attachment; filename="fattura.xml.p7m"',
        needs="smime",
    ),
    Rule(
        "smime-class-mismatch",
        "S/MIME class without the structure",
        "its Outlook class says S/MIME and its attachments do not fit",
        "An Outlook item of a class *.SMIME* that does not have exactly one fitting attachment.",
        "The specification leaves undefined what readers do with such an item.",
        _class_mismatch,
        (
            Row(
                X + A,
                UNDETERMINED,
                DOCUMENTED,
                'The class "{what}" says S/MIME, and the attachments do not fit it. The specification leaves the '
                "behaviour undefined.",
                (_STORE,),
            ),
            Row(
                P,
                INFORMS,
                ASSUMED,
                'The class "{what}" says S/MIME, and the attachments do not fit it. Over POP3 or IMAP there is no '
                "class.",
                (_STORE,),
            ),
            Row(
                R,
                BLOCKS,
                DOCUMENTED,
                'The class is "{what}"; the Email Router tracks plain mail and out-of-office replies only.',
                ("hh699695",),
            ),
        ),
        "Items that a converter or a sweep for attachments has changed.",
        "IPM.Note.SMIME.MultipartSigned, 3 attachments",
        ("get-original-file", "forward"),
        needs="outlook.smime_class_mismatch",
    ),
    Rule(
        "smime-over-attachment-limit",
        "Signed entity over the attachment limit",
        "its one smime.p7m is larger than the limit for attachments",
        "The S/MIME or PEC entity that the message is has more octets than max_attachment_kb allows.",
        "The mailbox shows the whole entity as one attachment, so that the limit for one attachment may meet the "
        "sum of all of them.",
        _over_limit,
        (
            Row(
                X + A,
                UNDETERMINED,
                ASSUMED,
                "The signed or encrypted entity has {size} octets, the limit is {limit} KB. A training text says "
                "that mail with a larger attachment is not synchronised, and the mailbox shows the entity as one "
                "attachment; that the limit applies to it is nowhere said.",
                ("training-email-options", _STORE),
                assumes=("max_attachment_kb",),
            ),
            Row(
                P + R,
                INFORMS,
                ASSUMED,
                "The signed or encrypted entity has {size} octets, the limit for attachments is {limit} KB.",
                ("training-email-options",),
                assumes=("max_attachment_kb",),
            ),
        ),
        "Limits that were raised: give the true value in the profile.",
        'Content-Type: multipart/signed; protocol="application/pkcs7-signature"',
        ("raise-attachment-limit", "share-a-link", "forward"),
        needs="smime",
    ),
)
