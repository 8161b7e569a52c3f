"""The message itself: kind of item, sender, recipients, identity (RFC 5322, RFC 3834, RFC 5546, RFC 6522)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pecdetect.detect.findings import Item
from pecdetect.parsing.addresses import parse_addresses
from pecdetect.parsing.encoded_words import decode_encoded_words
from pecdetect.unfold import unfold

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


def read_item(message: Message, parts: list[Part]) -> Item:
    """What kind of item the message is, from whom, to whom. Never raises.

    ``parts`` are all parts of the message.
    """
    root = message.root
    raw = root.raw
    charset = message.charset
    sender, sender_evidence = _mailboxes(message, b"from")
    to, to_evidence = _mailboxes(message, b"to")
    cc, cc_evidence = _mailboxes(message, b"cc")
    closed = message.container == "msg" and message.outlook is None
    kind, evidence, method = ("none", (), None) if closed or message.no_message else _kind(root, parts)
    unsent = raw(b"x-unsent")
    subject = raw(b"subject")
    item = Item(
        kind=kind,
        kind_evidence=evidence,
        message_id=_message_id(raw(b"message-id")),
        raw_date=raw(b"date"),
        sender=sender,
        sender_evidence=sender_evidence,
        to=to,
        cc=cc,
        recipient_evidence=to_evidence + cc_evidence,
        raw_subject=subject if subject is None or charset is None else decode_encoded_words(unfold(subject, charset)),
        draft=unsent is not None and unfold(unsent) == "1",
        meeting_method=method,
        other_class=_other_class(root) if b"content-class" in root.table.index else None,
    )
    if message.outlook is None:
        return item
    from pecdetect.detect.outlook_item import with_class

    return with_class(item, message.outlook)


def _mailboxes(message: Message, key: bytes) -> tuple[tuple[Mailbox, ...], tuple[Evidence, ...]]:
    """The mailboxes of every field of this name, in file order, and where the fields stand."""
    root, most, charset = message.root, message.limits.mailboxes, message.charset
    table = root.table
    at = table.index.get(key)
    if at is None:
        return (), ()
    places = [at] if table.keys.count(key) == 1 else [i for i, name in enumerate(table.keys) if name == key]
    found: list[Mailbox] = []
    for place in places:
        listed = parse_addresses(unfold(table.values[place], charset), most)
        found += listed.mailboxes
        if listed.truncated:
            message.hit("mailboxes", most + 1, most, root.section)
    return tuple(found), tuple([table.evidence(place, root.section) for place in places])


def _message_id(raw: bytes | None) -> str | None:
    if raw is None:
        return None
    value = unfold(raw)
    found = _MESSAGE_ID.search(value)
    return found[0] if found is not None else value or None


def _kind(root: Part, parts: list[Part]) -> tuple[Kind, tuple[Evidence, ...], str | None]:
    if root.content_type == "multipart/report":
        return "report", (root.field_evidence("content-type"),), None
    calendar = _calendar(parts)
    if calendar is not None:
        part, method = calendar
        return "meeting", (part.field_evidence("content-type"),), method
    auto = root.raw(b"auto-submitted")
    if auto is not None and unfold(auto).lower().startswith("auto-replied"):
        return "auto-reply", (root.field_evidence("auto-submitted"),), None
    if _other_class(root) is not None:
        return "other-item", (root.field_evidence("content-class"),), None
    return "email", (), None


def _calendar(parts: list[Part]) -> tuple[Part, str] | None:
    """The text/calendar part that stands as body and its scheduling method."""
    for part in parts:
        if part.content_type != "text/calendar" or "/" in part.section or part.disposition == "attachment":
            continue
        method = part.media_type.param("method")
        if method is None:
            found = _METHOD.search(part.sniff(_METHOD_WINDOW))
            method = found[1].decode("ascii") if found is not None else ""
        if method.lower() in MEETING_METHODS:
            return part, method.lower()
    return None


def _other_class(root: Part) -> Evidence | None:
    raw = root.raw(b"content-class")
    if raw is None:
        return None
    value = unfold(raw).lower()
    if value in _OTHER_CONTENT_CLASSES or value.startswith(("urn:content-class:custom.", "infopath")):
        return root.field_evidence("content-class")
    return None
