"""The places of outputs: one writer at a time, and files that appear there only when they are complete."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import sys
from contextlib import suppress
from typing import BinaryIO, Final

from pecdetect.scanning.errors import ForeignFileError, OutputError

_BUFFER: Final = 256 * 1024
_NEW: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL
_PLAIN: Final = (
    getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
"""Bytes as they are, not inherited by workers, no symbolic link followed, no waiting for the other end of a pipe."""


def new_part(path: str) -> tuple[str, int]:
    """Create the file that an output is written to until it is complete; gives its name and a handle.

    Nobody can prepare a file or a link in its place: its name is random, and it must not exist. Raises ``OSError``.
    """
    part = f"{path}.{secrets.token_hex(8)}.pecdetect-part"
    return part, os.open(part, _NEW | _PLAIN, 0o666)


class PartFile:
    """A file that is written beside its place, and put there when it is complete."""

    def __init__(self, path: str) -> None:
        """Create it. Raises ``OSError``."""
        self.path = path
        self.part, handle = new_part(path)
        self.stream: BinaryIO = os.fdopen(handle, "w+b", _BUFFER)

    def put_in_place(self) -> str:
        """Close the file and let it replace what is at its place; gives its SHA-256, read back. Raises ``OSError``."""
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.stream.seek(0)
        digest = hashlib.file_digest(self.stream, "sha256").hexdigest()  # type: ignore[arg-type] # it is buffered
        self.stream.close()
        os.replace(self.part, self.path)  # noqa: PTH105 - names as they are given
        return digest

    def discard(self) -> None:
        """Remove it. Raises ``OSError``."""
        try:
            self.stream.close()
        finally:
            os.remove(self.part)  # noqa: PTH107 - as above


def lock_of(path: str) -> str:
    """Give the name of the file that is locked while an output is written."""
    return f"{os.path.realpath(path)}.pecdetect-lock"


class Lock:
    """Keeps other scans from writing the same output. The system releases it however this process ends."""

    def __init__(self, path: str) -> None:
        """Take it. Raises ``OutputError`` where another scan holds it, ``OSError`` where nothing can be locked."""
        self.path = lock_of(path)
        self._handle = self._taken(path)
        while not self._is_there():  # its last holder has just removed it
            os.close(self._handle)
            self._handle = self._taken(path)

    def _taken(self, path: str) -> int:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | _PLAIN, 0o666)
        try:
            status = os.fstat(handle)
            ours = stat.S_ISREG(status.st_mode) and not status.st_size
            if ours and _locked(handle):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        if ours:
            raise OutputError(path, "another scan is writing it")
        raise ForeignFileError(self.path, "exists, and was not written by pecdetect")

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._handle), os.stat(self.path))  # noqa: PTH116 - as above
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Let others write."""
        if sys.platform == "win32":  # which removes no open file
            os.close(self._handle)
            with suppress(OSError):  # another scan has opened it in the meantime
                os.remove(self.path)  # noqa: PTH107 - as above
        else:
            with suppress(FileNotFoundError):
                os.remove(self.path)  # noqa: PTH107 - as above
            os.close(self._handle)


def _locked(handle: int) -> bool:
    """Lock a file, without waiting; False where somebody else holds it. Raises ``OSError``."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def check_writable(path: str) -> None:
    """Raise ``OutputError`` where no file can be written: no folder, or something that is no file."""
    folder = os.path.dirname(path) or "."  # noqa: PTH120 - as above
    if not os.path.isdir(folder):  # noqa: PTH112 - as above
        raise OutputError(path, "its folder does not exist")
    if os.path.lexists(path) and not os.path.isfile(path):  # noqa: PTH113 - as above
        raise OutputError(path, "is no regular file")


def size_of(path: str) -> int:
    """Bytes in a file; 0 where there is none."""
    try:
        return os.stat(path).st_size  # noqa: PTH116 - as above
    except FileNotFoundError:
        return 0


def head_of(path: str, most: int, start: int = 0) -> bytes:
    """Give bytes of a file. Raises ``OSError``."""
    with open(path, "rb") as stream:  # noqa: PTH123 - as above
        stream.seek(start)
        return stream.read(most)
