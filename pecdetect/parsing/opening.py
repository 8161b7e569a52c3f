"""What kind of file this is, by its content, and where the message in it begins.

Names are never trusted: a .msg may hold RFC 822 text and an .eml an Outlook file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pecdetect.parsing.embedded import is_eml, is_outlook, is_tnef
from pecdetect.parsing.encoded_words import codec_of
from pecdetect.parsing.header import Buffer
from pecdetect.parsing.message import Message, Part
from pecdetect.parsing.mime import open_stretch, preface_end, read_tree
from pecdetect.parsing.signatures import COMPOUND_FILE, MESSAGE_FIELDS

if TYPE_CHECKING:
    from pecdetect.limits import Limits

_ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b\x08",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"!BDN",
    b"\xfd7zXZ\x00",
)
"""zip, gzip, 7-Zip, RAR, Outlook PST/OST, bzip2, xz."""
_MARKED = 64
"""Bytes in which UTF-16 shows a NUL: header fields are ASCII."""
_TAR_MAGIC = slice(257, 265)
_TAR = (b"ustar\x0000", b"ustar  \0")
_BZIP2 = re.compile(rb"BZh[1-9]1AY&SY")

_HEADER_WINDOW = 64 * 1024
"""A message shows one of these fields this early, or it is none."""

_EMLX_COUNT = re.compile(rb"[ \t]*+([0-9]{1,10})[ \t]*+\r?\n(?=[!-9;-~]++:)")
_NEXT_MESSAGE = re.compile(rb"\n(?:\r?\n)From [^\r\n]{1,256}\r?\n[!-9;-~]{1,76}:")
_LONGEST_CHARSET = 40
_LATIN = {"latin_1": "cp1252", "iso8859_1": "cp1252"}
_UTF16_FIELD = re.compile(rb"(?:\x00[!-9;-~]){2,76}\x00:|(?:[!-9;-~]\x00){2,76}:\x00")


def open_message(data: bytes, size: int, limits: Limits) -> Message:
    """Read ``data``, the first bytes of a file of ``size`` bytes, into a message. Never raises."""
    buffer, start = _text_buffer(data)
    message = Message(buffer, size, limits)
    if len(data) < size:
        message.hit("message_bytes", size, limits.message_bytes, "")
        message.truncated = True
    if data.startswith(COMPOUND_FILE):
        # Whoever reads no .msg does not pay for its readers.
        from pecdetect.parsing.outlook.msg import read_outlook

        read_outlook(message, data)
        _open_pending(message)
        return message
    if data.startswith(_ARCHIVES) or data[_TAR_MAGIC] in _TAR or _BZIP2.match(data) is not None:
        message.container = "unknown"
        message.no_message = "not-one-message"
        return message
    if buffer.stream is not None:
        message.note("utf-16", "low", message.root, 0, 0)
    _read_text(message, start)
    if message.pending:
        _open_pending(message)
    return message


def open_bytes(message: Message, holder: Part, data: bytes, stream: str) -> Part | None:
    """Read bytes found in a part (decoded, or taken out of a CMS) as an entity of their own below it.

    Returns its root, which is also ``holder.message`` from then on; None where a limit forbids it.
    """
    root = open_stretch(message, holder, Buffer(data, stream), 0, len(data))
    if message.pending:
        _open_pending(message)
    return root


def open_message_part(message: Message, holder: Part) -> Part | None:
    """Read a part's decoded body as a message, whatever its media type says (an .eml as octet-stream)."""
    return open_bytes(message, holder, message.decode(holder), f"decoded:{holder.section}")


def _open_pending(message: Message) -> None:
    """Open what the parts that were met hold, and what is met in there, until nothing is left."""
    pending = message.pending
    at = 0
    while at < len(pending):
        part = pending[at]
        at += 1
        if part.message is None and not part.children:
            _open_container(message, part)
    pending.clear()


