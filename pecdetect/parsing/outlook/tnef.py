"""TNEF (MS-OXTNEF), what a ``winmail.dat`` is: attributes and MAPI properties, each where it stands.

One pass, without recursion. A length is believed only as far as bytes remain; nothing is allocated from one.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.parsing.outlook.codepages import charset_of, decode_ansi
from pecdetect.parsing.outlook.mapi import to_utf8
from pecdetect.parsing.outlook.properties import (
    ANSI,
    BINARY,
    INTERNET_HEADERS,
    OBJECT,
    UNICODE,
    Embedded,
    Held,
    LongText,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pecdetect.parsing.header import Buffer

SIGNATURE = b"\x78\x9f\x3e\x22"
"""MS-OXTNEF, 2.1.3.1."""
MOST_VALUES = 262_144
"""Properties in one stream that are looked at."""
MOST_ROWS = 65_536
"""Attributes, attachments and recipients, of each this many."""

_HEADER = 6
"""Signature and legacy key."""
_ATTRIBUTE = struct.Struct("<BHHI")
_CHECKSUM = 2
_MESSAGE_LEVEL, _ATTACHMENT_LEVEL = 1, 2
_SUBJECT, _CLASS, _BODY, _DATA, _TITLE = 0x8004, 0x8008, 0x800C, 0x800F, 0x8010
_TRANSPORT_NAME, _REND_DATA, _MESSAGE_PROPERTIES, _RECIPIENTS = 0x9001, 0x9002, 0x9003, 0x9004
_ATTACHMENT_PROPERTIES, _CODE_PAGE = 0x9005, 0x9007
"""Names of attributes (MS-OXTNEF, 2.1.3.2)."""
_AS_PROPERTIES = {
    _SUBJECT: (0x0037, ANSI),
    _CLASS: (0x001A, ANSI),
    _BODY: (0x1000, ANSI),
    _DATA: (0x3701, BINARY),
    _TITLE: (0x3704, ANSI),
    _TRANSPORT_NAME: (0x3001, ANSI),
}
"""Attributes and the properties that they stand for; those that are there as properties count more."""

_MULTIPLE = 0x1000
_VARIABLE = frozenset({ANSI, UNICODE, BINARY, OBJECT})
_FIXED = {0: 0, 1: 0, 2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
"""Bytes of a value by its type, padding included (MS-OXTNEF, 2.1.3.4)."""
_FIRST_NAMED = 0x8000
_OWN_NAMED = 0x10000
"""Named properties are numbered from here on: the numbers in the stream may collide."""
_NAME_BYTES = 512
_MESSAGE_INTERFACE = bytes.fromhex("0703020000000000c000000000000046")
"""IID_IMessage: the object that follows is a message, as TNEF of its own."""
_CLASSES = {
    "ipm.microsoft mail.note": "IPM.Note",
    "ipm.microsoft mail.non-delivery": "REPORT.IPM.Note.NDR",
    "ipm.microsoft mail.read receipt": "REPORT.IPM.Note.IPNRN",
    "ipm.microsoft schedule.mtgreq": "IPM.Schedule.Meeting.Request",
    "ipm.microsoft schedule.mtgrespp": "IPM.Schedule.Meeting.Resp.Pos",
    "ipm.microsoft schedule.mtgrespn": "IPM.Schedule.Meeting.Resp.Neg",
    "ipm.microsoft schedule.mtgrespa": "IPM.Schedule.Meeting.Resp.Tent",
    "ipm.microsoft schedule.mtgcncl": "IPM.Schedule.Meeting.Canceled",
}
"""Message classes of Microsoft Mail and today's names of them (MS-OXTNEF, 2.1.3.3)."""
_SUM_STEP = 256
"""So many bytes add up to less than the modulus of Adler-32."""


class Value(NamedTuple):
    """Where the value of a property stands."""

    kind: int
    start: int
    end: int


