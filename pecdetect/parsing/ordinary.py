"""Which headers all readers take in one way. Told by what is listed here, never by the absence of a known fault."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pecdetect.parsing import transfer
from pecdetect.parsing.parameters import parse_disposition

if TYPE_CHECKING:
    from pecdetect.parsing.entity import Entity
    from pecdetect.parsing.message import FieldBlock

_SINGLE = (
    b"content-type content-transfer-encoding mime-version content-disposition from sender to cc subject date message-id"
).split()
"""Fields that a header has once (RFC 5322, 3.6; RFC 2045)."""
_USUAL = frozenset(
    (
        b"received return-path date from to cc subject message-id in-reply-to references mime-version content-type "
        b"content-transfer-encoding content-disposition content-id content-description content-language content-class "
        b"user-agent x-mailer sender reply-to dkim-signature authentication-results received-spf delivered-to "
        b"thread-topic thread-index x-trasporto x-ricevuta"
    ).split()
)
_BLANK_FOLD = re.compile(rb"\n[ \t]++\r?(?:\n|\Z)")
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
_TYPE = re.compile(
    rb"[ \t]*+(?:\r?\n[ \t]++)?[A-Za-z0-9.+-]++/[A-Za-z0-9.+-]++(?:[ \t]*+;[ \t]*+(?:\r?\n)?[ \t]*+[A-Za-z-]++="
    rb"(?:\"[A-Za-z0-9'()+_,./:=?@& \[\]-]*+\"|[A-Za-z0-9'+_.@/-]++))*+;?[ \t]*+\r?"
)
"""A Content-Type without comment, escape, extension, encoded word, or blank in an odd place."""
_BOUNDARY = re.compile(r"[A-Za-z0-9'()+_,./:=?-]{1,70}")
TEXT = bytes(range(0x20, 0x100)) + b"\t\r\n"
"""Octets of texts: no control characters (XML 1.0, 2.2)."""
CONTROLS = bytes(range(9)) + b"\x0b\x0c" + bytes(range(0x0E, 0x20)) + b"\x7f\x85"
"""What ends a line, or a name, for some readers: NEL too, though it may be an octet of UTF-8."""


def is_clear(entity: Entity, block: FieldBlock) -> bool:
    """Whether a header leaves nothing open; remembered with the header. Errs only towards no."""
    if entity.clear is None:
        entity.clear = not block.keys or (_has_clear_fields(block) and _has_clear_type(entity, block))
    return entity.clear


def _has_clear_fields(block: FieldBlock) -> bool:
    index, keys = block.index, block.keys
    repeated = len(keys) - len(index)
    if repeated and repeated != keys.count(b"received") - 1 and any(keys.count(key) > 1 for key in _SINGLE):
        return False
    if block.tidy is None:
        block.tidy = _is_tidy(b"\n.".join(block.values))  # the dot: an empty value is no fold
    if not block.tidy:
        return False
    return _USUAL.issuperset(index) or not any(_imitates(key) for key in index if key not in _USUAL)


def _is_tidy(text: bytes) -> bool:
    """Whether values hold nothing that ends a line for some reader, nor a folded line with nothing in it."""
    if len(text.translate(None, CONTROLS)) != len(text) or _BLANK_FOLD.search(text) is not None:
        return False
    return text.isascii() or (b"\xe2\x80\xa8" not in text and b"\xe2\x80\xa9" not in text)


def _imitates(name: bytes) -> bool:
    letters = _NOT_LETTER.sub(b"", name)
    return letters in _IMITATED or letters.removesuffix(b"s") in _IMITATED


def _has_clear_type(entity: Entity, block: FieldBlock) -> bool:
    index, values = block.index, block.values
    if entity.encoding not in transfer.KNOWN:
        return False
    at = index.get(b"content-disposition")
    if at is not None and parse_disposition(values[at]).flags:
        return False
    at = index.get(b"content-type")
    if at is None:
        return True
    media_type = entity.media_type
    if media_type is None or media_type[3] or _TYPE.fullmatch(values[at]) is None:
        return False
    boundary = media_type.param("boundary")
    if media_type[0] != "multipart":
        return boundary is None and media_type[0] in _MAJORS
    plain = boundary is not None and _BOUNDARY.fullmatch(boundary) is not None
    return plain and media_type[1] in _MULTIPARTS and entity.encoding in transfer.IDENTITY
