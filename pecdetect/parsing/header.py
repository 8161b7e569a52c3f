"""The header of an entity: its fields, and how they are read, in one pass (RFC 5322, 2.2 and 4.5.8).

Lenient as mail readers are: any line end, blanks before the colon, 8-bit names. What is no field is skipped when
a field follows soon, and ends the header when none does; both are reported.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.evidence import EXCERPT_CHARACTERS, Evidence
from pecdetect.parsing.encoded_words import decode_encoded_words
from pecdetect.parsing.grammar import (
    BLANK_LINE,
    FIELD,
    LINE,
    LINE_OUTSIDE_FIELDS,
    NAME_AFTER_LINE_END,
)
from pecdetect.unfold import unfold

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from pecdetect.limits import Limits
    from pecdetect.parsing.entity import Entity

_QUOTED = 4 * EXCERPT_CHARACTERS
"""Bytes of a field that an excerpt is made of."""
PLACES_NOTED = 8
"""Places of one anomaly in one part that are recorded: there may be as many as the file has lines."""
_GARBAGE_LINES = 8
"""Lines without a field that a header may hold in a row: broken folding leaves a few, a body has more."""

CONTROLS = bytes(range(9)) + b"\x0b\x0c" + bytes(range(0x0E, 0x20)) + b"\x7f"
"""What ends a line, or a name, for some readers."""
_UNTIDY = CONTROLS + b"\r\n"
_WINDOW = 64 * 1024
"""Headers up to this size are read in a few passes at memory speed; others line by line."""


class Buffer:
    """Bytes that offsets count in: the file itself, or the decoded content of a part."""

    __slots__ = ("crlf", "data", "no_blank", "stream")

    def __init__(self, data: bytes, stream: str | None = None) -> None:
        self.data = data
        """The bytes."""
        self.crlf: bool | None = None
        """Whether the first line ends with CRLF; None until somebody has looked."""
        self.no_blank = (0, 0)
        """A stretch in which no blank line begins, as far as somebody has looked."""
        self.stream = stream
        """None for the file, else the name that evidence carries."""

    def place(self, start: int, end: int) -> tuple[int, int, str | None]:
        """What evidence says of a stretch of the bytes: start, end, and the stream that they count in."""
        return start, end, self.stream

    def quote(self, section: str, start: int, end: int) -> Evidence:
        """A header field, or what looks like one, as evidence."""
        first, last, stream = self.place(start, end)
        return Evidence(section, first, last, self.data[start : min(end, start + _QUOTED)], stream)


class Field:
    """One header field (RFC 5322, 2.2), as it stands."""

    __slots__ = ("buffer", "end", "name", "start", "value_start")

    def __init__(self, buffer: Buffer, name: str, start: int, value_start: int, end: int) -> None:
        self.buffer = buffer
        self.name = name
        """Name in lower case."""
        self.start = start
        """Offset of the name."""
        self.value_start = value_start
        """Offset after the colon."""
        self.end = end
        """Offset after the value; the line end is not part of it."""

    @property
    def raw(self) -> bytes:
        """The value as stored: folding, white space and all."""
        return self.buffer.data[self.value_start : self.end]

    @property
    def value(self) -> str:
        """The value unfolded and stripped; encoded words as they are."""
        return unfold(self.buffer.data[self.value_start : self.end])

    @property
    def text(self) -> str:
        """The value for display: encoded words decoded (RFC 2047)."""
        return decode_encoded_words(self.value)

    def evidence(self, section: str) -> Evidence:
        """Where this field stands, quoted; ``section`` is the part that it belongs to."""
        return self.buffer.quote(section, self.start, self.end)


_USUAL = frozenset(
    (
        b"received return-path date from to cc subject message-id in-reply-to references mime-version content-type "
        b"content-transfer-encoding content-disposition content-id content-description content-language content-class "
        b"user-agent x-mailer sender reply-to dkim-signature authentication-results received-spf delivered-to "
        b"thread-topic thread-index x-trasporto x-ricevuta"
    ).split()
)
"""Names that most mail consists of: none is nearly the name of another, and none is that of a service."""

_Keys = tuple["Sequence[bytes]", "Mapping[bytes, int]", frozenset[bytes], "Sequence[bytes]"]
"""Names in lower case, without blanks; the first field that bears each; those that several bear; unusual ones."""


def _read_keys(names: tuple[bytes, ...]) -> _Keys:
    keys = [name.rstrip().lower() for name in names]
    index = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1)))  # noqa: B905 - as long as each other
    repeated = frozenset([key for at, key in enumerate(keys) if index[key] != at])
    return keys, index, repeated, [key for key in index if key not in _USUAL]


_FEW = 64
"""Fields of a header of which the names are remembered: mail that went the same way has the same ones."""
_SHORT = 2048
"""Bytes of all these names."""
_remembered_keys = lru_cache(maxsize=128)(_read_keys)


class FieldTable:
    """The fields of one header, kept as bytes; a :class:`Field` is made for what is asked for."""

    __slots__ = (
        "_spans",
        "buffer",
        "entity",
        "index",
        "keys",
        "names",
        "repeated",
        "start",
        "tidy",
        "unusual",
        "values",
    )

    def __init__(  # noqa: PLR0913 - what a header is made of
        self,
        buffer: Buffer,
        start: int,
        names: Sequence[bytes],
        values: Sequence[bytes],
        spans: list[tuple[int, int, int]] | None = None,
        *,
        tidy: bool | None = None,
    ) -> None:
        self.buffer = buffer
        self.start = start
        """Offset of the first field."""
        self.names = names
        """Names as written, blanks before the colon included."""
        self.values = values
        """Values as stored; the last byte may be the CR of the line end."""
        written = tuple(names)
        short = len(written) <= _FEW and len(b"".join(written)) <= _SHORT
        self.keys, self.index, self.repeated, self.unusual = (_remembered_keys if short else _read_keys)(written)
        self._spans = spans
        """Offsets of name, value and end, where they cannot be added up."""
        self.tidy = tidy
        """Whether no control character and no folded line without a text stands there; None until somebody looks."""
        self.entity: Entity | None = None
        """What the fields say of their entity, once somebody has asked."""

    def __len__(self) -> int:
        return len(self.names)

    def place(self, at: int) -> tuple[int, int, int]:
        """Offsets of a field's name, its value and its end."""
        if self._spans is not None:
            return self._spans[at]
        # Each field before this one is its name, a colon, its value and a line feed.
        start = self.start + 2 * at
        if at:
            start += len(b"".join(self.names[:at])) + len(b"".join(self.values[:at]))
        value_start = start + len(self.names[at]) + 1
        value = self.values[at]
        return start, value_start, value_start + len(value) - (value[-1:] == b"\r")

    def raw(self, name: bytes) -> bytes | None:
        """The stored value of the first field of this (lower case) name; None when absent."""
        at = self.index.get(name)
        return self.values[at] if at is not None else None

    def field(self, at: int) -> Field:
        """The field at this place."""
        return Field(self.buffer, self.keys[at].decode("latin-1"), *self.place(at))

    def evidence(self, at: int, section: str) -> Evidence:
        """The field at this place as evidence; ``section`` is the part that it belongs to."""
        if self._spans is not None or type(self.buffer) is not Buffer:
            start, _, end = self.place(at)
            return self.buffer.quote(section, start, end)
        start = self.start + 2 * at
        if at:
            start += len(b"".join(self.names[:at])) + len(b"".join(self.values[:at]))
        quoted = self.names[at] + b":" + self.values[at].removesuffix(b"\r")
        end = start + len(quoted)
        return Evidence(section, start, end, quoted[:_QUOTED], self.buffer.stream, "primary", None)


