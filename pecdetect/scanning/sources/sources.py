"""Where messages are: the paths that were named, and what is in the folders and archives among them.

Order is the same on every system and in every run. Nothing is lost: what is not read is a result that says why.
"""

from __future__ import annotations

import glob
import os
import stat
import sys
from typing import TYPE_CHECKING, BinaryIO, Final

from pecdetect.contract import Result
from pecdetect.limits import Limits
from pecdetect.scanning.sources.archives import Opener
from pecdetect.scanning.sources.candidate import Candidate, Device, failure
from pecdetect.scanning.sources.folders import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["STDIN", "Candidate", "expand", "failure", "read_list"]

STDIN: Final = "-"
"""The name that stands for the standard input."""

_DEFAULT_LIMITS = Limits()
_STEP = 64 * 1024
_LONGEST_PATH = 128 * 1024


def expand(
    paths: Iterable[str | os.PathLike[str]], *, password: bytes | None = None, limits: Limits = _DEFAULT_LIMITS
) -> Iterator[Candidate | Result]:
    """Yield what ``paths`` name: messages, and whatever is in folders, mailboxes and archives, in order.

    Folders are entered recursively and sorted by name. Files are known by content: mbox (RFC 4155), Maildir, zip,
    tar, gzip, bzip2, xz and Outlook data files (.pst, .ost; needs the extra ``pst``) are entered. A path that does
    not exist and has ``*``, ``?`` or ``[`` in it is a pattern, as no shell of Windows expands it; ``**`` is any
    depth. ``-`` is the standard input: a message or an mbox. ``password`` opens encrypted members of zips.

    Symbolic links that were named are followed; those met in a folder are skipped, so that no file is judged twice
    and no loop entered. Files are opened read-only, and nothing is written anywhere. What cannot be read is a result
    with an error. Raises nothing; ``TypeError`` for what is no path.
    """
    opener = Opener(limits, password)
    for given in paths:
        path = os.fspath(given)
        if path == STDIN:
            yield from _standard_input(opener)
        else:
            yield from _named(path, opener)


def _named(path: str, opener: Opener) -> Iterator[Candidate | Result]:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - a Path would rewrite the name as given
    except (OSError, ValueError) as error:
        matches = _matches(path)
        if not matches:
            yield failure(path, error)
        for match in matches:
            yield from _existing(match, opener)
        return
    yield from _of_mode(path, mode, opener)


def _existing(path: str, opener: Opener) -> Iterator[Candidate | Result]:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - as above
    except OSError as error:
        yield failure(path, error)
    else:
        yield from _of_mode(path, mode, opener)


def _of_mode(path: str, mode: int, opener: Opener) -> Iterator[Candidate | Result]:
    if stat.S_ISDIR(mode):
        for met in walk(path):
            if isinstance(met, Result):
                yield met
            else:
                yield from opener.file(met.path, named=False, trusted=met.delivered)
    elif stat.S_ISREG(mode):
        yield from opener.file(path, named=True)
    else:
        yield Candidate(path, named=True, file=path, place=Device(path))


def _matches(path: str) -> list[str]:
    """What a pattern stands for, sorted."""
    if "\0" in path or not glob.has_magic(path):
        return []
    return sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - as above


def _standard_input(opener: Opener) -> Iterator[Candidate | Result]:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        yield failure(STDIN, OSError(0, "there is no standard input"))
    else:
        yield from opener.stream(stream, STDIN)


def read_list(stream: BinaryIO, *, null: bool = False) -> Iterator[str]:
    """Yield the paths in a list of one a line, or each ended by NUL (as ``find -print0`` writes).

    Names that are no text in the file system's encoding survive (``os.fsdecode``). Empty lines are left out. Raises
    ``ValueError`` for what is no list: a path of more than 128 KiB.
    """
    end = b"\0" if null else b"\n"
    rest = b""
    while True:
        content = stream.read(_STEP)
        *lines, rest = (rest + content).split(end)
        if not content:
            lines, rest = [*lines, rest], b""
        for line in lines:
            path = line if null else line.removesuffix(b"\r")
            if path:
                yield os.fsdecode(path)
        if len(rest) > _LONGEST_PATH:
            raise ValueError("the list holds a path of more than 128 KiB: it is no list of paths")
        if not content:
            return
