"""S/MIME (RFC 8551) at the top: the message itself is signed, encrypted, or something rarer."""

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
    EXCHANGE,
    INFORMS,
    POP_IMAP,
    UNDETERMINED,
    Match,
    Row,
    Rule,
    graded,
)
from pecdetect.policy.rules.common import (
    ENCRYPTED,
    at_top,
    clipped,
    listed,
    name_of,
    shown,
    signed_envelope,
    top_smime,
)
from pecdetect.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from pecdetect.detect.findings import Findings, Smime
    from pecdetect.policy.rule import Find
    from pecdetect.profile import Profile

_STORE = "ms-oxosmime"
_ROUTER = ("ms-oxosmime", "hh699695")
_ROUTER_CHAIN = (
    "Exchange gives such a message an S/MIME class (MS-OXOSMIME), and the Email Router tracks plain mail and "
    "out-of-office replies only. It follows that the Router leaves the message behind."
)


def _is_multipart(findings: Findings, entity: Smime) -> bool:
    return any(row.type == "multipart/signed" for row in findings.parts if row.section == entity.part)


def _is_clear_signed(findings: Findings, entity: Smime) -> bool:
    """Whether the entity is a multipart/signed: MS-OXOSMIME goes by the media type alone."""
    return entity.kind == "clear-signed" or (entity.kind == "unknown" and _is_multipart(findings, entity))


def _is_document(_: Findings, entity: Smime) -> bool:
    """Whether the entity is a signed document; encrypted content is unreadable, document or not."""
    return entity.document and entity.kind not in ENCRYPTED


def _is_lone_signature(_: Findings, entity: Smime) -> bool:
    return entity.lone_signature


def _is_unread(findings: Findings, entity: Smime) -> bool:
    return entity.kind == "unknown" and not _is_multipart(findings, entity)


_UNCLEAR: tuple[tuple[str, Callable[[Findings, Smime], bool]], ...] = (
    ("lone-signature", _is_lone_signature),
    ("document", _is_document),
    ("unread", _is_unread),
)
"""What makes an entity unclear."""


def _what_is_unclear(findings: Findings, entity: Smime) -> str | None:
    return next((what for what, test in _UNCLEAR if test(findings, entity)), None)


def _top(*kinds: str) -> Find:
    """Make a search for a message that is S/MIME of one of these kinds, and clearly so."""

    def find(findings: Findings, _: Profile) -> Match | None:
        top = top_smime(findings)
        if top is None or top.kind not in kinds or _what_is_unclear(findings, top):
            return None
        return Match(evidence=(top.evidence,))

    return find


def _clear_signed(findings: Findings, _: Profile) -> Match | None:
    top = top_smime(findings)
    if top is None or not _is_clear_signed(findings, top):
        return None
    if signed_envelope(findings) or any(map(at_top, findings.pgp)):
        return None
    return Match(
        evidence=(top.evidence,),
        facts={"message_class": clipped(findings.envelope.message_class)},
        grade="attachments" if any(entry.hidden_in for entry in findings.attachments) else "",
    )


def _hidden(findings: Findings, _: Profile) -> Match | None:
    entries = [entry for entry in findings.attachments if entry.hidden_in]
    if not entries:
        return None
    return Match(
        evidence=shown(entry.evidence for entry in entries), facts=listed("names", list(map(name_of, entries)))
    )


def _undetermined(findings: Findings, _: Profile) -> Match | None:
    top = top_smime(findings)
    what = _what_is_unclear(findings, top) if top else None
    return Match(evidence=(top.evidence,), facts={"unclear": what}) if top and what else None


def _has_smime_class(findings: Findings, _profile: Profile, _match: Match) -> bool:
    """Condition: an Outlook item whose class itself says S/MIME."""
    return ".smime" in (findings.envelope.message_class or "").lower()


def _doubtful(  # noqa: PLR0913 - the fields of a record
    *, code: str, title: str, what: str, unclear: tuple[str | Sentence, ...], detects: str, example: str, find: Find
) -> Rule:
    """Make a rule for the rarer S/MIME structures, which no document mentions."""
    return Rule(
        code=code,
        title=title,
        summary=what,
        detects=detects,
        why="The mailbox keeps it as a message with one .p7m and no text of its own. No document says what Dynamics "
        "365 does with such messages, and the record would hold little to read.",
        find=find,
        rows=(
            Row(
                variant="undocumented",
                channels=EXCHANGE + POP_IMAP + APP_FOR_OUTLOOK,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail=(what, *unclear, "No document says whether this channel creates a record of it."),
                references=(_STORE, "rfc8551"),
            ),
            Row(
                variant="email-router",
                channels=EMAIL_ROUTER,
                effect=BLOCKS,
                basis=DERIVED,
                detail=(what, *unclear, _ROUTER_CHAIN),
                references=_ROUTER,
            ),
        ),
        false_positives="None known.",
        example=example,
        remedies=("forward", "ask-unprotected"),
        dead_ends=("smime-mail-flow-rule",),
        needs="smime",
    )


_NO_TEXT = "It has no text of its own to show."

