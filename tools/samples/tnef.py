"""Writes Outlook items as TNEF (MS-OXTNEF), sound streams and, on demand, unusual ones."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from .msg import INTERNET_HEADERS, TIME, Item, encode

if TYPE_CHECKING:
    from .msg import Attachment, Value

SIGNATURE = b"\x78\x9f\x3e\x22"
MESSAGE, ATTACHMENT = 1, 2
TNEF_VERSION, CODE_PAGE, MESSAGE_CLASS = 0x00089006, 0x00069007, 0x00078008
SUBJECT, BODY, DATA, TITLE = 0x00018004, 0x0002800C, 0x0006800F, 0x00018010
PROPERTIES, RECIPIENTS, REND_DATA, ATTACHMENT_PROPERTIES = 0x00069003, 0x00069004, 0x00069002, 0x00069005
OBJECT, UNICODE, BINARY = 0x0D, 0x1F, 0x102
MESSAGE_INTERFACE = bytes.fromhex("0703020000000000c000000000000046")
CORRELATION_KEY = 0x007F


def attribute(level: int, ident: int, data: bytes, *, wrong: bool = False) -> bytes:
    """Return an attribute; ``wrong`` gives it a checksum that does not fit."""
    checksum = (sum(data) + wrong) & 0xFFFF
    return struct.pack("<BII", level, ident, len(data)) + data + struct.pack("<H", checksum)


def stream(
    item: Item, *, key: bytes | None = None, old_class: str | None = None, wrong: bool = False, plain: bool = False
) -> bytes:
    """Return an item as a TNEF stream.

    ``key`` names the message that it belongs to; ``old_class`` is the class as an attribute, in place of the
    property; ``wrong`` gives every attribute a wrong checksum; ``plain`` keeps attached files as attributes.
    """
    values: dict[int, Value] = {0x001A: item.message_class, **item.values}
    values.pop(0x007D, None)
    if key is not None:
        values[CORRELATION_KEY] = key
    rows = [(TNEF_VERSION, struct.pack("<I", 0x10000)), (CODE_PAGE, struct.pack("<II", 1252, 0))]
    if old_class is not None:
        del values[0x001A]
        rows.append((MESSAGE_CLASS, old_class.encode() + b"\0"))
    rows.append((PROPERTIES, properties(values, item.named)))
    if item.recipients:
        people = b"".join(properties(recipient) for recipient in item.recipients)
        rows.append((RECIPIENTS, struct.pack("<I", len(item.recipients)) + people))
    data = SIGNATURE + struct.pack("<H", 1) + b"".join(attribute(MESSAGE, *row, wrong=wrong) for row in rows)
    for attached in item.attachments:
        data += b"".join(attribute(ATTACHMENT, *row, wrong=wrong) for row in _attached(attached, plain=plain))
    return data


def _attached(attached: Attachment, *, plain: bool) -> list[tuple[int, bytes]]:
    content = attached.content
    values: dict[int, Value] = {0x3705: attached.method, **attached.more}
    if attached.media is not None:
        values[0x370E] = attached.media
    rows = [(REND_DATA, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0))]
    if plain and isinstance(content, bytes):
        name = (attached.name or "").encode("cp1252") + b"\0"
        return [*rows, (DATA, content), (TITLE, name), (ATTACHMENT_PROPERTIES, properties(values))]
    if attached.name is not None:
        values[0x3707] = attached.name
    if isinstance(content, bytes):
        values[0x3701] = content
    extra = b""
    if isinstance(content, Item):
        octets = MESSAGE_INTERFACE + stream(content)
        extra = struct.pack("<HHII", OBJECT, 0x3701, 1, len(octets)) + octets + bytes(-len(octets) % 4)
    return [*rows, (ATTACHMENT_PROPERTIES, properties(values, extra=extra))]


def properties(values: dict[int, Value], named: dict[str, str] | None = None, *, extra: bytes = b"") -> bytes:
    """Return a list of properties; ``extra`` is one more, as bytes."""
    names = named or {}
    rows = [_property(ident, b"", value) for ident, value in sorted(values.items())]
    for at, (name, text) in enumerate(names.items()):
        encoded = name.encode("utf-16-le") + b"\0\0"
        label = INTERNET_HEADERS + struct.pack("<II", 1, len(encoded)) + encoded + bytes(-len(encoded) % 4)
        rows.append(_property(0x8000 + at, label, text))
    return struct.pack("<I", len(rows) + bool(extra)) + b"".join(rows) + extra


def _property(ident: int, label: bytes, value: Value) -> bytes:
    kind, data = encode(value, "utf-16-le")
    head = struct.pack("<HH", kind, ident) + label
    if kind in (UNICODE, BINARY):
        data += b"\0\0" if kind == UNICODE else b""
        return head + struct.pack("<II", 1, len(data)) + data + bytes(-len(data) % 4)
    return head + (data if kind == TIME else data[:4])
