"""Kinds of item: what is in the file, and is it e-mail at all."""

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
)
from pecdetect.policy.rules.common import clipped, foreign_class, seen_once, shown
from pecdetect.sentences import Sentence

if TYPE_CHECKING:
    from pecdetect.detect.findings import Envelope, Findings
    from pecdetect.evidence import Evidence
    from pecdetect.policy.rule import Find
    from pecdetect.profile import Profile

_ACCEPTED_CLASSES = frozenset({"", "ipm.note", "ipm.note.rules.ooftemplate.microsoft"})
"""Classes that the Email Router tracks (hh699695), and none."""
_SMIME_CLASSES = (".smime", "ipm.note.secure")
"""Parts of the names of classes that the S/MIME rules cover."""

_ROUTER = "The Email Router tracks plain mail and out-of-office replies only."
_SHOWN_BY = Sentence('The file states "{what}".')


def _kind(kind: str) -> Find:
    """Make a search for an item of this kind."""
    return lambda findings, _: _match(findings.envelope) if findings.envelope.kind == kind else None


def _auto_reply(findings: Findings, _: Profile) -> Match | None:
    envelope = findings.envelope
    return Match(evidence=shown(_places(envelope))) if envelope.kind == "auto-reply" else None


def _match(envelope: Envelope) -> Match:
    """Give the match of an item that is not e-mail, with what the file says of it."""
    places = _places(envelope)
    said = envelope.message_class or next((place.excerpt for place in places if place.excerpt), None)
    return Match(evidence=shown(places), facts={"what": clipped(said)})


def _places(envelope: Envelope) -> tuple[Evidence, ...]:
    """Give the places that made the item other than an e-mail."""
    return envelope.kind_evidence or tuple(filter(None, (envelope.other_class,)))


def _is_other_class(envelope: Envelope) -> bool:
    """Whether an e-mail has a class outside the Router's list; S/MIME classes have rules of their own."""
    if envelope.message_class is None or envelope.kind != "email":
        return False
    name = envelope.message_class.lower()
    return name not in _ACCEPTED_CLASSES and not any(part in name for part in _SMIME_CLASSES)


def _other_class(findings: Findings, _: Profile) -> Match | None:
    envelope = findings.envelope
    other = envelope.kind == "other-item" and not foreign_class(envelope)
    return _match(envelope) if other or _is_other_class(envelope) else None


def _foreign(findings: Findings, _: Profile) -> Match | None:
    return _match(findings.envelope) if foreign_class(findings.envelope) else None


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
    return Match() if findings.envelope.draft else None


def _class_rows(what: str, references: tuple[str, ...]) -> tuple[Row, Row, Row]:
    """Give the rows of an item whose class only the Router is documented to reject."""
    return (
        Row(
            variant="undocumented-class",
            channels=EXCHANGE + APP_FOR_OUTLOOK,
            effect=UNDETERMINED,
            basis=ASSUMED,
            detail=(
                what,
                _SHOWN_BY,
                (
                    "Microsoft documents that the Email Router, the predecessor of Server-Side Synchronization, does "
                    "not track this kind of item. No document mentions this channel."
                ),
            ),
            references=(*references, "hh699695"),
        ),
        Row(
            variant="pop-imap",
            channels=POP_IMAP,
            effect=INFORMS,
            basis=ASSUMED,
            detail=(what, _SHOWN_BY, "Over POP3 or IMAP it has no class, and no document excludes it."),
            references=references,
        ),
        Row(
            variant="email-router",
            channels=EMAIL_ROUTER,
            effect=BLOCKS,
            basis=DOCUMENTED,
            detail=(what, _SHOWN_BY, _ROUTER),
            references=("hh699695",),
        ),
    )


_MEETING = "The message is a meeting request or an answer to one."