class TnefStream:
    """The attributes of one stream: those of the message, of each attachment, of each recipient."""

    __slots__ = ("_left", "attachments", "charset", "data", "message", "names", "problems", "recipients")

    def __init__(self, data: bytes, start: int, end: int, problems: dict[str, int], *, sums: bool) -> None:
        self.data = data
        self.problems = problems
        """What is wrong with it: code to the offset where it was met first."""
        self.charset: str | None = None
        """Charset of ANSI strings (attOemCodepage)."""
        self.message: dict[int, Value] = {}
        self.attachments: list[dict[int, Value]] = []
        self.recipients: list[dict[int, Value]] = []
        self.names: dict[int, str] = {}
        """Named properties that stand for header fields."""
        self._left = MOST_VALUES
        if not data.startswith(SIGNATURE, start) or end - start < _HEADER:
            self._wrong("tnef-damaged", start)
        else:
            self._read(start + _HEADER, end, sums=sums)
            if not self.message and not self.attachments:
                self._wrong("tnef-damaged", end)  # it broke off before it said anything

    def _wrong(self, code: str, at: int) -> None:
        self.problems.setdefault(code, at)

    def _read(self, pos: int, end: int, *, sums: bool) -> None:
        """Read the attributes (2.1.3.2). Checksums decide nothing: a wrong one is told, that is all."""
        data = self.data
        for _ in range(MOST_ROWS):
            if pos + _ATTRIBUTE.size > end:
                break
            level, name, _, size = _ATTRIBUTE.unpack_from(data, pos)
            if level not in (_MESSAGE_LEVEL, _ATTACHMENT_LEVEL):
                break
            start, stop = pos + _ATTRIBUTE.size, pos + _ATTRIBUTE.size + size
            if stop > end:
                self._wrong("tnef-damaged", pos)
                stop = end
            elif sums and int.from_bytes(data[stop : stop + _CHECKSUM], "little") != _checksum(data, start, stop):
                self._wrong("tnef-checksum", pos)
            if level == _MESSAGE_LEVEL:
                self._take(name, start, stop)
            else:
                self._take_attached(name, start, stop)
            pos = stop + _CHECKSUM
        if data[pos : min(end, pos + 4096)].strip(b"\0\r\n \t"):
            self._wrong("tnef-damaged", pos)

    def _take(self, name: int, start: int, end: int) -> None:
        if name == _MESSAGE_PROPERTIES:
            self._properties(self.message, start, end)
        elif name == _RECIPIENTS:
            self._rows(start, end)
        elif name == _CODE_PAGE:
            self.charset = charset_of(int.from_bytes(self.data[start : min(end, start + 4)], "little"))
        elif name in _AS_PROPERTIES:
            ident, kind = _AS_PROPERTIES[name]
            self.message.setdefault(ident, Value(kind, start, end))

    def _take_attached(self, name: int, start: int, end: int) -> None:
        if name == _REND_DATA or not self.attachments:
            self.attachments.append({})
        if name == _ATTACHMENT_PROPERTIES:
            self._properties(self.attachments[-1], start, end)
        elif name in _AS_PROPERTIES:
            ident, kind = _AS_PROPERTIES[name]
            self.attachments[-1].setdefault(ident, Value(kind, start, end))

    def _rows(self, pos: int, end: int) -> None:
        """Read the recipients (2.1.3.3.22): lists of properties, one after another."""
        count = int.from_bytes(self.data[pos : min(end, pos + 4)], "little")
        pos += 4
        for _ in range(min(count, MOST_ROWS)):
            if pos >= end:
                self._wrong("tnef-damaged", pos)
                return
            self.recipients.append({})
            pos = self._properties(self.recipients[-1], pos, end)

    # -- properties --

    def _properties(self, into: dict[int, Value], pos: int, end: int) -> int:
        """Read a list of properties (2.1.3.4); gives where it ends."""
        data = self.data
        count = int.from_bytes(data[pos : min(end, pos + 4)], "little")
        pos += 4
        for _ in range(count):
            if not self._left:
                self._wrong("tnef-too-many-properties", pos)
                return end
            self._left -= 1
            if pos + 4 > end:
                self._wrong("tnef-damaged", pos)
                return end
            kind = int.from_bytes(data[pos : pos + 2], "little")
            ident = int.from_bytes(data[pos + 2 : pos + 4], "little")
            pos += 4
            if ident >= _FIRST_NAMED:
                ident, pos = self._name(pos, end)
            value, pos = self._value(kind, pos, end)
            if value is not None:
                into[ident] = value
        return pos

    def _name(self, pos: int, end: int) -> tuple[int, int]:
        """Read the name of a named property: a set, and a number or a string in it."""
        data = self.data
        guid, is_string = data[pos : pos + 16], data[pos + 16 : pos + 20] == b"\1\0\0\0"
        pos += 20
        ident = _OWN_NAMED + len(self.names) + MOST_VALUES - self._left
        if not is_string:
            return ident, min(pos + 4, end)
        size = int.from_bytes(data[pos : min(end, pos + 4)], "little")
        pos += 4
        if guid == INTERNET_HEADERS and size <= _NAME_BYTES and pos + size <= end:
            self.names[ident] = data[pos : pos + size].decode("utf-16-le", "replace").rstrip("\0")
        return ident, min(pos + size + (-size & 3), end)

    def _value(self, kind: int, pos: int, end: int) -> tuple[Value | None, int]:
        """Read a value, the first of several, and give where the next property begins."""
        base = kind & ~_MULTIPLE
        if base in _VARIABLE:
            return self._variable(base, pos, end)
        size = _FIXED.get(base)
        if size is None:
            self._wrong("tnef-damaged", pos)
            return None, end
        count = 1
        if kind & _MULTIPLE:
            count = int.from_bytes(self.data[pos : min(end, pos + 4)], "little")
            pos += 4
        stop = pos + count * size
        if stop > end:
            self._wrong("tnef-damaged", pos)
            return None, end
        return (Value(base, pos, pos + size) if count else None), stop

    def _variable(self, kind: int, pos: int, end: int) -> tuple[Value | None, int]:
        data = self.data
        count = int.from_bytes(data[pos : min(end, pos + 4)], "little")
        pos += 4
        value = None
        for _ in range(count):
            if pos + 4 > end or not self._left:
                self._wrong("tnef-damaged", pos)
                return value, end
            self._left -= 1
            size = int.from_bytes(data[pos : pos + 4], "little")
            start = pos + 4
            if start + size > end:
                self._wrong("tnef-damaged", pos)
                size = end - start
            if value is None:
                value = Value(kind, start, start + size)
            pos = min(start + size + (-size & 3), end)
        return value, pos


