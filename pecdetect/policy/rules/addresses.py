"""Addresses and identity: who sent it to whom, as far as the file says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.policy.rule import (
    APP_FOR_OUTLOOK,
    ASSUMED,
    BLOCKS,
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
from pecdetect.policy.rules.common import (
    absence_counts,
    addresses_count,
    filters,
    listed,
    seen_once,
    shown,
    tracks_all,
)
from pecdetect.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.detect.findings import Findings
    from pecdetect.evidence import Evidence
    from pecdetect.parsing.addresses import Mailbox
    from pecdetect.profile import Profile
    from pecdetect.sentences import FactValue

_NO_MATCH = ("KB4339830", "emails-not-tracked", "orgdborgsettings")


def _sender(findings: Findings, _: Profile) -> Match | None:
    envelope = findings.envelope
    senders = envelope.sender
    for mailbox in senders:
        if mailbox.form == "valid":
            return None
    if not addresses_count(findings):
        return None
    readable = [mailbox for mailbox in senders if mailbox.form != "none"]
    if readable:
        return _invalid(readable, envelope.sender_evidence, "lenient", field="filled")
    if not absence_counts(findings):
        return None
    field = "filled" if senders else "empty" if envelope.sender_evidence else "missing"
    return _invalid(senders, envelope.sender_evidence, "none", field=field)


def _recipient(findings: Findings, _: Profile) -> Match | None:
    envelope = findings.envelope
    bad = [mailbox for mailbox in (*envelope.to, *envelope.cc) if mailbox.form != "valid"]
    if not bad or not addresses_count(findings):
        return None
    hopeless = [mailbox for mailbox in bad if mailbox.form == "none"]
    if hopeless and absence_counts(findings):
        return _invalid(hopeless, envelope.recipient_evidence, "none")
    readable = [mailbox for mailbox in bad if mailbox.form != "none"]
    return _invalid(readable, envelope.recipient_evidence, "lenient") if readable else None


def _invalid(mailboxes: Sequence[Mailbox], evidence: Sequence[Evidence], grade: str, **facts: FactValue) -> Match:
    values = listed("values", [mailbox.text for mailbox in mailboxes])
    return Match(evidence=shown(evidence), facts={**facts, **values}, grade=grade)


def _no_recipient(findings: Findings, _: Profile) -> Match | None:
    envelope = findings.envelope
    if envelope.to or envelope.cc or not (addresses_count(findings) and absence_counts(findings)):
        return None
    return Match(evidence=shown(envelope.recipient_evidence))


def _unknown_recipient(findings: Findings, profile: Profile) -> Match | None:
    known, envelope = profile.known_addresses, findings.envelope
    if (
        known is None
        or not (envelope.to or envelope.cc)
        or not (addresses_count(findings) and absence_counts(findings))
    ):
        return None
    addresses = [(mailbox.address or "").lower() for mailbox in (*envelope.to, *envelope.cc)]
    if not known.isdisjoint(addresses):
        return None
    named = listed("addresses", list(filter(None, addresses)))
    return Match(evidence=shown(envelope.recipient_evidence), facts=named)


def _not_in_file(findings: Findings, _: Profile) -> Match | None:
    return seen_once(findings.outlook.address_not_in_file)


def _no_message_id(findings: Findings, _: Profile) -> Match | None:
    return Match() if findings.envelope.message_id is None and addresses_count(findings) else None


def _seen_before(findings: Findings, _profile: Profile) -> Match | None:
    """Find what only a scan of several files can know."""
    first = findings.duplicate_of
    return None if first is None else Match(facts={"first": first})


def _address_rows(
    *, holds: Sentence, absent: tuple[Sentence, ...], must: str, fails: str, references: tuple[str, ...]
) -> tuple[Row, Row, Row]:
    """Give the rows of an address that is missing or no address: what there is, what must be, what fails."""
    return (
        Row(
            variant="lenient",
            channels=EVERY,
            effect=UNDETERMINED,
            basis=ASSUMED,
            detail=(
                holds,
                "Only a lenient reader finds an address there, or it is a local part without a domain.",
                must,
                "No document says how strictly Dynamics 365 reads addresses.",
            ),
            references=references,
            when=graded("lenient"),
            condition="readable only leniently, or a local part alone",
        ),
        Row(
            variant="no-address",
            channels=EXCHANGE + POP_IMAP + APP_FOR_OUTLOOK,
            effect=BLOCKS,
            basis=DOCUMENTED,
            detail=(holds, *absent, "There is no address of the form name@domain.", must, fails),
            references=references,
        ),
        Row(
            variant="email-router",
            channels=EMAIL_ROUTER,
            effect=UNDETERMINED,
            basis=ASSUMED,
            detail=(
                holds,
                *absent,
                "There is no address of the form name@domain.",
                "No document says what the Email Router made of it.",
            ),
            references=references,
        ),
    )


def _filter_rows(what: tuple[str | Sentence, ...], *assumes: str) -> tuple[Row, ...]:
    """Give the rows of a message that may be addressed to no user or queue, and what they depend on."""
    return (
        Row(
            variant="tracks-all",
            channels=EXCHANGE + POP_IMAP,
            effect=INFORMS,
            basis=DOCUMENTED,
            detail=(*what, "The profile says that the mailbox tracks all messages, so no recipient has to match."),
            references=_NO_MATCH,
            when=tracks_all,
            assumes=(*assumes, "tracks_all"),
            condition="tracks_all is true",
        ),
        Row(
            variant="filtered",
            channels=EXCHANGE + POP_IMAP,
            effect=BLOCKS,
            basis=DOCUMENTED,
            detail=(
                *what,
                (
                    "No user or queue is among the recipients, and the profile says that the mailbox does not track "
                    "all messages. The message is not tracked (NoRecipientMatch)."
                ),
            ),
            references=_NO_MATCH,
            when=filters,
            assumes=(*assumes, "tracks_all"),
            condition="tracks_all is false",
        ),
        Row(
            variant="filter-unknown",
            channels=EXCHANGE + POP_IMAP,
            effect=UNDETERMINED,
            basis=DOCUMENTED,
            detail=(
                *what,
                (
                    "Unless the mailbox tracks all messages, a user or queue must be among the recipients. State "
                    "tracks_all in the profile."
                ),
            ),
            references=_NO_MATCH,
            assumes=(*assumes, "tracks_all"),
        ),
        Row(
            variant="email-router",
            channels=EMAIL_ROUTER,
            effect=UNDETERMINED,
            basis=ASSUMED,
            detail=(*what, "No document says what the Email Router made of it."),
            references=("KB4339830",),
            assumes=assumes,
        ),
        Row(
            variant="app-for-outlook",
            channels=APP_FOR_OUTLOOK,
            effect=INFORMS,
            basis=DOCUMENTED,
            detail=(*what, "The filter concerns automatic tracking; this message is tracked by hand."),
            references=_NO_MATCH,
            assumes=assumes,
        ),
    )


RULES = (
    Rule(
        code="sender-invalid",
        title="No valid sender",
        summary="The message has no valid sender address.",
        detects="From is missing, or no address in it has the form name@domain. Weaker: an address is readable only "
        "leniently or is a local part alone.",
        why="Without a valid sender no e-mail activity is created (InvalidSender).",
        find=_sender,
        rows=_address_rows(
            holds=Sentence("The From field holds {values}."),
            absent=(
                Sentence("The From field is missing.", when=("field", "missing")),
                Sentence("The From field is empty.", when=("field", "empty")),
            ),
            must="The sender must have a valid address.",
            fails="Otherwise the message is not tracked.",
            references=("KB4053783", "rfc5322"),
        ),
        false_positives="Notices that a mail system creates inside the mailbox, which often have no sender.",
        example="From: <>",
        remedies=("correct-addresses",),
        needs="unusual_envelope",
    ),
    Rule(
        code="recipient-invalid",
        title="Invalid recipient",
        summary="A recipient in To or Cc is not a valid address.",
        detects="A mailbox in To or Cc has no address of the form name@domain. Weaker: it is readable only leniently. "
        "Empty groups are fine.",
        why="An invalid address in To or Cc makes receiving the message fail.",
        find=_recipient,
        rows=_address_rows(
            holds=Sentence("To or Cc holds {values}."),
            absent=(),
            must="Every recipient in To and Cc must have a valid address.",
            fails="Otherwise receiving the message fails.",
            references=("KB4471762", "rfc5322"),
        ),
        false_positives="Display names that a program wrote without quotes.",
        example="To: undisclosed recipients",
        remedies=("correct-addresses",),
        needs="unusual_envelope",
    ),
    Rule(
        code="address-not-in-file",
        title="Address not in the file",
        detects="An Outlook item that names its sender or recipients by Exchange addresses only, or not at all.",
        why="In the mailbox the address is known; the file alone cannot show it.",
        find=_not_in_file,
        rows=(
            Row(
                variant="exchange-address",
                channels=EVERY,
                effect=INFORMS,
                basis=ASSUMED,
                detail="The item holds Exchange addresses or none. The rules judge SMTP addresses only.",
                references=("ms-oxcmail",),
            ),
        ),
        false_positives="None: it only informs.",
        example="PidTagSenderAddressType: EX",
        remedies=("get-original-file",),
        needs="outlook.address_not_in_file",
    ),
    Rule(
        code="no-visible-recipient",
        title="No visible recipient",
        summary="The message names no recipient that the filter of the mailbox could match.",
        detects="To and Cc are missing, empty, or hold only empty groups such as undisclosed-recipients.",
        why="Unless the mailbox tracks all messages, a user or queue must be among To and Cc.",
        find=_no_recipient,
        rows=_filter_rows(("To and Cc name no recipient.",)),
        false_positives="None where the mailbox tracks all messages: say so in the profile.",
        example="To: undisclosed-recipients:;",
        remedies=("track-all-messages",),
        needs="unusual_envelope",
    ),
    Rule(
        code="recipient-not-known",
        title="No known recipient",
        summary="None of the recipients is a known user or queue.",
        detects="The profile lists the addresses of users and queues, and none of them is in To or Cc.",
        why="Unless the mailbox tracks all messages, a user or queue must be among To and Cc. Distribution lists and "
        "blind copies do not count.",
        find=_unknown_recipient,
        rows=_filter_rows(
            (
                "None of the recipients is among the known addresses.",
                Sentence(
                    "The recipients are {addresses}.", one="The recipient is {addresses}.", number="addresses_count"
                ),
            ),
            "known_addresses",
        ),
        false_positives="An incomplete list in the profile.",
        example="To: sales-list@example.org",
        remedies=("add-alias", "track-all-messages"),
    ),
    Rule(
        code="message-id-missing",
        title="No Message-ID",
        detects="There is no Message-ID field.",
        why="Dynamics 365 recognises copies of a message by it. Much real mail has none.",
        find=_no_message_id,
        rows=(
            Row(
                variant="missing",
                channels=EVERY,
                effect=INFORMS,
                basis=ASSUMED,
                detail="The message has no Message-ID, so Dynamics 365 cannot recognise a second copy by it.",
                references=("rfc5322", "KB4339987"),
            ),
        ),
        false_positives="None: it only informs.",
        example="Message-ID: absent",
        needs="unusual_envelope",
    ),
    Rule(
        code="duplicate-message-id",
        title="Message-ID seen before",
        detects="Another message of the same scan, earlier in its order, has the same Message-ID. The verdict on a "
        "single file never contains this reason.",
        why="Dynamics 365 records a message once; it does not create a second one with the same Message-ID "
        "(Duplicate).",
        find=_seen_before,
        rows=(
            Row(
                variant="seen-before",
                channels=EVERY,
                effect=INFORMS,
                basis=DOCUMENTED,
                detail=(
                    Sentence(
                        "This scan has seen the Message-ID before, in {first}.",
                        general="This scan has seen the Message-ID before.",
                    ),
                    "Dynamics 365 records one of the messages.",
                ),
                references=("KB4339987",),
            ),
        ),
        false_positives="Copies of one message in several folders or mailboxes, such as Sent and Inbox: nothing is "
        "wrong with them.",
        example="Message-ID: <1@example.org>, twice",
        needs="duplicate_of",
    ),
)
