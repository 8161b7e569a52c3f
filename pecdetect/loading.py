"""The one place that opens a file: a path, bytes or an open binary file become bytes. Read-only, always."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from typing import TYPE_CHECKING, BinaryIO

from pecdetect.contract import Source, file_name

if TYPE_CHECKING:
    from pecdetect.limits import Limits

Readable = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""What :func:`pecdetect.classify` and :func:`pecdetect.read` take."""

_CHUNK = 1024 * 1024


def load(source: Readable, limits: Limits, *, with_hash: bool = False) -> tuple[bytes, Source]:
    """The first ``limits.message_bytes`` bytes of a source, and what it is.

    Files are read, never mapped: a file that shrinks while it is mapped would kill the process. Raises
    ``TypeError`` for what is no source and ``OSError`` for a path that cannot be read or is no regular file.
    """
    if isinstance(source, str) or hasattr(source, "__fspath__"):
        path = os.fspath(source)
        return _load_path(path if isinstance(path, str) else os.fsdecode(path), limits, with_hash=with_hash)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return load_bytes(bytes(source), limits, with_hash=with_hash)
    if hasattr(source, "read"):
        return _load_stream(source, limits, with_hash=with_hash)
    raise TypeError(f"a path, bytes or an open binary file is needed, not {type(source).__name__}")


def load_bytes(content: bytes, limits: Limits, *, with_hash: bool, path: str | None = None) -> tuple[bytes, Source]:
    """Do what :func:`load` does with bytes; ``path`` is that of the file which holds them and nothing else."""
    sha256 = hashlib.sha256(content).hexdigest() if with_hash else None
    return content[: limits.message_bytes], _source(None if path is None else _name(path), len(content), sha256)


# Without O_NONBLOCK the open of a FIFO that nobody writes to never returns.
_READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def _load_path(path: str, limits: Limits, *, with_hash: bool) -> tuple[bytes, Source]:
    handle, status = open_file(path)
    try:
        return read_file(handle, status, path, limits, with_hash=with_hash)
    finally:
        os.close(handle)


def open_file(path: str) -> tuple[int, os.stat_result]:
    """Open a regular file read-only, without waiting; what it is, before it is read. Raises ``OSError``."""
    handle = os.open(path, _READ_ONLY)
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        code = errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL
        raise OSError(code, "not a regular file", path)
    return handle, status


def read_file(
    handle: int, status: os.stat_result, path: str, limits: Limits, *, with_hash: bool
) -> tuple[bytes, Source]:
    """Do what :func:`load` does with what :func:`open_file` gave. Raises ``OSError``."""
    wanted = min(status.st_size, limits.message_bytes)
    data = os.read(handle, wanted)
    if len(data) < wanted:
        data += _read(handle, wanted - len(data))
    size = max(status.st_size if len(data) == limits.message_bytes else len(data), len(data))
    sha256 = _hash_rest(handle, data) if with_hash else None
    return data, _source(_name(path), size, sha256)


def _source(name: str | None, size: int, sha256: str | None) -> Source:
    return Source(name=file_name(name) if name else None, size=size, sha256=sha256)


def _name(path: str) -> str:
    return os.path.basename(path) if os.altsep else path[path.rfind(os.sep) + 1 :]  # noqa: PTH119 - pathlib costs more than the parse


def _read(handle: int, wanted: int) -> bytes:
    """What is left to read: one call need not give all, and a file may have been cut short meanwhile."""
    pieces = []
    while wanted and (piece := os.read(handle, wanted)):
        pieces.append(piece)
        wanted -= len(piece)
    return b"".join(pieces)


def _hash_rest(handle: int, data: bytes) -> str:
    digest = hashlib.sha256(data)
    while piece := os.read(handle, _CHUNK):
        digest.update(piece)
    return digest.hexdigest()


def _load_stream(stream: BinaryIO, limits: Limits, *, with_hash: bool) -> tuple[bytes, Source]:
    digest = hashlib.sha256() if with_hash else None
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(_CHUNK):
        if not isinstance(piece, (bytes, bytearray)):
            raise TypeError("the file must be opened in binary mode")
        if digest is not None:
            digest.update(piece)
        if size < limits.message_bytes:
            pieces.append(bytes(piece[: limits.message_bytes - size]))
        size += len(piece)
    name = getattr(stream, "name", None)
    shown = os.path.basename(name) if isinstance(name, str) else None  # noqa: PTH119 - as above
    return b"".join(pieces), _source(shown, size, digest.hexdigest() if digest is not None else None)
