"""What a header says of its entity: media type, transfer encoding, file name (RFC 2045, 2183).

Where the RFCs leave a choice the first field counts, as for Outlook; the others are reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pecdetect.parsing import transfer
from pecdetect.parsing.parameters import MediaType, parse_disposition, parse_media_type, parse_token

if TYPE_CHECKING:
    from pecdetect.parsing.message import FieldBlock, Message, Part, Severity

_MESSAGE_RFC822 = MediaType("message", "rfc822")
_LOW_FLAGS = frozenset({"encoded-word-parameter", "comment-in-parameter", "trailing-text"})
_STRUCTURAL = (b"content-type", b"content-transfer-encoding", b"mime-version", b"content-disposition")


class Entity(NamedTuple):
    """What the fields of a header say of their entity."""

    media_type: MediaType | None
    """None when no Content-Type could be read."""
    content_type: str
    encoding: str
    name: str | None
    disposition: str | None
    flags: tuple[str, ...]
    """What was odd about the Content-Type field."""
    odd: bool
    """Whether anything is malformed or repeated, and worth a note."""
    parameters: int
    """The limit on parameters that it was read under."""


def interpret(message: Message, part: Part) -> None:
    """Fill in what the part's header says; what is malformed or repeated is noted in the message."""
    block = part.table.block
    entity = block.entity
    most = message.limits.parameters
    if entity is None or entity[7] != most:
        entity = block.entity = _entity(block, most)
    media_type, part.content_type, part.encoding, part.name, part.disposition, _, odd, _ = entity
    if media_type is not None:
        part.media_type = media_type
    elif _in_digest(part):
        part.media_type = _MESSAGE_RFC822
        part.content_type = "message/rfc822"
    if odd:
        _note_oddities(message, part, entity)


def _entity(block: FieldBlock, most: int) -> Entity:
    index, values = block.index, block.values
    media_type: MediaType | None = None
    name: str | None = None
    flags: tuple[str, ...] = ()
    disposition: str | None = None
    encoding = "7bit"
    declared = index.get(b"content-type")
    if declared is not None:
        media_type = parse_media_type(values[declared], most)
        if media_type is not None:
            flags = media_type[3]
            name = (media_type.param("name") or None) if media_type[2] else None
    at = index.get(b"content-transfer-encoding")
    if at is not None:
        encoding = parse_token(values[at])[0]
    at = index.get(b"content-disposition")
    if at is not None:
        parsed = parse_disposition(values[at])
        disposition = parsed.kind or None
        name = parsed.param("filename") or name
    odd = bool(flags) or encoding not in transfer.KNOWN or (declared is not None and media_type is None)
    odd = odd or len(index) != len(block.keys)
    essence = media_type.essence if media_type is not None else "text/plain"
    return Entity(media_type, essence, encoding, name, disposition, flags, odd, most)


def _in_digest(part: Part) -> bool:
    """Whether the part has no type and stands in a multipart/digest: message/rfc822 then (RFC 2046, 5.1.5)."""
    if b"content-type" in part.table.index:
        return False
    around = part.parent
    return around is not None and around.media_type[:2] == ("multipart", "digest") and around.message is not part


def _note_oddities(message: Message, part: Part, entity: Entity) -> None:
    table = part.table
    at = table.index.get(b"content-type")
    if at is not None and entity.media_type is None:
        start, _, end = table.place(at)
        message.note("invalid-content-type", "high", part, start, end)
    for flag in entity.flags:
        start, _, end = table.place(table.index[b"content-type"])
        severity: Severity = "low" if flag in _LOW_FLAGS else "high"
        message.note(flag, severity, part, start, end)
        if flag == "too-many-parameters":
            message.hit("parameters", entity.parameters + 1, entity.parameters, part.section)
    if entity.encoding not in transfer.KNOWN:
        start, _, end = table.place(table.index[b"content-transfer-encoding"])
        message.note("unknown-transfer-encoding", "high", part, start, end)
    if len(table.index) != len(table.keys):
        _note_duplicates(message, part)


def _note_duplicates(message: Message, part: Part) -> None:
    keys = part.table.keys
    for key in _STRUCTURAL:
        if keys.count(key) > 1:
            name = key.decode("ascii")
            first, second = part.get_all(name)[:2]
            severity: Severity = "low" if first.raw.strip() == second.raw.strip() else "high"
            message.note(f"duplicate-{name}", severity, part, second.start, second.end)
