"""How a file of some size is put together: shared by the growth generators."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = b"From: Anna <a@example.org>\r\nTo: b@example.com\r\nSubject: Offerta\r\nMessage-ID: <1@example.org>\r\n"
HEAD += b"Date: Mon, 2 Mar 2026 10:11:12 +0100\r\nMIME-Version: 1.0\r\n"
TEXT = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Growth:
    """A shape of file that can have any size."""

    name: str
    make: Callable[[int], bytes]
    """File of about so many bytes: at least half, at most a little more."""


def repeated(name: str, head: bytes, unit: bytes, tail: bytes = b"\r\n") -> Growth:
    """One unit again and again between a head and a tail."""

    def make(size: int) -> bytes:
        return head + unit * max(1, (size - len(head) - len(tail)) // len(unit)) + tail

    return Growth(name, make)


def numbered(name: str, head: bytes, unit: bytes, tail: bytes = b"\r\n") -> Growth:
    """Units that all differ: each holds ``%d`` once."""

    def make(size: int) -> bytes:
        return head + numbers(unit, size - len(head) - len(tail)) + tail

    return Growth(name, make)


def numbers(unit: bytes, size: int, first: int = 0) -> bytes:
    """So many bytes of units with numbers in them."""
    pieces: list[bytes] = []
    for number in count(first):
        piece = unit.replace(b"%d", b"%d" % number)
        if size < len(piece):
            break
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def halves(name: str, head: bytes, first: bytes, between: bytes, second: bytes) -> Growth:
    """Two units, either with ``%d`` or not: one fills the first half of the file, one the second."""

    def make(size: int) -> bytes:
        half = (size - len(head) - len(between)) // 2
        return head + filled(first, half) + between + filled(second, half)

    return Growth(name, make)


def filled(unit: bytes, size: int) -> bytes:
    """So many bytes of units, with or without numbers in them."""
    return numbers(unit, size) if b"%d" in unit else unit * (size // len(unit))


def mirrored(name: str, head: bytes, opening: bytes, middle: bytes, closing: bytes) -> Growth:
    """So many openings, and as many closings."""

    def make(size: int) -> bytes:
        times = max(1, (size - len(head) - len(middle)) // (len(opening) + len(closing)))
        return head + opening * times + middle + closing * times

    return Growth(name, make)


def scaled(name: str, make: Callable[[int], bytes], data: int) -> Growth:
    """A writer that takes a number of things, each of about so many bytes in the file."""
    return Growth(name, lambda size: make(max(1, size // data)))
