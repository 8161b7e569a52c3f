"""S/MIME (RFC 8551) below the top, signed documents, and what a class or a size adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.policy.rule import (
    APP_FOR_OUTLOOK,
    ASSUMED,
    BLOCKS,
    DEGRADES,
    DERIVED,
    DOCUMENTED,
    EMAIL_ROUTER,
    EVERY,
    EXCHANGE,
    INFORMS,
    POP_IMAP,
    UNDETERMINED,
    Match,
    Row,
    Rule,
)
from pecdetect.policy.rules.common import ENCRYPTED, clipped, own, seen, seen_once, top_smime
from pecdetect.sentences import Sentence

if TYPE_CHECKING:
    from pecdetect.detect.findings import Findings, Smime
    from pecdetect.profile import Profile

_STORE = "ms-oxosmime"
_BELOW = frozenset({"nested", "attachment"})


def _is_body(entity: Smime) -> bool:
    """Whether encrypted content is among the parts of this message, not in a message that it holds."""
    return entity.position == "nested" and entity.kind in ENCRYPTED and "/" not in entity.part and own(entity)


def _is_attached_document(entity: Smime) -> bool:
    """Whether this is a document signed with CMS; an encrypted file is not a readable document."""
    return entity.document and entity.kind not in ENCRYPTED and entity.position in _BELOW and own(entity)


def _is_below(entity: Smime) -> bool:
    """Whether S/MIME is below the top in a way that harms nothing."""
    below = entity.position in _BELOW and own(entity)
    return below and not _is_attached_document(entity) and not _is_body(entity)


def _nested_encrypted(findings: Findings, _: Profile) -> Match | None:
    return seen([entity.evidence for entity in findings.smime if _is_body(entity)])


def _nested(findings: Findings, _: Profile) -> Match | None:
    return seen([entity.evidence for entity in findings.smime if _is_below(entity)])


def _document(findings: Findings, _: Profile) -> Match | None:
    return seen([entity.evidence for entity in findings.smime if _is_attached_document(entity)])


def _class_mismatch(findings: Findings, _: Profile) -> Match | None:
    return seen_once(findings.outlook.smime_class_mismatch, message_class=clipped(findings.envelope.message_class))


def _over_limit(findings: Findings, profile: Profile) -> Match | None:
    top = top_smime(findings)
    if top is None or top.size <= profile.max_attachment_kb * 1024:
        return None
    return Match(evidence=(top.evidence,), facts={"size": top.size, "limit": profile.max_attachment_kb})


_CLASS = Sentence(
    "The class {message_class} says S/MIME, but the attachments do not fit it.",
    general="The class of the item says S/MIME, but the attachments do not fit it.",
)
_OVER_LIMIT = Sentence(
    "The signed or encrypted entity has {size} bytes; the limit for attachments is {limit} KB.",
    general="The signed or encrypted entity is larger than the limit for attachments.",
)

RULES = (
    Rule(
        code="smime-nested-encrypted",
        title="S/MIME encrypted part",
        summary="Part of the message's text is encrypted with S/MIME.",
        detects="CMS enveloped-data below the top that is text of the message, for instance with a list's footer "
        "around it.",
        why="The record holds the readable parts. The encrypted one arrives as a file that cannot be opened there.",
        find=_nested_encrypted,
        rows=(
            Row(
                variant="encrypted-part",
                channels=EVERY,
                effect=DEGRADES,
                basis=ASSUMED,
                detail="A part of the message is encrypted with S/MIME. The message itself is not, so a record is "
                "expected, with that part unreadable.",
                references=(_STORE, "rfc8551"),
            ),
        ),
        false_positives="An encrypted file that was attached under the usual name smime.p7m.",
        example='Content-Type: application/pkcs7-mime; name="smime.p7m"',
        remedies=("decrypt-original", "ask-unprotected"),
        needs="smime",
    ),
    Rule(
        code="smime-nested",
        title="S/MIME below the top",
        detects="A signed part below the top, or S/MIME inside an attached message or attachment.",
        why="Only the message itself makes an S/MIME item in the mailbox; its parts do not.",
        find=_nested,
        rows=(
            Row(
                variant="below-top",
                channels=EVERY,
                effect=INFORMS,
                basis=DERIVED,
                detail="The message contains S/MIME below its top. The mailbox goes by the message itself, so this is "
                "an ordinary message that holds such content.",
                references=(_STORE,),
            ),
        ),
        false_positives="None: it only informs.",
        example='Content-Type: multipart/signed; protocol="application/pkcs7-signature"',
        needs="smime",
    ),
    Rule(
        code="signed-document-attachment",
        title="Signed document attached",
        detects="An attached document signed with CMS (CAdES, fattura.xml.p7m).",
        why="It is a file like any other. It protects nothing of the message, although its type and name resemble "
        "S/MIME.",
        find=_document,
        rows=(
            Row(
                variant="attached",
                channels=EVERY,
                effect=INFORMS,
                basis=DERIVED,
                detail="A signed document is attached. It is a file, not a protected message. Dynamics 365 does not "
                "block the extension .p7m by default.",
                references=(_STORE, "files-images-overview"),
            ),
        ),
        false_positives="None: it only informs.",
        example='Content-Disposition: attachment; filename="fattura.xml.p7m"',
        needs="smime",
    ),
    Rule(
        code="smime-class-mismatch",
        title="S/MIME class without the structure",
        summary="The Outlook class says S/MIME, but the attachments do not fit it.",
        detects="An Outlook item of a class *.SMIME* that does not have exactly one fitting attachment.",
        why="The specification does not define what readers do with such an item.",
        find=_class_mismatch,
        rows=(
            Row(
                variant="undefined",
                channels=EXCHANGE + APP_FOR_OUTLOOK,
                effect=UNDETERMINED,
                basis=DOCUMENTED,
                detail=(_CLASS, "The specification does not define what happens with such an item."),
                references=(_STORE,),
            ),
            Row(
                variant="pop-imap",
                channels=POP_IMAP,
                effect=INFORMS,
                basis=ASSUMED,
                detail=(_CLASS, "Over POP3 or IMAP there is no class."),
                references=(_STORE,),
            ),
            Row(
                variant="email-router",
                channels=EMAIL_ROUTER,
                effect=BLOCKS,
                basis=DOCUMENTED,
                detail=(
                    Sentence("The class is {message_class}.", general="The class of the item says S/MIME."),
                    "The Email Router tracks plain mail and out-of-office replies only.",
                ),
                references=("hh699695",),
            ),
        ),
        false_positives="Items that a converter or a clean-up of attachments has changed.",
        example="IPM.Note.SMIME.MultipartSigned, 3 attachments",
        remedies=("get-original-file", "forward"),
        needs="outlook.smime_class_mismatch",
    ),
    Rule(
        code="smime-over-attachment-limit",
        title="Signed entity over the attachment limit",
        summary="The message's one smime.p7m is larger than the limit for attachments.",
        detects="The message is an S/MIME or PEC entity of more bytes than max_attachment_kb allows.",
        why="The mailbox shows the whole entity as one attachment. The limit for one attachment may therefore apply "
        "to the sum of all of them.",
        find=_over_limit,
        rows=(
            Row(
                variant="one-attachment",
                channels=EXCHANGE + APP_FOR_OUTLOOK,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail=(
                    _OVER_LIMIT,
                    (
                        "A Microsoft training text says that mail with a larger attachment is not synchronised, and "
                        "the mailbox shows the entity as one attachment. No document says whether the limit applies to "
                        "it."
                    ),
                ),
                references=("training-email-options", _STORE),
                assumes=("max_attachment_kb",),
            ),
            Row(
                variant="large-entity",
                channels=POP_IMAP + EMAIL_ROUTER,
                effect=INFORMS,
                basis=ASSUMED,
                detail=(_OVER_LIMIT,),
                references=("training-email-options",),
                assumes=("max_attachment_kb",),
            ),
        ),
        false_positives="Organisations that have raised the limit: give the true value in the profile.",
        example='Content-Type: multipart/signed; protocol="application/pkcs7-signature"',
        remedies=("raise-attachment-limit", "share-a-link", "forward"),
        needs="smime",
    ),
)
