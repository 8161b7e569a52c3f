"""The floor: what stands in the bytes whatever the structure says.

The structure explains most bytes: headers, delimiters, and the bodies of parts about which all readers agree. What
it leaves unexplained (text before the first and after the last delimiter, parts whose header is read in two ways,
all that lies beyond a limit) is given here as stretches, and each stretch in the forms in which something may be
hidden in it: as it stands, and decoded as leniently as any reader would. What to look for is the detectors' affair.
"""

from __future__ import annotations

import binascii
import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.parsing import decoders, transfer
from pecdetect.parsing.ordinary import PREAMBLES, is_clear

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pecdetect.parsing.header import Buffer
    from pecdetect.parsing.message import Message, Part

WINDOW = 1024 * 1024
"""Bytes that are looked at in one piece; memory stays bounded for a stretch of any size."""
OVERLAP = 4 * 1024
"""Bytes that two windows share, so that nothing is cut in two."""
LEAST = 16
"""Bytes that may hold anything: no field that counts, and no object's beginning, is shorter."""
_SOFT = re.compile(rb"=[0-9A-Fa-f]{2}|=[ \t]*+\r?\n")
_JUNK = rb"(?:[^A-Za-z0-9+/:\r\n-]|\r?\n(?!\r?\n)|\r(?!\n))"
_BASE64_LINES = re.compile(
    rb"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,}+(?:" + _JUNK + rb"{1,8}+(?:[A-Za-z0-9+/]{2,}+|\Z))*+",
)
"""Base64 on lines of usual length, as far as a blank line."""
_BASE64_PIECES = re.compile(rb"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{2,}+" + _JUNK + rb"{0,8}+){2,}+")
"""Base64 that is chopped up."""
LONE_DOT = re.compile(rb"\.(?=[\r\n])(?<=[\r\n]\.)")
"""A line that holds a dot and nothing else: in transport, the end of a message (RFC 5321, 4.1.1.4)."""
_HEADER = re.compile(
    rb"(?:[ \t]*+(?:\r{0,2}\n|\r))*+"
    rb"(?:[!-9;-~]{1,76}+[ \t]*+:[^\r\n]*+(?:\r{0,2}\n|\r)(?:[ \t][^\r\n]*+(?:\r{0,2}\n|\r))*+){0,64}?"
    rb"(?:content-(?:type|transfer-encoding|disposition)|mime-version|x-trasporto|x-ricevuta)[ \t]*+:",
    re.IGNORECASE,
)
_HEADER_AFTER_JUNK = re.compile(rb"(?:(?![ \t\r\n])[^\r\n]{0,200}+\r?\n){0,3}?" + _HEADER.pattern, re.IGNORECASE)
"""A header that a body begins with, as far as the first field that says of what kind an entity is."""
UU_FILE = re.compile(rb"begin [0-7]{3,4} [^\r\n]{1,256}+\r?\n[!-`][ -`]{8}")
"""A file in uuencode, which some readers take out of a text (MS-OXCMAIL, 2.2.3.9.1)."""
_BOUNDARIES = 16
"""Multiparts whose boundaries are looked for in the bodies after their beginning."""
_CUTTABLE = 8
"""Bytes of a boundary whose half is telling."""
_LINE_LETTERS = 40
"""Letters in a row on a line of base64."""
_GZIP = b"\x1f\x8b"
_SHORT = 32
"""Bytes of base64 that are too few for anything."""
_RUNS = 64
"""Runs of base64 in one window that are decoded."""


class Stretch(NamedTuple):
    """Bytes that the primary reading does not explain."""

    buffer: Buffer
    start: int
    end: int
    part: Part
    """The part that they stand in."""
    loose: bool = True
    """Whether any line of it may be that of a header: all of it may be structure, not only what follows a blank
    line or a delimiter."""


def unexplained(message: Message) -> list[Stretch]:
    """What the primary reading leaves open, in document order; empty for a message that is clear throughout."""
    root = message.root
    if message.limits_hit or message.no_message is not None:
        return [Stretch(root.buffer, 0, len(root.buffer.data), root)]
    found: list[Stretch] = []
    _add(found, root, 0, root.start)
    _add(found, root, root.end, len(root.buffer.data))
    pending = [root]
    boundaries: list[bytes] = []
    while pending:
        part = pending.pop()
        if part.end - part.start < LEAST:
            continue
        boundary = b""
        if part.media_type.type == "multipart":
            declared = part.media_type.param("boundary") or ""
            boundary = declared.encode("utf-8", "surrogateescape").lower()
        clear = is_clear(part.table, message.limits.parameters)
        if part in message.doubts or not clear or (boundary and boundary in boundaries):
            found.append(Stretch(part.buffer, part.start, part.end, part, loose=not clear))
            continue
        if part.first_delimiter is not None:
            boundaries.append(boundary)
            _add(found, part, part.body_start, part.first_delimiter)
            if part.close_end is not None:
                _add(found, part, part.close_end, part.end)
        elif part.message is None and not _is_closed(part, boundaries):
            found.append(Stretch(part.buffer, part.body_start, part.end, part, loose=not part.table.keys))
        pending.extend(reversed(part.children))
        if part.message is not None:
            pending.append(part.message)
    return found


