"""The compound file (MS-CFB) that an Outlook .msg is: a read-only reader, iterative, bounded by what is there.

Nothing is allocated from a declared size, no chain is followed twice round, no directory entry is met twice. A
stream that stands in one piece is not copied: it is a pair of offsets into the file.
"""

from __future__ import annotations

import struct
import sys
from array import array
from codecs import utf_16_le_decode
from typing import NamedTuple

from pecdetect.parsing.signatures import COMPOUND_FILE

READ_FACTOR = 4
"""Bytes of all streams together: this many times the file (streams may share sectors)."""
MAX_ENTRIES = 262_144
"""Directory entries that are looked at."""

_HEADER = struct.Struct("<28xHHH14xI8xI4xI4x")
_ENTRY = struct.Struct("<64sHBBIII36xIQ")
_HEADER_DIFAT = 76
_LAST_SECTOR = 0xFFFFFFFA
"""Greatest number of a sector (MAXREGSECT); above it are marks."""
_NO_ENTRY = 0xFFFFFFFF
_MINI_SHIFT = 6
_CUTOFF = 4096
"""Streams below this size stand in the mini stream (MS-CFB, 2.2)."""
_STEPWISE = 64

STORAGE = 1
STREAM = 2
ROOT = 5
"""Kinds of directory entries."""


