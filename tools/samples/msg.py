"""Writes Outlook items as .msg files (MS-OXMSG), from properties or from a message as it was sent."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING, TypeAlias

from .compound import Tree, compound_file

if TYPE_CHECKING:
    from datetime import datetime

CLSID = bytes.fromhex("0b0d020000000000c000000000000046")
INTERNET_HEADERS = bytes.fromhex("8603020000000000c000000000000046")

INTEGER, BOOLEAN, TIME, OBJECT, UNICODE, ANSI, BINARY = 0x03, 0x0B, 0x40, 0x0D, 0x1F, 0x1E, 0x102
READ, UNSENT, FROM_ME = 0x01, 0x08, 0x20

Value: TypeAlias = "int | bool | str | bytes | datetime"
_AS_IT_STANDS = policy.SMTP.clone(refold_source="none")
_EPOCH = 11_644_473_600
"""Seconds from 1601 to 1970."""


@dataclass(slots=True)
class Attachment:
    """An attached file or message."""

    content: bytes | Item | None
    name: str | None = None
    media: str | None = None
    method: int = 1
    more: dict[int, Value] = field(default_factory=dict)


@dataclass(slots=True)
class Item:
    """An Outlook item."""

    message_class: str = "IPM.Note"
    values: dict[int, Value] = field(default_factory=dict)
    """Properties by identifier."""
    named: dict[str, str] = field(default_factory=dict)
    """Header fields kept as named properties."""
    recipients: list[dict[int, Value]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    codec: str = "utf-16-le"
    """``utf-16-le`` for a Unicode item, else the charset of its code page."""
    code_page: int = 1200


class Writer:
    """Turns one item and what it holds into a file."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.names: list[str] = []

    def tree(self) -> Tree:
        """Return the storages and streams of the file."""
        tree = self.storage(self.item, 32)
        tree["__nameid_version1.0"] = self.name_map()
        return tree

    def storage(self, item: Item, header: int) -> Tree:
        """Return the storage of an item; ``header`` is the size of the header of its property stream."""
        tree: Tree = {}
        unicode = item.codec == "utf-16-le"
        values: dict[int, Value] = {0x001A: item.message_class, 0x340D: 0x40000 if unicode else 0, **item.values}
        if not unicode:
            values.setdefault(0x3FFD, item.code_page)
        for name, text in item.named.items():
            values[self.identifier(name)] = text
        counts = (len(item.recipients), len(item.attachments)) * 2
        start = (bytes(8) + struct.pack("<IIII", *counts)).ljust(header, b"\0")
        self.write(tree, start, values, item.codec)
        for at, recipient in enumerate(item.recipients):
            inner: Tree = {}
            self.write(inner, bytes(8), recipient, item.codec)
            tree[f"__recip_version1.0_#{at:08X}"] = inner
        for at, attachment in enumerate(item.attachments):
            tree[f"__attach_version1.0_#{at:08X}"] = self.attachment(attachment, at, item.codec)
        return tree

    def attachment(self, attachment: Attachment, at: int, codec: str) -> Tree:
        """Return the storage of an attachment."""
        tree: Tree = {}
        content = attachment.content
        values: dict[int, Value] = {0x0E21: at, 0x3705: attachment.method, **attachment.more}
        if attachment.name is not None:
            values[0x3707] = values[0x3704] = attachment.name
        if attachment.media is not None:
            values[0x370E] = attachment.media
        if isinstance(content, bytes):
            values[0x3701] = content
        records = b""
        if isinstance(content, Item):
            records = struct.pack("<IIII", 0x3701 << 16 | OBJECT, 6, 0xFFFFFFFF, 1)
            tree["__substg1.0_3701000D"] = self.storage(content, 24)
        self.write(tree, bytes(8) + records, values, codec)
        return tree

    def write(self, tree: Tree, start: bytes, values: dict[int, Value], codec: str) -> None:
        """Add properties to a storage: their records, and a stream for each that is no number."""
        records = [start]
        for ident, value in sorted(values.items()):
            kind, data = encode(value, codec)
            if kind in (INTEGER, BOOLEAN, TIME):
                records.append(struct.pack("<II8s", ident << 16 | kind, 6, data))
                continue
            ending = {UNICODE: 2, ANSI: 1}.get(kind, 0)
            records.append(struct.pack("<IIII", ident << 16 | kind, 6, len(data) + ending, 0))
            tree[f"__substg1.0_{ident:04X}{kind:04X}"] = data
        tree["__properties_version1.0"] = b"".join(records)

    def identifier(self, name: str) -> int:
        """Return the identifier of a named property."""
        if name not in self.names:
            self.names.append(name)
        return 0x8000 + self.names.index(name)

    def name_map(self) -> Tree:
        """Return the storage that maps names to identifiers (MS-OXMSG, 2.2.3)."""
        entries = names = b""
        tree: Tree = {}
        for at, name in enumerate(self.names):
            text = name.encode("utf-16-le")
            kind = 3 << 1 | 1
            entries += struct.pack("<IHH", len(names), kind, at)
            # The checksum of MS-OXRTFCP: no complement before or after.
            checksum = zlib.crc32(text, 0xFFFFFFFF) ^ 0xFFFFFFFF
            bucket = f"__substg1.0_{0x1000 + (checksum ^ kind) % 0x1F:04X}0102"
            before = tree.get(bucket, b"")
            tree[bucket] = (before if isinstance(before, bytes) else b"") + struct.pack("<IHH", checksum, kind, at)
            names += struct.pack("<I", len(text)) + text + bytes(-len(text) % 4)
        tree["__substg1.0_00020102"] = INTERNET_HEADERS
        tree["__substg1.0_00030102"] = entries
        tree["__substg1.0_00040102"] = names
        return tree


