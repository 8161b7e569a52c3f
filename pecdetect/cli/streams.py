"""Standard output and standard error: data on the one, everything else on the other."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from pecdetect.report.escape import escape

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from pecdetect.columns import Columns


def prepare() -> None:
    """Make the streams take any text: UTF-8 on Windows, and nowhere an error for want of a character.

    Lines end with LF in files and pipes on every system, so that output is the same byte for byte. Raises
    ``OSError`` where the standard output was closed; without a standard error nobody wants to hear.
    """
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the program ends
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        reconfigure(errors="backslashreplace")
        if sys.platform == "win32":
            reconfigure(encoding="utf-8", newline=None if stream.isatty() else "\n")


def write(text: str) -> None:
    """Data, as it is."""
    sys.stdout.write(text)


def write_path(path: str) -> None:
    """A path as the system has it, ended by NUL."""
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode(path) + b"\0")


def note(text: str) -> None:
    """A line for the person at the terminal; text from outside must be escaped."""
    sys.stdout.flush()
    sys.stderr.write(f"pecdetect: {text}\n")
    sys.stderr.flush()


def error_text(source: str, columns: Columns) -> str | None:
    """What could not be read, and why; None where it could."""
    return None if columns.error is None else f"{escape(source)}: {escape(columns.detail or columns.error)}"


def note_error(source: str, columns: Columns) -> None:
    """Say that something could not be read."""
    if (text := error_text(source, columns)) is not None:
        note(text)


def note_sums(sums: Mapping[str, str]) -> None:
    """Say what can prove later that a file is the one that was written."""
    for name, digest in sums.items():
        note(f"{escape(name)}: SHA-256 {digest}")


def standard_input() -> BinaryIO:
    """The standard input; raises ``OSError`` where it was closed."""
    if sys.stdin is None:
        raise OSError(errno.EBADF, "there is no standard input")
    return sys.stdin.buffer


def open_list(path: str) -> BinaryIO:
    """A list of paths, or ``-`` for the standard input. Raises ``OSError``."""
    return standard_input() if path == "-" else open(path, "rb")  # noqa: PTH123 - the caller reads it


def complain(text: str) -> None:
    """Say why the program ends, where anybody can hear it."""
    with suppress(OSError):
        sys.stderr.write(f"pecdetect: {text}\n")
        sys.stderr.flush()


def abandon_output() -> None:
    """Throw the rest of the output away: nobody reads it, and the interpreter would complain at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # there is none, or it is no file
            os.dup2(nowhere, stream.fileno())
