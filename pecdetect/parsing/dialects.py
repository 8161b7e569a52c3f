"""Dialects: how the questions are answered that the RFCs leave open, as data.

The primary reading answers as Outlook and Exchange do, as far as that is documented or was observed: the first of
two fields and the first of two parameters count, comments go, RFC 2231 is read for file names, a delimiter is a
line of its own. Each dialect here answers one question otherwise, as some other reader does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from pecdetect.parsing.parameters import parse_media_type, parse_token

if TYPE_CHECKING:
    from pecdetect.parsing.message import Part
    from pecdetect.parsing.parameters import MediaType

FieldChoice = Literal["first", "last"]
BoundaryChoice = Literal["declared", "last", "extended", "literal", "guessed"]

_BOUNDARY = re.compile(
    rb"boundary[ \t]*+(?P<star>\*[0-9*]{0,6})?[ \t]*+=[ \t\r\n]*+"
    rb"(?:\"(?P<quoted>[^\"\r\n]*+)\"?|(?P<bare>[^;\r\n\"]*+))",
    re.IGNORECASE,
)
_DELIMITER = re.compile(
    rb"(?:\A|[\r\n])--(?P<boundary>[^\r\n]{1,200}?)[ \t]*+\r?\n(?:[ \t]*+\r?\n)*+content-", re.IGNORECASE
)
_GUESS_WINDOW = 64 * 1024
"""Bytes of a body in which a delimiter is looked for that no header declares."""
_FORMS = 32
_LANGUAGE = re.compile(rb"\A[^']{0,40}'[^']{0,40}'")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way of resolving what is open; what is not named is resolved as the primary reading does."""

    name: str
    """The choice that it makes, as evidence carries it: ``boundary=last``."""
    when: frozenset[str]
    """Anomalies that open the question: without one of them the reading would be the primary one."""
    content_type: FieldChoice = "first"
    """Which of several Content-Type fields counts."""
    transfer_encoding: FieldChoice = "first"
    """Which of several Content-Transfer-Encoding fields counts."""
    boundary: BoundaryChoice = "declared"
    """Which text delimits: the parameter as the primary reading has it, the last of several, its form of RFC 2231,
    the value with comments, escapes and encoded words as they stand, or what stands in the body."""
    delimiter: Literal["line", "prefix"] = "line"
    """Whether a delimiter is a whole line, or the beginning of one (RFC 2046, 5.1.1)."""
    header: Literal["ends", "resumes"] = "ends"
    """Whether a blank line before the first field ends the header of a part."""

    def resolve(self, part: Part, end: int) -> None:
        """Say what the header of a part means; ``end`` is where the bytes end. Never raises."""
        if self.content_type == "last":
            values = part.get_all("content-type")
            media_type = parse_media_type(values[-1].raw) if values else None
            if media_type is not None:
                _take(part, media_type)
        if self.transfer_encoding == "last":
            encodings = part.get_all("content-transfer-encoding")
            if encodings:
                part.encoding = parse_token(encodings[-1].raw)[0]
        if self.boundary != "declared":
            boundary = _boundary(self.boundary, part, end)
            if boundary:
                _delimit(part, boundary)


_PARAMETERS = frozenset(
    {
        "blank-in-value",
        "comment-in-parameter",
        "encoded-word-parameter",
        "invalid-parameter",
        "quoted-pair-in-boundary",
        "trailing-text",
        "unclosed-comment",
        "unclosed-quote",
    }
)

ALTERNATES = (
    Dialect("content-type=last", frozenset({"duplicate-content-type"}), content_type="last"),
    Dialect("transfer-encoding=last", frozenset({"duplicate-content-transfer-encoding"}), transfer_encoding="last"),
    Dialect("boundary=last", frozenset({"duplicate-parameter"}), boundary="last"),
    Dialect("boundary=extended", frozenset({"parameter-forms-conflict", "rfc2231-gap"}), boundary="extended"),
    Dialect("boundary=literal", _PARAMETERS, boundary="literal"),
    Dialect(
        "boundary=guessed",
        _PARAMETERS
        | {"boundary-not-found", "boundary-on-leaf", "invalid-content-type", "missing-boundary", "rfc2231-gap"},
        boundary="guessed",
    ),
    Dialect("delimiter=prefix", frozenset({"text-after-delimiter"}), delimiter="prefix"),
    Dialect("header=resumes", frozenset({"field-after-blank-line"}), header="resumes"),
)
"""The readings beside the primary one, in the order in which they are made."""


def _take(part: Part, media_type: MediaType) -> None:
    part.media_type = media_type
    part.content_type = media_type.essence


def _delimit(part: Part, boundary: str) -> None:
    """Make a part the multipart that this boundary delimits."""
    media_type = part.media_type
    if media_type.type != "multipart":
        media_type = replace(media_type, type="multipart", subtype="mixed")
    others = tuple([pair for pair in media_type.params if pair[0] != "boundary"])
    _take(part, replace(media_type, params=(*others, ("boundary", boundary))))


def _boundary(choice: BoundaryChoice, part: Part, end: int) -> str | None:
    """The boundary that this choice takes, or None where it has none of its own."""
    if choice == "guessed":
        return _guessed(part, end)
    field = part.get("content-type")
    forms = list(_BOUNDARY.finditer(field.raw))[:_FORMS] if field is not None else []
    if choice == "extended":
        pieces = [_form(form) for form in forms if form["star"]]
        return _text(_LANGUAGE.sub(b"", b"".join(pieces))) if pieces else None
    return _text(_form(forms[-1])) if forms else None


def _form(form: re.Match[bytes]) -> bytes:
    quoted = form["quoted"]
    return quoted if quoted is not None else form["bare"].strip()


def _guessed(part: Part, end: int) -> str | None:
    """What the first line delimits in the body that begins as a delimiter does and is followed by a header."""
    if part.media_type.type != "multipart" and part.media_type.param("boundary") is None and part.parent is not None:
        return None
    data, start = part.buffer.data, part.body_start
    found = _DELIMITER.search(data, max(start - 1, 0), min(end, start + _GUESS_WINDOW))
    return _text(found["boundary"]) if found is not None else None


def _text(boundary: bytes) -> str:
    return boundary.decode("utf-8", "surrogateescape").rstrip()
