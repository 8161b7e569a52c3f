"""S/MIME (RFC 8551) at the top: the message itself is signed, encrypted, or something rarer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.policy.rule import (
    ASSUMED,
    BLOCKS,
    DEGRADES,
    DERIVED,
    DOCUMENTED,
    INFORMS,
    UNDETERMINED,
    A,
    Match,
    P,
    R,
    Row,
    Rule,
    X,
    graded,
)
from pecdetect.policy.rules.common import (
    ENCRYPTED,
    at_top,
    clip,
    listing,
    name_of,
    shown,
    signed_envelope,
    top_smime,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pecdetect.detect.findings import Findings, Smime
    from pecdetect.policy.rule import Find
    from pecdetect.profile import Profile

_STORE = "ms-oxosmime"
_ROUTER = ("ms-oxosmime", "hh699695")
_ROUTER_CHAIN = (
    "Exchange gives such a message an S/MIME class (MS-OXOSMIME), and the Email Router tracks plain mail and "
    "out-of-office replies only; from the two it follows that it is left behind."
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


_UNCLEAR: tuple[tuple[Callable[[Findings, Smime], bool], str], ...] = (
    (
        _is_lone_signature,
        "It is a lone signature, a signed receipt or the like: nothing that a reader shows as a message.",
    ),
    (_is_document, "It holds a signed document, not a message."),
    (_is_unread, "What its CMS holds could not be told."),
)
"""What makes an entity unclear, and how that is said."""


def _what_is_unclear(findings: Findings, entity: Smime) -> str | None:
    return next((text for test, text in _UNCLEAR if test(findings, entity)), None)


def _top(*kinds: str) -> Find:
    """Make a search for a message that is S/MIME of one of these kinds, and clearly so."""

    def find(findings: Findings, _: Profile) -> Match | None:
        top = top_smime(findings)
        if top is None or top.kind not in kinds or _what_is_unclear(findings, top):
            return None
        return Match((top.evidence,), {"unclear": "It has no text of its own that could be shown."})

    return find


def _clear_signed(findings: Findings, _: Profile) -> Match | None:
    top = top_smime(findings)
    if top is None or not _is_clear_signed(findings, top):
        return None
    if signed_envelope(findings) or any(map(at_top, findings.pgp)):
        return None
    grade = "attachments" if any(entry.hidden_in for entry in findings.attachments) else ""
    return Match((top.evidence,), {"class": clip(findings.item.message_class or "")}, grade)


def _hidden(findings: Findings, _: Profile) -> Match | None:
    entries = [entry for entry in findings.attachments if entry.hidden_in]
    if not entries:
        return None
    facts = {"count": str(len(entries)), "names": listing(list(map(name_of, entries)))}
    return Match(shown(entry.evidence for entry in entries), facts)


def _undetermined(findings: Findings, _: Profile) -> Match | None:
    top = top_smime(findings)
    what = _what_is_unclear(findings, top) if top else None
    return Match((top.evidence,), {"unclear": what}) if top and what else None


def _has_smime_class(findings: Findings, _profile: Profile, _match: Match) -> bool:
    """Condition: an Outlook item whose class itself says S/MIME."""
    return ".smime" in (findings.item.message_class or "").lower()


def _doubtful(  # noqa: PLR0913 - the fields of a record
    code: str, title: str, *, clause: str, detects: str, example: str, find: Find
) -> Rule:
    """Make a rule for the rarer S/MIME structures, of which no document speaks."""
    said = f"T{clause[1:]}. {{unclear}}"
    return Rule(
        code,
        title,
        clause,
        detects,
        "The mailbox keeps it as a message with one .p7m and no text of its own. Nothing is said about such "
        "messages for Dynamics 365, and there would be little to read in the record.",
        find,
        (
            Row(
                X + P + A,
                UNDETERMINED,
                ASSUMED,
                f"{said} No document says whether this channel creates a record of it.",
                (_STORE, "rfc8551"),
            ),
            Row(R, BLOCKS, DERIVED, f"{said} {_ROUTER_CHAIN}", _ROUTER),
        ),
        "None known.",
        example,
        ("forward", "ask-unprotected"),
        ("smime-mail-flow-rule",),
        needs="smime",
    )


RULES = (
    Rule(
        "smime-encrypted",
        "S/MIME encrypted message",
        "the message is encrypted with S/MIME and takes the recipient's key to read",
        "The message itself is CMS enveloped-data or authEnveloped-data.",
        "Server-Side Synchronization has no S/MIME control and no private key: it cannot read the content, whether "
        "or not a record is created.",
        _top("encrypted", "auth-encrypted"),
        (
            Row(
                X + P,
                BLOCKS,
                DOCUMENTED,
                "The message is encrypted with S/MIME. Server-Side Synchronization does not support the S/MIME "
                "control and cannot show the content: it cannot be read there, which is not to say that no record "
                "is created.",
                ("sss-setup", "ms-smime-tracking", "KB4490718"),
            ),
            Row(
                R,
                BLOCKS,
                DOCUMENTED,
                "The message is encrypted with S/MIME. Without the recipient's key the content cannot be read, and "
                "the Email Router tracks plain mail and out-of-office replies only.",
                ("KB4490718", "hh699695"),
            ),
            Row(
                A,
                UNDETERMINED,
                DOCUMENTED,
                "The message is encrypted with S/MIME. It can be tracked only after it was decrypted in Outlook, "
                "and the copy in Dynamics 365 is then not encrypted; some clients do not offer the add-in on "
                "protected messages.",
                ("ms-smime-tracking", "read-add-ins"),
            ),
        ),
        "A document encrypted with CMS that was sent as the whole message.",
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data",
        ("decrypt-then-track", "decrypt-original", "ask-unprotected"),
        ("smime-mail-flow-rule",),
        needs="smime",
    ),
    Rule(
        "smime-opaque-signed",
        "S/MIME signed in one piece",
        "the message is signed in one piece (opaque), so that its text and files are inside one .p7m",
        "The message itself is CMS signed-data that holds the signed content.",
        "The mailbox does not promote the text of such a message: what Dynamics 365 is given is an empty body and "
        "one .p7m file.",
        _top("opaque-signed"),
        (
            Row(
                X,
                BLOCKS,
                DERIVED,
                "The message is signed in one piece. Exchange shows no body of it and one .p7m (MS-OXOSMIME), and "
                "Server-Side Synchronization has no S/MIME control to open that; from the two it follows that the "
                "content cannot be read there.",
                (_STORE, "sss-setup"),
            ),
            Row(R, BLOCKS, DERIVED, f"The message is signed in one piece. {_ROUTER_CHAIN}", _ROUTER),
            Row(
                P,
                UNDETERMINED,
                ASSUMED,
                "The message is signed in one piece. What becomes of such a message over POP3 or IMAP is not "
                "documented.",
                ("sss-setup",),
            ),
            Row(
                A,
                DEGRADES,
                DOCUMENTED,
                "The message is signed in one piece. Signed mail can be tracked by hand; its text and attachments "
                "stay inside one .p7m that an S/MIME reader must open.",
                ("ms-smime-tracking",),
            ),
        ),
        "None known; a signed document as the whole message is smime-undetermined.",
        "Content-Type: application/pkcs7-mime; smime-type=signed-data",
        ("track-and-open-p7m", "forward", "unwrap-at-gateway"),
        ("smime-mail-flow-rule",),
        needs="smime",
    ),
    Rule(
        "smime-clear-signed",
        "S/MIME signed in clear",
        "the message is signed in clear (multipart/signed)",
        "The message itself is multipart/signed, with S/MIME's protocol or an unknown one, and is neither PGP nor PEC.",
        "Exchange turns such a message into its text and one smime.p7m. Tracking it by hand is documented as "
        "working; automatic synchronisation of it is not documented, and PEC, which has the same shape, is "
        "documented as failing.",
        _clear_signed,
        (
            Row(
                X,
                UNDETERMINED,
                ASSUMED,
                "The message is signed in clear. Tracking such mail by hand is documented as working, while PEC, "
                "which has the same shape, is documented as failing; nothing is said about automatic "
                "synchronisation.",
                ("ms-smime-tracking", "KB4490718", _STORE),
            ),
            Row(
                P,
                INFORMS,
                ASSUMED,
                "The message is signed in clear. Over POP3 or IMAP it arrives as MIME whose text anybody can read; "
                "nothing is documented against it.",
                ("rfc8551",),
            ),
            Row(
                R,
                BLOCKS,
                DOCUMENTED,
                "The message is signed in clear and its class is {class}; the Email Router tracks plain mail and "
                "out-of-office replies only.",
                ("hh699695",),
                _has_smime_class,
                condition="an Outlook item whose class says S/MIME",
            ),
            Row(R, BLOCKS, DERIVED, f"The message is signed in clear. {_ROUTER_CHAIN}", _ROUTER),
            Row(
                A,
                DEGRADES,
                DOCUMENTED,
                "The message is signed in clear. It can be tracked by hand; its attachments arrive inside one "
                "smime.p7m that an S/MIME reader must open.",
                ("ms-smime-tracking",),
                graded("attachments"),
                condition="it has attachments",
            ),
            Row(
                A,
                INFORMS,
                DOCUMENTED,
                "The message is signed in clear. It can be tracked by hand.",
                ("ms-smime-tracking",),
            ),
        ),
        "Mailing-list software and gateways that sign everything.",
        'Content-Type: multipart/signed; protocol="application/pkcs7-signature"',
        ("track-and-open-p7m", "forward", "unwrap-at-gateway"),
        ("smime-mail-flow-rule",),
        needs="smime",
    ),
    Rule(
        "smime-attachments-hidden",
        "Attachments hidden in smime.p7m",
        "its attachments are hidden inside one smime.p7m",
        "The signed entity that the message is holds attachments.",
        "A signed message has exactly one attachment in the mailbox, smime.p7m, which holds all others; Dynamics "
        "365 sees that one file.",
        _hidden,
        (
            Row(
                X + R + A,
                DEGRADES,
                DERIVED,
                "The item shows one smime.p7m in place of {count} attachment(s): {names}. The file is plain MIME "
                "or CMS and opens in an S/MIME-capable mail program (MS-OXOSMIME).",
                (_STORE, "ms-smime-tracking"),
            ),
            Row(
                P,
                INFORMS,
                DERIVED,
                "In an Exchange mailbox {count} attachment(s) of this message would be hidden in one smime.p7m: "
                "{names}. Over POP3 or IMAP the message arrives as it is.",
                (_STORE,),
            ),
        ),
        "Pictures of a signature block count as attachments.",
        'Content-Disposition: attachment; filename="offerta.pdf"',
        ("track-and-open-p7m", "forward"),
        needs="attachments",
    ),
    _doubtful(
        "smime-compressed",
        "S/MIME compressed message",
        clause="the message is CMS compressed data",
        detects="The message itself is CMS compressed-data.",
        example="Content-Type: application/pkcs7-mime; smime-type=compressed-data",
        find=_top("compressed"),
    ),
    _doubtful(
        "smime-certs-only",
        "S/MIME certificates only",
        clause="the message is a list of certificates",
        detects="The message itself is CMS signed-data without content or signers: certificates only.",
        example="Content-Type: application/pkcs7-mime; smime-type=certs-only",
        find=_top("certs-only"),
    ),
    _doubtful(
        "smime-undetermined",
        "S/MIME of an unclear kind",
        clause="the message is an S/MIME entity of an unclear kind",
        detects="The message itself is of a pkcs7 type and nothing else fits: a lone signature, a signed "
        "receipt, a certificate request or answer, CMS that cannot be read, or a signed document.",
        example='Content-Type: application/pkcs7-mime; name="fattura.xml.p7m"',
        find=_undetermined,
    ),
)
