"""The message itself: kind of item, sender, recipients, identity (RFC 5322, RFC 3834, RFC 5546, RFC 6522)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pecdetect.detect.findings import Envelope
from pecdetect.parsing.addresses import parse_addresses
from pecdetect.parsing.encoded_words import decode_encoded_words
from pecdetect.parsing.grammar import (
    MESSAGE_ID,
)
from pecdetect.unfold import unfold

if TYPE_CHECKING:
    from pecdetect.contract import Kind
    from pecdetect.evidence import Evidence
    from pecdetect.parsing.addresses import Mailbox
    from pecdetect.parsing.header import FieldTable
    from pecdetect.parsing.message import Message, Part

MEETING_METHODS = frozenset({"request", "reply", "cancel", "counter"})
"""iTIP methods that ask for or answer a meeting (RFC 5546, 1.4)."""
_METHOD = re.compile(rb"(?:^|[\r\n])METHOD[ \t]*:[ \t]*([A-Za-z-]{1,20})", re.IGNORECASE)
_METHOD_WINDOW = 4096

_OTHER_CONTENT_CLASSES = frozenset(
    {"voice", "voice-ca", "voice-uc", "voice+fax", "fax", "fax-ca", "missedcall", "mspostitem"}
)
"""Content-Class values that Exchange turns into classes other than IPM.Note (MS-OXCMAIL, 2.2.3.2.15)."""


EnvelopeKind = tuple["Kind", "tuple[Evidence, ...]", "str | None"]
"""What kind of item it is, what made it other than an e-mail, and the iTIP METHOD of a meeting."""


def read_envelope(message: Message, parts: list[Part]) -> Envelope:
    """What kind of item the message is, from whom, to whom. Never raises.

    ``parts`` are all parts of the message.
    """
    root = message.root
    closed = message.container == "msg" and message.outlook is None
    kind: EnvelopeKind = ("none", (), None) if closed or message.no_message else _kind(root, parts)
    most = message.limits.mailboxes
    envelope, crowded = envelope_of(root.table, kind, most, message.charset)
    if crowded:
        message.hit("mailboxes", most + 1, most, root.section)
    if b"content-class" in root.table.index:
        envelope = envelope._replace(other_class=_other_class(root))
    if message.outlook is None:
        return envelope
    from pecdetect.detect.outlook_item import with_class

    return with_class(envelope, message.outlook)


def envelope_of(header: FieldTable, kind: EnvelopeKind, most: int, charset: str | None = None) -> tuple[Envelope, bool]:
    """What a message's header says of the message; and whether a field has more than ``most`` mailboxes."""
    raw = header.raw
    sender, sender_evidence, crowded = _mailboxes(header, b"from", most, charset)
    to, to_evidence, more = _mailboxes(header, b"to", most, charset)
    cc, cc_evidence, many = _mailboxes(header, b"cc", most, charset)
    subject = raw(b"subject")
    envelope = Envelope(
        kind[0],
        kind[1],
        _message_id(raw(b"message-id")),
        raw(b"date"),
        sender,
        sender_evidence,
        to,
        cc,
        to_evidence + cc_evidence,
        subject if subject is None or charset is None else decode_encoded_words(unfold(subject, charset)),
        None,
        b"x-unsent" in header.index and unfold(raw(b"x-unsent") or b"") == "1",
        kind[2],
    )
    return envelope, crowded or more or many


def _mailboxes(
    header: FieldTable, key: bytes, most: int, charset: str | None
) -> tuple[tuple[Mailbox, ...], tuple[Evidence, ...], bool]:
    """The mailboxes of every field of this name, in file order, where the fields stand, and whether one is cut."""
    at = header.index.get(key)
    if at is None:
        return (), (), False
    if key not in header.repeated:
        listed = parse_addresses(unfold(header.values[at], charset), most)
        return listed.mailboxes, (header.evidence(at, ""),), listed.truncated
    found: list[Mailbox] = []
    crowded = False
    places = [place for place, name in enumerate(header.keys) if name == key]
    for place in places:
        listed = parse_addresses(unfold(header.values[place], charset), most)
        found += listed.mailboxes
        crowded |= listed.truncated
    return tuple(found), tuple([header.evidence(place, "") for place in places]), crowded


def _message_id(raw: bytes | None) -> str | None:
    if raw is None:
        return None
    value = unfold(raw)
    found = MESSAGE_ID.search(value)
    return found[0] if found is not None else value or None


def _kind(root: Part, parts: list[Part]) -> tuple[Kind, tuple[Evidence, ...], str | None]:
    if root.content_type == "multipart/report":
        return "report", (root.field_evidence("content-type"),), None
    calendar = _calendar(parts)
    if calendar is not None:
        part, method = calendar
        return "meeting", (part.field_evidence("content-type"),), method
    if replies_by_itself(root.table):
        return "auto-reply", (root.field_evidence("auto-submitted"),), None
    if _other_class(root) is not None:
        return "other-item", (root.field_evidence("content-class"),), None
    return "email", (), None


def replies_by_itself(header: FieldTable) -> bool:
    """Whether a message says that a program wrote it as an answer (RFC 3834, 5)."""
    at = header.index.get(b"auto-submitted")
    return at is not None and unfold(header.values[at]).lower().startswith("auto-replied")


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
