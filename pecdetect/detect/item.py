"""The message itself: kind of item, sender, recipients, identity (RFC 5322, RFC 3834, RFC 5546, RFC 6522)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pecdetect.detect.findings import Item
from pecdetect.parsing.addresses import parse_addresses
from pecdetect.parsing.dates import parse_date

if TYPE_CHECKING:
    from pecdetect.detect.findings import Kind
    from pecdetect.evidence import Evidence
    from pecdetect.parsing.addresses import Mailbox
    from pecdetect.parsing.message import Message, Part

MEETING_METHODS = frozenset({"request", "reply", "cancel", "counter"})
"""iTIP methods that ask for or answer a meeting (RFC 5546, 1.4)."""
_METHOD = re.compile(rb"(?:^|[\r\n])METHOD[ \t]*:[ \t]*([A-Za-z-]{1,20})", re.IGNORECASE)
_METHOD_WINDOW = 4096
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,2000}>")

_OTHER_CONTENT_CLASSES = frozenset(
    {"voice", "voice-ca", "voice-uc", "voice+fax", "fax", "fax-ca", "missedcall", "mspostitem"}
)
"""Content-Class values that Exchange turns into classes other than IPM.Note (MS-OXCMAIL, 2.2.3.2.15)."""


def read_item(message: Message) -> Item:
    """What kind of item the message is, from whom, to whom. Pure; never raises."""
    root = message.root
    sender, sender_evidence = _mailboxes(root, "from")
    to, to_evidence = _mailboxes(root, "to")
    cc, cc_evidence = _mailboxes(root, "cc")
    kind, evidence, method = ("none", (), None) if message.no_message else _kind(root)
    subject = root.get("subject")
    date = root.get("date")
    unsent = root.get("x-unsent")
    return Item(
        kind=kind,
        kind_evidence=evidence,
        message_id=_message_id(root),
        date=parse_date(date.value) if date is not None else None,
        sender=sender,
        sender_evidence=sender_evidence,
        to=to,
        cc=cc,
        recipient_evidence=to_evidence + cc_evidence,
        subject=(subject.text or None) if subject is not None else None,
        draft=unsent is not None and unsent.value == "1",
        meeting_method=method,
        other_class=_other_class(root),
    )


def _mailboxes(root: Part, name: str) -> tuple[tuple[Mailbox, ...], tuple[Evidence, ...]]:
    """The mailboxes of every field of this name, in file order, and where the fields stand."""
    fields = root.get_all(name)
    if not fields:
        return (), ()
    if len(fields) == 1:
        return parse_addresses(fields[0].value).mailboxes, (fields[0].evidence(root.section),)
    mailboxes = tuple(mailbox for field in fields for mailbox in parse_addresses(field.value).mailboxes)
    return mailboxes, tuple(field.evidence(root.section) for field in fields)


def _message_id(root: Part) -> str | None:
    field = root.get("message-id")
    if field is None:
        return None
    value = field.value
    found = _MESSAGE_ID.search(value)
    return found[0] if found is not None else value or None


def _kind(root: Part) -> tuple[Kind, tuple[Evidence, ...], str | None]:
    if root.content_type == "multipart/report":
        return "report", (root.field_evidence("content-type"),), None
    calendar = _calendar(root)
    if calendar is not None:
        part, method = calendar
        return "meeting", (part.field_evidence("content-type"),), method
    auto = root.get("auto-submitted")
    if auto is not None and auto.value.lower().startswith("auto-replied"):
        return "auto-reply", (auto.evidence(""),), None
    if _other_class(root) is not None:
        return "other-item", (root.field_evidence("content-class"),), None
    return "email", (), None


def _calendar(root: Part) -> tuple[Part, str] | None:
    """The text/calendar part that stands as body and its scheduling method."""
    if root.media_type.type not in ("text", "multipart"):
        return None
    for part in root.walk_message() if root.children else (root,):
        if part.media_type.subtype != "calendar" or part.media_type.type != "text" or part.disposition == "attachment":
            continue
        method = part.media_type.param("method")
        if method is None:
            found = _METHOD.search(part.sniff(_METHOD_WINDOW))
            method = found[1].decode("ascii") if found is not None else ""
        if method.lower() in MEETING_METHODS:
            return part, method.lower()
    return None


def _other_class(root: Part) -> Evidence | None:
    field = root.get("content-class")
    if field is None:
        return None
    value = field.value.lower()
    if value in _OTHER_CONTENT_CLASSES or value.startswith(("urn:content-class:custom.", "infopath")):
        return field.evidence("")
    return None
