"""Kinds of item: what is in the file, and is it e-mail at all."""

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
)
from pecdetect.policy.rules.common import clip, foreign_class, seen_once, shown

if TYPE_CHECKING:
    from pecdetect.detect.findings import Findings, Item
    from pecdetect.evidence import Evidence
    from pecdetect.policy.rule import Find
    from pecdetect.profile import Profile

_ACCEPTED_CLASSES = frozenset({"", "ipm.note", "ipm.note.rules.ooftemplate.microsoft"})
"""Classes that the Email Router tracks (hh699695), and none."""
_SMIME_CLASSES = (".smime", "ipm.note.secure")
"""Parts of the names of classes that the S/MIME rules speak of."""

_ROUTER = "The Email Router tracks plain mail and out-of-office replies only."


def _kind(kind: str) -> Find:
    """Make a search for an item of this kind."""

    def find(findings: Findings, _: Profile) -> Match | None:
        item = findings.item
        return Match(shown(_places(item)), {"what": _what(item)}) if item.kind == kind else None

    return find


def _places(item: Item) -> tuple[Evidence, ...]:
    """Give the places that made the item other than an e-mail."""
    return item.kind_evidence or tuple(filter(None, (item.other_class,)))


def _what(item: Item) -> str:
    """Name what made the item other than an e-mail."""
    said = item.message_class or next((place.excerpt for place in _places(item) if place.excerpt), None)
    return clip(said or item.kind)


def _is_other_class(item: Item) -> bool:
    """Whether an e-mail has a class outside the Router's list; S/MIME classes have rules of their own."""
    if item.message_class is None or item.kind != "email":
        return False
    name = item.message_class.lower()
    return name not in _ACCEPTED_CLASSES and not any(part in name for part in _SMIME_CLASSES)


def _other_class(findings: Findings, _: Profile) -> Match | None:
    item = findings.item
    other = item.kind == "other-item" and not foreign_class(item)
    if not other and not _is_other_class(item):
        return None
    return Match(shown(_places(item)), {"what": _what(item)})


def _foreign(findings: Findings, _: Profile) -> Match | None:
    item = findings.item
    return Match(shown(_places(item)), {"what": _what(item)}) if foreign_class(item) else None


def _no_message(code: str) -> Find:
    """Make a search for what is no single message."""

    def find(findings: Findings, _: Profile) -> Match | None:
        return Match() if findings.no_message == code else None

    return find


def _journal(findings: Findings, _: Profile) -> Match | None:
    return seen_once(findings.delivery.journal)


def _from_me(findings: Findings, _: Profile) -> Match | None:
    return seen_once(findings.outlook.from_me)


def _draft(findings: Findings, _: Profile) -> Match | None:
    return Match() if findings.item.draft else None


def _class_rows(what: str, references: tuple[str, ...]) -> tuple[Row, ...]:
    """Give the rows of an item whose class only the Router is documented to reject."""
    return (
        Row(
            X + A,
            UNDETERMINED,
            ASSUMED,
            f"{what} The Email Router, predecessor of Server-Side Synchronization, is documented not to track this "
            "kind of item; of this channel nothing is said.",
            (*references, "hh699695"),
        ),
        Row(
            P,
            INFORMS,
            ASSUMED,
            f"{what} Over POP3 or IMAP it has no class, and nothing is documented against it.",
            references,
        ),
        Row(R, BLOCKS, DOCUMENTED, f"{what} {_ROUTER}", ("hh699695",)),
    )


