"""The header of an entity: octets to fields, in one pass (RFC 5322, 2.2 and 4.5.3).

Lenient as mail readers are: any line end, blanks before the colon, 8-bit names. What is no field is skipped when
a field follows soon, and ends the header when none does; both are reported.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.parsing.ordinary import CONTROLS
from pecdetect.parsing.message import NO_FIELDS, PLACES_NOTED, FieldBlock, FieldTable

if TYPE_CHECKING:
    from collections.abc import Container

    from pecdetect.limits import Limits
    from pecdetect.parsing.message import Buffer

# CR CR LF is one line end: gateways that translate line ends twice write it.
LINE_END = rb"(?:\r{0,2}\n|\r)"
_NAME = rb"[!-9;-~\x80-\xff]++[ \t]*+"
_FIELD = re.compile(rb"(" + _NAME + rb"):([^\r\n]*+(?:" + LINE_END + rb"[ \t][^\r\n]*+)*+)(" + LINE_END + rb"|\Z)")
_BLANK = re.compile(LINE_END)
_LINE = re.compile(rb"[^\r\n]*+(" + LINE_END + rb"|\Z)")
_GARBAGE_LINES = 8
"""Lines without a field that a header may hold in a row: broken folding leaves a few, a body has more."""

# Both begin with a literal octet: the search for it runs at memory speed.
_NAMES = re.compile(rb"\n([!-,.-9;-~][!-9;-~]*+):")
_OTHER_LINE = re.compile(rb"\n(?![!-,.-9;-~][!-9;-~]*+:|[ \t]++[^ \t\r\n])")
"""A line that neither begins a field nor goes on with one; none of these is a delimiter, which begins with a dash."""
_UNTIDY = CONTROLS + b"\r\n"
_WINDOW = 64 * 1024
"""Headers up to this size are read in a few passes at memory speed; others line by line."""
_MODEST = 8 * 1024
"""Headers up to this size cost little to take apart in vain."""


class Header(NamedTuple):
    """What was read before the body."""

    table: FieldTable
    body_start: int
    """Offset of the first octet of the body."""
    separated: bool = True
    """Whether a blank line, or the end of the octets, ended the header."""
    garbage: tuple[tuple[int, int], ...] = ()
    """Lines inside the header that are no field, as far as they are noted."""
    bare_cr: bool = False
    """Whether a lone CR ended a line."""
    limits: tuple[tuple[str, int, int], ...] = ()
    """Limits hit: name, value, limit."""


def read_header(buffer: Buffer, start: int, end: int, limits: Limits, delimiters: Container[bytes] = ()) -> Header:
    """Read the header that begins at ``start``.

    ``delimiters`` are the open multipart delimiters: such a line ends the header even without a blank line.
    Never raises; linear in the octets read.
    """
    clean = read_clean_header(buffer, start, end, limits)
    return Header(*clean) if clean is not None else read_line_by_line(buffer, start, end, limits, delimiters)


def read_clean_header(buffer: Buffer, start: int, end: int, limits: Limits) -> tuple[FieldTable, int] | None:
    """Read a header that is well-formed throughout and ended by a blank line: its fields and where the body begins.

    None for any other header: :func:`read_header` reads it. The buffer's first line tells its line ends; where
    they are mixed, the header is none of these.

    Every line is counted and must be a field's first line or a folded one, so nothing can hide between.
    """
    data = buffer.data
    if buffer.crlf is None:
        first = data.find(b"\n", start, end)
        buffer.crlf = data[first - 1 : first] == b"\r"
    line_end, blank, length = (b"\r\n", b"\r\n\r\n", 4) if buffer.crlf else (b"\n", b"\n\n", 2)
    stop = _find_blank(buffer, blank, start)
    if stop < 0 or data.startswith(line_end, start):
        return (NO_FIELDS, start + len(line_end)) if data.startswith(line_end, start, end) else None
    size = stop - start
    if _is_mixed(buffer, start, stop):
        return None
    block = take_apart(data[start:stop])
    if block is None or size > limits.field_bytes or len(block.names) > limits.fields or stop + length > end:
        return None
    return FieldTable(buffer, start + block.lead, block), stop + length


def _find_blank(buffer: Buffer, blank: bytes, start: int) -> int:
    """Where the next blank line stands, or -1; what was searched for an earlier part is not searched again."""
    first, end = buffer.no_blank
    stop = buffer.data.find(blank, end if first <= start <= end else start, start + _WINDOW)
    buffer.no_blank = (start, stop if stop >= 0 else max(start, start + _WINDOW - len(blank) + 1))
    return stop


def _is_mixed(buffer: Buffer, start: int, stop: int) -> bool:
    """Whether the stretch up to the next blank line is more than a header: a cheap look before a dear one.

    Without it, parts whose blank line is far away would all be taken apart up to there, again and again.
    """
    data = buffer.data
    if data.find(b"\n-", start, stop) >= 0:
        return True
    return (
        stop - start > _MODEST
        and bool(buffer.crlf)
        and data.count(b"\n", start, stop) != data.count(b"\r\n", start, stop)
    )


def take_apart(text: bytes) -> FieldBlock | None:
    """A header's fields, if it holds nothing else and its line ends are all CRLF or all LF."""
    block = b"\n" + text
    if _OTHER_LINE.search(block) is not None:
        return None
    returns = text.count(b"\r\n")
    odd = len(text) - len(text.translate(None, _UNTIDY)) - (2 * returns or text.count(b"\n"))
    if odd and text.count(b"\r") != returns:
        return None
    if odd and returns and text.count(b"\n") != returns:
        return None
    pieces = _NAMES.split(block)
    tidy = (not odd and text.isascii()) or None
    return FieldBlock(pieces[1::2], pieces[2::2], blanks=False, tidy=tidy, lead=len(pieces[0]))