def _open_container(message: Message, part: Part) -> None:
    """Open the message that a part holds in another container, if there is one."""
    # Who reads no Outlook items does not pay for their readers.
    if is_outlook(part):
        from pecdetect.parsing.outlook.msg import open_outlook_part

        open_outlook_part(message, part, message.decode(part))
    elif is_tnef(part):
        from pecdetect.parsing.outlook.winmail import open_tnef_part

        open_tnef_part(message, part)
    elif is_eml(part):
        data = message.decode(part)
        open_stretch(message, part, Buffer(data, f"decoded:{part.section}"), 0, len(data))


def _text_buffer(data: bytes) -> tuple[Buffer, int]:
    """The bytes to read and where they begin: UTF-16 files are transcoded once, a UTF-8 mark is skipped."""
    if data.startswith(b"\xef\xbb\xbf"):
        return Buffer(data), 3
    encoding = None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        if data[2:_MARKED].count(0) < _MARKED // 4:
            return Buffer(data), 2  # the mark of UTF-16 on a file that is none
        encoding = "utf-16"
    elif b"\0" in data[:2]:
        found = _UTF16_FIELD.match(data)
        if found is not None:
            encoding = "utf-16-be" if data[0] == 0 else "utf-16-le"
    if encoding is None:
        return Buffer(data), 0
    return Buffer(data.decode(encoding, "replace").encode("utf-8"), "decoded:"), 0


def _read_text(message: Message, start: int) -> None:
    buffer = message.buffer
    data, end = buffer.data, len(buffer.data)
    if start:
        message.note("byte-order-mark", "low", message.root, 0, start)
    first = preface_end(data, start, end)
    from_line = data.startswith((b"From ", b">From "), start) if first == start else b"From " in data[start:first]
    if first != start:
        message.note("mbox-from-line" if from_line else "leading-blank-lines", "low", message.root, start, first)
    emlx = _EMLX_COUNT.match(data, first, min(end, first + 64))
    if emlx is not None:
        message.container = "emlx"
        first = emlx.end()
        declared = first + int(emlx[1])
        if declared > end:
            message.truncated = True
        end = min(end, declared)
    root = message.root = Part(buffer, "", None, first, 0)
    message.parts_seen = 1
    read_tree(message, root, end)
    if not data[first : root.body_start].isascii():
        _assume_charset(message)
    if not _has_message_field(root, first):
        message.container = "unknown"
        message.no_message = "not-a-message"
    elif from_line and _NEXT_MESSAGE.search(data, root.body_start):
        message.container = "unknown"
        message.no_message = "not-one-message"


def _assume_charset(message: Message) -> None:
    """Say what the header's bytes above 127 are taken for: UTF-8 (RFC 6532), the charset of the text, or a guess."""
    root = message.root
    header = root.buffer.data[root.start : root.body_start]
    try:
        header.decode("utf-8")
        assumed = "utf-8"
    except UnicodeDecodeError:
        # Only what is not ASCII: the rest of the header is, in any charset, and would drown it.
        text = b"\n".join([value for value in root.table.values if not value.isascii()]) or header
        assumed = message.charset = _charset_of_text(root, text) or _guessed(text)
    message.note(f"charset-assumed-{assumed}", "low", root, root.start, root.body_start)


def _charset_of_text(root: Part, text: bytes) -> str | None:
    """The charset that the first text part declares, where all of ``text`` is written in it."""
    part = next((part for part in root.walk_message() if part.media_type.type == "text"), None)
    declared = part.media_type.param("charset") if part is not None else None
    codec = codec_of(declared) if declared is not None and len(declared) <= _LONGEST_CHARSET else None
    if codec is None:
        return None
    codec = _LATIN.get(codec, codec)
    try:
        text.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return None
    return codec.replace("cp125", "windows-125")


def _guessed(text: bytes) -> str:
    from pecdetect.parsing.outlook.codepages import guess_charset

    return guess_charset(text)


def _has_message_field(root: Part, start: int) -> bool:
    """Whether a field that every message has some of stands early enough."""
    index = root.table.index
    if root.body_start - start < _HEADER_WINDOW:
        return not MESSAGE_FIELDS.isdisjoint(index)
    found = MESSAGE_FIELDS.intersection(index)
    return any(root.table.field(index[name]).start - start < _HEADER_WINDOW for name in found)
