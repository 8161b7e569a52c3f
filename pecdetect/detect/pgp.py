"""OpenPGP: MIME signed and encrypted (RFC 3156), as Exchange mangles it, and armour inline (RFC 9580, 6.2).

Armour counts only where a reader would decrypt it: both lines whole, at the start of a line, unquoted, with
data between them, in a text that is shown as body.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from pecdetect.detect.findings import Pgp
from pecdetect.detect.objects import PGP_SIGNATURE_TYPES
from pecdetect.detect.text import decode_text_body, is_body_text
from pecdetect.evidence import Evidence
from pecdetect.parsing import transfer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.contract import Position
    from pecdetect.parsing.message import Message, Part

ENCRYPTED_TYPES = frozenset({"application/pgp-encrypted", "application/x-pgp-encrypted"})
"""The control part of an encrypted message, which its protocol parameter names (RFC 3156, 4)."""

_SUFFIXES = (".asc", ".pgp", ".gpg")
_SNIFF = 64

_BEGIN = b"-----BEGIN PGP "
_MESSAGE = b"-----BEGIN PGP MESSAGE"
_ARMOUR = re.compile(
    rb"-----(BEGIN|END) PGP (SIGNED MESSAGE|SIGNATURE|MESSAGE(?:, PART [0-9]{1,4}+(?:/[0-9]{1,4}+)?+)?+)-----"
)
_DATA = re.compile(rb"[A-Za-z0-9+/]{16}")
_DATA_WINDOW = 8192
_LINE_BREAKS = frozenset({b"br", b"br/", b"pre"})
"""HTML elements after which a line begins that has no line end before it."""
_TAG_LENGTH = 256
_BLOCKQUOTE = re.compile(rb"<(/?+)blockquote", re.IGNORECASE)

_QP_MAYBE = re.compile(rb"P[G=]")
_BASE64_DASHES = b"LS0t"
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))

_Kind = Literal["signed", "encrypted"]


def find_pgp(message: Message, parts: Sequence[Part]) -> tuple[Pgp, ...]:
    """OpenPGP entities in document order (RFC 3156, RFC 9580). Never raises.

    ``parts`` are all parts of the message. Encoded bodies are decoded only where they may hold armour, within
    their limit and the message's budget.
    """
    found: list[Pgp] = []
    for part in parts:
        major = part.media_type.type
        if major == "text":
            if part.encoding in transfer.IDENTITY:
                if part.buffer.data.find(_BEGIN, part.body_start, part.end) >= 0:
                    found += _inline(message, part)
            elif _may_hold_armour(part):
                found += _inline(message, part)
        elif major == "multipart":
            entity = _mime(part)
            if entity is not None:
                found.append(entity)
    return tuple(found)


# -- MIME --


def _mime(part: Part) -> Pgp | None:
    subtype = part.media_type.subtype
    if subtype == "signed":
        shown_by = _shown_by(part, PGP_SIGNATURE_TYPES, 1)
        return _entity(part, "signed", "mime", shown_by) if shown_by is not None else None
    shown_by = _shown_by(part, ENCRYPTED_TYPES, 0)
    if shown_by is None:
        return None
    if subtype == "encrypted":
        return _entity(part, "encrypted", "mime", shown_by)
    # Exchange turns multipart/encrypted into multipart/mixed and puts an empty text before its two parts.
    after = part.children[part.children.index(shown_by) + 1 :] if shown_by is not part else part.children
    return _entity(part, "encrypted", "mangled", shown_by) if any(map(_is_ciphertext, after)) else None


def _shown_by(part: Part, types: frozenset[str], first: int) -> Part | None:
    """The multipart itself where its protocol is one of these types, else the first child of such a type."""
    if (part.media_type.param("protocol") or "").strip().lower() in types:
        return part
    for child in part.children[first:]:
        if child.media_type.type == "application" and child.content_type in types:
            return child
    return None


def _is_ciphertext(part: Part) -> bool:
    name = part.name
    if name is not None and name.lower().endswith(_SUFFIXES):
        return True
    return part.content_type == "application/octet-stream" and part.sniff(_SNIFF).lstrip().startswith(_MESSAGE)


def _entity(part: Part, kind: _Kind, form: Literal["mime", "mangled"], shown_by: Part) -> Pgp:
    return Pgp(kind, form, _position(part), part.section, shown_by.field_evidence("content-type"))


def _position(part: Part) -> Position:
    if part.parent is None:
        return "top"
    return "attachment" if part.disposition == "attachment" else "nested"


# -- Inline --


def _may_hold_armour(part: Part) -> bool:
    """Whether an encoded body is worth decoding; errs only towards yes."""
    raw = part.buffer.data[part.body_start : part.end]
    encoding = transfer.family(part.encoding)
    if encoding == "quoted-printable":
        # "PGP", each letter as it is or escaped, with or without a soft line break after it.
        return _QP_MAYBE.search(raw) is not None or b"=50" in raw
    if encoding == "base64":
        # Of five dashes, three always make a quantum of their own, unless padding shifts the rest.
        if _BASE64_DASHES in raw:
            return True
        letters = raw.translate(None, _NOT_BASE64)
        return _BASE64_DASHES in letters or -1 < letters.find(b"=") < len(letters) - 2
    return encoding == "uuencode" or _BEGIN in raw


def _inline(message: Message, part: Part) -> list[Pgp]:
    if part.media_type.subtype not in ("plain", "html") or not is_body_text(part):
        return []
    stored = transfer.family(part.encoding) in ("identity", "unknown")
    if stored:
        data, start, end = part.buffer.data, part.body_start, part.end
    else:
        data = decode_text_body(message, part)
        start, end = 0, len(data)
    position: Position = "nested" if "/" in part.section else "top"
    found: list[Pgp] = []
    for kind, at, stop in _armour(data, start, end, html=part.media_type.subtype == "html"):
        first, last, stream = part.buffer.place(at, stop) if stored else (at, stop, f"decoded:{part.section}")
        evidence = Evidence(part.section, first, last, data[at:stop].decode("ascii"), stream)
        found.append(Pgp(kind, "inline", position, part.section, evidence))
    return found


def _armour(data: bytes, start: int, end: int, *, html: bool) -> list[tuple[_Kind, int, int]]:
    """Find the first block of each kind, in one pass: kind, start and end of its BEGIN line."""
    found: list[tuple[_Kind, int, int]] = []
    wanted: set[_Kind] = {"signed", "encrypted"}
    begun: dict[bytes, re.Match[bytes]] = {}
    quotes = _Quotes(data, start) if html else None
    for match in _ARMOUR.finditer(data, start, end):
        if not _is_line(match, start, end, html=html):
            continue
        label = match[2][:14].partition(b",")[0]
        if match[1] == b"BEGIN":
            if label == b"SIGNED MESSAGE":
                begun.setdefault(label, match)
            else:
                begun[label] = match
            continue
        opened = begun.pop(label, None)
        if opened is None or not _holds_data(data, opened.end(), match.start()):
            continue
        if label == b"SIGNATURE":
            opened = begun.pop(b"SIGNED MESSAGE", None)
        kind: _Kind = "encrypted" if label == b"MESSAGE" else "signed"
        if opened is None or kind not in wanted or (quotes is not None and quotes.enclose(opened.start())):
            continue
        found.append((kind, opened.start(), opened.end()))
        wanted.discard(kind)
        if not wanted:
            break
    return found


def _is_line(match: re.Match[bytes], start: int, end: int, *, html: bool) -> bool:
    """Whether the match is a line of its own, as text or, in HTML, as shown."""
    data = match.string
    at, stop = match.span()
    if at > start and data[at - 1] not in b"\r\n" and not (html and _after_break(data, start, at)):
        return False
    while stop < end and data[stop] in b" \t":
        stop += 1
    return stop >= end or data[stop] in b"\r\n" or (html and data[stop] == 0x3C)


def _after_break(data: bytes, start: int, at: int) -> bool:
    if data[at - 1] != 0x3E:
        return False
    tag = data.rfind(b"<", max(start, at - _TAG_LENGTH), at)
    words = data[tag + 1 : at - 1].lower().split(None, 1) if tag >= 0 else []
    return bool(words) and words[0] in _LINE_BREAKS


def _holds_data(data: bytes, start: int, end: int) -> bool:
    """Whether armoured data stands between two lines: a description of the format has none."""
    return _DATA.search(data, start, min(end, start + _DATA_WINDOW)) is not None


class _Quotes:
    """How deep in quotations a place in HTML is; places are asked for in ascending order."""

    __slots__ = ("_data", "_depth", "_pos")

    def __init__(self, data: bytes, start: int) -> None:
        self._data = data
        self._pos = start
        self._depth = 0

    def enclose(self, at: int) -> bool:
        for match in _BLOCKQUOTE.finditer(self._data, self._pos, at):
            self._depth = max(0, self._depth - 1) if match[1] else self._depth + 1
        self._pos = max(self._pos, at)
        return self._depth > 0