RULES = (
    Rule(
        code="item-class-report",
        title="Delivery report or read receipt",
        summary="The message is a delivery report or read receipt.",
        detects="A multipart/report at the top, or an Outlook item of a class REPORT.*.",
        why="The mailbox keeps reports as items of another class. Mail systems write them, not people, and no document "
        "says that they are synchronised. They are not PEC receipts.",
        find=_kind("report"),
        rows=_class_rows("The message is a delivery report or read receipt.", ("rfc6522", "ms-oxcmail")),
        false_positives="Feedback reports and other machine reports use the same structure.",
        example="Content-Type: multipart/report; report-type=delivery-status",
        remedies=("send-as-ordinary-mail",),
        needs="unusual_envelope",
    ),
    Rule(
        code="item-class-meeting",
        title="Meeting request or response",
        summary="The message is a meeting request or an answer to one.",
        detects="text/calendar with the method REQUEST, REPLY, CANCEL or COUNTER as body, or an Outlook item of a "
        "class IPM.Schedule.Meeting.*.",
        why="App for Outlook does not track meeting requests and answers. It does track the appointment that results "
        "from them.",
        find=_kind("meeting"),
        rows=(
            *_class_rows(_MEETING, ("rfc5546", "app-appointments"))[1:],
            Row(
                variant="exchange",
                channels=EXCHANGE,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail=(
                    _MEETING,
                    _SHOWN_BY,
                    (
                        "Microsoft documents that it cannot be tracked by hand. No document mentions automatic "
                        "synchronisation."
                    ),
                ),
                references=("rfc5546", "app-appointments", "hh699695"),
            ),
            Row(
                variant="app-for-outlook",
                channels=APP_FOR_OUTLOOK,
                effect=BLOCKS,
                basis=DOCUMENTED,
                detail=(
                    _MEETING,
                    _SHOWN_BY,
                    "App for Outlook does not track meeting requests or answers to them. It can track the appointment.",
                ),
                references=("app-appointments",),
            ),
        ),
        false_positives="A newsletter whose text includes a calendar entry with a method.",
        example="Content-Type: text/calendar; method=REQUEST",
        remedies=("track-appointment",),
        needs="unusual_envelope",
    ),
    Rule(
        code="item-class-auto-reply",
        title="Automatic reply",
        detects="Auto-Submitted: auto-replied without a report, or the Outlook class of out-of-office replies.",
        why="Microsoft documents that the Email Router accepts that class. No document excludes it elsewhere.",
        find=_auto_reply,
        rows=(
            Row(
                variant="email-router",
                channels=EMAIL_ROUTER,
                effect=INFORMS,
                basis=DOCUMENTED,
                detail="The message is an automatic reply. The Email Router tracks out-of-office replies.",
                references=("hh699695", "rfc3834"),
            ),
            Row(
                variant="not-excluded",
                channels=EXCHANGE + POP_IMAP + APP_FOR_OUTLOOK,
                effect=INFORMS,
                basis=ASSUMED,
                detail="The message is an automatic reply. No document excludes it.",
                references=("rfc3834",),
            ),
        ),
        false_positives="None: it only informs.",
        example="Auto-Submitted: auto-replied",
        needs="unusual_envelope",
    ),
    Rule(
        code="item-class-other",
        title="Item of another class",
        summary="The item has another class than plain e-mail.",
        detects="An Outlook class that is neither plain mail nor one of the above, or a Content-Class of voice mail, "
        "fax, missed calls, posts, recalls or forms.",
        why="The mailbox keeps such items under a class of their own.",
        find=_other_class,
        rows=_class_rows("The item has another class than plain e-mail.", ("message-classes", "ms-oxcmail")),
        false_positives="Custom forms that are used for ordinary letters.",
        example="Content-Class: voice",
        remedies=("send-as-ordinary-mail",),
        needs="unusual_envelope",
    ),
    Rule(
        code="not-an-email-item",
        title="Not an e-mail item",
        summary="The item is a contact, task, note, appointment or list, not an e-mail.",
        detects="An Outlook item of a class for contacts, distribution lists, tasks, notes, appointments or the "
        "journal.",
        why="E-mail synchronisation does not cover it; contacts, tasks and appointments have ways of their own.",
        find=_foreign,
        rows=_class_rows(
            "The item is a contact, task, note, appointment or list, not an e-mail.", ("message-classes",)
        ),
        false_positives="None known.",
        example="IPM.Contact",
        remedies=("send-as-ordinary-mail",),
        needs="unusual_envelope",
    ),
    Rule(
        code="not-a-message",
        title="No e-mail",
        summary="The file does not contain an e-mail.",
        detects="Nothing in the file has the form of an e-mail message: near its start there is no well-formed header "
        "field of those that a message has.",
        why="There is nothing to judge. That does not mean that all is well.",
        find=_no_message("not-a-message"),
        rows=(
            Row(
                variant="no-message",
                channels=EVERY,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail="The file does not contain an e-mail message.",
                references=("rfc5322",),
            ),
        ),
        false_positives="A message whose header was cut off.",
        example="A picture, a PDF document, an empty file",
        remedies=("get-original-file",),
        always=True,
        needs="no_message",
    ),
    Rule(
        code="not-one-message",
        title="More than one e-mail",
        summary="The file contains several messages or is an archive.",
        detects="A mailbox file with several messages, or an archive.",
        why="A verdict covers one message. Each message in the file may fare differently.",
        find=_no_message("not-one-message"),
        rows=(
            Row(
                variant="several",
                channels=EVERY,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail="The file contains several messages or is an archive. A verdict covers one message.",
                references=("rfc5322",),
            ),
        ),
        false_positives="A message whose text quotes a complete mailbox file as it is.",
        example="From a@example.org Mon Mar  2 10:11:12 2026",
        remedies=("scan-container",),
        always=True,
        needs="no_message",
    ),
    Rule(
        code="journal-report",
        title="Exchange journal report",
        detects="The field X-MS-Journal-Report and one attached message.",
        why="The report is the archive's envelope. The enclosed message is what a mailbox once received.",
        find=_journal,
        rows=(
            Row(
                variant="journal",
                channels=EVERY,
                effect=INFORMS,
                basis=ASSUMED,
                detail="The message is an Exchange journal report. A mailbox received the message that is attached to "
                "it.",
                references=("ms-oxcmail",),
            ),
        ),
        false_positives="None: it only informs.",
        example="X-MS-Journal-Report:",
        remedies=("get-original-file",),
        needs="delivery.journal",
    ),
    Rule(
        code="not-a-received-copy",
        title="Sent item",
        detects="An Outlook item whose flags say that the mailbox's owner wrote it.",
        why="The rules are about incoming mail. A sent item lacks what transport adds.",
        find=_from_me,
        rows=(
            Row(
                variant="sent",
                channels=EVERY,
                effect=INFORMS,
                basis=ASSUMED,
                detail="The item is the sender's own copy. The message that recipients received may look different.",
                references=("ms-oxcmail",),
            ),
        ),
        false_positives="Messages that people sent to their own mailbox.",
        example="PidTagMessageFlags: MSGFLAG_FROMME",
        needs="outlook.from_me",
    ),
    Rule(
        code="unsent-draft",
        title="Draft",
        summary="The message is a draft that was never sent.",
        detects="X-Unsent: 1, or an Outlook item flagged as unsent.",
        why="Mail that was not sent is not received. Its sender, recipients and identifier are still open.",
        find=_draft,
        rows=(
            Row(
                variant="draft",
                channels=EVERY,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail="The message is a draft: it was never sent. Its addresses are not judged.",
                references=("ms-oxcmail",),
            ),
        ),
        false_positives="Templates, and messages that were saved for sending again.",
        example="X-Unsent: 1",
        needs="envelope.draft",
    ),
)
