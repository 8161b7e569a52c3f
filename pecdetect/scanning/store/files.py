"""Files that outputs are written to: appended to, or written beside and put in place when finished."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from pecdetect.scanning.errors import OutputError

if TYPE_CHECKING:
    from io import FileIO

_CHUNK: Final = 1024 * 1024
_HELD: Final = 64 * 1024
"""Octets of lines that are written at once."""


def part_of(path: str) -> str:
    """Give the name under which an output is written until it is finished."""
    return f"{path}.pecdetect-part"


def write_all(stream: FileIO, octets: bytes) -> None:
    """Write all of ``octets``: an unbuffered write may take fewer. Raises ``OSError``."""
    done = stream.write(octets)
    while done < len(octets):
        done += stream.write(octets[done:])


class Appender:
    """Appends lines to a file, several in one write. Whoever has no more for now calls :meth:`flush`."""

    __slots__ = ("_held", "_octets", "stream")

    def __init__(self, stream: FileIO) -> None:
        self.stream = stream
        self._held: list[bytes] = []
        self._octets = 0

    def add(self, record: bytes) -> None:
        """Append one line, now or with those that follow. Raises ``OSError``."""
        self._held.append(record)
        self._octets += len(record)
        if self._octets >= _HELD:
            self.flush()

    def flush(self) -> None:
        """Write what is held; where that fails, or is broken off, as many whole lines as it can. Raises ``OSError``."""
        if not self._held:
            return
        octets = b"".join(self._held)
        self._held, self._octets = [], 0
        start = self.stream.tell()
        try:
            write_all(self.stream, octets)
        except BaseException:
            whole = octets.rfind(b"\n", 0, self.stream.tell() - start) + 1
            with suppress(OSError):  # the first error tells more
                self.stream.truncate(start + whole)
                self.stream.seek(start + whole)
            raise

    def fileno(self) -> int:
        """Give the handle of the file."""
        return self.stream.fileno()

    def close(self) -> None:
        """Write what is held and close the file, whatever happens. Raises ``OSError``."""
        try:
            self.flush()
        finally:
            self.stream.close()


def open_to_append(path: str, size: int) -> FileIO:
    """Open or create a file to go on behind its first ``size`` octets; what stands behind them is cut off."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0), 0o666)
    stream: FileIO = os.fdopen(handle, "r+b", buffering=0)
    if stream.seek(0, os.SEEK_END) > size:
        stream.truncate(size)
        stream.seek(size)
    return stream


def create(path: str) -> BinaryIO:
    """Create a file, in place of one that a killed scan has left."""
    return open(path, "wb")  # noqa: PTH123 - names as they are given; closed by whoever asks


def complete_lines(path: str) -> int:
    """Count the octets up to the last line end; 0 where there is no file."""
    try:
        stream = open(path, "rb", buffering=0)  # noqa: PTH123, SIM115 - as above; closed below
    except FileNotFoundError:
        return 0
    with stream:
        end = stream.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - _CHUNK)
            stream.seek(start)
            found = (stream.read(end - start) or b"").rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def put_in_place(stream: Any, path: str) -> None:
    """Close a finished file and let it take the place of ``path``: whoever looks sees the old one or the new."""
    stream.flush()
    os.fsync(stream.fileno())
    stream.close()
    os.replace(part_of(path), path)  # noqa: PTH105 - names as they are given


def remove(path: str) -> None:
    """Remove a file that may not be there."""
    try:
        os.remove(path)  # noqa: PTH107 - as above
    except FileNotFoundError:
        return


def check_writable(path: str) -> None:
    """Raise ``OutputError`` where no file can be written: no folder, or a folder itself."""
    folder = os.path.dirname(path) or "."  # noqa: PTH120 - as above
    if not os.path.isdir(folder):  # noqa: PTH112 - as above
        raise OutputError(path, "its folder does not exist")
    if os.path.lexists(path) and not os.path.isfile(path):  # noqa: PTH113 - as above
        raise OutputError(path, "is no regular file")


def size_of(path: str) -> int:
    """Octets in a file; 0 where there is none."""
    try:
        return os.stat(path).st_size  # noqa: PTH116 - as above
    except FileNotFoundError:
        return 0


def head_of(path: str, octets: int, start: int = 0) -> bytes:
    """Give octets of a file. Raises ``OSError``."""
    with open(path, "rb") as stream:  # noqa: PTH123 - as above
        stream.seek(start)
        return stream.read(octets)