class CompoundError(Exception):
    """A file whose streams cannot be found; ``code`` says what is wrong with it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Entry(NamedTuple):
    """A directory entry (MS-CFB, 2.6.1)."""

    kind: int
    name: str
    """As written."""
    child: int
    start: int
    """First sector, or mini sector."""
    size: int
    """Bytes, as declared."""


class Extent(NamedTuple):
    """Where the bytes of a stream stand."""

    data: bytes
    start: int
    end: int


class Pieces(NamedTuple):
    """The bytes of a stream as pieces of the file, in order."""

    data: bytes
    starts: array[int]
    ends: array[int]
    """Offsets of each piece: first byte, one past the last."""
    size: int
    """Bytes in all pieces."""


NO_PIECES = Pieces(b"", array("Q"), array("Q"), 0)


class Storage(NamedTuple):
    """A storage and what it holds."""

    path: str
    """Names from the top, each with a slash after it; "" for the top."""
    entries: dict[str, Entry]
    """By name in upper case."""


class CompoundFile:
    """A compound file in memory. Raises :class:`CompoundError` where header or directory cannot be read at all."""

    __slots__ = (
        "_directory",
        "_fat",
        "_left",
        "_mini_fat",
        "_mini_stream",
        "_seen",
        "_shift",
        "cut",
        "data",
        "problems",
    )

    def __init__(self, data: bytes) -> None:
        self.data = data
        """The bytes of the file."""
        self.problems: dict[str, str] = {}
        """What was met that is wrong: code to the path where it was met first."""
        self.cut = False
        """Whether the file ends before its sectors do."""
        if len(data) < _HEADER.size + 4 or not data.startswith(COMPOUND_FILE):
            raise CompoundError("outlook-damaged-header")
        byte_order, shift, mini_shift, first_directory, first_mini_fat, first_difat = _HEADER.unpack_from(data)
        if byte_order != 0xFFFE or shift not in (9, 12) or mini_shift != _MINI_SHIFT:
            raise CompoundError("outlook-damaged-header")
        self._shift: int = shift
        self._fat = self._read_fat(first_difat)
        self._left = READ_FACTOR * len(data)
        self._mini_fat: array[int] | None = None
        self._mini_stream: Extent | None = None
        # The directory declares no size: its chain is as long as it is, at most the file.
        self._directory = self.join(self._pieces(first_directory, None, ""))
        self._seen = bytearray((self._directory.end - self._directory.start) // _ENTRY.size)
        root = self._entry(0)
        if root is None or root.kind != ROOT:
            raise CompoundError("outlook-damaged-directory")
        self._seen[0] = 1
        if root.start <= _LAST_SECTOR and root.size:
            self._mini_stream = self.join(self._pieces(root.start, min(root.size, len(data)), ""))
            mini = self.join(self._pieces(first_mini_fat, None, ""))
            self._mini_fat = _numbers(mini.data[mini.start : mini.end])

    def top(self) -> Storage:
        """The root storage. Each storage is opened once."""
        root = self._entry(0)
        return Storage("", self._children(root.child if root is not None else _NO_ENTRY, ""))

    def open_storage(self, around: Storage, entry: Entry) -> Storage:
        """A storage in another one; empty when it was opened before."""
        path = f"{around.path}{entry.name}/"
        return Storage(path, self._children(entry.child, path))

    def open_stream(self, around: Storage, entry: Entry) -> Extent:
        """The bytes of a stream; fewer than declared where the file has no more, or the budget is used up."""
        return self.join(self.locate(around, entry))

    def locate(self, around: Storage, entry: Entry) -> Pieces:
        """Where the bytes of a stream stand, without touching them."""
        path = around.path + entry.name
        size = min(entry.size, len(self.data))
        if size > self._left:
            self.problems.setdefault("outlook-shared-sectors", path)
            size = self._left
        self._left -= size
        if not size:
            return NO_PIECES
        short = entry.size < _CUTOFF
        pieces = self._mini_pieces(entry.start, size) if short else self._pieces(entry.start, size, path)
        if pieces.size < size or size < entry.size:
            self.problems.setdefault("outlook-broken-chain", path)
        return pieces

    def join(self, pieces: Pieces, most: int | None = None) -> Extent:
        """The bytes of a stream, at most ``most`` of them: copied only where they stand in several pieces."""
        size = pieces.size if most is None else min(most, pieces.size)
        if len(pieces.starts) == 1:
            start = pieces.starts[0]
            return Extent(pieces.data, start, start + size)
        taken: list[bytes] = []
        left = size
        for start, end in zip(pieces.starts, pieces.ends, strict=True):
            if left <= 0:
                break
            taken.append(pieces.data[start : min(end, start + left)])
            left -= end - start
        return Extent(b"".join(taken), 0, size)

    # -- sectors --

    def _read_fat(self, first_difat: int) -> array[int]:
        """The file allocation table (MS-CFB, 2.3): each of its sectors once, no more than the file has sectors for."""
        data, size = self.data, 1 << self._shift
        sectors = -(-len(data) // size) - 1
        wanted = -(-sectors // (size // 4))
        places = list(_numbers(data[_HEADER_DIFAT:512]))
        difat, met = first_difat, set[int]()
        while difat < sectors and difat not in met and len(places) <= wanted + 109:
            met.add(difat)
            at = (difat + 1) * size
            numbers = _numbers(data[at : at + size])
            places.extend(numbers[:-1])
            difat = numbers[-1] if len(numbers) == size // 4 else _NO_ENTRY
        table = bytearray()
        used = set[int]()
        for place in places:
            if len(used) >= wanted:
                break
            if place > _LAST_SECTOR:
                continue
            if place >= sectors or place in used:
                self.problems.setdefault("outlook-broken-chain", "")
                self.cut = self.cut or place >= sectors
                continue
            used.add(place)
            at = (place + 1) * size
            table += data[at : at + size].ljust(size, b"\xff")
        return _numbers(bytes(table))[:sectors]

    def _pieces(self, start: int, size: int | None, path: str) -> Pieces:
        """A chain of sectors; ``size`` None takes it as long as it is."""
        data, shift, fat = self.data, self._shift, self._fat
        count = len(fat) if size is None else (size + (1 << shift) - 1) >> shift
        if size is not None and self._is_straight(start, count):
            runs = array("L", [start]), array("L", [start + count])
        else:
            runs = _runs(fat, start, count)
            if _overlap(*runs):
                self.problems.setdefault("outlook-broken-chain", path)
        # Sector 0 follows the header, which takes one sector itself.
        return self._cut_to(Extent(data, 1 << shift, len(data)), runs, shift, size)

    def _is_straight(self, start: int, count: int) -> bool:
        """Whether a chain of ``count`` sectors stands in one piece."""
        fat = self._fat
        last = start + count - 1
        if last >= len(fat):
            return False
        if count <= _STEPWISE:
            return all(fat[sector] == sector + 1 for sector in range(start, last))
        return fat[start:last] == array("I", range(start + 1, last + 1))

    def _mini_pieces(self, start: int, size: int) -> Pieces:
        """The bytes of a short stream, which stand in the mini stream."""
        if self._mini_fat is None or self._mini_stream is None:
            return NO_PIECES
        runs = _runs(self._mini_fat, start, (size + 63) >> _MINI_SHIFT)
        return self._cut_to(self._mini_stream, runs, _MINI_SHIFT, size)

    def _cut_to(self, around: Extent, runs: tuple[array[int], array[int]], shift: int, size: int | None) -> Pieces:
        """Runs of sectors as bytes of what holds them, cut to a stream's size and to the bytes that are there."""
        data, base, stop = around
        starts, ends = array("Q"), array("Q")
        total = 0
        for first, last in zip(*runs, strict=True):
            start, end = base + (first << shift), base + (last << shift)
            if size is not None:
                end = min(end, start + size - total)
            if end > stop:
                self.cut = True
                end = stop
            if start < end:
                starts.append(start)
                ends.append(end)
                total += end - start
        return Pieces(data, starts, ends, total)

    # -- directory --

    def _entry(self, index: int) -> Entry | None:
        data, start, end = self._directory
        at = start + index * _ENTRY.size
        if at + _ENTRY.size > end:
            return None
        name, length, kind, _, _, _, child, first, size = _ENTRY.unpack_from(data, at)
        if self._shift == 9:
            size &= 0xFFFFFFFF  # the upper half is undefined in version 3 (MS-CFB, 2.6.1)
        text = _name(name, length)
        return Entry(kind, text, child, first, size)

    def _children(self, first: int, path: str) -> dict[str, Entry]:
        """What a storage holds: its tree of siblings, walked without recursion, colours and order ignored."""
        data, base, _ = self._directory
        seen, size, narrow, unpack = self._seen, _ENTRY.size, self._shift == 9, _ENTRY.unpack_from
        found: dict[str, Entry] = {}
        stack = [first]
        while stack:
            index = stack.pop()
            if index >= len(seen) or seen[index]:
                if index != _NO_ENTRY:
                    self.problems.setdefault("outlook-damaged-directory", path)
                continue
            seen[index] = 1
            name, length, kind, _, left, right, child, start, stream_size = unpack(data, base + index * size)
            text = _name(name, length)
            key = text.upper()
            if key in found:
                self.problems.setdefault("outlook-duplicate-name", path)
            elif kind in (STORAGE, STREAM):
                if len(found) >= MAX_ENTRIES:
                    self.problems.setdefault("outlook-too-many-entries", path)
                    break
                found[key] = Entry(kind, text, child, start, stream_size & 0xFFFFFFFF if narrow else stream_size)
            stack.append(right)
            stack.append(left)
        return found


