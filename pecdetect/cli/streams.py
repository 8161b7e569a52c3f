"""Standard output and standard error: data on the one, everything else on the other."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pecdetect.report.escape import escape

if TYPE_CHECKING:
    from typing import BinaryIO

    from pecdetect.record import Record
    from pecdetect.result import Result


def prepare() -> None:
    """Make the streams take any text: UTF-8 on Windows, and nowhere an error for want of a character.

    Lines end with LF in files and pipes on every system, so that output is the same octet for octet.
    """
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


def write_path(source: str) -> None:
    """A path as the system has it, ended by NUL."""
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode(source) + b"\0")


def note(text: str) -> None:
    """A line for the person at the terminal; text from outside must be escaped."""
    sys.stdout.flush()
    sys.stderr.write(f"pecdetect: {text}\n")
    sys.stderr.flush()


def error_text(result: Result | Record) -> str | None:
    """What could not be read, and why; None where it could."""
    return None if result.error is None else f"{escape(result.source)}: {escape(result.error.detail)}"


def note_error(result: Result | Record) -> None:
    """Say that something could not be read."""
    if (text := error_text(result)) is not None:
        note(text)


def open_list(path: str) -> BinaryIO:
    """A list of paths, or ``-`` for the standard input. Raises ``OSError``."""
    return sys.stdin.buffer if path == "-" else open(path, "rb")  # noqa: PTH123 - the caller reads it


def abandon_output() -> None:
    """Throw the rest of the output away: nobody reads it, and the interpreter would complain at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return