def _is_closed(part: Part, boundaries: list[bytes]) -> bool:
    """Whether a body holds nothing that some reader takes for structure: a delimiter, a second header, an end."""
    data, start, end = part.buffer.data, part.body_start, part.end
    if part.media_type.type == "message":
        return False
    if not part.table.keys and begins_with_header(data, start, end):
        return False
    if part.media_type.type == "text" and data.find(b"begin ", start, end) >= 0 and UU_FILE.search(data, start, end):
        return False
    if data.find(b"-", start, end) < 0:
        return True
    if _HEADER.match(data, start, min(end, start + OVERLAP)) is not None:
        return False
    return _is_property(part) or not _is_ended_early(data, boundaries, start, end)


def _is_property(part: Part) -> bool:
    """Whether a part is a property of an Outlook item, of which no line says where it ends: no delimiter led to it."""
    around = part.parent
    return around is not None and around.media_type.type == "multipart" and around.first_delimiter is None


def _is_ended_early(data: bytes, boundaries: list[bytes], start: int, end: int) -> bool:
    """Whether a line in a body ends it for some reader: a lone dot, a boundary, or half of one."""
    if (data.find(b"\n.", start, end) >= 0 or data.find(b"\r.", start, end) >= 0) and LONE_DOT.search(data, start, end):
        return True
    near = boundaries[-_BOUNDARIES:]
    return _holds_any(data, near, start, end) or _holds_cut(data, near, start, end)


def begins_with_header(data: bytes, start: int, end: int) -> bool:
    """Whether what follows an empty header is, to readers who skip blank lines and junk, a header."""
    head = data[start : min(end, start + OVERLAP)].replace(b"\0", b"")
    return _HEADER_AFTER_JUNK.match(head) is not None


def _holds_any(data: bytes, boundaries: list[bytes], start: int, end: int) -> bool:
    """Whether one of these boundaries (in lower case) stands in a stretch, in any case of its letters."""
    longest = max(map(len, boundaries), default=0)
    for pos in range(start, end, WINDOW):
        window = data[pos : min(end, pos + WINDOW + longest)].lower()
        if any([window.find(boundary) >= 0 for boundary in boundaries]):  # noqa: C419 - a list is faster
            return True
    return False


def _holds_cut(data: bytes, boundaries: list[bytes], start: int, end: int) -> bool:
    """Whether a line begins as the delimiter of one of these boundaries does, and is cut short."""
    at = data.find(b"\n--", max(start - 1, 0), end)
    if at < 0:
        return False
    telling = tuple([boundary[: -(-len(boundary) // 2)] for boundary in boundaries if len(boundary) >= _CUTTABLE])
    while at >= 0:
        if telling and data[at + 3 : min(at + 80, end)].lower().startswith(telling):
            return True
        at = data.find(b"\n--", at + 3, end)
    return False


def _add(found: list[Stretch], part: Part, start: int, end: int) -> None:
    if end - start < LEAST:
        return
    text = part.buffer.data[start:end].strip()
    if text and text not in PREAMBLES:
        found.append(Stretch(part.buffer, start, end, part, loose=False))


def windows(stretch: Stretch) -> Iterator[tuple[int, bytes]]:
    """A stretch in pieces of bounded size that overlap: where each begins, and its bytes."""
    data, pos = stretch.buffer.data, stretch.start
    while True:
        end = min(stretch.end, pos + WINDOW)
        yield pos, data[pos:end]
        if end >= stretch.end:
            return
        pos = end - OVERLAP


def decoded(data: bytes, letters: bytes, budget: int, is_telling: Callable[[bytes], bool]) -> Iterator[bytes]:
    """What lenient decoders make of some bytes, each of at most ``budget`` bytes.

    ``letters`` are those of base64 in them. Prose is not decoded as base64 if ``is_telling`` says of none of the
    four ways to do so that anything looked for stands there.
    """
    if data.find(b"=") >= 0 and _SOFT.search(data) is not None:
        yield transfer.decode_quoted_printable(data[:budget])
    uuencoded = b"".join(decoders.uu_lines(data[:budget]))
    if uuencoded:
        yield uuencoded
    if data.find(b"=ybegin") >= 0:
        yield decoders.yenc_decoded(data[:budget])
    for start, end in _base64_runs(data, letters, is_telling):
        if end - start < _SHORT:
            continue
        plain = transfer.decode_base64(data, start, end, budget)
        yield plain
        if plain.startswith(_GZIP):
            yield from decoders.layers(plain)


def _base64_runs(data: bytes, letters: bytes, is_telling: Callable[[bytes], bool]) -> list[tuple[int, int]]:
    """Where base64 stands that is worth decoding: on lines of usual length, else chopped up."""
    first = decoders.first_run(data, _LINE_LETTERS)
    if first >= 0:
        lines = [match.span() for match in islice(_BASE64_LINES.finditer(data, first), _RUNS)]
        if lines:
            return lines
    if data.find(b"=") < 0:
        # Where no padding shifts them, the letters are cut into groups in one of four ways.
        ways = [letters[shift : shift + (len(letters) - shift & ~3)] for shift in range(4)]
        plain = b"\n".join(map(binascii.a2b_base64, ways))
        if plain.find(_GZIP) < 0 and not is_telling(plain):
            return []
    return [match.span() for match in islice(_BASE64_PIECES.finditer(data), _RUNS)]
