"""The alternate readings of a message: made only where an anomaly says that there is more than one.

Each is a reading of the whole with one question answered otherwise, by the reader that makes the primary one; the
octets are shared, and so is the budget for what is decoded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pecdetect.parsing.dialects import ALTERNATES
from pecdetect.parsing.message import Message, Part
from pecdetect.parsing.mime import read_tree
from pecdetect.parsing.parameters import parse_media_type, parse_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.parsing.dialects import Dialect
    from pecdetect.parsing.parameters import MediaType

_BOUNDARY = re.compile(
    rb"boundary[ \t]*+(?P<star>\*[0-9*]{0,6})?[ \t]*+=[ \t\r\n]*+"
    rb"(?:\"(?P<quoted>[^\"\r\n]*+)\"?|(?P<bare>[^;\r\n\"]*+))",
    re.IGNORECASE,
)
_DELIMITER = re.compile(
    rb"(?:\A|[\r\n])--(?P<boundary>[^\r\n]{1,200}?)[ \t]*+\r?\n(?:[ \t]*+\r?\n)*+content-", re.IGNORECASE
)
_GUESS_WINDOW = 64 * 1024
"""Octets of a body in which a delimiter is looked for that no header declares."""
_FORMS = 32
_LANGUAGE = re.compile(rb"\A[^']{0,40}'[^']{0,40}'")


def alternates(message: Message) -> Iterator[tuple[Dialect, Message]]:
    """The other readings of a message and the dialect of each; none for a message that is clear.

    Bounded: no more readings than there are dialects, each within the limits of the message.
    """
    codes = {anomaly.code for anomaly in message.anomalies}
    for dialect in ALTERNATES:
        if dialect.when.isdisjoint(codes):
            continue
        other = Message(message.buffer, message.size, message.limits)
        other.dialect = dialect
        other.decoded_left = message.decoded_left
        other.parts_seen = 1
        root = other.root = Part(message.buffer, "", None, message.root.start, 0)
        read_tree(other, root, message.root.end)
        yield dialect, other
        message.decoded_left = other.decoded_left


def resolve(dialect: Dialect, part: Part, end: int) -> None:
    """Let a dialect say what the header of a part means; ``end`` is where the octets end. Never raises."""
    if dialect.content_type == "last":
        values = part.get_all("content-type")
        media_type = parse_media_type(values[-1].raw) if values else None
        if media_type is not None:
            _take(part, media_type)
    if dialect.transfer_encoding == "last":
        encodings = part.get_all("content-transfer-encoding")
        if encodings:
            part.encoding = parse_token(encodings[-1].raw)[0]
    if dialect.boundary != "declared":
        boundary = _boundary(dialect, part, end)
        if boundary:
            _delimit(part, boundary)


def _take(part: Part, media_type: MediaType) -> None:
    part.media_type = media_type
    part.content_type = media_type.essence


def _delimit(part: Part, boundary: str) -> None:
    """Make a part the multipart that this boundary delimits."""
    media_type = part.media_type
    if media_type.type != "multipart":
        media_type = media_type._replace(type="multipart", subtype="mixed")
    others = tuple([pair for pair in media_type.params if pair[0] != "boundary"])
    _take(part, media_type._replace(params=(*others, ("boundary", boundary))))


def _boundary(dialect: Dialect, part: Part, end: int) -> str | None:
    """The boundary that a dialect takes, or None where it has none of its own."""
    if dialect.boundary == "guessed":
        return _guessed(part, end)
    field = part.get("content-type")
    forms = list(_BOUNDARY.finditer(field.raw))[:_FORMS] if field is not None else []
    if dialect.boundary == "extended":
        pieces = [_form(form) for form in forms if form["star"]]
        return _text(_LANGUAGE.sub(b"", b"".join(pieces))) if pieces else None
    return _text(_form(forms[-1])) if forms else None


def _form(form: re.Match[bytes]) -> bytes:
    quoted = form["quoted"]
    return quoted if quoted is not None else form["bare"].strip()


def _guessed(part: Part, end: int) -> str | None:
    """What the first line delimits in the body that begins as a delimiter does and is followed by a header."""
    if part.media_type[0] != "multipart" and part.media_type.param("boundary") is None and part.parent is not None:
        return None
    data, start = part.buffer.data, part.body_start
    found = _DELIMITER.search(data, max(start - 1, 0), min(end, start + _GUESS_WINDOW))
    return _text(found["boundary"]) if found is not None else None


def _text(boundary: bytes) -> str:
    return boundary.decode("utf-8", "surrogateescape").rstrip()
