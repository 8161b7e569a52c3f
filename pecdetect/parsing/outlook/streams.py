"""Buffers for what stands in the streams of a compound file: evidence counts in the stream's own bytes."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.parsing.header import Buffer, FieldTable
from pecdetect.parsing.message import Part

if TYPE_CHECKING:
    from pecdetect.evidence import Evidence
    from pecdetect.parsing.header import Field
    from pecdetect.parsing.outlook.compound import CompoundFile, Pieces
    from pecdetect.parsing.outlook.properties import LongText

_STEP = 4096


class RegionBuffer(Buffer):
    """A stream that stands in one piece: the file's own bytes, and where in them the stream begins."""

    __slots__ = ("base",)

    def __init__(self, data: bytes, stream: str, base: int) -> None:
        super().__init__(data, stream)
        self.base = base

    def place(self, start: int, end: int) -> tuple[int, int, str | None]:
        """Offsets in the stream."""
        return start - self.base, end - self.base, self.stream


class ScatteredBuffer(Buffer):
    """A stream in several pieces, put together when its bytes are first asked for."""

    __slots__ = ("_file", "_pieces")

    def __init__(self, file: CompoundFile, pieces: Pieces, stream: str) -> None:  # the bytes stay unset
        self.stream = stream
        self.crlf = None
        self.no_blank = (0, 0)
        self._file = file
        self._pieces = pieces

    def __getattr__(self, name: str) -> bytes:
        if name != "data":
            raise AttributeError(name)
        self.data = self._file.join(self._pieces).data
        return self.data

    def head(self, size: int) -> bytes:
        """The first bytes, without the rest."""
        data, start, end = self._file.join(self._pieces, size)
        return data[start:end]


class StreamPart(Part):
    """A part whose content is a stream: looking at its first bytes leaves the rest alone."""

    def sniff(self, size: int) -> bytes:
        """The first ``size`` bytes of the content."""
        buffer = self.buffer
        if isinstance(buffer, ScatteredBuffer):
            return buffer.head(size)
        return super().sniff(size)


class TextBuffer(Buffer):
    """The text of a string property as UTF-8; its places are offsets in the stream, which is written otherwise."""

    __slots__ = ("_ascii", "_base", "_charset", "_marks")

    def __init__(self, text: LongText) -> None:
        super().__init__(text.data, text.stream)
        self._charset = text.charset
        self._base = text.start
        self._ascii = self.data.isascii()
        self._marks: list[int] | None = None

    def place(self, start: int, end: int) -> tuple[int, int, str | None]:
        """Offsets in the stream."""
        return self._base + self._offset(start), self._base + self._offset(end), self.stream

    def _offset(self, offset: int) -> int:
        if self._ascii:
            return 2 * offset if self._charset == "utf-16-le" else offset
        if self._marks is None:
            # How much of the stream stands before each step of the text, so that no place costs the whole text.
            self._marks = [0]
            for at in range(0, len(self.data), _STEP):
                self._marks.append(self._marks[-1] + self._length(at, at + _STEP))
        step = min(offset // _STEP, len(self._marks) - 1)
        return self._marks[step] + self._length(step * _STEP, offset)

    def _length(self, start: int, end: int) -> int:
        """Bytes in the stream of a stretch of the text; a character belongs to where its first byte stands."""
        data = self.data
        while start < end and start < len(data) and data[start] & 0xC0 == 0x80:
            start += 1
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end += 1
        return len(data[start:end].decode("utf-8", "replace").encode(self._charset, "replace"))


class _Source(NamedTuple):
    stream: str
    start: int
    end: int


class HeaderWriter:
    """A header made from properties. Its fields are never parsed again as text: no value can smuggle one in."""

    def __init__(self) -> None:
        self.names: list[bytes] = []
        self.values: list[bytes] = []
        self._sources: list[_Source] = []

    def add(self, name: str, value: str, stream: str, start: int, end: int) -> None:
        """Add a field; ``stream``, ``start`` and ``end`` say where the property stands."""
        line = value.replace("\r\n", " ").replace("\r", " ").replace("\n", " ").replace("\0", "")
        self.names.append(name.encode("ascii", "replace"))
        self.values.append(b" " + line.strip().encode("utf-8", "replace"))
        self._sources.append(_Source(stream, start, end))

    def table(self, place: str | None = None) -> FieldTable:
        """The header as fields; ``place`` is the stream that it is said to stand in when it has none."""
        data = b"".join([name + b":" + value + b"\n" for name, value in zip(self.names, self.values, strict=True)])
        buffer = _PropertyBuffer(data, self.values, self.names, self._sources, place)
        return FieldTable(buffer, 0, self.names, self.values)


class _PropertyBuffer(Buffer):
    """Text made from properties; a place in it is where the property stands."""

    __slots__ = ("_ends", "_sources")

    def __init__(
        self, data: bytes, values: list[bytes], names: list[bytes], sources: list[_Source], place: str | None
    ) -> None:
        super().__init__(data, sources[0].stream if sources else place)
        self._sources = sources
        self._ends: list[int] = []
        at = 0
        for name, value in zip(names, values, strict=True):
            at += len(name) + len(value) + 2
            self._ends.append(at)

    def place(self, start: int, end: int) -> tuple[int, int, str | None]:
        """The property's own place."""
        if not self._sources:
            return start, end, self.stream
        source = self._sources[min(bisect_right(self._ends, start), len(self._sources) - 1)]
        return source.start, source.end, source.stream


class JoinedTable(FieldTable):
    """Fields of several headers as one."""

    __slots__ = ("_picked",)

    def __init__(self, picked: list[tuple[FieldTable, int]]) -> None:
        first = picked[0][0]
        names, values = [t.names[at] for t, at in picked], [t.values[at] for t, at in picked]
        super().__init__(first.buffer, first.start, names, values)
        self._picked = picked

    def field(self, at: int) -> Field:
        """The field at this place, in the header that it comes from."""
        table, own = self._picked[at]
        return table.field(own)

    def evidence(self, at: int, section: str) -> Evidence:
        """The field at this place as evidence."""
        table, own = self._picked[at]
        return table.evidence(own, section)
