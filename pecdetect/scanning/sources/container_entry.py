"""Something met that is a message or holds some, and how its bytes are read, from whichever container."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from pecdetect.scanning.errors import SourceError
from pecdetect.scanning.sources.candidate import InMemory, Place, Span, Whole
from pecdetect.scanning.sources.reading import open_regular, read_fully

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pecdetect.scanning.sources.unpacking import Budget


class Stretch(NamedTuple):
    """Where something is on disk, unpacked and in one piece."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that is a message, or holds some."""

    source: str
    """What it is called."""
    named: bool
    """Named by the user."""
    file: str | None
    """The file on disk that it comes from."""
    name: str
    """Its last name, for what names decide."""
    begin: Callable[[], BinaryIO]
    """Gives its bytes as a stream, from the first; once only where there is no ``place``, unless ``again`` says so."""
    place: Place | None = None
    """Where its bytes can be read again, in another process too; None where they have to be carried."""
    level: int = 0
    """Archives around it."""
    budget: Budget | None = None
    """What may still be unpacked of the outermost archive; None outside of all."""
    trusted: bool = False
    """It is where only messages are kept: a message, whatever its head looks like."""
    again: bool = True
    """Whether ``begin`` may be called more than once."""

    def stretch(self) -> Stretch | None:
        """Where it is on disk in one piece. Raises ``OSError``."""
        if isinstance(self.place, Whole):
            return Stretch(self.place.path, 0, os.stat(self.place.path).st_size)  # noqa: PTH116 - as named
        if isinstance(self.place, Span):
            return Stretch(self.place.path, self.place.start, self.place.end)
        return None


class Window(io.RawIOBase):
    """A stretch of a file as a stream of its own."""

    def __init__(self, stretch: Stretch) -> None:
        super().__init__()
        self._stream = open_regular(stretch.path)
        self._start = stretch.start
        self._size = stretch.end - stretch.start
        self._at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill a buffer as far as there are bytes."""
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        self._stream.seek(self._start + self._at)
        content = self._stream.read(wanted)
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to an offset."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        super().close()


def window(stretch: Stretch) -> BinaryIO:
    """Give a stretch of a file as a stream. Raises ``OSError``."""
    return cast("BinaryIO", Window(stretch))


class PrefixedStream:
    """A stream of which the first bytes were read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def read(self, most: int) -> bytes:
        """Give bytes; b"" at the end."""
        if self._head:
            content, self._head = self._head[:most], self._head[most:]
            return content
        return self._rest.read(most)

    def seekable(self) -> bool:
        """No."""
        return False


def prefixed(head: bytes, rest: BinaryIO) -> BinaryIO:
    """Give a stream that begins with ``head`` and goes on with what is left of another."""
    return cast("BinaryIO", PrefixedStream(head, rest))


@contextmanager
def closing(stream: BinaryIO) -> Iterator[BinaryIO]:
    """Close a stream at the end, if it can be."""
    try:
        yield stream
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()


@contextmanager
def seekable_stream(entry: Entry, most: int) -> Iterator[tuple[BinaryIO, int, Stretch | None]]:
    """Give an entry as a stream to seek in, its size, and where it is on disk; in memory where it is not.

    Raises :class:`SourceError` where it would need more than ``most`` bytes of memory, and ``OSError``.
    """
    stretch = entry.stretch()
    if stretch is not None:
        whole = isinstance(entry.place, Whole)
        with closing(open_regular(stretch.path) if whole else window(stretch)) as stream:
            yield stream, stretch.end - stretch.start, stretch
        return
    with closing(entry.begin()) as packed:
        content = read_fully(packed, most + 1)
    if len(content) > most:
        detail = (
            "This archive is too large to be opened inside another one. Unpack the outer archive and check the result."
        )
        raise SourceError("limit-reached", detail, cause="nested-archive", limit=most)
    yield io.BytesIO(content), len(content), None


def place_of(entry: Entry, most: int) -> Place:
    """Where the bytes of an entry are: read now where they cannot be read later. Raises ``OSError``."""
    if entry.place is not None:
        return entry.place
    with closing(entry.begin()) as stream:
        return InMemory(read_fully(stream, most + 1))
