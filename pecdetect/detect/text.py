"""What in the text of a message may get in the way of storing it: characters, lengths, charsets, sizes.

Ordinary mail is the case that must cost nothing: bytes are filtered at memory speed, and only what does not come
out clean is decoded.
"""

from __future__ import annotations

import re
from encodings.aliases import aliases
from typing import TYPE_CHECKING

from pecdetect.detect.findings import Delivery, Oversized
from pecdetect.evidence import Evidence
from pecdetect.parsing import transfer
from pecdetect.parsing.addresses import parse_addresses
from pecdetect.parsing.encoded_words import codec_of, decode_text
from pecdetect.parsing.mime import MESSAGE_TYPES
from pecdetect.parsing.ordinary import TEXT
from pecdetect.parsing.signatures import TNEF, TNEF_SUBTYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.parsing.header import Field, FieldTable
    from pecdetect.parsing.message import Message, Part

LARGE_BODY = 64 * 1024
"""Bytes up to which it is of no interest where the largest text body stands."""
_CHUNK = 1024 * 1024

MESSAGE_ID_LENGTH = 320
FILE_NAME_LENGTH = 255
MEDIA_TYPE_LENGTH = 256
SENDER_LENGTH = 250
SUBJECT_LENGTH = 800

_CONTROLS = bytes(range(9)) + b"\x0b\x0c" + bytes(range(0x0E, 0x20))
# 1 for each control but NUL, which unfolding drops: for short values faster than deleting what is clean.
_HEADER_CONTROLS = bytes(int(byte in _CONTROLS[1:]) for byte in range(256))
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n"
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# Without a charset, ISO 2022 may be meant (RFC 1468): ESC with intermediate bytes designates a character set.
_CONTROL_OR_DESIGNATION = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]|\x1b(?![ -/]++[0-~])")
_DESIGNATION = re.compile(r"\x1b[ -/]++[0-~]")
_NONCHARACTER = re.compile(rb"\xef\xbf[\xbe\xbf]")
# A control, or the first byte of what may be a noncharacter.
_QP_SUSPECT = re.compile(rb"=(?:0[0-8BCEFbcef]|1[0-9A-Fa-f]|[Ee][Ff])")
_INVALID = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]|[\ud800-\udfff]|[\ufffe\uffff]")
"""What is outside Char of XML 1.0, 2.2. Three classes: one of all of them takes long to compile."""

_STATEFUL = ("iso-2022", "csiso2022", "hz", "utf-7", "utf-16", "utf-32", "ucs-", "iso-10646-ucs", "unicode")
"""Charsets in which a control byte need not be a control character."""
_UNDECLARED = frozenset({"", "us-ascii", "ascii"})
COMMON_CHARSETS = frozenset({"", "us-ascii", "ascii", "utf-8", "iso-8859-1", "iso-8859-15", "windows-1252"})
_LONGEST_CHARSET = 100
_NOT_NAME = re.compile(r"[^a-z0-9]++")

_TNEF_NAME = "winmail.dat"
_CONTEXT = 24


def find_text_problems(message: Message, parts: Sequence[Part]) -> Delivery:
    """What may get in the way of storing the message itself; attached messages are not looked into. Never raises.

    ``parts`` are all parts of the message. Lengths are characters, as the columns of Dataverse count them (KB of
    the ``email`` and ``activitymimeattachment`` tables); characters are judged by XML 1.0, 2.2. Encoded bodies
    are decoded within their limit and the message's budget.
    """
    root = message.root
    invalid: list[Evidence] = []
    oversized: list[Oversized] = []
    charsets: list[Evidence] = []
    tnef: list[Evidence] = []
    attached = 0
    body: Part | None = None
    size = 0
    check_fields(root.table, shown_fields(root.table), invalid, oversized)
    for part in parts:
        if "/" in part.section:
            continue
        media_type = part.media_type
        major, subtype = media_type.type, media_type.subtype
        if major == "text":
            if (subtype == "plain" or subtype == "html") and is_body_text(part):  # noqa: PLR1714 - faster than a set
                encoding = transfer.family(part.encoding)
                most = part.end - part.body_start
                if encoding == "base64" or encoding == "uuencode":  # noqa: PLR1714 - as above
                    most = part.decoded_bounds()[1]
                if most > size:
                    body, size = part, most
                _check_body(message, part, encoding, invalid, charsets)
                continue
        elif major == "multipart":
            continue
        elif major == "message":
            attached += subtype in MESSAGE_TYPES
        elif major == "application" and (subtype in TNEF_SUBTYPES or _is_winmail(part)):
            tnef.append(part.evidence())
        _check_names(part, invalid, oversized)
    return Delivery(
        tuple(invalid),
        tuple(oversized),
        size,
        body.evidence() if body is not None and size > LARGE_BODY else None,
        tuple(charsets),
        tuple(tnef),
        root.field_evidence("x-ms-journal-report") if b"x-ms-journal-report" in root.table.index else None,
        attached,
    )


