"""Mail that has one reading only: the short way through the structure (RFC 2046, 5.1).

Most mail leaves nothing open: every header well-formed, every delimiter exact, every part a text or a file that
neither protects nor holds another message. Such a message is read here at a fraction of the cost, without a tree,
and nothing else need be asked of it. What is plain is told by what is listed here, never by the absence of a fault:
a message with anything else in it is read by ``parsing.mime``, with care. Where both read a message they agree.
"""

from __future__ import annotations

import binascii
import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.parsing import lenient
from pecdetect.parsing.clarity import is_clear
from pecdetect.parsing.entity import Entity
from pecdetect.parsing.fields import take_apart
from pecdetect.parsing.floor import LONE_DOT, UU_FILE, beginnings, holds, holds_cut
from pecdetect.parsing.message import NO_FIELDS, Buffer, FieldTable
from pecdetect.parsing.signatures import MESSAGE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pecdetect.limits import Limits
    from pecdetect.parsing.message import FieldBlock

_ENCODINGS = frozenset({"7bit", "8bit", "base64", "quoted-printable"})
_MULTIPARTS = frozenset({"mixed", "alternative", "related"})
_TEXTS = frozenset({"plain", "html"})
_MAJORS = frozenset({"image", "audio", "video", "font"})
_FILES = frozenset(
    [
        "pdf",
        "msword",
        "zip",
        "x-zip-compressed",
        "rtf",
        "gzip",
        "json",
        "octet-stream",
        "vnd.ms-excel",
        "vnd.ms-powerpoint",
        "vnd.openxmlformats-officedocument.wordprocessingml.document",
        "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "vnd.openxmlformats-officedocument.presentationml.presentation",
        "vnd.oasis.opendocument.text",
        "vnd.oasis.opendocument.spreadsheet",
    ]
)
"""Subtypes of application/ that are files and nothing else."""
_NAME = re.compile(
    r"[^\x00-\x1f\x7f]{1,200}\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|zip|jpe?g|png|gif|txt|csv|rtf)", re.IGNORECASE
)
"""Names of files that no program takes for mail or for a signature."""
_STARTS = (
    *(b"MI", b"0\x80", b"0\x81", b"0\x82", b"0\x83", b"0\x84"),  # CMS
    *(b"dug", b"v\xe8", b"0M8R", b"\xd0\xcf", b"eJ8", b"x\x9f"),  # rpmsg, an Outlook item, TNEF
    *(b"LS0", b"Q29", b"WC1", b"TUl", b"UmV", b"RnJ", b"VG8", b"U3V"),  # armour, or a header of its own
    *(b"TFM", b"ZHV", b"PT", b"PS", b"PX", b"YmVnaW4", b"TS", b"TT", b"KFR", b"H4s"),  # encoded once more
    *(b"\r", b"\n", b" ", b"\t"),  # what hides the beginning
)
"""What a body begins with, as it is or in base64, where it may be more than a file."""
_PART_FIELDS = re.compile(rb"content-[a-z-]++|mime-version|x-attachment-id")
"""Fields that parts have; others mean nothing there, to most (RFC 2045, 3)."""
_BOUNDARY_IS = b'boundary="'
_BOUNDARY_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_=.+-"
"""Letters of boundaries that mean the same in any field: no comment, no encoded word, no extension."""
_LONGEST_BOUNDARY = 70
"""RFC 2046, 5.1.1."""
_ANY_BOUNDARY = b"stands-for-any-boundary"
_ANY_DELIMITER = b"--" + _ANY_BOUNDARY
_HEADER = 64 * 1024
"""Octets of a header, at most."""
_SHARED = 320
"""Headers of parts up to this size are remembered: they are few and come again and again."""
_LONGEST_TEXT = 1024 * 1024
TEXT = bytes(range(0x20, 0x100)) + b"\t\r\n"
"""Octets of texts: no control characters (XML 1.0, 2.2)."""
_QUOTED_MORE = re.compile(rb"=(?:0[0-8BCEFbcef]|1[0-9A-Fa-f]|[Ee][Ff]|50)")
"""Escapes of what XML 1.0 does not know, and of a letter of armour (``PGP``)."""
_BEGINS_MORE = re.compile(
    rb"\s*+(?:[!-9;-~]{1,76}+[ \t]*+:"
    rb"|begin |=ybegin|\(This file|M[ -`]{60}\s|LS0|=[ \t]*+(?:2D|2d|4C|4c)|[A-Za-z0-9+/]{60})"
)
"""What a text begins with where it may be a header, or encoded in a way that its header does not say."""
_START = 96
"""Octets of base64 in which the beginning of a text stands."""
_LINES = 2048
"""Octets of base64 that are looked at, whether all readers decode them alike."""
_SAYS_MORE = re.compile(rb"[\x00:]|-----|[A-Za-z0-9+/=]{16}|\n[^\n]*+\n[^\n]*+\n[^\n]*+\n[^\n]*+\n[^\n]*+\n[^\n]*+\n")
"""What a text before the first delimiter does not hold that merely tells old programs what follows."""
_DEPTH = 8
_BLANKS = 64
"""Octets of nothing that may stand after the last delimiter."""

