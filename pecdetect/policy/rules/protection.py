"""Other protection: OpenPGP, rights management, secure-message wrappers, registered mail, labels."""

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
    graded,
)
from pecdetect.policy.rules.common import at_top, clip, in_message, own, seen, shown

if TYPE_CHECKING:
    from pecdetect.detect.findings import Findings, Pgp, Rights
    from pecdetect.profile import Profile

_IRM = ("orgdborgsettings", "settings-email", "ms-oxormms")
_FORMS = {
    "mime": "PGP/MIME",
    "inline": "PGP armour in the text",
    "mangled": "PGP/MIME as Exchange rewrites it",
}


def _pgp_signed(findings: Findings, _: Profile) -> Match | None:
    return seen([e.evidence for e in findings.pgp if e.kind == "signed" and e.form == "mime" and at_top(e)])


def _is_ciphertext(entity: Pgp) -> bool:
    """Whether encrypted content stands in this message as its text, not as a file attached to it."""
    return entity.kind == "encrypted" and entity.position != "attachment" and in_message(entity)


def _pgp_encrypted(findings: Findings, _: Profile) -> Match | None:
    found = list(filter(_is_ciphertext, findings.pgp))
    return seen([e.evidence for e in found], form=_FORMS[found[0].form]) if found else None


def _rpmsg(findings: Findings, _: Profile) -> Match | None:
    found = [e for e in findings.rights if e.kind == "rpmsg" and own(e)]
    top = list(filter(at_top, found))
    evidence = [place for entity in top or found for place in entity.evidence]
    return Match(shown(evidence), grade="top" if top else "nested") if found else None


def _rights(findings: Findings, kind: str) -> list[Rights]:
    return [e for e in findings.rights if e.kind == kind and in_message(e)]


def _wrapper(findings: Findings, _: Profile) -> Match | None:
    found = _rights(findings, "wrapper")
    evidence = [place for entity in found for place in entity.evidence]
    return Match(shown(evidence), {"name": found[0].name or "an unknown product"}) if found else None


def _label(findings: Findings, _: Profile) -> Match | None:
    found = _rights(findings, "label")
    protected = any(entity.kind == "rpmsg" and at_top(entity) for entity in findings.rights)
    return Match(shown(place for e in found for place in e.evidence)) if found and not protected else None


def _system(findings: Findings, _: Profile) -> Match | None:
    found = [system for system in findings.systems if system.reading == "primary" and system.position != "floor"]
    named = dict.fromkeys(f"{clip(system.name)} ({system.confidence})" for system in found[:10])
    evidence = [place for system in found for place in system.evidence]
    return Match(shown(evidence), {"names": ", ".join(named)}) if found else None


def _irm_off(_findings: Findings, profile: Profile, match: Match) -> bool:
    """Condition: the message is rights-managed and the organisation does not synchronise such mail."""
    return match.grade == "top" and profile.irm_sync is False


def _irm_on(_findings: Findings, profile: Profile, match: Match) -> bool:
    """Condition: the message is rights-managed and the organisation synchronises such mail."""
    return match.grade == "top" and profile.irm_sync is True