def encode(value: Value, codec: str) -> tuple[int, bytes]:
    """Return the type of a value and its bytes."""
    if isinstance(value, bool):
        return BOOLEAN, struct.pack("<Q", value)
    if isinstance(value, int):
        return INTEGER, struct.pack("<Q", value & 0xFFFFFFFF)
    if isinstance(value, str):
        return (UNICODE if codec == "utf-16-le" else ANSI), value.encode(codec, "replace")
    if isinstance(value, bytes):
        return BINARY, value
    return TIME, struct.pack("<Q", (int(value.timestamp()) + _EPOCH) * 10_000_000)


def msg_file(item: Item, *, version: int = 3, scattered: bool = False) -> bytes:
    """Return an item as a .msg file."""
    return compound_file(Writer(item).tree(), version=version, scattered=scattered, clsid=CLSID)


# -- a message as it was sent --


def item_of(
    data: bytes, *, transport: bool = True, flattened: bool = False, ansi: tuple[str, int] | None = None
) -> Item:
    """Return what Exchange stores for a message (MS-OXCMAIL, MS-OXOSMIME).

    ``transport`` keeps the header as a property; ``flattened`` takes a signed message apart, as converters do;
    ``ansi`` names charset and code page of an item that is not Unicode.
    """
    head, _, body = data.partition(b"\r\n\r\n")
    message = message_from_bytes(data, policy=policy.default)
    kind = message.get_content_type()
    item = Item(values={0x0E07: READ})
    if ansi is not None:
        item.codec, item.code_page = ansi
    _address(item, message)
    if transport:
        item.values[0x007D] = head.decode("utf-8", "replace") + "\r\n\r\n"
    if kind == "multipart/signed" and not flattened:
        item.message_class = "IPM.Note.SMIME.MultipartSigned"
        content = _field(head, b"content-type") + b"\r\n\r\n" + body
        item.attachments.append(Attachment(content, "smime.p7m", "multipart/signed"))
        _add_body(item, message)
    elif _is_cms(message) and not flattened:
        item.message_class = "IPM.Note.SMIME"
        item.named["Content-Type"] = _field(head, b"content-type").partition(b":")[2].strip().decode()
        item.attachments.append(Attachment(_octets(message), "smime.p7m", kind))
    else:
        if kind == "multipart/report":
            item.message_class = "REPORT.IPM.Note.NDR"
        if message["Content-Class"] is not None:
            item.named["Content-Class"] = str(message["Content-Class"])
        _take_apart(item, message)
    return item