_Header = tuple["FieldBlock", Entity, bytes]
"""A plain header: its fields, what they say, and the delimiter of the parts; empty for what has none."""


class PlainPart(NamedTuple):
    """A part of a plain message; of any other :class:`pecdetect.parsing.message.Part` says the same."""

    section: str
    entity: Entity
    """What its header says. The boundary of a multipart below the first part may be another's."""
    start: int
    body_start: int
    end: int
    """One past the body."""


_new_part: Callable[[tuple[str, Entity, int, int, int]], PlainPart] = partial(tuple.__new__, PlainPart)
"""Every message has several: made without a call in Python."""


class Plain(NamedTuple):
    """A message that has one reading and holds nothing that protects one."""

    data: bytes
    header: FieldTable
    parts: list[PlainPart]
    """All parts in document order; the first is the message itself."""


def read_plain(data: bytes, limits: Limits) -> Plain | None:
    """Read a message that is plain; None for any other, and for what is no message. Linear; never raises."""
    if limits.fields < _SHARED or limits.field_bytes < _SHARED:
        return None
    reader = _Reader(data, limits)
    if not reader.read() or len(reader.parts) > limits.parts:
        return None
    if len(data) > limits.header_bytes < sum([part.body_start - part.start for part in reader.parts]):
        return None
    return Plain(data, reader.header, reader.parts)


class _Open:
    """An open multipart."""

    __slots__ = ("at", "begin", "count", "delimiter", "prefix")

    def __init__(self, at: int, section: str, delimiter: bytes, line_end: bytes) -> None:
        self.at = at
        """Its place among all parts."""
        self.delimiter = delimiter
        self.begin = delimiter + line_end
        """What a part of it begins after."""
        self.prefix = section + "." if section else ""
        """What the sections of its parts begin with."""
        self.count = 0


