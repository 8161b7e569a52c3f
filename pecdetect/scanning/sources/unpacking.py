"""Reads gzip, bzip2 and xz as streams: never more at a time than was asked for, whatever the file claims."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol, cast

from pecdetect.scanning.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Packing = Literal["gzip", "bzip2", "xz"]

ARCHIVE_BYTES = 4 * 1024 * 1024 * 1024
"""Bytes unpacked from one file, all that it holds together ..."""
RATIO_FLOOR = 256 * 1024 * 1024
RATIO = 200
"""... and never more than ``RATIO_FLOOR`` and this many times the file: what expands further is no mail."""
XZ_MEMORY = 128 * 1024 * 1024
"""Memory that an xz file may ask for: the strongest preset needs 65 MiB."""
_STEP = 64 * 1024


class Budget:
    """Bytes that may still be unpacked from one file."""

    __slots__ = ("left",)

    def __init__(self, size: int) -> None:
        self.left = min(ARCHIVE_BYTES, RATIO_FLOOR + RATIO * size)

    def spend(self, size: int) -> None:
        """Take bytes off. Raises :class:`SourceError` when there are none left."""
        self.left -= size
        if self.left < 0:
            self.left = 0
            detail = "The archive unpacks to more than is allowed for one file."
            raise SourceError("limit-reached", detail, cause="unpacked-size")


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class Inflater:
    """zlib's decompressor, with the input that it leaves kept inside as the others do; ``bits`` as zlib has them."""

    def __init__(self, bits: int) -> None:
        self._inner = zlib.decompressobj(bits)

    @property
    def eof(self) -> bool:
        """Whether the end of the data was met."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """What follows that end."""
        return self._inner.unused_data

    def decompress(self, data: bytes, most: int, /) -> bytes:
        """Unpack at most so many bytes. Raises ``zlib.error``."""
        tail = self._inner.unconsumed_tail
        return self._inner.decompress(tail + data if tail else data, most)

    @property
    def needs_input(self) -> bool:
        """Whether all input was taken in."""
        return not self._inner.unconsumed_tail


def _decompressor(packing: Packing) -> _Decompressor:
    makers: dict[Packing, Callable[[], object]] = {
        "gzip": lambda: Inflater(31),
        "bzip2": bz2.BZ2Decompressor,
        "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY),
    }
    return cast("_Decompressor", makers[packing]())


class Chunks:
    """A stream of bytes out of an iterator of pieces; counts them against a budget."""

    def __init__(self, pieces: Iterator[bytes], budget: Budget | None, under: BinaryIO | None = None) -> None:
        self._pieces = pieces
        self._budget = budget
        self._under = under
        self._rest = b""

    def read(self, most: int) -> bytes:
        """Give at most this many bytes; b"" at the end. Raises what the pieces do, and ``SourceError``."""
        rest = self._rest
        while not rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            if self._budget is not None:
                self._budget.spend(len(piece))
            rest = piece
        if len(rest) <= most:
            self._rest = b""
            return rest
        self._rest = rest[most:]
        return rest[:most]

    def close(self) -> None:
        """Close the stream beneath, where it is this one's own."""
        close = getattr(self._under, "close", None)
        if close is not None:
            close()


def unpacked(stream: BinaryIO, packing: Packing, budget: Budget | None) -> BinaryIO:
    """Give what a packed stream holds, all its members joined, as a stream; to close it closes the packed one.

    Its reads raise :class:`SourceError` where the data are damaged or cut short, or the budget is spent.
    """
    return cast("BinaryIO", Chunks(_unpack(stream, packing), budget, stream))


def _unpack(stream: BinaryIO, packing: Packing) -> Iterator[bytes]:
    data = stream.read(_STEP)
    while data:
        inner = _decompressor(packing)
        while not inner.eof:
            try:
                piece = inner.decompress(data, _STEP)
            except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
                detail = f"The {packing} data are damaged: {error}."
                raise SourceError(
                    "unreadable", detail, cause="damaged-data", packing=packing, said=str(error)
                ) from None
            if piece:
                yield piece
            data = b""
            if not inner.eof and getattr(inner, "needs_input", True):
                data = stream.read(_STEP)
                if not data and not piece:
                    detail = f"The {packing} data end too early."
                    raise SourceError("unreadable", detail, cause="cut-short", packing=packing)
        data = inner.unused_data or stream.read(_STEP)
        # Zeros fill the last block on tapes.
        while data and not data.strip(b"\0"):
            data = stream.read(_STEP)
        if data and not _continues(data, packing):
            detail = f"The {packing} data are followed by something else."
            raise SourceError("unreadable", detail, cause="trailing-data", packing=packing)


def _continues(data: bytes, packing: Packing) -> bool:
    magic = {"gzip": b"\x1f\x8b", "bzip2": b"BZh", "xz": b"\xfd7zXZ"}[packing]
    return data.startswith(magic[: len(data)])
