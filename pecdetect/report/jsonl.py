"""Results as one JSON array: ``pecdetect/result/1``, a result a line.

A result is written by :func:`pecdetect.contract.encode`. It is pure ASCII: what would command a terminal or turn a line
around is an escape of JSON's own, and no encoding of a stream can damage it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def array(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Give one array of results that are encoded already, written as they come."""
    opening = b"[\n"
    for line in lines:
        yield opening + line
        opening = b",\n"
    yield b"[]\n" if opening == b"[\n" else b"\n]\n"
