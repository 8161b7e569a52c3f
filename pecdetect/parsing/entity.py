"""What a header says of its entity: media type, transfer encoding, file name (RFC 2045, 2183).

Where the RFCs leave a choice the first field counts, as for Outlook; the others are reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.parsing import transfer
from pecdetect.parsing.parameters import MediaType, parse_disposition, parse_media_type, parse_token

if TYPE_CHECKING:
    from pecdetect.contract import Severity
    from pecdetect.parsing.header import FieldTable
    from pecdetect.parsing.message import Message, Part
    from pecdetect.parsing.parameters import Flags

_MESSAGE_RFC822 = MediaType("message", "rfc822")
_LOW_FLAGS = frozenset({"encoded-word-parameter", "comment-in-parameter", "trailing-text"})
_NAMED_ONCE = ("content-type", "content-transfer-encoding", "mime-version", "content-disposition")
_STRUCTURAL = frozenset(map(str.encode, _NAMED_ONCE))

_ENCODINGS = {name.encode(): name for name in ("7bit", "8bit", "base64", "quoted-printable")}
"""Transfer encodings as nearly all fields name them."""


class Entity:
    """What the fields of a header say of their entity."""

    # No slots: what most have in common stands here, and costs nothing to make.
    media_type: MediaType | None = None
    """None when no Content-Type could be read."""
    content_type = "text/plain"
    boundary: str | None = None
    """Boundary parameter as written."""
    name: str | None = None
    disposition: str | None = None
    disposition_flags: Flags = ()
    """What is odd about the Content-Disposition."""
    encoding = "7bit"
    clear: bool | None = None
    """Whether all readers take it in one way (``parsing.ordinary``); None until somebody asks."""

    def __init__(self, table: FieldTable, parameters: int) -> None:
        index, values = table.index, table.values
        at = index.get(b"content-type")
        odd = at is not None
        if at is not None:
            media_type = self.media_type = parse_media_type(values[at], parameters)
            if media_type is not None:
                odd = bool(media_type.flags)
                self.content_type = f"{media_type.type}/{media_type.subtype}"
                for name, value in media_type.params:
                    if name == "boundary":
                        self.boundary = value
                    elif name == "name":
                        self.name = value or None
        at = index.get(b"content-transfer-encoding")
        if at is not None:
            token = values[at].strip()
            self.encoding = _ENCODINGS.get(token) or parse_token(token)[0]
        at = index.get(b"content-disposition")
        if at is not None:
            disposition = parse_disposition(values[at])
            self.disposition_flags = disposition.flags
            self.disposition = disposition.kind or None
            self.name = disposition.param("filename") or self.name
        self.odd = odd or self.encoding not in transfer.KNOWN or not _STRUCTURAL.isdisjoint(table.repeated)
        """Whether anything is malformed or repeated, and worth a closer look."""


def entity_of(table: FieldTable, parameters: int) -> Entity:
    """What a header says of its entity, read once; of ``parameters`` of one field at most."""
    entity = table.entity
    if entity is None:
        entity = table.entity = Entity(table, parameters)
    return entity


def interpret(message: Message, part: Part) -> None:
    """Fill in what the part's header says; what is malformed or repeated is noted in the message."""
    entity = part.table.entity or entity_of(part.table, message.limits.parameters)
    part.encoding = entity.encoding
    part.name = entity.name
    part.disposition = entity.disposition
    if entity.media_type is not None:
        part.media_type = entity.media_type
        part.content_type = entity.content_type
    elif _in_digest(part):
        part.media_type = _MESSAGE_RFC822
        part.content_type = "message/rfc822"
    if entity.odd:
        _note_oddities(message, part, entity)


def _in_digest(part: Part) -> bool:
    """Whether the part has no type and stands in a multipart/digest: message/rfc822 then (RFC 2046, 5.1.5)."""
    if b"content-type" in part.table.index:
        return False
    around = part.parent
    return around is not None and around.content_type == "multipart/digest" and around.message is not part


def _note_oddities(message: Message, part: Part, entity: Entity) -> None:
    table = part.table
    at = table.index.get(b"content-type")
    if at is not None and entity.media_type is None:
        start, _, end = table.place(at)
        message.note("invalid-content-type", "high", part, start, end)
    for flag in entity.media_type.flags if entity.media_type is not None else ():
        start, _, end = table.place(table.index[b"content-type"])
        severity: Severity = "low" if flag in _LOW_FLAGS else "high"
        message.note(flag, severity, part, start, end)
        if flag == "too-many-parameters":
            most = message.limits.parameters
            message.hit("parameters", most + 1, most, part.section)
    if entity.encoding not in transfer.KNOWN:
        start, _, end = table.place(table.index[b"content-transfer-encoding"])
        message.note("unknown-transfer-encoding", "high", part, start, end)
    for name in _NAMED_ONCE:
        if name.encode() in table.repeated:
            _note_duplicate(message, part, name)


def _note_duplicate(message: Message, part: Part, name: str) -> None:
    first, second = part.get_all(name)[:2]
    severity: Severity = "low" if first.raw.strip() == second.raw.strip() else "high"
    message.note(f"duplicate-{name}", severity, part, second.start, second.end)
