"""Addresses and identity: who sent it to whom, as far as the file says so."""

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
    graded,
)
from pecdetect.policy.rules.common import (
    absence_counts,
    addresses_count,
    filters,
    listing,
    seen_once,
    shown,
    tracks_all,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.detect.findings import Findings
    from pecdetect.evidence import Evidence
    from pecdetect.parsing.addresses import Mailbox
    from pecdetect.profile import Profile

_NO_MATCH = ("KB4339830", "emails-not-tracked", "orgdborgsettings")


def _sender(findings: Findings, _: Profile) -> Match | None:
    item = findings.item
    senders = item.sender
    for mailbox in senders:
        if mailbox.form == "valid":
            return None
    if not addresses_count(findings):
        return None
    readable = [mailbox for mailbox in senders if mailbox.form != "none"]
    if readable:
        return _invalid(readable, item.sender_evidence, "lenient")
    return _invalid(senders, item.sender_evidence, "none") if absence_counts(findings) else None


def _recipient(findings: Findings, _: Profile) -> Match | None:
    item = findings.item
    bad = [mailbox for mailbox in (*item.to, *item.cc) if mailbox.form != "valid"]
    if not bad or not addresses_count(findings):
        return None
    hopeless = [mailbox for mailbox in bad if mailbox.form == "none"]
    if hopeless and absence_counts(findings):
        return _invalid(hopeless, item.recipient_evidence, "none")
    readable = [mailbox for mailbox in bad if mailbox.form != "none"]
    return _invalid(readable, item.recipient_evidence, "lenient") if readable else None


def _invalid(mailboxes: Sequence[Mailbox], evidence: Sequence[Evidence], grade: str) -> Match:
    said = f"holds {listing([mailbox.text for mailbox in mailboxes])}" if mailboxes else "holds no address"
    return Match(shown(evidence), {"said": said if evidence else "is missing"}, grade)


def _no_recipient(findings: Findings, _: Profile) -> Match | None:
    item = findings.item
    if item.to or item.cc or not (addresses_count(findings) and absence_counts(findings)):
        return None
    return Match(shown(item.recipient_evidence))


def _unknown_recipient(findings: Findings, profile: Profile) -> Match | None:
    known, item = profile.known_addresses, findings.item
    if known is None or not (item.to or item.cc) or not (addresses_count(findings) and absence_counts(findings)):
        return None
    addresses = [(mailbox.address or "").lower() for mailbox in (*item.to, *item.cc)]
    if not known.isdisjoint(addresses):
        return None
    return Match(shown(item.recipient_evidence), {"addresses": listing(list(filter(None, addresses)))})


def _not_in_file(findings: Findings, _: Profile) -> Match | None:
    return seen_once(findings.outlook.address_not_in_file)


def _no_message_id(findings: Findings, _: Profile) -> Match | None:
    return Match() if findings.item.message_id is None and addresses_count(findings) else None


def _seen_before(findings: Findings, _profile: Profile) -> Match | None:
    """Find what only a scan of several files can know."""
    first = findings.duplicate_of
    return None if first is None else Match(facts={"first": first})


def _address_rows(who: str, where: str, failure: str, reference: str) -> tuple[Row, ...]:
    """Give the rows of an address that is missing or no address."""
    return (
        Row(
            EVERY,
            UNDETERMINED,
            ASSUMED,
            f"{where} {{said}}, which is an address only to a lenient reader, or only its local part. {who} must be "
            "valid; how strictly that is read is not documented.",
            (reference, "rfc5322"),
            graded("lenient"),
            condition="readable only leniently, or a local part alone",
        ),
        Row(
            X + P + A,
            BLOCKS,
            DOCUMENTED,
            f"{where} {{said}}: there is no address of the form name@domain. {who} must be valid, else {failure}.",
            (reference, "rfc5322"),
        ),
        Row(
            R,
            UNDETERMINED,
            ASSUMED,
            f"{where} {{said}}: there is no address of the form name@domain. What the Email Router made of it is "
            "not documented.",
            (reference, "rfc5322"),
        ),
    )


def _filter_rows(what: str) -> tuple[Row, ...]:
    """Give the rows of a message that no user or queue may be addressed by."""
    return (
        Row(
            X + P,
            INFORMS,
            DOCUMENTED,
            f"{what} The profile says that the mailbox tracks all messages, so no recipient has to match.",
            _NO_MATCH,
            tracks_all,
            ("tracks_all",),
            "tracks_all is true",
        ),
        Row(
            X + P,
            BLOCKS,
            DOCUMENTED,
            f"{what} No user or queue is among the recipients, and the profile says that the mailbox does not track "
            "all messages: the message is not tracked (NoRecipientMatch).",
            _NO_MATCH,
            filters,
            ("tracks_all",),
            "tracks_all is false",
        ),
        Row(
            X + P,
            UNDETERMINED,
            DOCUMENTED,
            f"{what} Unless the mailbox tracks all messages, a user or queue must be among the recipients. Give "
            "tracks_all in the profile.",
            _NO_MATCH,
            None,
            ("tracks_all",),
        ),
        Row(
            R,
            UNDETERMINED,
            ASSUMED,
            f"{what} What the Email Router made of it is not documented.",
            ("KB4339830",),
        ),
        Row(
            A,
            INFORMS,
            DOCUMENTED,
            f"{what} The filter concerns automatic tracking; this message is tracked by hand.",
            _NO_MATCH,
        ),
    )


RULES = (
    Rule(
        "sender-invalid",
        "No valid sender",
        "it has no valid sender address",
        "From is missing, or no address in it has the form name@domain; weaker: it is readable only leniently or "
        "has a local part alone.",
        "Without a valid sender no e-mail activity is created (InvalidSender).",
        _sender,
        _address_rows("The sender", "The From field", "the message is not tracked", "KB4053783"),
        "Notices that a mail system makes up inside the mailbox, which often have no sender.",
        "From: <>",
        ("correct-addresses",),
        needs="unusual_item",
    ),
    Rule(
        "recipient-invalid",
        "Invalid recipient",
        "a recipient in To or Cc is not a valid address",
        "A mailbox in To or Cc has no address of the form name@domain; weaker: it is readable only leniently. "
        "Empty groups are fine.",
        "An invalid address in To or Cc makes receiving the message fail.",
        _recipient,
        _address_rows("Every recipient in To and Cc", "To or Cc", "receiving the message fails", "KB4471762"),
        "Display names that a program wrote without quotes.",
        "To: undisclosed recipients",
        ("correct-addresses",),
        needs="unusual_item",
    ),
    Rule(
        "address-not-in-file",
        "Address not in the file",
        "an Outlook item does not hold the SMTP addresses",
        "An Outlook item whose sender or recipients are known by Exchange addresses only, or not at all.",
        "In the mailbox the address is known; the file alone cannot show it.",
        _not_in_file,
        (
            Row(
                EVERY,
                INFORMS,
                ASSUMED,
                "The item holds Exchange addresses or none; only SMTP addresses are judged.",
                ("ms-oxcmail",),
            ),
        ),
        "None: it only informs.",
        "PidTagSenderAddressType: EX",
        ("get-original-file",),
        needs="outlook.address_not_in_file",
    ),
    Rule(
        "no-visible-recipient",
        "No visible recipient",
        "it names no recipient that the filter of the mailbox could match",
        "To and Cc are missing, empty, or hold only empty groups such as undisclosed-recipients.",
        "Unless all messages are tracked, a user or queue must be among To and Cc.",
        _no_recipient,
        _filter_rows("To and Cc name no recipient."),
        "None where the mailbox tracks all messages: say so in the profile.",
        "To: undisclosed-recipients:;",
        ("track-all-messages",),
        needs="unusual_item",
    ),
    Rule(
        "recipient-not-known",
        "No known recipient",
        "none of its recipients is a known user or queue",
        "The profile lists the addresses of users and queues, and none of them stands in To or Cc.",
        "Unless all messages are tracked, a user or queue must be among To and Cc: distribution lists and blind "
        "copies do not count.",
        _unknown_recipient,
        tuple(
            Row(row.channels, row.effect, row.basis, row.detail, row.references, row.when, assumes, row.condition)
            for row in _filter_rows("None of the recipients ({addresses}) is among the known addresses.")
            for assumes in [("known_addresses", *row.assumes)]
        ),
        "An incomplete list in the profile.",
        "To: sales-list@example.org",
        ("add-alias", "track-all-messages"),
    ),
    Rule(
        "message-id-missing",
        "No Message-ID",
        "it has no Message-ID",
        "There is no Message-ID field.",
        "Dynamics 365 recognises copies of a message by it. Much real mail has none.",
        _no_message_id,
        (
            Row(
                EVERY,
                INFORMS,
                ASSUMED,
                "The message has no Message-ID, so that a second copy would not be recognised by it.",
                ("rfc5322", "KB4339987"),
            ),
        ),
        "None: it only informs.",
        "Message-ID: absent",
        needs="unusual_item",
    ),
    Rule(
        "duplicate-message-id",
        "Message-ID seen before",
        "another message with its Message-ID was seen before",
        "Another message of the same scan, earlier in its order, has the same Message-ID. It never stands in the "
        "verdict on one file.",
        "Dynamics 365 records a message once; a second one with the same Message-ID is not created (Duplicate).",
        _seen_before,
        (
            Row(
                EVERY,
                INFORMS,
                DOCUMENTED,
                "Another message with this Message-ID was seen before: {first}. Dynamics 365 records one of them.",
                ("KB4339987",),
            ),
        ),
        "Copies of one message in several folders or mailboxes, such as Sent and Inbox: nothing is wrong with them.",
        "Message-ID: <1@example.org>, twice",
        needs="duplicate_of",
    ),
)
