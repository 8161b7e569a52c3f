"""Sizes and attachments: what stops or spoils a message that is otherwise ordinary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.policy.rule import (
    ASSUMED,
    BLOCKS,
    DEGRADES,
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
from pecdetect.policy.rules.common import listing, name_of, presented, shown

if TYPE_CHECKING:
    from pecdetect.detect.findings import Attachment, Findings
    from pecdetect.profile import Profile

_PLACEHOLDER = "atp scan in progress.eml"


def _message_size(findings: Findings, profile: Profile) -> Match | None:
    size, limit = findings.size, profile.max_message_mb
    if size <= limit * 1_000_000:
        return None
    facts = {"size": f"{size:,}", "limit": f"{limit:,}"}
    return Match(facts=facts, grade="over" if size > limit * 1024 * 1024 else "between")


def _named(found: list[Attachment], findings: Findings, profile: Profile, **facts: str) -> Match | None:
    """Give a match that names those attachments which the channel presents, if there are any."""
    visible = presented(found, findings, profile)
    if not visible:
        return None
    return Match(shown(entry.evidence for entry in visible), {"names": listing(list(map(name_of, visible)))} | facts)


def _too_large(findings: Findings, profile: Profile) -> Match | None:
    limit = profile.max_attachment_kb * 1024
    found = [entry for entry in findings.attachments if entry.size_min > limit]
    return _named(found, findings, profile, limit=f"{profile.max_attachment_kb:,}") if found else None


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


RULES = (
    Rule(
        "message-too-large",
        "Message too large",
        "it is larger than the largest message that is taken",
        "The file has more octets than max_message_mb allows. The unit is not defined: between megabytes of "
        "1,000,000 and of 1,048,576 octets the answer is open.",
        "Over 150 MB, attachments included, no e-mail activity is created.",
        _message_size,
        (
            Row(
                X + P + A,
                UNDETERMINED,
                DOCUMENTED,
                "The message has {size} octets. Over {limit} MB no record is created, and whether a MB has "
                "1,000,000 or 1,048,576 octets is not said: this message lies between the two.",
                ("sss-troubleshooting",),
                graded("between"),
                ("max_message_mb",),
                "between 1,000,000 and 1,048,576 octets for each MB",
            ),
            Row(
                X + P + A,
                BLOCKS,
                DOCUMENTED,
                "The message has {size} octets. Over {limit} MB, attachments included, no record is created.",
                ("sss-troubleshooting",),
                None,
                ("max_message_mb",),
            ),
            Row(
                R,
                UNDETERMINED,
                ASSUMED,
                "The message has {size} octets, which is over {limit} MB. Of the Email Router no limit is documented.",
                ("sss-troubleshooting",),
                None,
                ("max_message_mb",),
            ),
        ),
        "A file format that needs more octets than the message has in the mailbox.",
        "180,000,000 octets",
        ("share-a-link",),
    ),
    Rule(
        "attachment-too-large",
        "Attachment too large",
        "an attachment is larger than the limit for attachments",
        "The decoded size of an attachment, as the channel presents it, is over max_attachment_kb.",
        "A training text says that e-mail with an attachment over the limit is not synchronised; the limit is a "
        "setting of the organisation, 5,120 KB by default.",
        _too_large,
        (
            Row(
                X + P + A,
                BLOCKS,
                DOCUMENTED,
                "Over the limit of {limit} KB: {names}. According to a Microsoft training text, e-mail with an "
                "attachment over the limit is not synchronised; the reference pages give the limit and do not say "
                "what becomes of the message.",
                ("training-email-options", "settings-email", "files-images-overview"),
                None,
                ("max_attachment_kb",),
            ),
            Row(
                R,
                UNDETERMINED,
                ASSUMED,
                "Over the limit of {limit} KB: {names}. The training text that says what follows is not about the "
                "Email Router.",
                ("training-email-options",),
                None,
                ("max_attachment_kb",),
            ),
        ),
        "Organisations that have raised the limit: give the true value in the profile.",
        'Content-Disposition: attachment; filename="catalogue.pdf" (7,340,032 octets)',
        ("raise-attachment-limit", "share-a-link"),
        needs="attachments",
    ),
    Rule(
        "attachment-blocked-extension",
        "Blocked attachment type",
        "an attachment has a blocked extension and is left out of the record",
        "The last extension of an attachment's name is in blocked_extensions.",
        "The e-mail is saved, the attachment is not, and the record notes that.",
        _blocked_type,
        (
            Row(
                EVERY,
                DEGRADES,
                DOCUMENTED,
                "Blocked by its extension: {names}. The record is created without it.",
                ("files-images-overview", "system-settings-general", "email-table"),
                None,
                ("blocked_extensions",),
            ),
        ),
        "Organisations that have changed the list: give theirs in the profile.",
        'Content-Disposition: inline; filename="logo.svg"',
        ("edit-blocked-extensions", "share-a-link"),
        needs="attachments",
    ),
    Rule(
        "safe-attachments-placeholder",
        "Safe Attachments placeholder",
        "a placeholder of Safe Attachments stands in place of its attachments",
        'An attachment is called "ATP Scan in Progress.eml".',
        "With Dynamic Delivery a message is delivered twice with one Message-ID, and the first copy, without the "
        "attachments, is the one that is tracked.",
        _placeholder,
        (
            Row(
                X + A,
                DEGRADES,
                DOCUMENTED,
                "This is the first copy of Dynamic Delivery: {names} stands in place of the attachments. If it is "
                "tracked, the second copy counts as a duplicate and the attachments never arrive.",
                ("KB4522769",),
            ),
            Row(
                P + R,
                INFORMS,
                ASSUMED,
                "This is the first copy of Dynamic Delivery: {names} stands in place of the attachments. Of this "
                "channel nothing is said.",
                ("KB4522769",),
            ),
        ),
        "A file of that name that somebody attached.",
        'filename="ATP Scan in Progress.eml"',
        ("change-safe-attachments",),
        needs="attachments",
    ),
    Rule(
        "forward-mailbox-not-attached",
        "Not forwarded as an attachment",
        "a Forward Mailbox takes messages only as attachments, and none is attached",
        "The profile says forward_mailbox, and no message is attached.",
        "A Forward Mailbox takes the original from an attached message (InvalidForwardMailItem otherwise).",
        _not_attached,
        (
            Row(
                X + P,
                BLOCKS,
                DOCUMENTED,
                "The mailbox is a Forward Mailbox, and no message is attached: the original must be forwarded as "
                "an attachment, else it is not tracked.",
                ("KB4053783",),
                None,
                ("forward_mailbox",),
            ),
            Row(
                R,
                UNDETERMINED,
                ASSUMED,
                "The mailbox is a Forward Mailbox, and no message is attached. What the Email Router made of it is "
                "not documented.",
                ("KB4053783",),
                None,
                ("forward_mailbox",),
            ),
            Row(
                A,
                INFORMS,
                ASSUMED,
                "No message is attached; tracking by hand does not take the way over a Forward Mailbox.",
                ("KB4053783",),
                None,
                ("forward_mailbox",),
            ),
        ),
        "Messages saved from another mailbox than the Forward Mailbox.",
        "Content-Type: text/plain",
        ("forward-as-attachment",),
    ),
)
