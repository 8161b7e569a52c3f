"""Mail that has one reading only: the short way through the structure (RFC 2046, 5.1).

Most mail leaves nothing open: every header well-formed, every delimiter exact, every part a text or a file that
neither protects nor holds another message. Such a message is read here at a fraction of the cost, and nothing else
need be asked of its structure. What is plain is told by what is listed here, never by the absence of a fault: a
message with anything else in it is read again by ``parsing.mime``, with care. Where both read a message they agree.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pecdetect.parsing import lenient
from pecdetect.parsing.clarity import is_clear
from pecdetect.parsing.entity import entity_of
from pecdetect.parsing.fields import read_clean_header
from pecdetect.parsing.floor import holds, holds_cut, holds_lone_dot, holds_uuencode
from pecdetect.parsing.message import Part

if TYPE_CHECKING:
    from pecdetect.limits import Limits
    from pecdetect.parsing.entity import Entity
    from pecdetect.parsing.message import Buffer, FieldBlock, Message
    from pecdetect.parsing.parameters import MediaType

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
_FIELD_LINE = re.compile(rb"[ \t\r\n]*+[!-9;-~]{1,76}+:")
_ENCODED = re.compile(rb"\s*+(?:begin |=ybegin|\(This file|M[ -`]{60}\s|LS0|=[ \t]*+(?:2D|2d|4C|4c)|[A-Za-z0-9+/]{60})")
"""What a text begins with where it may be encoded in a way that its header does not say."""
_START = 96
"""Octets of base64 in which the beginning of a text stands."""
_LINES = 4096
"""Octets of base64 that are looked at, whether all readers decode them alike."""
_SAYS_MORE = re.compile(rb":|-----|[A-Za-z0-9+/=]{32}|\n[^\n]*+\n[^\n]*+\n[^\n]*+\n[^\n]*+\n[^\n]*+\n[^\n]*+\n")
"""What a text before the first delimiter does not hold that merely tells old programs what follows."""
_DEPTH = 8
_BLANKS = 64
"""Octets of nothing that may stand after the last delimiter."""

_Open = tuple[Part, bytes, str, "list[Part]"]
"""An open multipart: the part, its delimiter, what the sections of its parts begin with, and the list of these."""


def read_plain(message: Message, root: Part, end: int) -> list[Part] | None:
    """Read the entity that begins at ``root.start``; its parts in document order, or None where it is not plain.

    Where it is not, what was filled in of ``root`` has no meaning. Linear; never raises.
    """
    limits = message.limits
    reader = _Reader(root.buffer, end, limits)
    if not reader.read(root) or len(reader.parts) > limits.parts or reader.header_bytes > limits.header_bytes:
        for part in reader.parts:
            part.children = ()  # parts and the parts around them hold each other
        return None
    message.parts_seen = len(reader.parts)
    message.header_bytes = reader.header_bytes
    return reader.parts


class _Reader:
    """One pass over one buffer, given up at the first thing that is not plain."""

    __slots__ = ("buffer", "data", "end", "header_bytes", "limits", "line_end", "open", "parts")

    def __init__(self, buffer: Buffer, end: int, limits: Limits) -> None:
        self.limits = limits
        self.buffer = buffer
        self.data = buffer.data
        self.end = end
        self.parts: list[Part] = []
        self.header_bytes = 0
        self.open: list[_Open] = []
        self.line_end = b"\r\n"

    def read(self, root: Part) -> bool:
        """Read entity after entity; whether all of it is plain."""
        part: Part | None = root
        while part is not None:
            entity = self.read_header(part)
            if entity is None:
                return False
            media_type = entity.media_type
            if media_type is not None and media_type[0] == "multipart":
                at = self.enter(part, media_type)
            else:
                at = self.leaf_end(part) if self.open else self.end
                if _is_suspect(self.data, part, at, text=media_type is None or media_type[0] == "text"):
                    return False
                if not self.open:
                    part.end = at
                    return True
            if at < 0:
                return False
            plain, part = self.take_delimiter(at)
            if not plain:
                return False
        return True

    def read_header(self, part: Part) -> Entity | None:
        """Read the header of a part; None where it is not plain."""
        limits = self.limits
        clean = read_clean_header(self.buffer, part.start, self.end, limits)
        if clean is None:
            return None
        table, body_start = clean
        block = table.block
        entity = entity_of(block, limits.parameters)
        if entity.plain is None:
            entity.plain = _is_plain(entity, block)
        if not entity.plain or part.depth >= limits.depth:
            return None
        if part.parent is None and self.buffer.crlf is False:
            self.line_end = b"\n"
        part.table = table
        part.body_start = body_start
        self.header_bytes += body_start - part.start
        if entity.media_type is not None:
            part.media_type = entity.media_type
            part.content_type = entity.content_type
        part.name = entity.name
        part.disposition = entity.disposition
        part.encoding = entity.encoding
        self.parts.append(part)
        return entity

    def enter(self, part: Part, media_type: MediaType) -> int:
        """Open a multipart; returns where its first delimiter stands, or -1."""
        delimiter = b"--" + (media_type.param("boundary") or "").encode()
        for _, other, _, _ in self.open:
            if other.startswith(delimiter) or delimiter.startswith(other):
                return -1
        data, start = self.data, part.body_start
        at = data.find(delimiter, start, self.end)
        if at < 0 or len(self.open) == _DEPTH:
            return -1
        more = at > start and _SAYS_MORE.search(data, start, at) is not None
        if at > start and (data[at - 1] != 0x0A or more or self.holds_boundary(start, at)):
            return -1
        section = part.section
        children: list[Part] = []
        part.children = children
        part.first_delimiter = at
        self.open.append((part, delimiter, section + "." if section else "", children))
        return at

    def holds_boundary(self, start: int, end: int) -> bool:
        """Whether the boundary of an open multipart stands in a stretch where none is looked for."""
        return any([holds(self.data, delimiter[2:], start, end) for _, delimiter, _, _ in self.open])  # noqa: C419

    def leaf_end(self, part: Part) -> int:
        """Where the delimiter after a part stands, or -1; the end of the part is filled in."""
        data, start, end = self.data, part.body_start, self.end
        delimiter = self.open[-1][1]
        # A body in base64 holds no dash: one search for the octet passes it at memory speed.
        at = data.find(b"-", start, end)
        if not data.startswith(delimiter, at) or data[at - 1] != 0x0A:
            line_end = self.line_end
            at = data.find(line_end + delimiter, start - len(line_end), end) + len(line_end)
            if at < start or self.holds_boundary(start, at):
                return -1
        part.end = max(at - len(self.line_end), start)
        return at

    def take_delimiter(self, at: int) -> tuple[bool, Part | None]:
        """What follows a delimiter: whether it is plain, and the part that it begins, None after the last one."""
        data, end, line_end = self.data, self.end, self.line_end
        while True:
            holder, delimiter, prefix, children = self.open[-1]
            after = at + len(delimiter)
            if data.startswith(line_end, after):
                child = Part(self.buffer, f"{prefix}{len(children) + 1}", holder, after + len(line_end), len(self.open))
                children.append(child)
                return True, child
            if not data.startswith(b"--", after):
                return False, None
            after += 2
            if after < end:
                if not data.startswith(line_end, after):
                    return False, None
                after += len(line_end)
            holder.close_end = after
            self.open.pop()
            if not self.open:
                holder.end = end
                return end - after <= _BLANKS and not data[after:end].strip(), None
            at = data.find(self.open[-1][1], after, end)
            if at < 0 or at - after > _BLANKS or data[after:at].strip() or data[at - 1] != 0x0A:
                return False, None
            holder.end = at - len(line_end)


def _is_suspect(data: bytes, part: Part, end: int, *, text: bool) -> bool:
    """Whether a body may be that of another message, or of what protects one."""
    start = part.body_start
    if end < start:
        return True
    if part.encoding == "base64":
        # A text is decoded, and looked at, by all readers alike where it is base64 throughout.
        checked = end if text else min(end, start + _LINES)
        if data.startswith(_STARTS, start) or not lenient.is_clean_base64(data, start, checked):
            return True
        return text and lenient.begins_with_armour(lenient.letters(data[start : min(end, start + _START)]))
    return (
        not text
        or data.find(b"-----BEGIN PGP ", start, end) >= 0
        or data.find(b"\0", start, end) >= 0
        or _FIELD_LINE.match(data, start, end) is not None
        or _ENCODED.match(data, start, end) is not None
        or holds_lone_dot(data, start, end)
        or holds_uuencode(data, start, end)
        or (part.parent is not None and holds_cut(data, _boundaries(part), start, end))
    )


def _boundaries(part: Part) -> list[bytes]:
    """The boundaries of all multiparts around a part, in lower case."""
    found = []
    around = part.parent
    while around is not None:
        found.append((around.media_type.param("boundary") or "").encode().lower())
        around = around.parent
    return found


def _is_plain(entity: Entity, block: FieldBlock) -> bool:
    """Whether a header is clear, and that of a text, a file, or a multipart that merely holds parts."""
    if not block.keys or not is_clear(entity, block):
        return False
    if entity.encoding not in _ENCODINGS or b"content-class" in block.index:
        return False
    media_type = entity.media_type
    if media_type is None:
        return entity.name is None
    if media_type[0] == "multipart":
        return media_type[1] in _MULTIPARTS
    return (entity.name is None or _NAME.fullmatch(entity.name) is not None) and _is_leaf(entity, *media_type[:2])


def _is_leaf(entity: Entity, kind: str, subtype: str) -> bool:
    """Whether a media type is that of a text or of a file that is nothing else."""
    if kind == "text":
        return subtype in _TEXTS
    file = kind in _MAJORS or (kind == "application" and subtype in _FILES and entity.name is not None)
    return file and entity.encoding != "quoted-printable"