def _name(data: bytes, length: int) -> str:
    """The name of an entry; ``length`` counts its bytes and the two NULs at its end."""
    # Straight to the decoder: looking the codec up would cost as much again, and a file has hundreds of names.
    return utf_16_le_decode(data[: max(0, min(length, 64) - 2)], "replace")[0]


def _runs(fat: array[int], sector: int, count: int) -> tuple[array[int], array[int]]:
    """A chain of at most ``count`` sectors as runs: their first sectors, and one past their last."""
    firsts, lasts = array("L"), array("L")
    first = sector
    while count and sector < len(fat):
        count -= 1
        following = fat[sector]
        if following != sector + 1 or not count or following >= len(fat):
            firsts.append(first)
            lasts.append(sector + 1)
            first = following
        sector = following
    return firsts, lasts


def _overlap(firsts: array[int], lasts: array[int]) -> bool:
    """Whether a chain comes by a sector twice: runs apart from each other begin after all before them have ended."""
    following = iter(sorted(firsts))
    next(following, None)
    return any(first < last for first, last in zip(following, sorted(lasts), strict=False))


def _numbers(data: bytes) -> array[int]:
    """Little-endian 32-bit numbers; an odd rest is dropped."""
    numbers = array("I")
    numbers.frombytes(data[: len(data) & ~3])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