NO_FIELDS = FieldTable(Buffer(b""), 0, [], [])


# -- Reading --


class Header(NamedTuple):
    """What was read before the body."""

    table: FieldTable
    body_start: int
    """Offset of the first byte of the body."""
    separated: bool = True
    """Whether a blank line, or the end of the bytes, ended the header."""
    garbage: tuple[tuple[int, int], ...] = ()
    """Lines inside the header that are no field, as far as they are noted."""
    bare_cr: bool = False
    """Whether a lone CR ended a line."""
    limits: tuple[tuple[str, int, int], ...] = ()
    """Limits hit: name, value, limit."""


def read_header(buffer: Buffer, start: int, end: int, limits: Limits, delimiters: Container[bytes] = ()) -> Header:
    """Read the header that begins at ``start``.

    ``delimiters`` are the open multipart delimiters: such a line ends the header even without a blank line.
    Never raises; linear in the bytes read.
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
    first, searched = buffer.no_blank
    stop = data.find(blank, searched if first <= start <= searched else start, start + _WINDOW)
    # What was searched for an earlier part is not searched again.
    buffer.no_blank = (start, stop if stop >= 0 else max(start, start + _WINDOW - length + 1))
    if stop < 0 or data.startswith(line_end, start):
        return (NO_FIELDS, start + len(line_end)) if data.startswith(line_end, start, end) else None
    # Looked for before anything is copied: where parts have no blank line of their own, the next one may be far away.
    if LINE_OUTSIDE_FIELDS.search(data, start, stop) is not None:
        return None
    table = _take_apart(buffer, start, data[start:stop])
    if table is None or stop - start > limits.field_bytes or len(table.names) > limits.fields or stop + length > end:
        return None
    return table, stop + length


def _take_apart(buffer: Buffer, start: int, text: bytes) -> FieldTable | None:
    """The fields of a header whose later lines are all theirs, if its first is too and all lines end alike."""
    returns = text.count(b"\r\n")
    odd = len(text) - len(text.translate(None, _UNTIDY)) - (2 * returns or text.count(b"\n"))
    if odd and text.count(b"\r") != returns:
        return None
    if odd and returns and text.count(b"\n") != returns:
        return None
    pieces = NAME_AFTER_LINE_END.split(b"\n" + text)
    if pieces[0] and LINE_OUTSIDE_FIELDS.match(pieces[0]) is not None:
        return None
    tidy = (not odd and text.isascii()) or None
    # Folded lines before the first field belong to none.
    return FieldTable(buffer, start + len(pieces[0]), pieces[1::2], pieces[2::2], tidy=tidy)


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
        match = FIELD.match(data, pos, end)
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
        blank = BLANK_LINE.match(data, pos, end)
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
    table = FieldTable(buffer, start, names, [data[value:stop] for _, value, stop in spans], spans)
    return Header(table, pos, separated, tuple(garbage), bare_cr, tuple(hit.values()))


def _next_field(data: bytes, pos: int, end: int) -> int | None:
    """Where the header goes on after lines that are no field; None where the body begins instead."""
    for _ in range(_GARBAGE_LINES):
        # Two dashes: a delimiter, also of the multipart whose header this is and whose boundary is not known yet.
        if data.startswith(b"--", pos):
            return None
        pos = _end_of_line(data, pos, end)
        if pos >= end or BLANK_LINE.match(data, pos, end) is not None:
            return None
        if FIELD.match(data, pos, end) is not None:
            return pos
    return None


def _end_of_line(data: bytes, pos: int, end: int) -> int:
    match = LINE.match(data, pos, end)
    return match.end() if match is not None else end


def _is_delimiter(data: bytes, pos: int, end: int, delimiters: Container[bytes]) -> bool:
    """Whether a line is one of these multipart delimiters, or closes one."""
    if not delimiters or not data.startswith(b"--", pos):
        return False
    line = data[pos : _end_of_line(data, pos, end)].rstrip(b"\r\n\t ")
    return line in delimiters or (line.endswith(b"--") and line[:-2] in delimiters)