RULES = (
    Rule(
        "pgp-signed",
        "PGP-signed message",
        "the message is signed with PGP/MIME",
        "The message itself is multipart/signed with an OpenPGP signature.",
        "The mailbox goes by the media type multipart/signed alone, so that the message becomes an S/MIME item "
        "whose attachments are hidden in one smime.p7m.",
        _pgp_signed,
        (
            Row(
                X + A,
                UNDETERMINED,
                ASSUMED,
                "The message is signed with PGP/MIME. Exchange counts every multipart/signed as clear-signed and "
                "keeps it like S/MIME; whether it is synchronised is not documented.",
                ("message-security-type", "ms-oxosmime", "rfc3156"),
            ),
            Row(
                P,
                INFORMS,
                ASSUMED,
                "The message is signed with PGP/MIME. Over POP3 or IMAP it arrives as MIME whose text anybody can "
                "read; nothing is documented against it.",
                ("rfc3156",),
            ),
            Row(
                R,
                BLOCKS,
                DERIVED,
                "The message is signed with PGP/MIME. Exchange counts every multipart/signed as clear-signed and "
                "gives it an S/MIME class, and the Email Router tracks plain mail and out-of-office replies only; "
                "from these it follows that it is left behind.",
                ("message-security-type", "ms-oxosmime", "hh699695"),
            ),
        ),
        "None known.",
        'Content-Type: multipart/signed; protocol="application/pgp-signature"',
        ("forward", "ask-unprotected"),
        needs="pgp",
    ),
    Rule(
        "pgp-encrypted",
        "PGP-encrypted message",
        "its text is encrypted with PGP and arrives as ciphertext",
        "multipart/encrypted with OpenPGP's protocol, the form that Exchange makes of it, or real armour (BEGIN "
        "and END at the start of a line, not quoted) in a text of the message.",
        "To the mailbox it is an ordinary message, so that a record is expected; what it holds is ciphertext.",
        _pgp_encrypted,
        (
            Row(
                EVERY,
                DEGRADES,
                ASSUMED,
                "The message holds {form}. Nothing stops an ordinary message, so a record is expected, and its "
                "text is ciphertext.",
                ("rfc3156",),
            ),
        ),
        "A message that shows a complete armoured block as an example.",
        "-----BEGIN PGP MESSAGE-----",
        ("decrypt-pgp", "ask-unprotected"),
        needs="pgp",
    ),
    Rule(
        "irm-protected",
        "Rights-managed message",
        "the message is rights-managed",
        "Two of: Content-Class rpmsg.message, the part type for rights-managed mail, the name message.rpmsg (or "
        "message_v2 to v4), its first octets; at the top.",
        "Whether such mail is synchronised is a setting, and two of Microsoft's pages give opposite defaults. The "
        "text of the item is a notice; the content is in message.rpmsg.",
        _rpmsg,
        (
            Row(
                EVERY,
                INFORMS,
                DERIVED,
                "Rights-managed content is attached; the message itself is not protected.",
                ("ms-oxormms",),
                graded("nested"),
                condition="only below the top",
            ),
            Row(
                X + A,
                BLOCKS,
                DOCUMENTED,
                "The message is rights-managed, and the profile says that the organisation does not synchronise "
                "such mail.",
                _IRM,
                _irm_off,
                ("irm_sync",),
                "irm_sync is false",
            ),
            Row(
                X + A,
                DEGRADES,
                DERIVED,
                "The message is rights-managed, and the profile says that the organisation synchronises such mail. "
                "The item comes in; the text of such an item is the notice, and the content stays in message.rpmsg.",
                _IRM,
                _irm_on,
                ("irm_sync",),
                "irm_sync is true",
            ),
            Row(
                X + A,
                UNDETERMINED,
                DOCUMENTED,
                "The message is rights-managed. A setting decides, and two documents give opposite defaults for "
                "it: one says that such mail is synchronised, the other that it is not. Give irm_sync in the "
                "profile.",
                _IRM,
                None,
                ("irm_sync",),
            ),
            Row(
                P + R,
                DEGRADES,
                DERIVED,
                "The message is rights-managed. To this channel it is an ordinary message: a record is expected "
                "that holds the notice, with the content in message.rpmsg.",
                ("ms-oxormms",),
            ),
        ),
        "A file message.rpmsg that was saved and attached again.",
        "Content-Class: rpmsg.message",
        (
            "allow-irm-sync",
            "remove-rights-protection",
            "enable-sensitivity-labels",
            "remove-legacy-encryption",
            "ask-unprotected",
        ),
        ("transport-decryption", "decrypt-on-download"),
        needs="rights",
    ),
    Rule(
        "secure-message-wrapper",
        "Secure-message wrapper",
        "the message is the wrapper of a secure-mail product, and its content is elsewhere",
        "Two signs of a secure-mail product (Cisco, Proofpoint, SEPPmail, Voltage, IncaMail, old Office 365 "
        "Message Encryption ...): the name of its file and the form or field in it.",
        "The record holds the wrapper; the content is encrypted in it or lies on the product's portal.",
        _wrapper,
        (
            Row(
                EVERY,
                DEGRADES,
                DERIVED,
                "The message is a wrapper of {name}. A wrapper is an ordinary message, so a record is expected; "
                "the content is encrypted in it or lies on a portal, so the record does not hold it.",
                ("ome-rules",),
            ),
        ),
        "Phishing that imitates such wrappers, which this rule does not tell apart.",
        'Content-Disposition: attachment; filename="securedoc.html"',
        ("open-at-portal", "ask-unprotected", "remove-legacy-encryption"),
        needs="rights",
    ),
    Rule(
        "registered-mail-other",
        "Other registered or certified mail",
        "it comes from another system of registered mail",
        "Signs of REM (ETSI EN 319 532), De-Mail, AR24, Lleida, RPost and the like.",
        "KB 4490718 speaks of PEC; it is not extended to other systems. Where such mail is signed the S/MIME rules "
        "apply to its structure.",
        _system,
        (
            Row(
                EVERY,
                INFORMS,
                ASSUMED,
                "The message shows signs of: {names}. Microsoft's article on PEC does not speak of it.",
                ("KB4490718",),
            ),
        ),
        "Mail that only writes about such a system to an address of its operator.",
        "X-de-mail-message-type: normal",
        needs="systems",
    ),
    Rule(
        "sensitivity-label",
        "Sensitivity label without protection",
        "it bears a sensitivity label that protects nothing",
        "An msip_labels field without rights management.",
        "The label is shown where the feature is on; the content is not touched.",
        _label,
        (
            Row(
                EVERY,
                INFORMS,
                DOCUMENTED,
                "The message bears a sensitivity label and no protection: its content is readable as it is.",
                ("sensitivity-labels", "msip-labels"),
            ),
        ),
        "None: it only informs.",
        "msip_labels: MSIP_Label_...",
        needs="rights",
    ),
)