def read_line_by_line(buffer: Buffer, start: int, end: int, limits: Limits, delimiters: Container[bytes]) -> Header:
    """Read a header as :func:`read_header` does, whatever is in it, at a higher cost for each line."""
    data = buffer.data
    names: list[bytes] = []
    spans: list[tuple[int, int, int]] = []
    garbage: list[tuple[int, int]] = []
    hit: dict[str, tuple[str, int, int]] = {}
    pos = start
    separated = True
    bare_cr = False
    while pos < end:
        match = _FIELD.match(data, pos, end)
        if match is not None and (data[pos] != 0x2D or not _is_delimiter(data, pos, end, delimiters)):
            stop = match.end(2)
            if stop - pos > limits.field_bytes:
                hit["field_bytes"] = ("field_bytes", stop - pos, limits.field_bytes)
                stop = pos + limits.field_bytes
            if len(names) < limits.fields:
                names.append(match[1])
                spans.append((pos, min(match.start(2), stop), stop))
            else:
                hit["fields"] = ("fields", limits.fields + 1, limits.fields)
            bare_cr = bare_cr or match[3] == b"\r"
            pos = match.end()
            continue
        blank = _BLANK.match(data, pos, end)
        if blank is not None:
            bare_cr = bare_cr or blank[0] == b"\r"
            pos = blank.end()
            break
        resume = _next_field(data, pos, end)
        if resume is None:
            separated = False
            break
        if len(garbage) < PLACES_NOTED:
            garbage.append((pos, resume))
        pos = resume
    block = FieldBlock(names, [data[value:stop] for _, value, stop in spans])
    table = FieldTable(buffer, start, block, spans)
    return Header(table, pos, separated, tuple(garbage), bare_cr, tuple(hit.values()))


def _next_field(data: bytes, pos: int, end: int) -> int | None:
    """Where the header goes on after lines that are no field; None where the body begins instead."""
    for _ in range(_GARBAGE_LINES):
        # Two dashes: a delimiter, also of the multipart whose header this is and whose boundary is not known yet.
        if data.startswith(b"--", pos):
            return None
        pos = _end_of_line(data, pos, end)
        if pos >= end or _BLANK.match(data, pos, end) is not None:
            return None
        if _FIELD.match(data, pos, end) is not None:
            return pos
    return None


def _end_of_line(data: bytes, pos: int, end: int) -> int:
    match = _LINE.match(data, pos, end)
    return match.end() if match is not None else end


def _is_delimiter(data: bytes, pos: int, end: int, delimiters: Container[bytes]) -> bool:
    """Whether a line is one of these multipart delimiters, or closes one."""
    if not delimiters or not data.startswith(b"--", pos):
        return False
    line = data[pos : _end_of_line(data, pos, end)].rstrip(b"\r\n\t ")
    return line in delimiters or (line.endswith(b"--") and line[:-2] in delimiters)
