"""The compound file (MS-CFB) that an Outlook .msg is: a read-only reader, iterative, bounded by what is there.

Nothing is allocated from a declared size, no chain is followed twice round, no directory entry is met twice. A
stream that stands in one piece is not copied: it is a pair of offsets into the file.
"""

from __future__ import annotations

import struct
import sys
from array import array
from typing import NamedTuple

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First octets of a compound file (MS-CFB, 2.2)."""
READ_FACTOR = 4
"""Octets of all streams together: this many times the file (streams may share sectors)."""
MAX_ENTRIES = 262_144
"""Directory entries that are looked at."""

_HEADER = struct.Struct("<8s16sHHHHH6xIIIIIIIIII")
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
    """Octets, as declared."""


class Extent(NamedTuple):
    """Where the octets of a stream stand."""

    data: bytes
    start: int
    end: int


class Storage(NamedTuple):
    """A storage and what it holds."""

    path: str
    """Names from the top, each with a slash after it; "" for the top."""
    entries: dict[str, Entry]
    """By name in upper case."""


class CompoundFile:
    """A compound file in memory. Raises :class:`CompoundError` where header or directory cannot be read at all."""

    __slots__ = ("_directory", "_fat", "_left", "_mini_fat", "_mini_stream", "_seen", "_shift", "data", "problems")

    def __init__(self, data: bytes) -> None:
        self.data = data
        """The octets of the file."""
        self.problems: dict[str, str] = {}
        """What was met that is wrong: code to the path where it was met first."""
        if len(data) < _HEADER.size + 4 or not data.startswith(SIGNATURE):
            raise CompoundError("outlook-damaged-header")
        fields = _HEADER.unpack_from(data)
        byte_order, shift, mini_shift = fields[4:7]
        if byte_order != 0xFFFE or shift not in (9, 12) or mini_shift != _MINI_SHIFT:
            raise CompoundError("outlook-damaged-header")
        self._shift: int = shift
        self._fat = self._read_fat(first_difat=fields[14])
        self._left = READ_FACTOR * len(data)
        self._mini_fat: array[int] | None = None
        self._mini_stream: Extent | None = None
        # The directory declares no size: its chain is as long as it is, at most the file.
        self._directory = self._extent(fields[8], None, "")
        self._seen = bytearray((self._directory.end - self._directory.start) // _ENTRY.size)
        root = self._entry(0)
        if root is None or root.kind != ROOT:
            raise CompoundError("outlook-damaged-directory")
        self._seen[0] = 1
        if root.start <= _LAST_SECTOR and root.size:
            self._mini_stream = self._extent(root.start, root.size, "")
            mini = self._extent(fields[11], None, "") if fields[11] <= _LAST_SECTOR else Extent(b"", 0, 0)
            self._mini_fat = _numbers(mini.data[mini.start : mini.end])

    @property
    def octets_left(self) -> int:
        """Octets of streams that may still be handed out."""
        return self._left

    def top(self) -> Storage:
        """The root storage. Each storage is opened once."""
        root = self._entry(0)
        return Storage("", self._children(root.child if root is not None else _NO_ENTRY, ""))

    def open_storage(self, around: Storage, entry: Entry) -> Storage:
        """A storage in another one; empty when it was opened before."""
        path = f"{around.path}{entry.name}/"
        return Storage(path, self._children(entry.child, path))

    def open_stream(self, around: Storage, entry: Entry) -> Extent:
        """The octets of a stream; fewer than declared where the file has no more, or the budget is used up."""
        size = min(entry.size, len(self.data))
        path = around.path + entry.name
        if size > self._left:
            self.problems.setdefault("outlook-shared-sectors", path)
            size = self._left
        self._left -= size
        if not size:
            return Extent(b"", 0, 0)
        extent = self._mini_extent(entry.start, size) if entry.size < _CUTOFF else self._extent(entry.start, size, path)
        if extent.end - extent.start < size or size < min(entry.size, 1 << 31):
            self.problems.setdefault("outlook-broken-chain", path)
        return extent

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
                continue
            used.add(place)
            at = (place + 1) * size
            table += data[at : at + size].ljust(size, b"\xff")
        return _numbers(bytes(table))[:sectors]

    def _extent(self, start: int, size: int | None, path: str) -> Extent:
        """The octets of a chain of sectors; ``size`` None takes the chain as long as it is."""
        data, shift = self.data, self._shift
        at = (start + 1) << shift
        if size is not None and self._is_straight(start, -(-size >> shift) if False else (size + (1 << shift) - 1) >> shift):
            return Extent(data, min(at, len(data)), min(at + size, len(data)))
        fat = self._fat
        runs: list[tuple[int, int]] = []
        met = bytearray(len(fat))
        left = len(fat) if size is None else (size + (1 << shift) - 1) >> shift
        sector = start
        while left and sector < len(fat):
            if met[sector]:
                self.problems.setdefault("outlook-broken-chain", path)
                break
            met[sector] = 1
            if runs and runs[-1][1] == sector:
                runs[-1] = (runs[-1][0], sector + 1)
            else:
                runs.append((sector, sector + 1))
            sector = fat[sector]
            left -= 1
        if len(runs) == 1:
            first, last = runs[0]
            stop = (last + 1) << shift
            at = (first + 1) << shift
            return Extent(data, min(at, len(data)), min(stop if size is None else min(stop, at + size), len(data)))
        octets = b"".join([data[(first + 1) << shift : (last + 1) << shift] for first, last in runs])
        return Extent(octets, 0, len(octets) if size is None else min(size, len(octets)))

    def _is_straight(self, start: int, count: int) -> bool:
        """Whether a chain of ``count`` sectors stands in one piece."""
        fat = self._fat
        last = start + count - 1
        if last >= len(fat):
            return False
        if count <= _STEPWISE:
            return all(fat[sector] == sector + 1 for sector in range(start, last))
        return fat[start:last] == array("I", range(start + 1, last + 1))

    def _mini_extent(self, start: int, size: int) -> Extent:
        """The octets of a short stream, which stand in the mini stream."""
        fat, stream = self._mini_fat, self._mini_stream
        if fat is None or stream is None:
            return Extent(b"", 0, 0)
        runs: list[tuple[int, int]] = []
        sector = start
        left = (size + 63) >> _MINI_SHIFT
        while left and sector < len(fat):
            if runs and runs[-1][1] == sector:
                runs[-1] = (runs[-1][0], sector + 1)
            else:
                runs.append((sector, sector + 1))
            sector = fat[sector]
            left -= 1
        data, base, stop = stream
        if len(runs) == 1:
            at = min(base + (runs[0][0] << _MINI_SHIFT), stop)
            return Extent(data, at, min(at + min(size, (runs[0][1] - runs[0][0]) << _MINI_SHIFT), stop))
        octets = b"".join(
            [data[base + (a << _MINI_SHIFT) : min(base + (b << _MINI_SHIFT), stop)] for a, b in runs]
        )
        return Extent(octets, 0, min(size, len(octets)))

    # -- directory --

    def _entry(self, index: int) -> Entry | None:
        data, start, end = self._directory
        at = start + index * _ENTRY.size
        if at + _ENTRY.size > end:
            return None
        name, length, kind, _, _, _, child, first, size = _ENTRY.unpack_from(data, at)
        if self._shift == 9:
            size &= 0xFFFFFFFF  # the upper half is undefined in version 3 (MS-CFB, 2.6.1)
        text = name[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        return Entry(kind, text, child, first, size)

    def _children(self, first: int, path: str) -> dict[str, Entry]:
        """What a storage holds: its tree of siblings, walked without recursion, colours and order ignored."""
        data, base, _ = self._directory
        seen, size, narrow = self._seen, _ENTRY.size, self._shift == 9
        found: dict[str, Entry] = {}
        stack = [first]
        while stack:
            index = stack.pop()
            if index >= len(seen) or seen[index]:
                if index != _NO_ENTRY:
                    self.problems.setdefault("outlook-damaged-directory", path)
                continue
            seen[index] = 1
            name, length, kind, _, left, right, child, start, octets = _ENTRY.unpack_from(data, base + index * size)
            text = name[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
            key = text.upper()
            if key in found:
                self.problems.setdefault("outlook-duplicate-name", path)
            elif kind in (STORAGE, STREAM):
                if len(found) >= MAX_ENTRIES:
                    self.problems.setdefault("outlook-too-many-entries", path)
                    break
                found[key] = Entry(kind, text, child, start, octets & 0xFFFFFFFF if narrow else octets)
            stack.append(right)
            stack.append(left)
        return found


def _numbers(octets: bytes) -> array[int]:
    """Little-endian 32-bit numbers; an odd rest is dropped."""
    numbers = array("I")
    numbers.frombytes(octets[: len(octets) & ~3])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
