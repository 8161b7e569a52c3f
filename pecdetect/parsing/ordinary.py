"""What all readers take in one way: headers that leave nothing open, bodies that are the same text or file to each.

Ordinary mail consists of these, and it is read and searched no further. A header is clear by what is listed here,
never by the absence of a known fault.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

from pecdetect.parsing import decoders, transfer
from pecdetect.parsing.entity import entity_of
from pecdetect.parsing.header import CONTROLS

if TYPE_CHECKING:
    from pecdetect.parsing.entity import Entity
    from pecdetect.parsing.header import FieldTable
    from pecdetect.parsing.message import Part

_SINGLE = frozenset(
    (
        b"content-type content-transfer-encoding mime-version content-disposition from sender to cc subject date "
        b"message-id"
    ).split()
)
"""Fields that a header has once (RFC 5322, 3.6; RFC 2045)."""
_BLANK_FOLD = re.compile(rb"\n[ \t]++\r?(?:\n|\Z)")
_AFTER_LINE_END = re.compile(rb"(?:\x85|\xe2\x80[\xa8\xa9])[ \t]*+[!-9;-~]{1,76}+[ \t]*+:")
"""A field after NEL or one of the two separators of Unicode, which end a line for some readers.

Alone they are parts of a text: the second byte of a letter in UTF-8 may well be that of NEL.
"""
_NOT_LETTER = re.compile(rb"[^a-z]++")
_IMITATED = frozenset((b"contenttype", b"contenttransferencoding", b"contentdisposition", b"xtrasporto", b"xricevuta"))
"""Names without their hyphens: a field whose name is nearly one of these is that field for some readers."""

_MAJORS = frozenset({"text", "multipart", "message", "application", "image", "audio", "video", "font", "model"})
_MULTIPARTS = frozenset(
    [
        "mixed",
        "alternative",
        "related",
        "signed",
        "encrypted",
        "report",
        "digest",
        "parallel",
        "form-data",
        "appledouble",
        "header-set",
        "byteranges",
        "voice-message",
    ]
)
_NAMED_ODDLY = frozenset({"encoded-word-parameter"})
"""What is odd about a leaf's name alone: readers show other names, and agree on all else."""
_BOUNDARY = re.compile(r"[A-Za-z0-9'()+_,./:=?-]{1,70}")
TEXT = bytes(range(0x20, 0x100)) + b"\t\r\n"
"""Bytes of texts: no control characters (XML 1.0, 2.2)."""

_LITERAL = transfer.IDENTITY | {"quoted-printable"}
"""Encodings in which what a text holds stands as it is."""
_FILES = (b"%PDF-", b"PK\x03\x04", b"GIF8", b"{\\rtf1", b"<?xml ")
"""Files that begin in ASCII and are nothing else to any reader."""
_FIRST = 64
"""Letters of base64 in which it shows what a file is."""
_ARMOUR = b"-----BEGIN PGP "
_ZLIB = (b"x^", b"x\x9c", b"x\xda")
"""What begins zlib (RFC 1950, 2.2) and is no control character."""
_ENCODED = re.compile(rb"M(?<![^\r\n]M)[ -`]{60}[ \t]*+(?=[\r\n]|\Z)")
"""A line of uuencode."""
_ESCAPE = rb"=[ \t]*+(?:3[Dd])?+"
_ESCAPED_ARMOUR = re.compile(_ESCAPE + rb"(?:2[Dd]|47|50|30|4[Cc]|53|74)")
"""Quoted-printable for a letter of the first line of armour: a dash or ``PG``, or ``LS0t`` in base64."""
_ESCAPED_OBJECT = re.compile(_ESCAPE + rb"(?:86|2[BbFf]|3[0-9]|[4-7][0-9A-Fa-f])")
"""Quoted-printable for a byte that all objects have, or for any letter of base64."""
_CUT_PGP = re.compile(rb"P(?:GP|G=|=[ \t]*+[\r\n])")
"""The letters of armour, whole or with a soft line break in them."""

PREAMBLES = frozenset(
    {
        b"This is a multi-part message in MIME format.",
        b"This is a multipart message in MIME format.",
        b"This is a MIME-encapsulated message",
        b"This is a MIME-encapsulated message.",
        b"This is a S/MIME signed message",
        b"This is an S/MIME signed message",
        b"This is a cryptographically signed message in MIME format.",
        b"This is an OpenPGP/MIME encrypted message (RFC 4880 and 3156)",
        b"This is an OpenPGP/MIME signed message (RFC 4880 and 3156)",
    }
)
"""What writers put before the first delimiter for programs that know no MIME (RFC 2046, 5.1.1)."""


