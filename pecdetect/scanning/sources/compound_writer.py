"""Writes a compound file (MS-CFB, version 4) in memory: the form in which items out of data files are judged."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from pecdetect.parsing.signatures import COMPOUND_FILE
from pecdetect.scanning.errors import SourceError

_SECTOR = 4096
_MINI = 64
_CUTOFF = 4096
"""Streams shorter than this are in the mini stream (MS-CFB, 2.2)."""
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_DIRECT = 109
"""Sectors of the allocation table that the header has room for: those of a file of 450 MiB."""
_HEADER = struct.Struct("<8s16x5H6x9I")
_ENTRY = struct.Struct("<64sHBB3I16xI16xIQ")
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_NUMBERS = _SECTOR // 4


@dataclass(slots=True)
class Folder:
    """A storage: what it holds by name, bytes or another storage."""

    streams: dict[str, bytes] = field(default_factory=dict)
    folders: dict[str, Folder] = field(default_factory=dict)


@dataclass(slots=True)
class _Node:
    name: str
    kind: int
    content: bytes = b""
    left: int = _NONE
    right: int = _NONE
    child: int = _NONE
    start: int = _END
    size: int = 0


def write_compound(root: Folder) -> bytes:
    """Give the bytes of a compound file. Raises :class:`SourceError` for more than 400 MiB. Without recursion."""
    nodes = _nodes(root)
    mini, mini_table = _place_small(nodes)
    body: list[bytes] = []
    table: list[int] = []

    def add(content: bytes) -> int:
        """Append bytes as a chain of sectors; its first."""
        if not content:
            return _END
        first = len(table)
        count = (len(content) + _SECTOR - 1) // _SECTOR
        table.extend(range(first + 1, first + count))
        table.append(_END)
        body.append(content)
        body.append(bytes(count * _SECTOR - len(content)))
        return first

    for node in nodes:
        if node.kind == _STREAM and node.size >= _CUTOFF:
            node.start = add(node.content)
    nodes[0].start, nodes[0].size = add(mini), len(mini)
    mini_first = add(_numbers(mini_table))
    mini_count = (len(mini_table) + _NUMBERS - 1) // _NUMBERS
    directory = b"".join([_record(node) for node in nodes])
    directory_count = (len(directory) + _SECTOR - 1) // _SECTOR
    directory_first = add(directory)
    count = 1
    while count * _NUMBERS < len(table) + count:
        count += 1
    if count > _DIRECT:
        raise SourceError("limit-reached", "The item is larger than the limit for one message.", cause="item-size")
    fats = list(range(len(table), len(table) + count))
    table.extend([_FAT] * count)
    header = _HEADER.pack(
        COMPOUND_FILE, 0x3E, 4, 0xFFFE, 12, 6, directory_count, count, directory_first, 0, _CUTOFF, mini_first,
        mini_count, _END, 0,
    )  # fmt: skip
    header += struct.pack(f"<{_DIRECT}I", *fats, *[_FREE] * (_DIRECT - count))
    return b"".join([header, bytes(_SECTOR - len(header)), *body, _numbers(table)])


def _nodes(root: Folder) -> list[_Node]:
    """The directory: the root first, the children of each storage as a balanced tree."""
    nodes = [_Node("Root Entry", _ROOT)]
    pending = [(0, root)]
    while pending:
        at, folder = pending.pop()
        first = len(nodes)
        below: list[tuple[str, bytes | Folder]] = [*folder.streams.items(), *folder.folders.items()]
        below.sort(key=lambda item: (len(item[0]), item[0].upper()))
        for name, content in below:
            if isinstance(content, Folder):
                pending.append((len(nodes), content))
                nodes.append(_Node(name, _STORAGE))
            else:
                nodes.append(_Node(name, _STREAM, content, size=len(content)))
        nodes[at].child = _balance(nodes, first, len(nodes))
    return nodes


def _balance(nodes: list[_Node], start: int, end: int) -> int:
    """Link sorted neighbours to a tree; its top."""
    if start == end:
        return _NONE
    pending = [(start, end)]
    while pending:
        low, high = pending.pop()
        middle = (low + high) // 2
        if low < middle:
            nodes[middle].left = (low + middle) // 2
            pending.append((low, middle))
        if middle + 1 < high:
            nodes[middle].right = (middle + 1 + high) // 2
            pending.append((middle + 1, high))
    return (start + end) // 2


def _place_small(nodes: list[_Node]) -> tuple[bytes, list[int]]:
    """The mini stream and its allocation table."""
    pieces: list[bytes] = []
    table: list[int] = []
    for node in nodes:
        if node.kind == _STREAM and 0 < node.size < _CUTOFF:
            count = (node.size + _MINI - 1) // _MINI
            node.start = len(table)
            table.extend(range(node.start + 1, node.start + count))
            table.append(_END)
            pieces.extend((node.content, bytes(count * _MINI - node.size)))
    return b"".join(pieces), table


def _record(node: _Node) -> bytes:
    name = node.name.encode("utf-16-le")
    # Without colours: every node black is a tree that any reader can search.
    return _ENTRY.pack(name, len(name) + 2, node.kind, 1, node.left, node.right, node.child, 0, node.start, node.size)


def _numbers(values: list[int]) -> bytes:
    padded = values + [_FREE] * (-len(values) % _NUMBERS)
    return struct.pack(f"<{len(padded)}I", *padded)