def decode_text_body(message: Message, part: Part) -> bytes:
    """Decode a text body as far as its limit goes; a body over it is reported, since what follows stays unseen."""
    most = message.limits.text_bytes
    data = message.decode(part, min(part.body_size, most))
    if len(data) == most and part.decoded_bounds()[1] > most:
        message.hit("text_bytes", part.decoded_bounds()[1], most, part.section)
    return data


def is_body_text(part: Part) -> bool:
    """Whether mail clients show a text part as body, not as a file."""
    if b"content-disposition" in part.table.index and part.disposition == "attachment":
        return False
    return part.name is None or part.parent is None or part.section.endswith("/")


def name_evidence(part: Part) -> Evidence:
    """The field that gives a part its file name."""
    disposition = part.get("content-disposition")
    if disposition is not None and b"filename" in disposition.raw.lower():
        return disposition.evidence(part.section)
    return part.field_evidence("content-type")


def content_evidence(part: Part, start: int, end: int, excerpt: str | None) -> Evidence:
    """Bytes of a part's content: in the file where it stands as it is, else in the decoded content."""
    if transfer.family(part.encoding) in ("identity", "unknown"):
        at = part.body_start
        first, last, stream = part.buffer.place(at + start, at + end)
        return Evidence(part.section, first, last, excerpt, stream)
    return Evidence(part.section, start, end, excerpt, f"decoded:{part.section}")


def _is_winmail(part: Part) -> bool:
    name = part.name
    return name is not None and name.lower() == _TNEF_NAME and part.sniff(len(TNEF)) == TNEF


# -- Fields and names --


def shown_fields(header: FieldTable) -> bytes:
    """The fields that mail clients show, as stored, on lines of their own."""
    index, values = header.index, header.values
    return b"\n".join([values[index[name]] for name in _CHECKED if name in index])


def check_fields(header: FieldTable, shown: bytes, invalid: list[Evidence], oversized: list[Oversized]) -> None:
    """Add what a message's own header holds that gets in the way; ``shown`` are its :func:`shown_fields`."""
    index, values = header.index, header.values
    if _may_be_invalid(shown):
        for name in _CHECKED:
            at = index.get(name)
            if at is not None and _may_be_invalid(values[at]) and _is_invalid(header.field(at).text):
                invalid.append(header.evidence(at, ""))
    if values and max(map(len, values)) > SENDER_LENGTH:
        for column, (name, most) in _COLUMNS.items():
            at = index.get(name)
            if at is None or len(values[at]) <= most:
                continue
            field = header.field(at)
            length = _sender_length(field) if column == "sender" else len(field.text)
            if length > most:
                oversized.append(Oversized(column, length, field.evidence("")))


_CHECKED = (b"subject", b"from", b"to", b"cc")
_COLUMNS = {
    "subject": (b"subject", SUBJECT_LENGTH),
    "sender": (b"from", SENDER_LENGTH),
    "messageid": (b"message-id", MESSAGE_ID_LENGTH),
    "inreplyto": (b"in-reply-to", MESSAGE_ID_LENGTH),
}
"""Columns of Dataverse, the field that each is filled from, and the characters that it holds."""


def _may_be_invalid(raw: bytes) -> bool:
    """Whether a field needs decoding to know its characters; errs only towards yes."""
    if 1 in raw.translate(_HEADER_CONTROLS) or (not raw.isascii() and b"\xef\xbf" in raw):
        return True
    if raw.find(b"=?") < 0:
        return False
    return raw.find(b"?B?") >= 0 or raw.find(b"?b?") >= 0 or _QP_SUSPECT.search(raw) is not None


