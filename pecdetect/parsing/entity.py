"""What a header says of its entity: media type, transfer encoding, file name (RFC 2045, 2183).

Where the RFCs leave a choice the first field counts, as for Outlook; the others are reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.parsing import transfer
from pecdetect.parsing.message import TEXT_PLAIN
from pecdetect.parsing.parameters import MediaType, parse_disposition, parse_media_type, parse_token

if TYPE_CHECKING:
    from pecdetect.parsing.message import Message, Part, Severity

_MESSAGE_RFC822 = MediaType("message", "rfc822")
_LOW_FLAGS = frozenset({"encoded-word-parameter", "comment-in-parameter", "trailing-text"})
_STRUCTURAL = (b"content-type", b"content-transfer-encoding", b"mime-version", b"content-disposition")


def interpret(message: Message, part: Part) -> None:
    """Fill in what the part's header says; what is malformed or repeated is noted in the message."""
    table = part.table
    index = table.index
    at = index.get(b"content-type")
    if at is not None:
        media_type = parse_media_type(table.values[at], message.limits.parameters)
        if media_type is None or media_type[3]:
            _note_media_type(message, part, media_type)
        if media_type is not None:
            part.media_type = media_type
            part.content_type = media_type.essence
            part.name = (media_type.param("name") or None) if media_type[2] else None
    elif _in_digest(part):
        part.media_type = _MESSAGE_RFC822
        part.content_type = "message/rfc822"
    at = index.get(b"content-transfer-encoding")
    if at is not None:
        part.encoding = parse_token(table.values[at])[0]
        if part.encoding not in transfer.KNOWN:
            field = table.field(at)
            message.note("unknown-transfer-encoding", "high", part, field.start, field.end)
    at = index.get(b"content-disposition")
    if at is not None:
        part.name = parse_disposition(table.values[at]).param("filename") or part.name
    if len(index) != len(table.keys):
        _note_duplicates(message, part)


def _in_digest(part: Part) -> bool:
    """Whether the part stands in a multipart/digest, where the default is message/rfc822 (RFC 2046, 5.1.5)."""
    around = part.parent
    return around is not None and around.media_type[:2] == ("multipart", "digest") and around.message is not part


def _note_media_type(message: Message, part: Part, media_type: MediaType | None) -> None:
    field = part.table.field(part.table.index[b"content-type"])
    if media_type is None:
        message.note("invalid-content-type", "high", part, field.start, field.end)
        return
    for flag in media_type.flags:
        severity: Severity = "low" if flag in _LOW_FLAGS else "high"
        message.note(flag, severity, part, field.start, field.end)
        if flag == "too-many-parameters":
            limit = message.limits.parameters
            message.hit("parameters", limit + 1, limit, part.section)


def _note_duplicates(message: Message, part: Part) -> None:
    keys = part.table.keys
    for key in _STRUCTURAL:
        if keys.count(key) > 1:
            name = key.decode("ascii")
            first, second = part.get_all(name)[:2]
            severity: Severity = "low" if first.raw.strip() == second.raw.strip() else "high"
            message.note(f"duplicate-{name}", severity, part, second.start, second.end)
