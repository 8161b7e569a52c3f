"""Reads tar archives (POSIX.1-2017, pax; GNU tar) in order, as streams.

The standard library's reader takes a damaged header for the end of the archive, and holds extended headers of any
declared size, so that members are walked here; single headers are still read by it.
"""

from __future__ import annotations

import stat
from tarfile import HeaderError, TarInfo
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple

from pecdetect.scanning.errors import SourceError
from pecdetect.scanning.sources.reading import read_fully

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 512
_EXTENDED = 1024 * 1024
"""Bytes of an extended header that are read."""
_STEP = 1024 * 1024
_REGULAR = (b"0", b"\0", b"7")

MemberKind = Literal["file", "folder", "sparse", "symbolic-link", "hard-link", "device"]
_KINDS: dict[bytes, MemberKind] = {b"5": "folder", b"S": "sparse", b"2": "symbolic-link", b"1": "hard-link"}


class TarMember(NamedTuple):
    """A member. Its bytes are next in the stream."""

    name: str
    kind: MemberKind
    start: int
    """Offset of its bytes in the archive."""
    size: int


class TarReader:
    """Walks the members of a tar. What was not read of one is passed over."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._at = 0
        self._next = 0
        """Offset of the next header."""
        self._left = 0
        """Bytes of the member at hand that were not read."""

    def members(self) -> Iterator[TarMember]:
        """Yield the members in order. Raises :class:`SourceError` where the archive is damaged or cut short."""
        extended: dict[str, str] = {}
        while (header := self._header()) is not None:
            if header.type in (b"L", b"x"):
                self._left = header.size
                extended |= self._extended(header)
                continue
            if header.type in (b"K", b"g"):
                continue
            name = extended.get("path", header.name)
            declared = extended.get("size", "")
            size = int(declared) if declared.isdecimal() and len(declared) < 16 else header.size
            kind = _kind(header, name, extended)
            extended = {}
            if kind not in ("file", "sparse"):
                size = 0
            start = self._at
            self._left = size
            self._next = start + (size + _BLOCK - 1) // _BLOCK * _BLOCK
            yield TarMember(name, kind, start, size)

    def read(self, most: int) -> bytes:
        """Give the next bytes of the member at hand; b"" at its end. Raises ``SourceError`` where they are missing."""
        wanted = min(most, self._left, _STEP)
        if wanted <= 0:
            return b""
        content = self._stream.read(wanted)
        if not content:
            raise SourceError("unreadable", "The tar archive ends inside this member.", cause="cut-short")
        self._left -= len(content)
        self._at += len(content)
        return content

    def _header(self) -> TarInfo | None:
        """The header behind the member at hand; None at the end of the archive."""
        self._pass(self._next)
        at = self._at
        block = read_fully(self._stream, _BLOCK)
        self._at += len(block)
        if not block.strip(b"\0"):
            return None
        try:
            header = TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except HeaderError as error:
            raise _damaged(at, str(error)) from None
        if header.size < 0:
            raise _damaged(at, "negative size")
        self._next = self._at + (header.size + _BLOCK - 1) // _BLOCK * _BLOCK
        return header

    def _pass(self, offset: int) -> None:
        """Go on to an offset, by a seek where the stream can."""
        if offset == self._at:
            return
        if getattr(self._stream, "seekable", bool)():
            self._stream.seek(offset - self._at, 1)
            self._at = offset
        while self._at < offset:
            content = self._stream.read(min(offset - self._at, _STEP))
            if not content:
                raise SourceError("unreadable", "The tar archive ends too early.", cause="cut-short")
            self._at += len(content)

    def _extended(self, header: TarInfo) -> dict[str, str]:
        """What an extended header says of the member behind it: its name, its size, whether it is sparse."""
        content = read_fully(self, min(self._left, _EXTENDED))  # type: ignore[arg-type]  # reads are all it needs
        if header.type == b"L":
            return {"path": content.rstrip(b"\0").decode("utf-8", "surrogateescape")}
        found: dict[str, str] = {}
        while content:
            length, blank, _ = content.partition(b" ")
            size = int(length) if blank and length.isdigit() and len(length) < 8 else 0
            key, _, value = content[len(length) + 1 : size].removesuffix(b"\n").partition(b"=")
            if not size or not key:
                break
            if key in (b"path", b"size") or key.startswith(b"GNU.sparse."):
                found[key.decode("ascii", "replace")] = value.decode("utf-8", "surrogateescape")
            content = content[size:]
        return found


def _damaged(at: int, said: str) -> SourceError:
    detail = f"The tar archive is damaged at byte {at:,}: {said}."
    return SourceError("unreadable", detail, cause="damaged-archive", offset=at, said=said)


def _kind(header: TarInfo, name: str, extended: dict[str, str]) -> MemberKind:
    if header.type in _REGULAR:
        if any(key.startswith("GNU.sparse.") for key in extended):
            return "sparse"
        is_folder = name.endswith("/") or stat.S_ISDIR(header.mode)
        return "folder" if is_folder and not header.size else "file"
    return _KINDS.get(header.type, "device")