def _is_cms(message: Message) -> bool:
    kind, name = message.get_content_type(), message.get_filename() or ""
    return kind.endswith("pkcs7-mime") or (kind == "application/octet-stream" and name.endswith(".p7m"))


def _field(head: bytes, name: bytes) -> bytes:
    """Return a header field as it stands."""
    rows = head.split(b"\r\n")
    for at, row in enumerate(rows):
        if row.lower().startswith(name + b":"):
            end = at + 1
            while end < len(rows) and rows[end][:1] in (b" ", b"\t"):
                end += 1
            return b"\r\n".join(rows[at:end])
    return b"Content-Type: text/plain"


def _address(item: Item, message: Message) -> None:
    for name, address in getaddresses([str(message.get("From", ""))])[:1]:
        if address:
            item.values |= {0x0C1A: name or address, 0x0C1E: "SMTP", 0x0C1F: address, 0x5D01: address}
            item.values |= {0x0042: name or address, 0x0064: "SMTP", 0x0065: address, 0x5D02: address}
    for kind, field_name in ((1, "To"), (2, "Cc")):
        for name, address in getaddresses([str(value) for value in message.get_all(field_name, [])]):
            if address:
                item.recipients.append(recipient(address, name or address, kind))
    for ident, field_name in ((0x0037, "Subject"), (0x1035, "Message-ID"), (0x1042, "In-Reply-To")):
        if message.get(field_name):
            item.values[ident] = str(message[field_name])
    if message.get("Date"):
        item.values[0x0039] = parsedate_to_datetime(str(message["Date"]))


def recipient(
    address: str, name: str, kind: int = 1, *, type_: str = "SMTP", smtp: str | None = None
) -> dict[int, Value]:
    """Return the properties of a recipient: ``kind`` 1 To, 2 Cc, 3 Bcc."""
    values: dict[int, Value] = {0x0C15: kind, 0x3001: name, 0x3002: type_, 0x3003: address}
    known = smtp or (address if type_ == "SMTP" else None)
    return values | ({0x39FE: known} if known else {})


def _octets(part: Message) -> bytes:
    """Return the decoded content of a part."""
    octets = part.get_payload(decode=True)
    return octets if isinstance(octets, bytes) else b""


def _members(part: Message) -> list[Message]:
    """Return the parts of a multipart, or the message in a message/rfc822."""
    members = part.get_payload()
    return [member for member in members if isinstance(member, Message)] if isinstance(members, list) else []


def _add_body(item: Item, message: Message) -> None:
    """Give an item its body, as the first text part has it."""
    for part in message.walk():
        if part.get_content_type() == "text/plain" and part.get_content_disposition() != "attachment":
            item.values[0x1000] = _octets(part).decode(part.get_content_charset() or "utf-8", "replace")
            return


def _take_apart(item: Item, message: Message) -> None:
    """Turn the parts of a message into bodies and attachments."""
    pending = [message]
    while pending:
        part = pending.pop(0)
        kind = part.get_content_type()
        if part.is_multipart() and kind != "message/rfc822":
            pending[:0] = _members(part)
            continue
        name = part.get_filename()
        if kind == "message/rfc822":
            inner = _members(part)[0].as_bytes(policy=_AS_IT_STANDS)
            item.attachments.append(Attachment(item_of(inner), name, method=5))
            continue
        octets = _octets(part)
        if kind == "text/plain" and name is None and 0x1000 not in item.values:
            item.values[0x1000] = octets.decode(part.get_content_charset() or "utf-8", "replace")
        elif kind == "text/html" and name is None and 0x1013 not in item.values:
            item.values |= {0x1013: octets, 0x3FDE: 65001}
        else:
            item.attachments.append(Attachment(octets, name, kind))