def is_clear(table: FieldTable, parameters: int) -> bool:
    """Whether a header leaves nothing open; of ``parameters`` of one field at most. Errs only towards no."""
    entity = table.entity or entity_of(table, parameters)
    if entity.clear is None:
        entity.clear = not table.keys or (_has_clear_fields(table) and _has_clear_type(entity, table))
    return entity.clear


def _has_clear_fields(table: FieldTable) -> bool:
    if not _SINGLE.isdisjoint(table.repeated):
        return False
    if table.tidy is None:
        table.tidy = _is_tidy(b"\n.".join(table.values))  # the dot: an empty value is no fold
    if not table.tidy:
        return False
    return not table.unusual or not any(map(_imitates, table.unusual))


def _is_tidy(text: bytes) -> bool:
    """Whether values hold nothing that ends a line for some reader, nor a folded line with nothing in it."""
    if len(text.translate(None, CONTROLS)) != len(text) or _BLANK_FOLD.search(text) is not None:
        return False
    return text.isascii() or _AFTER_LINE_END.search(text) is None


def _imitates(name: bytes) -> bool:
    letters = _NOT_LETTER.sub(b"", name)
    return letters in _IMITATED or letters.removesuffix(b"s") in _IMITATED


def _has_clear_type(entity: Entity, table: FieldTable) -> bool:
    if entity.encoding not in transfer.KNOWN or not _NAMED_ODDLY.issuperset(entity.disposition_flags):
        return False
    if b"content-type" not in table.index:
        return True
    media_type = entity.media_type
    if media_type is None or not media_type.plain:
        return False
    if media_type.flags and (media_type.type == "multipart" or not _NAMED_ODDLY.issuperset(media_type.flags)):
        return False
    boundary = entity.boundary
    if media_type.type != "multipart":
        return boundary is None and media_type.type in _MAJORS
    plain = boundary is not None and _BOUNDARY.fullmatch(boundary) is not None
    return plain and media_type.subtype in _MULTIPARTS and entity.encoding in transfer.IDENTITY


# -- Leaves --


def is_ordinary_leaf(part: Part) -> bool:
    """Whether all readers take the body of a part for the same text or file, with nothing beneath it.

    Errs only towards no. What is no text, and is the message itself, is none of these: it may be protected whole.
    """
    if part.encoding == "base64":
        return _is_ordinary_base64(part)
    text = part.media_type.type == "text"
    if part.encoding not in _LITERAL or (part.parent is None and not text):
        return False
    data, start, end = part.buffer.data, part.body_start, part.end
    head = data[start : min(end, start + decoders.RAW_HEAD)]
    if text and data.find(_ARMOUR, start, end) >= 0:
        return False
    return _is_mere_text(head, objects=not text)


def _is_ordinary_base64(part: Part) -> bool:
    """As :func:`is_ordinary_leaf`, for a body in base64."""
    data, start, end = part.buffer.data, part.body_start, part.end
    if not decoders.is_clean_base64(data, start, min(end, start + decoders.RAW_HEAD)):
        return False
    letters = decoders.letters(data[start : min(end, start + 2 * _FIRST)])[:_FIRST]
    if part.media_type.type == "text":
        if part.name is not None and part.media_type.subtype != "plain":
            return False  # a page that comes as a file may hold a message, for a browser to open
        if decoders.begins_with_armour(letters) or not decoders.is_clean_base64(data, start, end):
            return False
        plain = part.sniff(decoders.HEAD)
        return plain.find(_ARMOUR) < 0 and _is_mere_text(plain, objects=False)
    if part.parent is None or decoders.holds_objects(letters):
        return False
    first = binascii.a2b_base64(letters[: len(letters) & ~3])
    return first.startswith(_FILES) or decoders.is_closed(first)


def _is_mere_text(text: bytes, *, objects: bool) -> bool:
    """Whether a text is no other thing encoded, to any reader: armour, or one of the ``objects`` if they count."""
    if text.translate(None, TEXT) or text.startswith(_ZLIB) or _ENCODED.search(text) is not None:
        return False
    if text.find(b"=ybegin") >= 0 or text.find(b"(This file must") >= 0:
        return False
    if text.find(b"=") >= 0 and (_ESCAPED_OBJECT if objects else _ESCAPED_ARMOUR).search(text) is not None:
        return False
    letters = decoders.letters(text)
    if objects:
        return not decoders.holds_objects(letters) and (text.isascii() or text.find(b"\x86") < 0)
    return letters.find(decoders.DASHES_LETTERS) < 0 and _CUT_PGP.search(text) is None