RULES = (
    Rule(
        code="smime-encrypted",
        title="S/MIME encrypted message",
        summary="The message is encrypted with S/MIME; only the recipient's key opens it.",
        detects="The message itself is CMS enveloped-data or authEnveloped-data.",
        why="Server-Side Synchronization has no S/MIME control and no private key. It cannot read the content, whether "
        "or not it creates a record.",
        find=_top("encrypted", "auth-encrypted"),
        rows=(
            Row(
                variant="server-side",
                channels=EXCHANGE + POP_IMAP,
                effect=BLOCKS,
                basis=DOCUMENTED,
                detail="The message is encrypted with S/MIME. Server-Side Synchronization does not support the S/MIME "
                "control and cannot show the content. It may still create a record, but the content cannot be "
                "read there.",
                references=("sss-setup", "ms-smime-tracking", "KB4490718"),
            ),
            Row(
                variant="email-router",
                channels=EMAIL_ROUTER,
                effect=BLOCKS,
                basis=DOCUMENTED,
                detail="The message is encrypted with S/MIME. The content cannot be read without the recipient's key, "
                "and the Email Router tracks plain mail and out-of-office replies only.",
                references=("KB4490718", "hh699695"),
            ),
            Row(
                variant="app-for-outlook",
                channels=APP_FOR_OUTLOOK,
                effect=UNDETERMINED,
                basis=DOCUMENTED,
                detail="The message is encrypted with S/MIME. It can be tracked only after decryption in Outlook, and "
                "the copy in Dynamics 365 is then not encrypted. Some clients do not offer the add-in on "
                "protected messages.",
                references=("ms-smime-tracking", "read-add-ins"),
            ),
        ),
        false_positives="A document encrypted with CMS that was sent as the whole message.",
        example="Content-Type: application/pkcs7-mime; smime-type=enveloped-data",
        remedies=("decrypt-then-track", "decrypt-original", "ask-unprotected"),
        dead_ends=("smime-mail-flow-rule",),
        needs="smime",
    ),
    Rule(
        code="smime-opaque-signed",
        title="S/MIME signed in one piece",
        summary="The message is signed in one piece (opaque), so its text and files are inside one .p7m.",
        detects="The message itself is CMS signed-data that holds the signed content.",
        why="The mailbox does not promote the text of such a message. Dynamics 365 receives an empty body and one "
        ".p7m file.",
        find=_top("opaque-signed"),
        rows=(
            Row(
                variant="exchange",
                channels=EXCHANGE,
                effect=BLOCKS,
                basis=DERIVED,
                detail="The message is signed in one piece. Exchange shows no body of it and one .p7m (MS-OXOSMIME), "
                "and Server-Side Synchronization has no S/MIME control to open that file. It follows that the content "
                "cannot be read in Dynamics 365.",
                references=(_STORE, "sss-setup"),
            ),
            Row(
                variant="email-router",
                channels=EMAIL_ROUTER,
                effect=BLOCKS,
                basis=DERIVED,
                detail=("The message is signed in one piece.", _ROUTER_CHAIN),
                references=_ROUTER,
            ),
            Row(
                variant="pop-imap",
                channels=POP_IMAP,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail="The message is signed in one piece. No document says what becomes of such a message over POP3 "
                "or IMAP.",
                references=("sss-setup",),
            ),
            Row(
                variant="app-for-outlook",
                channels=APP_FOR_OUTLOOK,
                effect=DEGRADES,
                basis=DOCUMENTED,
                detail="The message is signed in one piece. Signed mail can be tracked by hand; its text and "
                "attachments stay inside one .p7m, which takes an S/MIME reader to open.",
                references=("ms-smime-tracking",),
            ),
        ),
        false_positives="None known. A signed document that is the whole message is smime-undetermined.",
        example="Content-Type: application/pkcs7-mime; smime-type=signed-data",
        remedies=("track-and-open-p7m", "forward", "unwrap-at-gateway"),
        dead_ends=("smime-mail-flow-rule",),
        needs="smime",
    ),
    Rule(
        code="smime-clear-signed",
        title="S/MIME signed in clear",
        summary="The message is signed in clear (multipart/signed).",
        detects="The message itself is multipart/signed, with S/MIME's protocol or an unknown one, and is neither PGP "
        "nor PEC.",
        why="Exchange turns such a message into its text and one smime.p7m. Microsoft documents that such mail can be "
        "tracked by hand. It does not document automatic synchronisation of it, and it does not support PEC, which has "
        "the same shape.",
        find=_clear_signed,
        rows=(
            Row(
                variant="exchange",
                channels=EXCHANGE,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail="The message is signed in clear. Microsoft documents that such mail can be tracked by hand, and "
                "that it does not support PEC, which has the same shape. No document mentions automatic "
                "synchronisation.",
                references=("ms-smime-tracking", "KB4490718", _STORE),
            ),
            Row(
                variant="pop-imap",
                channels=POP_IMAP,
                effect=INFORMS,
                basis=ASSUMED,
                detail="The message is signed in clear. Over POP3 or IMAP it arrives as MIME with readable text. No "
                "document excludes it.",
                references=("rfc8551",),
            ),
            Row(
                variant="router-smime-class",
                channels=EMAIL_ROUTER,
                effect=BLOCKS,
                basis=DOCUMENTED,
                detail=(
                    Sentence(
                        "The message is signed in clear and its class is {message_class}.",
                        general="The message is signed in clear and its class says S/MIME.",
                    ),
                    "The Email Router tracks plain mail and out-of-office replies only.",
                ),
                references=("hh699695",),
                when=_has_smime_class,
                condition="an Outlook item whose class says S/MIME",
            ),
            Row(
                variant="email-router",
                channels=EMAIL_ROUTER,
                effect=BLOCKS,
                basis=DERIVED,
                detail=("The message is signed in clear.", _ROUTER_CHAIN),
                references=_ROUTER,
            ),
            Row(
                variant="app-with-attachments",
                channels=APP_FOR_OUTLOOK,
                effect=DEGRADES,
                basis=DOCUMENTED,
                detail="The message is signed in clear. It can be tracked by hand; its attachments arrive inside one "
                "smime.p7m, which takes an S/MIME reader to open.",
                references=("ms-smime-tracking",),
                when=graded("attachments"),
                condition="it has attachments",
            ),
            Row(
                variant="app-for-outlook",
                channels=APP_FOR_OUTLOOK,
                effect=INFORMS,
                basis=DOCUMENTED,
                detail="The message is signed in clear. It can be tracked by hand.",
                references=("ms-smime-tracking",),
            ),
        ),
        false_positives="Mailing-list software and gateways that sign everything.",
        example='Content-Type: multipart/signed; protocol="application/pkcs7-signature"',
        remedies=("track-and-open-p7m", "forward", "unwrap-at-gateway"),
        dead_ends=("smime-mail-flow-rule",),
        needs="smime",
    ),
    Rule(
        code="smime-attachments-hidden",
        title="Attachments hidden in smime.p7m",
        summary="The attachments of the message are hidden inside one smime.p7m.",
        detects="The signed entity that the message is holds attachments.",
        why="A signed message has exactly one attachment in the mailbox, smime.p7m, which holds all others. Dynamics "
        "365 sees that one file.",
        find=_hidden,
        rows=(
            Row(
                variant="one-file",
                channels=EXCHANGE + EMAIL_ROUTER + APP_FOR_OUTLOOK,
                effect=DEGRADES,
                basis=DERIVED,
                detail=(
                    Sentence(
                        "The item shows one smime.p7m instead of {names_count} attachments: {names}.",
                        one="The item shows one smime.p7m instead of the attachment {names}.",
                        number="names_count",
                        general="The item shows one smime.p7m instead of the attachments.",
                    ),
                    "That file is plain MIME or CMS and opens in an S/MIME-capable mail program (MS-OXOSMIME).",
                ),
                references=(_STORE, "ms-smime-tracking"),
            ),
            Row(
                variant="pop-imap",
                channels=POP_IMAP,
                effect=INFORMS,
                basis=DERIVED,
                detail=(
                    Sentence(
                        "An Exchange mailbox would hide {names_count} attachments of this message in one smime.p7m: "
                        "{names}.",
                        one="An Exchange mailbox would hide the attachment {names} in a smime.p7m.",
                        number="names_count",
                        general="An Exchange mailbox would hide the attachments of this message in one smime.p7m.",
                    ),
                    "Over POP3 or IMAP the message arrives as it is.",
                ),
                references=(_STORE,),
            ),
        ),
        false_positives="Pictures of a signature block count as attachments.",
        example='Content-Disposition: attachment; filename="offerta.pdf"',
        remedies=("track-and-open-p7m", "forward"),
        needs="attachments",
    ),
    _doubtful(
        code="smime-compressed",
        title="S/MIME compressed message",
        what="The message is CMS compressed data.",
        unclear=(_NO_TEXT,),
        detects="The message itself is CMS compressed-data.",
        example="Content-Type: application/pkcs7-mime; smime-type=compressed-data",
        find=_top("compressed"),
    ),
    _doubtful(
        code="smime-certs-only",
        title="S/MIME certificates only",
        what="The message is a list of certificates.",
        unclear=(_NO_TEXT,),
        detects="The message itself is CMS signed-data without content or signers: certificates only.",
        example="Content-Type: application/pkcs7-mime; smime-type=certs-only",
        find=_top("certs-only"),
    ),
    _doubtful(
        code="smime-undetermined",
        title="S/MIME of an unclear kind",
        what="The message is an S/MIME entity of an unclear kind.",
        unclear=(
            Sentence(
                "It is a lone signature, a signed receipt or the like. Mail programs show no message in it.",
                when=("unclear", "lone-signature"),
            ),
            Sentence("It holds a signed document, not a message.", when=("unclear", "document")),
            Sentence("The analysis cannot read what its CMS structure holds.", when=("unclear", "unread")),
        ),
        detects="The message itself is of a pkcs7 type and nothing else fits: a lone signature, a signed receipt, a "
        "certificate request or answer, unreadable CMS, or a signed document.",
        example='Content-Type: application/pkcs7-mime; name="fattura.xml.p7m"',
        find=_undetermined,
    ),
)
