"""Sizes and attachments: what stops or spoils a message that is otherwise ordinary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.policy.rule import (
    APP_FOR_OUTLOOK,
    ASSUMED,
    BLOCKS,
    DEGRADES,
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
from pecdetect.policy.rules.common import listed, name_of, presented, shown
from pecdetect.sentences import Sentence

if TYPE_CHECKING:
    from pecdetect.detect.findings import Attachment, Findings
    from pecdetect.profile import Profile
    from pecdetect.sentences import FactValue

_PLACEHOLDER = "atp scan in progress.eml"


def _message_size(findings: Findings, profile: Profile) -> Match | None:
    size, limit = findings.size, profile.max_message_mb
    if size <= limit * 1_000_000:
        return None
    return Match(facts={"size": size, "limit": limit}, grade="over" if size > limit * 1024 * 1024 else "between")


def _named(found: list[Attachment], findings: Findings, profile: Profile, **facts: FactValue) -> Match | None:
    """Give a match that names those attachments which the channel presents, if there are any."""
    visible = presented(found, findings, profile)
    if not visible:
        return None
    names = listed("names", list(map(name_of, visible)))
    return Match(evidence=shown(entry.evidence for entry in visible), facts={**names, **facts})


def _too_large(findings: Findings, profile: Profile) -> Match | None:
    limit = profile.max_attachment_kb * 1024
    found = [entry for entry in findings.attachments if entry.size_min > limit]
    return _named(found, findings, profile, limit=profile.max_attachment_kb) if found else None


def _extension(name: str) -> str | None:
    """Give the last extension of a file name, in lower case."""
    stem, _, extension = name.rstrip().lower().rpartition(".")
    return extension if stem else None


def _blocked_type(findings: Findings, profile: Profile) -> Match | None:
    blocked = profile.blocked_extensions
    found = [entry for entry in findings.attachments if entry.name and _extension(entry.name) in blocked]
    return _named(found, findings, profile) if found else None


def _placeholder(findings: Findings, profile: Profile) -> Match | None:
    found = [entry for entry in findings.attachments if entry.name and entry.name.strip().lower() == _PLACEHOLDER]
    return _named(found, findings, profile) if found else None


def _not_attached(findings: Findings, profile: Profile) -> Match | None:
    return Match() if profile.forward_mailbox and not findings.delivery.attached_messages else None


_TOO_LARGE = Sentence(
    "These attachments are over the limit of {limit} KB: {names}.",
    one="The attachment {names} is over the limit of {limit} KB.",
    number="names_count",
    general="An attachment is over the limit that the profile states.",
)
_FIRST_COPY = Sentence(
    "This is the first copy of a message under Dynamic Delivery: {names} takes the place of the attachments.",
    general='This is the first copy of a message under Dynamic Delivery: "ATP Scan in Progress.eml" takes the place of '
    "the attachments.",
)

RULES = (
    Rule(
        code="message-too-large",
        title="Message too large",
        summary="The message is larger than the largest message that Dynamics 365 takes.",
        detects="The file has more bytes than max_message_mb allows. Microsoft does not define the unit: between "
        "megabytes of 1,000,000 and of 1,048,576 bytes the answer is open.",
        why="Over 150 MB, attachments included, no e-mail activity is created.",
        find=_message_size,
        rows=(
            Row(
                variant="between-units",
                channels=EXCHANGE + POP_IMAP + APP_FOR_OUTLOOK,
                effect=UNDETERMINED,
                basis=DOCUMENTED,
                detail=(
                    Sentence(
                        "The message has {size} bytes. Over {limit} MB no record is created.",
                        general="Over the limit no record is created.",
                    ),
                    (
                        "Microsoft does not say whether a MB has 1,000,000 or 1,048,576 bytes, and the size of this "
                        "message is between the two."
                    ),
                ),
                references=("sss-troubleshooting",),
                when=graded("between"),
                assumes=("max_message_mb",),
                condition="between 1,000,000 and 1,048,576 bytes for each MB",
            ),
            Row(
                variant="over",
                channels=EXCHANGE + POP_IMAP + APP_FOR_OUTLOOK,
                effect=BLOCKS,
                basis=DOCUMENTED,
                detail=(
                    Sentence(
                        "The message has {size} bytes. Over {limit} MB, attachments included, no record is created.",
                        general="Over the limit, attachments included, no record is created.",
                    ),
                ),
                references=("sss-troubleshooting",),
                assumes=("max_message_mb",),
            ),
            Row(
                variant="email-router",
                channels=EMAIL_ROUTER,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail=(
                    Sentence(
                        "The message has {size} bytes, which is over {limit} MB.",
                        general="The message is over the limit of the other channels.",
                    ),
                    "No document gives a limit of the Email Router.",
                ),
                references=("sss-troubleshooting",),
                assumes=("max_message_mb",),
            ),
        ),
        false_positives="A file format that needs more bytes than the message has in the mailbox.",
        example="180,000,000 bytes",
        remedies=("share-a-link",),
    ),
    Rule(
        code="attachment-too-large",
        title="Attachment too large",
        summary="An attachment is larger than the limit for attachments.",
        detects="The decoded size of an attachment, as the channel presents it, is over max_attachment_kb.",
        why="A Microsoft training text says that e-mail with an attachment over the limit is not synchronised. The "
        "limit is a setting of the organisation, 5,120 KB by default.",
        find=_too_large,
        rows=(
            Row(
                variant="training-text",
                channels=EXCHANGE + POP_IMAP + APP_FOR_OUTLOOK,
                effect=BLOCKS,
                basis=DOCUMENTED,
                detail=(
                    _TOO_LARGE,
                    (
                        "According to a Microsoft training text, e-mail with an attachment over the limit is not "
                        "synchronised. The reference pages give the limit but do not say what becomes of the message."
                    ),
                ),
                references=("training-email-options", "settings-email", "files-images-overview"),
                assumes=("max_attachment_kb",),
            ),
            Row(
                variant="email-router",
                channels=EMAIL_ROUTER,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail=(
                    _TOO_LARGE,
                    "The Microsoft training text that says what follows is not about the Email Router.",
                ),
                references=("training-email-options",),
                assumes=("max_attachment_kb",),
            ),
        ),
        false_positives="Organisations that have raised the limit: give the true value in the profile.",
        example='Content-Disposition: attachment; filename="catalogue.pdf" (7,340,032 bytes)',
        remedies=("raise-attachment-limit", "share-a-link"),
        needs="attachments",
    ),
    Rule(
        code="attachment-blocked-extension",
        title="Blocked attachment type",
        summary="An attachment has a blocked extension and is left out of the record.",
        detects="The last extension of an attachment's name is in blocked_extensions.",
        why="Dynamics 365 saves the e-mail without the attachment, and the record notes that.",
        find=_blocked_type,
        rows=(
            Row(
                variant="blocked-extension",
                channels=EVERY,
                effect=DEGRADES,
                basis=DOCUMENTED,
                detail=(
                    Sentence(
                        "These attachments have a blocked extension: {names}. The record is created without them.",
                        one="The attachment {names} has a blocked extension. The record is created without it.",
                        number="names_count",
                        general="An attachment has a blocked extension. The record is created without it.",
                    ),
                ),
                references=("files-images-overview", "system-settings-general", "email-table"),
                assumes=("blocked_extensions",),
            ),
        ),
        false_positives="Organisations that have changed the list: give theirs in the profile.",
        example='Content-Disposition: inline; filename="logo.svg"',
        remedies=("edit-blocked-extensions", "share-a-link"),
        needs="attachments",
    ),
    Rule(
        code="safe-attachments-placeholder",
        title="Safe Attachments placeholder",
        summary="A placeholder of Safe Attachments takes the place of the attachments.",
        detects='An attachment is called "ATP Scan in Progress.eml".',
        why="With Dynamic Delivery a message is delivered twice with one Message-ID. The first copy, without the "
        "attachments, is the one that is tracked.",
        find=_placeholder,
        rows=(
            Row(
                variant="first-copy",
                channels=EXCHANGE + APP_FOR_OUTLOOK,
                effect=DEGRADES,
                basis=DOCUMENTED,
                detail=(
                    _FIRST_COPY,
                    "If it is tracked, the second copy counts as a duplicate and the attachments never arrive.",
                ),
                references=("KB4522769",),
            ),
            Row(
                variant="undocumented",
                channels=POP_IMAP + EMAIL_ROUTER,
                effect=INFORMS,
                basis=ASSUMED,
                detail=(_FIRST_COPY, "No document mentions this channel."),
                references=("KB4522769",),
            ),
        ),
        false_positives="A file of that name that a person attached.",
        example='filename="ATP Scan in Progress.eml"',
        remedies=("change-safe-attachments",),
        needs="attachments",
    ),
    Rule(
        code="forward-mailbox-not-attached",
        title="Not forwarded as an attachment",
        summary="The Forward Mailbox takes messages only as attachments, and this message has none attached.",
        detects="The profile says forward_mailbox, and no message is attached.",
        why="A Forward Mailbox takes the original from an attached message (InvalidForwardMailItem otherwise).",
        find=_not_attached,
        rows=(
            Row(
                variant="not-attached",
                channels=EXCHANGE + POP_IMAP,
                effect=BLOCKS,
                basis=DOCUMENTED,
                detail="The mailbox is a Forward Mailbox, and no message is attached. The original must be forwarded "
                "as an attachment; otherwise it is not tracked.",
                references=("KB4053783",),
                assumes=("forward_mailbox",),
            ),
            Row(
                variant="email-router",
                channels=EMAIL_ROUTER,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail="The mailbox is a Forward Mailbox, and no message is attached. No document says what the Email "
                "Router made of it.",
                references=("KB4053783",),
                assumes=("forward_mailbox",),
            ),
            Row(
                variant="app-for-outlook",
                channels=APP_FOR_OUTLOOK,
                effect=INFORMS,
                basis=ASSUMED,
                detail="No message is attached. Tracking by hand does not go through a Forward Mailbox.",
                references=("KB4053783",),
                assumes=("forward_mailbox",),
            ),
        ),
        false_positives="Messages saved from another mailbox than the Forward Mailbox.",
        example="Content-Type: text/plain",
        remedies=("forward-as-attachment",),
    ),
)