RULES = (
    Rule(
        "item-class-report",
        "Delivery report or read receipt",
        "the message is a delivery report or read receipt",
        "A multipart/report at the top, or an Outlook item of a class REPORT.*.",
        "The mailbox keeps reports as items of another class. They are answers of mail systems, not letters, and "
        "no document says that they are synchronised. They are not PEC receipts.",
        _kind("report"),
        _class_rows("The message is a report ({what}).", ("rfc6522", "ms-oxcmail")),
        "Feedback reports and other machine reports use the same structure.",
        "Content-Type: multipart/report; report-type=delivery-status",
        ("send-as-ordinary-mail",),
        needs="unusual_item",
    ),
    Rule(
        "item-class-meeting",
        "Meeting request or response",
        "the message is a meeting request or an answer to one",
        "text/calendar with the method REQUEST, REPLY, CANCEL or COUNTER as body, or an Outlook item of a class "
        "IPM.Schedule.Meeting.*.",
        "App for Outlook does not track meeting requests and answers; the appointment that comes of them it does.",
        _kind("meeting"),
        (
            *_class_rows("The message is a meeting item ({what}).", ("rfc5546", "app-appointments"))[1:],
            Row(
                X,
                UNDETERMINED,
                ASSUMED,
                "The message is a meeting item ({what}). Tracking it by hand is documented as impossible; of "
                "automatic synchronisation nothing is said.",
                ("rfc5546", "app-appointments", "hh699695"),
            ),
            Row(
                A,
                BLOCKS,
                DOCUMENTED,
                "The message is a meeting item ({what}). App for Outlook does not track meeting requests or "
                "answers to them; the appointment can be tracked.",
                ("app-appointments",),
            ),
        ),
        "A newsletter whose calendar entry stands as part of its text, with a method.",
        "Content-Type: text/calendar; method=REQUEST",
        ("track-appointment",),
        needs="unusual_item",
    ),
    Rule(
        "item-class-auto-reply",
        "Automatic reply",
        "it is an automatic reply",
        "Auto-Submitted: auto-replied without a report, or the Outlook class of out-of-office replies.",
        "The Email Router is documented to accept that class; nothing is documented against it elsewhere.",
        _kind("auto-reply"),
        (
            Row(
                R,
                INFORMS,
                DOCUMENTED,
                "The message is an automatic reply. The Email Router tracks out-of-office replies.",
                ("hh699695", "rfc3834"),
            ),
            Row(
                X + P + A,
                INFORMS,
                ASSUMED,
                "The message is an automatic reply; nothing is documented against it.",
                ("rfc3834",),
            ),
        ),
        "None: it only informs.",
        "Auto-Submitted: auto-replied",
        needs="unusual_item",
    ),
    Rule(
        "item-class-other",
        "Item of another class",
        "the item is of another class than e-mail",
        "An Outlook class that is neither plain mail nor one of the above, or a Content-Class of voice mail, fax, "
        "missed calls, posts, recalls or forms.",
        "The mailbox keeps such items under a class of their own.",
        _other_class,
        _class_rows("The item is of the class {what}.", ("message-classes", "ms-oxcmail")),
        "Custom forms that are used for ordinary letters.",
        "Content-Class: voice",
        ("send-as-ordinary-mail",),
        needs="unusual_item",
    ),
    Rule(
        "not-an-email-item",
        "Not an e-mail item",
        "the item is no e-mail but a contact, task, note, appointment or list",
        "An Outlook item of a class for contacts, distribution lists, tasks, notes, appointments or the journal.",
        "E-mail synchronisation does not concern it; contacts, tasks and appointments have ways of their own.",
        _foreign,
        _class_rows("The item is no e-mail; its class is {what}.", ("message-classes",)),
        "None known.",
        "IPM.Contact",
        ("send-as-ordinary-mail",),
        needs="unusual_item",
    ),
    Rule(
        "not-a-message",
        "No e-mail",
        "the file holds no e-mail",
        "Nothing in the file has the form of an e-mail message: no well-formed header field of those that a "
        "message has stands near its start.",
        "There is nothing to judge, which is not the same as nothing to complain of.",
        _no_message("not-a-message"),
        (Row(EVERY, UNDETERMINED, ASSUMED, "The file holds no e-mail message.", ("rfc5322",)),),
        "A message whose header was cut off.",
        "A picture, a PDF document, an empty file",
        ("get-original-file",),
        always=True,
        needs="no_message",
    ),
    Rule(
        "not-one-message",
        "More than one e-mail",
        "the file holds several messages or is an archive",
        "A mailbox file with several messages, or an archive.",
        "A verdict speaks of one message; each message in the file may fare differently.",
        _no_message("not-one-message"),
        (
            Row(
                EVERY,
                UNDETERMINED,
                ASSUMED,
                "The file holds several messages or is an archive; a verdict speaks of one message.",
                ("rfc5322",),
            ),
        ),
        "A message whose text quotes a complete mailbox file without care.",
        "From a@example.org Mon Mar  2 10:11:12 2026",
        ("scan-container",),
        always=True,
        needs="no_message",
    ),
    Rule(
        "journal-report",
        "Exchange journal report",
        "it is an Exchange journal report around another message",
        "The field X-MS-Journal-Report and one attached message.",
        "The report is the archive's envelope: the enclosed message is what a mailbox once received.",
        _journal,
        (
            Row(
                EVERY,
                INFORMS,
                ASSUMED,
                "The message is an Exchange journal report; what a mailbox received is the message attached to it.",
                ("ms-oxcmail",),
            ),
        ),
        "None: it only informs.",
        "X-MS-Journal-Report:",
        ("get-original-file",),
        needs="delivery.journal",
    ),
    Rule(
        "not-a-received-copy",
        "Sent item",
        "it is the sender's copy and not a received message",
        "An Outlook item whose flags say that the mailbox's owner wrote it.",
        "The rules are about incoming mail; a sent item lacks what transport adds.",
        _from_me,
        (
            Row(
                EVERY,
                INFORMS,
                ASSUMED,
                "The item is the sender's own copy: the message that recipients received may look different.",
                ("ms-oxcmail",),
            ),
        ),
        "Messages that somebody sent to their own mailbox.",
        "PidTagMessageFlags: MSGFLAG_FROMME",
        needs="outlook.from_me",
    ),
    Rule(
        "unsent-draft",
        "Draft",
        "the message is a draft that was never sent",
        "X-Unsent: 1, or an Outlook item flagged as unsent.",
        "What is not sent is not received; sender, recipients and identifier are still open.",
        _draft,
        (
            Row(
                EVERY,
                UNDETERMINED,
                ASSUMED,
                "The message is a draft: it was never sent, and its addresses are not judged.",
                ("ms-oxcmail",),
            ),
        ),
        "Templates, and messages that were saved for sending again.",
        "X-Unsent: 1",
        needs="item.draft",
    ),
)
