"""Other protection: OpenPGP, rights management, secure-message wrappers, registered mail, labels."""

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
    graded,
)
from pecdetect.policy.rules.common import at_top, in_message, listed, own, seen, shown
from pecdetect.sentences import Sentence

if TYPE_CHECKING:
    from pecdetect.detect.findings import Findings, Pgp, Rights
    from pecdetect.profile import Profile

_IRM = ("orgdborgsettings", "settings-email", "ms-oxormms")


def _pgp_signed(findings: Findings, _: Profile) -> Match | None:
    return seen([e.evidence for e in findings.pgp if e.kind == "signed" and e.form == "mime" and at_top(e)])


def _is_ciphertext(entity: Pgp) -> bool:
    """Whether encrypted content is the text of this message, not a file attached to it."""
    return entity.kind == "encrypted" and entity.position != "attachment" and in_message(entity)


def _pgp_encrypted(findings: Findings, _: Profile) -> Match | None:
    found = list(filter(_is_ciphertext, findings.pgp))
    return seen([e.evidence for e in found], form=found[0].form) if found else None


def _rpmsg(findings: Findings, _: Profile) -> Match | None:
    found = [e for e in findings.rights if e.kind == "rpmsg" and own(e)]
    top = list(filter(at_top, found))
    evidence = [place for entity in top or found for place in entity.evidence]
    return Match(evidence=shown(evidence), grade="top" if top else "nested") if found else None


def _rights(findings: Findings, kind: str) -> list[Rights]:
    return [e for e in findings.rights if e.kind == kind and in_message(e)]


def _wrapper(findings: Findings, _: Profile) -> Match | None:
    found = _rights(findings, "wrapper")
    evidence = [place for entity in found for place in entity.evidence]
    return Match(evidence=shown(evidence), facts={"name": found[0].name}) if found else None


def _label(findings: Findings, _: Profile) -> Match | None:
    found = _rights(findings, "label")
    protected = any(entity.kind == "rpmsg" and at_top(entity) for entity in findings.rights)
    return Match(evidence=shown(place for e in found for place in e.evidence)) if found and not protected else None


def _system(findings: Findings, _: Profile) -> Match | None:
    found = [system for system in findings.systems if system.reading == "primary" and system.position != "floor"]
    names = list(dict.fromkeys(system.name for system in found))
    evidence = [place for system in found for place in system.evidence]
    return Match(evidence=shown(evidence), facts=listed("names", names)) if found else None


def _irm_off(_findings: Findings, profile: Profile, match: Match) -> bool:
    """Condition: the message is rights-managed and the organisation does not synchronise such mail."""
    return match.grade == "top" and profile.irm_sync is False


def _irm_on(_findings: Findings, profile: Profile, match: Match) -> bool:
    """Condition: the message is rights-managed and the organisation synchronises such mail."""
    return match.grade == "top" and profile.irm_sync is True


