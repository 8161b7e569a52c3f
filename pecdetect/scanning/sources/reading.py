"""The one place in this layer that opens the files messages come from: read-only, and never waiting for a writer."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

from pecdetect.loading import open_file
from pecdetect.record import Fingerprint

_STEP = 1024 * 1024
_HOLLOW = 1024 * 1024 * 1024
_HOLLOW_FACTOR = 64


def read_start(path: str, small: int, head: int) -> tuple[bytes, os.stat_result]:
    """Give the bytes of a regular file if it is small, else the first, and what it was before they were read.

    ``small`` and ``head`` are bytes. Raises ``OSError``, also for what is no regular file.
    """
    handle, status = open_file(path)
    try:
        return os.read(handle, status.st_size if 0 < status.st_size <= small else head), status
    finally:
        os.close(handle)


def open_regular(path: str) -> BinaryIO:
    """Open a regular file to read it, unbuffered. Raises ``OSError``, also for what is no regular file."""
    handle, _ = open_file(path)
    return os.fdopen(handle, "rb", buffering=0)


def is_sparse(path: str) -> bool:
    """Whether a file is large and hardly any of it is on disk: to read it through would take hours for nothing.

    Raises ``OSError``. Always False where the system does not tell.
    """
    status = os.stat(path)  # noqa: PTH116 - as named
    blocks = getattr(status, "st_blocks", None)
    return blocks is not None and status.st_size > _HOLLOW and blocks * 512 * _HOLLOW_FACTOR < status.st_size


def fingerprint_of_file(path: str) -> Fingerprint | None:
    """Examine a file; None for what is no regular file, or cannot be examined."""
    try:
        status = os.stat(path)  # noqa: PTH116 - as named
    except (OSError, ValueError):
        return None
    return Fingerprint(status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def read_span(path: str, start: int, end: int) -> bytes:
    """Give the bytes from ``start`` to ``end`` of a regular file; fewer where it ends early. Raises ``OSError``."""
    with open_regular(path) as stream:
        stream.seek(start)
        return read_fully(stream, end - start)


def read_device(path: str, most: int) -> bytes:
    """Give what a pipe or a device says, ``most`` bytes at most. Waits for it. Raises ``OSError``."""
    with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 - as named
        return read_fully(stream, most)


def read_fully(stream: BinaryIO, most: int) -> bytes:
    """Read until the end or ``most`` bytes, whatever the stream's own reads give. Nothing is held beyond that."""
    piece = stream.read(min(most, _STEP))
    if not piece or len(piece) == most:
        return piece or b""
    pieces = [piece]
    left = most - len(piece)
    while left and (piece := stream.read(min(left, _STEP))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