def _sender_length(field: Field) -> int:
    """Characters of the longest address: the column holds no display name."""
    return max((len(mailbox.address or "") for mailbox in parse_addresses(field.value).mailboxes), default=0)


def _check_names(part: Part, invalid: list[Evidence], oversized: list[Oversized]) -> None:
    media_type = part.media_type
    if len(media_type.type) + len(media_type.subtype) >= MEDIA_TYPE_LENGTH:
        length = len(part.content_type)
        oversized.append(Oversized("mimetype", length, part.field_evidence("content-type")))
    name = part.name
    if name is None:
        return
    if len(name) > FILE_NAME_LENGTH:
        oversized.append(Oversized("filename", len(name), name_evidence(part)))
    if _is_invalid(name):
        invalid.append(name_evidence(part))


def _is_invalid(text: str) -> bool:
    if text.isprintable():
        return False
    return _INVALID.search(_DESIGNATION.sub("", text) if "\x1b" in text else text) is not None


# -- Bodies --


def _check_body(
    message: Message, part: Part, encoding: transfer.Encoding, invalid: list[Evidence], charsets: list[Evidence]
) -> None:
    charset = (part.media_type.param("charset") or "").lower()
    if is_unknown_charset(charset):
        charsets.append(part.field_evidence("content-type"))
    if encoding == "identity" or encoding == "unknown":  # noqa: PLR1714 - as above
        data, first, last = part.buffer.data, part.body_start, part.end
    elif encoding == "quoted-printable" and _is_clean_quoted(part):
        return
    else:
        data = decode_text_body(message, part)
        first, last = 0, len(data)
    found = _find_invalid(data, first, last, charset)
    if found is not None and not (encoding == "base64" and _is_mislabelled(part)):
        start, end = found
        around = data[max(first, start - _CONTEXT) : min(last, start + 2 * _CONTEXT)]
        excerpt = around.decode("utf-8", "replace")
        invalid.append(content_evidence(part, start - first, end - first, excerpt))


def _is_mislabelled(part: Part) -> bool:
    """Whether what calls itself base64 is plain text: decoded it is noise, which not every reader shows."""
    raw = part.buffer.data[part.body_start : part.end]
    return bool(raw.translate(None, _BASE64))


def _is_clean_quoted(part: Part) -> bool:
    """Whether quoted-printable text holds nothing to look for; errs only towards no."""
    raw = part.buffer.data[part.body_start : part.end]
    if raw.translate(None, TEXT) or not raw.isascii():
        return False
    return _QP_SUSPECT.search(raw) is None


def _find_invalid(data: bytes, start: int, end: int, charset: str) -> tuple[int, int] | None:
    """Where the first character outside XML 1.0 stands, in bytes.

    Bytes without controls are taken for clean in any charset but UTF-8.
    """
    for at in range(start, end, _CHUNK):
        piece = data[at : min(end, at + _CHUNK)]
        if piece.translate(None, TEXT):
            return _find_control(data, at, end, charset)
        if not piece.isascii() and (charset == "utf-8" or charset in _UNDECLARED):
            # Two bytes more: a character may begin in this chunk and end in the next.
            found = _NONCHARACTER.search(data, at, min(end, at + _CHUNK + 2))
            if found is not None:
                return found.span()
    return None


def _find_control(data: bytes, start: int, end: int, charset: str) -> tuple[int, int] | None:
    if charset.startswith(_STATEFUL):
        return (start, end) if _is_invalid(decode_text(data[start:end], charset)) else None
    pattern = _CONTROL_OR_DESIGNATION if charset in _UNDECLARED else _CONTROL
    found = pattern.search(data, start, end)
    return found.span() if found is not None else None


def is_unknown_charset(charset: str) -> bool:
    """Whether a charset (lower case, "" for none) is none that Python can decode."""
    if charset in COMMON_CHARSETS:
        return False
    if len(charset) > _LONGEST_CHARSET:
        return True
    return codec_of(charset) is None and aliases.get(_NOT_NAME.sub("_", charset).strip("_")) != "ascii"