class TnefBag:
    """The properties of a message, an attachment or a recipient in a TNEF stream."""

    __slots__ = ("_buffer", "_charset", "_depth", "_stream", "_values", "guessed")

    def __init__(self, stream: TnefStream, values: dict[int, Value], buffer: Buffer, charset: str | None) -> None:
        self._stream = stream
        self._values = values
        self._buffer = buffer
        self._charset = charset
        self.guessed: str | None = None
        """Charset that was guessed for a string."""

    @property
    def header_names(self) -> Mapping[int, str]:
        """Identifiers of the named properties that stand for header fields, and the fields' names."""
        return {ident: name for ident, name in self._stream.names.items() if ident in self._values}

    @property
    def properties_name(self) -> str:
        """What evidence calls the stream."""
        return self._buffer.stream or ""

    def stream_name(self, ident: int, kind: int) -> str:  # noqa: ARG002 - all stand in the same one
        """What evidence calls the stream."""
        return self.properties_name

    def _bytes(self, ident: int, *kinds: int) -> bytes | None:
        value = self._values.get(ident)
        return self._stream.data[value.start : value.end] if value is not None and value.kind in kinds else None

    def integer(self, ident: int) -> int | None:
        """PtypInteger32, unsigned."""
        data = self._bytes(ident, 3)
        return int.from_bytes(data, "little") if data is not None else None

    def boolean(self, ident: int) -> bool:
        """PtypBoolean; False when absent."""
        data = self._bytes(ident, 0x0B)
        return data is not None and data[:2] != b"\0\0"

    def time(self, ident: int) -> int | None:
        """PtypTime: steps of 100 ns since 1601, UTC."""
        data = self._bytes(ident, 0x40)
        return int.from_bytes(data, "little") if data is not None else None

    def binary(self, ident: int) -> bytes | None:
        """PtypBinary (a copy)."""
        return self._bytes(ident, BINARY)

    def record_span(self, tag: int) -> tuple[int, int]:
        """Where a property stands."""
        value = self._values.get(tag >> 16)
        return (value.start, value.end) if value is not None else (0, 0)

    def text(self, ident: int) -> Text | None:
        """A string property; None where there is none. Classes of Microsoft Mail come under their names of today."""
        data = self._bytes(ident, ANSI, UNICODE)
        if data is None:
            return None
        value, charset = self._decode(ident, data)
        value = value.rstrip("\0")
        if ident == 0x001A:
            value = _CLASSES.get(value.lower(), value)
        return Text(value, self.properties_name, len(data), charset, self._values[ident].start)

    def long_text(self, ident: int) -> LongText | None:
        """A string property as UTF-8."""
        data = self._bytes(ident, ANSI, UNICODE)
        if data is None:
            return None
        start = self._values[ident].start
        if self._values[ident].kind == UNICODE:
            return LongText(to_utf8(data, 0, len(data)), self.properties_name, len(data), "utf-16-le", start)
        value, charset = self._decode(ident, data)
        encoded = value.rstrip("\0").encode("utf-8", "replace")
        return LongText(encoded, self.properties_name, len(data), charset, start)

    def _decode(self, ident: int, data: bytes) -> tuple[str, str]:
        if self._values[ident].kind == UNICODE:
            return data.decode("utf-16-le", "replace"), "utf-16-le"
        value, guessed = decode_ansi(data, self._charset or self.guessed, lambda: data)
        if guessed is not None and guessed != "utf-8":
            self.guessed = guessed
        return value, guessed or self._charset or self.guessed or "us-ascii"

    def held(self, ident: int, kind: int) -> Held | None:
        """The bytes of a property, untouched."""
        value = self._values.get(ident)
        if value is None or value.kind != kind:
            return None
        data, (_, start, end) = self._stream.data, value
        return Held(self._buffer, start, end, lambda most: data[start : min(end, start + most)])

    def recipients(self, most: int) -> tuple[int, Iterator[TnefBag]]:
        """How many recipients there are, and the first ``most`` of them."""
        return self._members(self._stream.recipients, most)

    def attachments(self, most: int) -> tuple[int, Iterator[TnefBag]]:
        """How many attachments there are, and the first ``most`` of them."""
        return self._members(self._stream.attachments, most)

    def _members(self, rows: list[dict[int, Value]], most: int) -> tuple[int, Iterator[TnefBag]]:
        charset = self._charset or self.guessed
        return len(rows), (TnefBag(self._stream, row, self._buffer, charset) for row in rows[:most])

    def embedded(self) -> Embedded | None:
        """What an attachment holds instead of bytes; None where it does not."""
        value = self._values.get(0x3701)
        if value is None or value.kind != OBJECT:
            return None
        data, (_, start, end) = self._stream.data, value
        inner = min(start + len(_MESSAGE_INTERFACE), end)
        problems, buffer = self._stream.problems, self._buffer

        def open_message() -> TnefBag:
            return tnef_bag(buffer, inner, end, problems, sums=False)

        return Embedded(data.startswith(_MESSAGE_INTERFACE, start), self.properties_name, inner, end, open_message)

    def miss(self, name: str) -> None:
        """Note that an attachment's bytes are missing."""
        del name
        self._stream.problems.setdefault("tnef-missing-data", 0)


def tnef_bag(buffer: Buffer, start: int, end: int, problems: dict[str, int], *, sums: bool = True) -> TnefBag:
    """Read a stretch of a buffer as TNEF: the properties of its message. Never raises.

    What is wrong is put into ``problems``; ``sums`` says whether checksums are looked at.
    """
    stream = TnefStream(buffer.data, start, end, problems, sums=sums)
    bag = TnefBag(stream, stream.message, buffer, stream.charset)
    if stream.charset is None:
        charset = charset_of(bag.integer(0x3FFD)) or charset_of(bag.integer(0x3FDE))
        bag = TnefBag(stream, stream.message, buffer, charset)
    return bag


def _checksum(data: bytes, start: int, end: int) -> int:
    """The sum of bytes, modulo 65,536 (2.1.3.2), as Adler-32 makes it step by step."""
    view = memoryview(data)
    total = 0
    for at in range(start, end, _SUM_STEP):
        total += (zlib.adler32(view[at : min(end, at + _SUM_STEP)]) & 0xFFFF) - 1
    return total & 0xFFFF