class _Reader:
    """One pass over one message, given up at the first thing that is not plain."""

    __slots__ = ("crlf", "data", "header", "limits", "line_end", "open", "parts")

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.limits = limits
        self.data = data
        first = data.find(b"\n")
        self.crlf = data[first - 1 : first] == b"\r"
        self.line_end = b"\r\n" if self.crlf else b"\n"
        self.header = NO_FIELDS
        self.parts: list[PlainPart] = []
        self.open: list[_Open] = []

    def read(self) -> bool:
        """Read entity after entity; whether all of it is plain."""
        data, parts, around, parameters = self.data, self.parts, self.open, self.limits.parameters
        blank, gap = 2 * self.line_end, len(self.line_end)
        section, start = "", 0
        while True:
            stop = data.find(blank, start, start + _HEADER)
            if section and start < stop <= start + _SHARED:
                header = _short_header(data[start:stop], parameters)
            else:
                header = self.read_long_header(section, start, stop)
            if header is None:
                return False
            _, entity, delimiter = header
            body = stop + 2 * gap
            if delimiter:
                at = end = self.enter(section, body, delimiter)
            else:
                at = self.leave(entity, body)
                end = at if not around else body if at - gap < body else at - gap  # noqa: FURB136 - spares a call
            if at <= 0:
                return False
            parts.append(_new_part((section, entity, start, body, end)))
            if not around:
                return True
            while not data.startswith((holder := around[-1]).begin, at):
                at = self.close(at)
                if at <= 0:
                    return at == 0
            holder.count += 1
            section = f"{holder.prefix}{holder.count}"
            start = at + len(holder.begin)

    def read_long_header(self, section: str, start: int, stop: int) -> _Header | None:
        """Read the header of the message, or one that is too long to be remembered; None where it is not plain."""
        if stop <= start or stop - start > self.limits.field_bytes:
            return None
        text = self.data[start:stop]
        header = _part_header(text, self.limits.parameters) if section else _root_header(text, self.limits.parameters)
        if header is None or len(header[0].names) > self.limits.fields:
            return None
        if not section:
            self.header = FieldTable(Buffer(self.data), 0, header[0])
        return header

    def enter(self, section: str, start: int, delimiter: bytes) -> int:
        """Open a multipart whose body begins at ``start``; returns where its first delimiter stands, or -1."""
        for other in self.open:
            if other.delimiter.startswith(delimiter) or delimiter.startswith(other.delimiter):
                return -1
        data = self.data
        at = data.find(delimiter, start)
        deep = len(self.open)
        if at < 0 or deep >= _DEPTH or deep >= self.limits.depth - 1:
            return -1
        if at > start and (
            data[at - 1] != 0x0A or _SAYS_MORE.search(data, start, at) is not None or self.holds_boundary(start, at)
        ):
            return -1
        self.open.append(_Open(len(self.parts), section, delimiter, self.line_end))
        return at

    def leave(self, entity: Entity, start: int) -> int:
        """Pass the body of a part that begins at ``start``; returns where the delimiter after it stands, or -1."""
        data = self.data
        if not self.open:
            at = len(data)
        else:
            delimiter, gap = self.open[-1].delimiter, len(self.line_end)
            # A body in base64 holds no dash: one search for the octet passes it at memory speed.
            at = data.find(b"-", start)
            if not data.startswith(delimiter, at) or data[at - 1] != 0x0A:
                at = data.find(self.line_end + delimiter, start - gap) + gap
                if at < start or self.holds_boundary(start, at) or self.holds_cut(start, at):
                    return -1
            if (data[at - 2] == 0x0D) != self.crlf:  # line ends are mixed
                return -1
        encoding = entity.encoding
        if encoding == "base64":
            return -1 if self.is_suspect_base64(entity, start, at) else at
        return -1 if at - start > _LONGEST_TEXT or _is_suspect_text(data[start:at], encoding) else at

    def holds_boundary(self, start: int, end: int) -> bool:
        """Whether the boundary of an open multipart stands in a stretch where none is looked for."""
        return any([holds(self.data, around.delimiter[2:], start, end) for around in self.open])  # noqa: C419

    def holds_cut(self, start: int, end: int) -> bool:
        """Whether a line begins as the delimiter of an open multipart does, and is cut short."""
        return holds_cut(self.data, beginnings([around.delimiter[2:].lower() for around in self.open]), start, end)

    def is_suspect_base64(self, entity: Entity, start: int, end: int) -> bool:
        """Whether a body in base64 may be another message, or what protects one, or is not decoded alike by all."""
        data, media_type = self.data, entity.media_type
        if data.startswith(_STARTS, start):
            return True
        if media_type is not None and media_type[0] != "text":
            return not lenient.is_clean_base64(data, start, min(end, start + _LINES))
        most = min(_LONGEST_TEXT, self.limits.text_bytes, self.limits.decoded_budget(len(data)) - len(data))
        return end - start > most or _is_suspect_text_in_base64(data[start:end])

    def close(self, at: int) -> int:
        """Close the innermost multipart; returns where the next delimiter stands, 0 after the last, or -1."""
        data, line_end = self.data, self.line_end
        closed = self.open.pop()
        after = at + len(closed.delimiter) + 2
        if not data.startswith(b"--", after - 2):
            return -1
        if self.open:
            at = data.find(self.open[-1].delimiter, after)
            if at < 0 or at - after > _BLANKS or not data.startswith(line_end, after):
                return -1
            if data[at - 1] != 0x0A or (data[at - 2] == 0x0D) != self.crlf:
                return -1
            end = at - len(line_end)
        else:
            at = end = len(data)
            if after < end and (end - after > _BLANKS or not data.startswith(line_end, after)):
                return -1
        if data[after:at].strip():
            return -1
        self.parts[closed.at] = _new_part((*self.parts[closed.at][:-1], end))
        return at if self.open else 0