RULES = (
    Rule(
        code="pgp-signed",
        title="PGP-signed message",
        summary="The message is signed with PGP/MIME.",
        detects="The message itself is multipart/signed with an OpenPGP signature.",
        why="The mailbox goes by the media type multipart/signed alone. The message therefore becomes an S/MIME item "
        "whose attachments are hidden in one smime.p7m.",
        find=_pgp_signed,
        rows=(
            Row(
                variant="exchange",
                channels=EXCHANGE + APP_FOR_OUTLOOK,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail="The message is signed with PGP/MIME. Exchange counts every multipart/signed as clear-signed "
                "and keeps it like S/MIME. No document says whether it is synchronised.",
                references=("message-security-type", "ms-oxosmime", "rfc3156"),
            ),
            Row(
                variant="pop-imap",
                channels=POP_IMAP,
                effect=INFORMS,
                basis=ASSUMED,
                detail="The message is signed with PGP/MIME. Over POP3 or IMAP it arrives as MIME with readable text. "
                "No document excludes it.",
                references=("rfc3156",),
            ),
            Row(
                variant="email-router",
                channels=EMAIL_ROUTER,
                effect=BLOCKS,
                basis=DERIVED,
                detail="The message is signed with PGP/MIME. Exchange counts every multipart/signed as clear-signed "
                "and gives it an S/MIME class, and the Email Router tracks plain mail and out-of-office replies only. "
                "It follows that the Router leaves the message behind.",
                references=("message-security-type", "ms-oxosmime", "hh699695"),
            ),
        ),
        false_positives="None known.",
        example='Content-Type: multipart/signed; protocol="application/pgp-signature"',
        remedies=("forward", "ask-unprotected"),
        needs="pgp",
    ),
    Rule(
        code="pgp-encrypted",
        title="PGP-encrypted message",
        summary="The text of the message is encrypted with PGP and arrives as ciphertext.",
        detects="multipart/encrypted with OpenPGP's protocol, the form that Exchange makes of it, or real armour "
        "(BEGIN and END at the start of a line, not quoted) in a text of the message.",
        why="To the mailbox it is an ordinary message, so a record is expected. What it holds is ciphertext.",
        find=_pgp_encrypted,
        rows=(
            Row(
                variant="ciphertext",
                channels=EVERY,
                effect=DEGRADES,
                basis=ASSUMED,
                detail=(
                    Sentence(
                        "The message is encrypted with PGP/MIME.",
                        when=("form", "mime"),
                        general="The message is encrypted with PGP.",
                    ),
                    Sentence("The text of the message contains PGP armour.", when=("form", "inline")),
                    Sentence(
                        "The message is encrypted with PGP/MIME, in the form that Exchange rewrites it to.",
                        when=("form", "mangled"),
                    ),
                    "To the mailbox it is an ordinary message, so a record is expected, but its text is ciphertext.",
                ),
                references=("rfc3156",),
            ),
        ),
        false_positives="A message that shows a complete armoured block as an example.",
        example="-----BEGIN PGP MESSAGE-----",
        remedies=("decrypt-pgp", "ask-unprotected"),
        needs="pgp",
    ),
    Rule(
        code="irm-protected",
        title="Rights-managed message",
        summary="The message is rights-managed.",
        detects="At the top, two of: Content-Class rpmsg.message, the part type for rights-managed mail, the name "
        "message.rpmsg (or message_v2 to v4), its first bytes.",
        why="A setting decides whether such mail is synchronised, and two of Microsoft's pages give opposite defaults. "
        "The text of the item is a notice; the content is in message.rpmsg.",
        find=_rpmsg,
        rows=(
            Row(
                variant="nested",
                channels=EVERY,
                effect=INFORMS,
                basis=DERIVED,
                detail="Rights-managed content is attached; the message itself is not protected.",
                references=("ms-oxormms",),
                when=graded("nested"),
                condition="only below the top",
            ),
            Row(
                variant="sync-off",
                channels=EXCHANGE + APP_FOR_OUTLOOK,
                effect=BLOCKS,
                basis=DOCUMENTED,
                detail="The message is rights-managed, and the profile says that the organisation does not synchronise "
                "such mail.",
                references=_IRM,
                when=_irm_off,
                assumes=("irm_sync",),
                condition="irm_sync is false",
            ),
            Row(
                variant="sync-on",
                channels=EXCHANGE + APP_FOR_OUTLOOK,
                effect=DEGRADES,
                basis=DERIVED,
                detail="The message is rights-managed, and the profile says that the organisation synchronises such "
                "mail. A record is expected. Its text is the notice only, and the content stays in message.rpmsg.",
                references=_IRM,
                when=_irm_on,
                assumes=("irm_sync",),
                condition="irm_sync is true",
            ),
            Row(
                variant="sync-unknown",
                channels=EXCHANGE + APP_FOR_OUTLOOK,
                effect=UNDETERMINED,
                basis=DOCUMENTED,
                detail="The message is rights-managed. A setting decides, and two Microsoft documents give opposite "
                "defaults for it: one says that such mail is synchronised, the other that it is not. State "
                "irm_sync in the profile.",
                references=_IRM,
                assumes=("irm_sync",),
            ),
            Row(
                variant="ordinary",
                channels=POP_IMAP + EMAIL_ROUTER,
                effect=DEGRADES,
                basis=DERIVED,
                detail="The message is rights-managed. To this channel it is an ordinary message. A record is expected "
                "that holds the notice, with the content in message.rpmsg.",
                references=("ms-oxormms",),
            ),
        ),
        false_positives="A file message.rpmsg that was saved and attached again.",
        example="Content-Class: rpmsg.message",
        remedies=(
            "allow-irm-sync",
            "remove-rights-protection",
            "enable-sensitivity-labels",
            "remove-legacy-encryption",
            "ask-unprotected",
        ),
        dead_ends=("transport-decryption", "decrypt-on-download"),
        needs="rights",
    ),
    Rule(
        code="secure-message-wrapper",
        title="Secure-message wrapper",
        summary="The message is the wrapper of a secure-mail product, and its content is elsewhere.",
        detects="Two signs of a secure-mail product (Cisco, Proofpoint, SEPPmail, Voltage, IncaMail, old Office 365 "
        "Message Encryption ...): the name of its file and the form or field in it.",
        why="The record holds the wrapper. The content is encrypted in it or on the product's portal.",
        find=_wrapper,
        rows=(
            Row(
                variant="wrapper",
                channels=EVERY,
                effect=DEGRADES,
                basis=DERIVED,
                detail=(
                    Sentence(
                        "The message is a wrapper of {name}.",
                        general="The message is the wrapper of a secure-mail product.",
                    ),
                    Sentence("The message is a wrapper of an unknown secure-mail product.", when=("name", None)),
                    (
                        "A wrapper is an ordinary message, so a record is expected. The content is encrypted in the "
                        "wrapper or on a portal, so the record does not hold it."
                    ),
                ),
                references=("ome-rules",),
            ),
        ),
        false_positives="Phishing that imitates such wrappers: this rule does not recognise it.",
        example='Content-Disposition: attachment; filename="securedoc.html"',
        remedies=("open-at-portal", "ask-unprotected", "remove-legacy-encryption"),
        needs="rights",
    ),
    Rule(
        code="registered-mail-other",
        title="Other registered or certified mail",
        detects="Signs of REM (ETSI EN 319 532), De-Mail, AR24, Lleida, RPost and the like.",
        why="KB 4490718 is about PEC and is not extended to other systems. Where such mail is signed, the S/MIME rules "
        "apply to its structure.",
        find=_system,
        rows=(
            Row(
                variant="signs",
                channels=EVERY,
                effect=INFORMS,
                basis=ASSUMED,
                detail=(
                    Sentence(
                        "The message shows signs of these systems of registered mail: {names}.",
                        one="The message shows signs of a system of registered mail: {names}.",
                        number="names_count",
                        general="The message shows signs of another system of registered mail.",
                    ),
                    "Microsoft's article on PEC does not mention it.",
                ),
                references=("KB4490718",),
            ),
        ),
        false_positives="Mail that only writes about such a system to an address of its operator.",
        example="X-de-mail-message-type: normal",
        needs="systems",
    ),
    Rule(
        code="sensitivity-label",
        title="Sensitivity label without protection",
        detects="An msip_labels field without rights management.",
        why="Dynamics 365 shows the label where the feature is on. The content stays as it is.",
        find=_label,
        rows=(
            Row(
                variant="label-only",
                channels=EVERY,
                effect=INFORMS,
                basis=DOCUMENTED,
                detail="The message has a sensitivity label and no protection. Its content is readable as it is.",
                references=("sensitivity-labels", "msip-labels"),
            ),
        ),
        false_positives="None: it only informs.",
        example="msip_labels: MSIP_Label_...",
        needs="rights",
    ),
)
