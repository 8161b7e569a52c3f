"""Writes compound files (MS-CFB), sound ones and, on demand, unusual ones.

There are no time stamps: the same tree makes the same bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TypeAlias

Tree: TypeAlias = "dict[str, bytes | Tree]"

SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
END, FREE, FAT, DIFAT, NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFC, 0xFFFFFFFF
CUTOFF = 4096
MINI = 64
ENTRY = struct.Struct("<64sHBBIII16sIQQIQ")


@dataclass(slots=True)
class Node:
    """A directory entry to be written."""

    name: str
    kind: int
    """1 a storage, 2 a stream, 5 the root."""
    octets: bytes = b""
    clsid: bytes = bytes(16)
    left: int = NONE
    right: int = NONE
    child: int = NONE
    start: int = 0
    size: int = 0

    def pack(self) -> bytes:
        """Return the 128 bytes of the entry."""
        name = self.name.encode("utf-16-le")[:62] + b"\0\0"
        return ENTRY.pack(
            name, len(name), self.kind, 1, self.left, self.right, self.child, self.clsid, 0, 0, 0, self.start, self.size
        )


@dataclass(slots=True)
class Sectors:
    """The sectors of a file and their chains."""

    size: int
    octets: list[bytes] = field(default_factory=list)
    fat: list[int] = field(default_factory=list)

    def add(self, data: bytes, *, backwards: bool = False) -> int:
        """Append a stream, sector by sector or the last one first; return its first sector."""
        pieces = [data[at : at + self.size].ljust(self.size, b"\0") for at in range(0, len(data), self.size)]
        first, count = len(self.octets), len(pieces)
        if not count:
            return END
        if backwards:
            self.octets += reversed(pieces)
            self.fat += [END, *range(first, first + count - 1)]
            return first + count - 1
        self.octets += pieces
        self.fat += [*range(first + 1, first + count), END]
        return first


def compound_file(tree: Tree, *, version: int = 3, scattered: bool = False, clsid: bytes = bytes(16)) -> bytes:
    """Return a compound file that holds this tree; ``scattered`` stores long streams last sector first."""
    return write(nodes(tree, clsid), version=version, scattered=scattered)


def nodes(tree: Tree, clsid: bytes = bytes(16)) -> list[Node]:
    """Return the directory of a tree, the root first."""
    found = [Node("Root Entry", 5, clsid=clsid)]
    pending = [(0, tree)]
    while pending:
        at, members = pending.pop()
        order = sorted(members, key=lambda name: (len(name.encode("utf-16-le")), name.upper()))
        first = len(found)
        for name in order:
            member = members[name]
            found.append(Node(name, 2, member) if isinstance(member, bytes) else Node(name, 1))
            if not isinstance(member, bytes):
                pending.append((len(found) - 1, member))
        found[at].child = _balance(found, first, first + len(order))
    return found


def _balance(found: list[Node], first: int, last: int) -> int:
    """Link the entries from ``first`` to ``last`` as a balanced tree; return its top."""
    if first == last:
        return NONE
    middle = (first + last) // 2
    found[middle].left = _balance(found, first, middle)
    found[middle].right = _balance(found, middle + 1, last)
    return middle


def write(found: list[Node], *, version: int = 3, scattered: bool = False) -> bytes:
    """Return the file of a directory whose links are set; starts and sizes are filled in."""
    shift = 9 if version == 3 else 12
    sectors = Sectors(1 << shift)
    mini = Sectors(MINI)
    for node in found:
        if node.kind != 2:
            continue
        node.size = len(node.octets)
        short = node.size < CUTOFF
        node.start = (mini if short else sectors).add(node.octets, backwards=scattered)
    stream = b"".join(mini.octets)
    found[0].size, found[0].start = len(stream), sectors.add(stream)
    mini_fat = struct.pack(f"<{len(mini.fat)}I", *mini.fat)
    mini_start = sectors.add(mini_fat + b"\xff" * (-len(mini_fat) % sectors.size))
    directory = b"".join(node.pack() for node in found)
    unused = Node("", 0).pack()
    directory_start = sectors.add(directory + unused * (-len(found) % (sectors.size // ENTRY.size)))
    return _with_fat(sectors, shift, version, (directory_start, mini_start, -(-len(mini_fat) // sectors.size)))


def _with_fat(sectors: Sectors, shift: int, version: int, places: tuple[int, int, int]) -> bytes:
    """Add the allocation table and the header."""
    per = sectors.size // 4
    used = len(sectors.fat)
    tables = more = 0
    while tables * per < used + tables + more:
        tables = -(-(used + tables + more) // per)
        more = max(0, -(-(tables - 109) // (per - 1)))
    table = sectors.fat + [FAT] * tables + [DIFAT] * more
    table += [FREE] * (tables * per - len(table))
    fat = struct.pack(f"<{len(table)}I", *table)
    where = list(range(used, used + tables))
    difat = b""
    for at in range(more):
        row = where[109 + at * (per - 1) : 109 + (at + 1) * (per - 1)]
        row += [FREE] * (per - 1 - len(row))
        difat += struct.pack(f"<{per}I", *row, used + tables + at + 1 if at + 1 < more else END)
    head = (where[:109] + [FREE] * 109)[:109]
    directory_start, mini_start, mini_count = places
    header = SIGNATURE + bytes(16) + struct.pack("<HHHHH6x", 0x3E, version, 0xFFFE, shift, 6)
    header += struct.pack("<II", 0, tables)
    header += struct.pack("<IIII", directory_start, 0, CUTOFF, mini_start if mini_count else END)
    header += struct.pack("<III", mini_count, used + tables if more else END, more)
    header += struct.pack("<109I", *head)
    return header.ljust(sectors.size, b"\0") + b"".join(sectors.octets) + fat + difat
