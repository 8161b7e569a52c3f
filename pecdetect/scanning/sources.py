"""Where messages are: the paths that were named, and what stands in the folders among them.

Order is the same on every system and in every run. Nothing is lost: what is not read is a result that says why.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pecdetect.result import Problem, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STDIN: Final = "-"
"""The name that stands for the standard input."""

_JUNCTION: Final = 0xA0000003
"""IO_REPARSE_TAG_MOUNT_POINT (MS-FSCC 2.1.2.1)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may hold a message."""

    source: str
    """The path as named or found, or ``-``."""
    named: bool
    """Named by the user: judged whatever it is. False: met in a folder, skipped when it is no message."""
    stream: bool = False
    """A pipe or a device, read to its end; else a regular file."""


def expand(paths: Iterable[str | os.PathLike[str]]) -> Iterator[Candidate | Result]:
    """Yield what ``paths`` name: files as they are, folders entered recursively and sorted by name.

    Symbolic links that were named are followed; links met in a folder are skipped, so that no file is judged
    twice and no loop entered, and so are pipes and devices. A path that cannot be examined is a result with an
    error. Raises nothing; ``TypeError`` for what is no path.
    """
    for given in paths:
        path = os.fspath(given)
        if path == STDIN:
            yield Candidate(STDIN, named=True, stream=True)
            continue
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116 - a Path would rewrite the name as given
        except (OSError, ValueError) as error:
            yield failure(path, error)
            continue
        if stat.S_ISDIR(mode):
            yield from _walk(path)
        else:
            yield Candidate(path, named=True, stream=not stat.S_ISREG(mode))


def _walk(top: str) -> Iterator[Candidate | Result]:
    """What stands below a folder, depth first, without recursion."""
    pending = list(_listing(top))
    while pending:
        found = pending.pop()
        if isinstance(found, Result):
            yield found
        elif (kind := _kind(found)) == "folder":
            pending.extend(_listing(found.path))
        elif kind == "file":
            yield Candidate(found.path, named=False)
        elif kind == "link":
            yield _skipped(found.path, "symbolic-link", "symbolic links in folders are not followed")
        else:
            yield _skipped(found.path, "not-a-file", "neither a file nor a folder")


def _listing(folder: str) -> Iterable[os.DirEntry[str] | Result]:
    """The entries of a folder, last name first; a folder that cannot be listed is its own result."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda found: found.name, reverse=True)
    except OSError as error:
        return (failure(folder, error),)


def _kind(entry: os.DirEntry[str]) -> Literal["file", "folder", "link", "other"]:
    if entry.is_symlink():
        return "link"
    if entry.is_file(follow_symlinks=False):
        return "file"
    if not entry.is_dir(follow_symlinks=False):
        return "other"
    # A junction is Windows' other link between folders; is_symlink() does not know it.
    tag = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return "link" if tag == _JUNCTION else "folder"


def failure(source: str, error: Exception) -> Result:
    """The result that stands for something unreadable."""
    if isinstance(error, FileNotFoundError):
        problem = Problem("not-found", "no such file or folder")
    elif isinstance(error, PermissionError):
        problem = Problem("permission-denied", "permission denied")
    elif isinstance(error, OSError):
        problem = Problem("unreadable", error.strerror or type(error).__name__)
    else:
        problem = Problem("unreadable", str(error) or type(error).__name__)
    return Result(source, None, None, problem)


def _skipped(source: str, code: str, detail: str) -> Result:
    return Result(source, None, Problem(code, detail), None)