# -- Headers --


def _root_header(text: bytes, parameters: int) -> _Header | None:
    """The header of a message, if it is plain."""
    header = _plain_header(text, parameters) if text.isascii() else None
    return None if header is None or MESSAGE_FIELDS.isdisjoint(header[0].index) else header


def _part_header(text: bytes, parameters: int) -> _Header | None:
    """The header of a part, if it is plain."""
    header = _plain_header(text, parameters)
    return header if header is not None and all(map(_PART_FIELDS.fullmatch, header[0].index)) else None


_remembered = lru_cache(maxsize=128)(_part_header)


@lru_cache(maxsize=1024)
def _short_header(text: bytes, parameters: int) -> _Header | None:
    """The header of a part, remembered; those of multiparts also without their boundaries.

    They differ in these alone, of which every message has its own: that is put in afterwards.
    """
    start = text.find(_BOUNDARY_IS) + len(_BOUNDARY_IS)
    if start < len(_BOUNDARY_IS):
        return _part_header(text, parameters)
    end = text.find(b'"', start, start + _LONGEST_BOUNDARY + 1)
    boundary = text[start:end]
    if end <= start or boundary.translate(None, _BOUNDARY_LETTERS) or text.find(_ANY_BOUNDARY) >= 0:
        return _part_header(text, parameters)
    header = _remembered(text[:start] + _ANY_BOUNDARY + text[end:], parameters)
    # What was replaced need not have been the boundary.
    if header is None or header[2] != _ANY_DELIMITER:
        return _part_header(text, parameters)
    return header[0], header[1], b"--" + boundary


def _plain_header(text: bytes, parameters: int) -> _Header | None:
    """A header that is clear, and that of a text, a file, or a multipart that merely holds parts."""
    block = take_apart(text)
    if block is None:
        return None
    entity = Entity(block, parameters)
    if entity.encoding not in _ENCODINGS or b"content-class" in block.index or not is_clear(entity, block):
        return None
    media_type = entity.media_type
    if media_type is None:
        return (block, entity, b"") if entity.name is None else None
    if media_type[0] == "multipart":
        boundary = media_type.param("boundary")
        return (block, entity, b"--" + boundary.encode()) if boundary and media_type[1] in _MULTIPARTS else None
    return (block, entity, b"") if _is_leaf(entity, *media_type[:2]) else None


def _is_leaf(entity: Entity, kind: str, subtype: str) -> bool:
    """Whether an entity is a text, or a file that is nothing else."""
    name = entity.name
    if name is not None and not (name.isprintable() and _NAME.fullmatch(name)):
        return False
    if kind == "text":
        return subtype in _TEXTS
    file = kind in _MAJORS or (kind == "application" and subtype in _FILES and name is not None)
    return file and entity.encoding == "base64"


# -- Bodies --


def _is_suspect_text_in_base64(text: bytes) -> bool:
    """Whether a text in base64 is not decoded by all readers alike, or may be more than a text."""
    if not lenient.is_clean_base64(text, 0, len(text)) or lenient.begins_with_armour(lenient.letters(text[:_START])):
        return True
    try:
        plain = binascii.a2b_base64(text)
    except binascii.Error:
        return True
    return bool(plain.translate(None, TEXT)) or b"\xef\xbf" in plain or b"-----BEGIN PGP " in plain


def _is_suspect_text(text: bytes, encoding: str) -> bool:
    """Whether a text that is not in base64 may be more than a text."""
    if text.translate(None, TEXT) or (not text.isascii() and text.find(b"\xef\xbf") >= 0) or _BEGINS_MORE.match(text):
        return True
    # Of octets, find() is faster than "in". Of five dashes in base64, three always make "LS0t".
    if text.find(b"-----BEGIN PGP ") >= 0 or text.find(b"LS0t") >= 0:
        return True
    if (text.find(b"\n.") >= 0 or text.find(b"\r.") >= 0) and LONE_DOT.search(text):
        return True
    if text.find(b"begin ") >= 0 and UU_FILE.search(text):
        return True
    return encoding == "quoted-printable" and (
        not text.isascii() or _QUOTED_MORE.search(text) is not None or b"PGP" in text or b"PG=" in text or b"P=" in text
    )
