"""Saved scans as an input: ``.jsonl`` and ``.sqlite``, read back without believing them.

What kind of file it is, its first octets tell. Every result is checked against the schema of the contract; a line
that is too long, is no JSON, or is no result is an error that names it. Files are opened read-only.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pecdetect.contract import dump
from pecdetect.record import Fingerprint
from pecdetect.scanning.errors import FileProblem, SavedError
from pecdetect.scanning.store.custody import COUNTED, Run, custody_of, last_run
from pecdetect.scanning.store.files import head_of
from pecdetect.scanning.store.item import MAX_LINE
from pecdetect.scanning.store.store import check_header, check_tables
from pecdetect.scanning.store.validation import check_result

if TYPE_CHECKING:
    from collections.abc import Iterator

_SQLITE: Final = b"SQLite format 3\0"
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Stored:
    """One result of a saved scan; a ``Judged`` for other outputs."""

    line: str
    """Canonical JSON, ASCII, without a newline."""
    result: dict[str, Any]
    """The same as JSON values, valid."""
    file: str | None = None
    """File on disk that held it, where the store says so."""
    fingerprint: Fingerprint | None = None
    """What that file was like."""
    md5: str | None = None
    sha1: str | None = None

    @property
    def source(self) -> str:
        """What was judged."""
        source: str = self.result["source"]
        return source


class Saved:
    """A saved scan: may be gone through more than once."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Look at the file; raises ``SavedError`` when it cannot be read or is no saved scan."""
        self.path = os.fspath(path)
        try:
            head = head_of(self.path, 1024)
            self._is_store = head.startswith(_SQLITE)
            _check_kind(self.path, head)
            run = self._run()
            if run is not None:
                _check_run(self.path, run)
            self.run = run if run is not None and run.started else None
        except SavedError:
            raise
        except (OSError, sqlite3.Error, FileProblem) as error:
            raise SavedError(self.path, _words(error)) from error

    run: Run | None
    """The run that it comes from; None where nothing says so."""

    def __iter__(self) -> Iterator[Stored]:
        """Yield the results in the order of the scan. Raises ``SavedError`` where one cannot be read."""
        try:
            yield from self._rows() if self._is_store else self._lines()
        except SavedError:
            raise
        except (OSError, sqlite3.Error) as error:
            raise SavedError(self.path, _words(error)) from error

    def _run(self) -> Run | None:
        if not self._is_store:
            return last_run(custody_of(self.path))
        with closing(self._open()) as data:
            data.row_factory = sqlite3.Row
            row = data.execute("SELECT * FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        if row is None:
            return None
        values = {name: row[name] for name in ("version", "rules", "started", "ended")}
        try:
            values |= {name: json.loads(row[name]) for name in ("arguments", "profile", "limits", "options")}
            counts = {name: row[name] for name in ("items", *COUNTED)}
            return Run.from_dict(values | {"complete": row["complete"] == 1, "counts": counts})
        except (ValueError, TypeError, RecursionError) as error:
            raise SavedError(self.path, "the run is damaged") from error

    def _open(self) -> sqlite3.Connection:
        data = _connect(self.path)
        try:
            check_tables(data, self.path)
        except BaseException:
            data.close()
            raise
        return data

    def _lines(self) -> Iterator[Stored]:
        with open(self.path, "rb") as stream:  # noqa: PTH123 - names as they are given
            for number, octets in enumerate(iter(lambda: stream.readline(MAX_LINE + 2), b""), 1):
                line = octets.rstrip(b"\r\n")
                if len(line) > MAX_LINE:
                    raise SavedError(self.path, f"line {number:,} is longer than {MAX_LINE:,} octets")
                yield Stored(*self._parse(line, f"line {number:,}"))

    def _rows(self) -> Iterator[Stored]:
        columns = "result, file, file_size, mtime_ns, md5, sha1"
        with closing(self._open()) as data:
            query = f"SELECT {columns} FROM items ORDER BY position, id"  # noqa: S608 - fixed names
            for number, (line, file, size, mtime_ns, md5, sha1) in enumerate(data.execute(query), 1):
                place = f"item {number:,}"
                if not isinstance(line, str) or not all(isinstance(v, str | None) for v in (file, md5, sha1)):
                    raise SavedError(self.path, f"{place} is damaged")
                whole = type(size) is int and type(mtime_ns) is int
                fingerprint = Fingerprint(size, mtime_ns) if whole else None
                yield Stored(*self._parse(line.encode(), place), file, fingerprint, md5, sha1)

    def _parse(self, octets: bytes, place: str) -> tuple[str, dict[str, Any]]:
        """Give the canonical line and its values."""
        try:
            value = check_result(json.loads(octets))
            line = octets.decode() if octets.isascii() else ""
            if not line or _SURROGATE.search(line):
                # Half a surrogate pair is JSON, but no text that could be written.
                json.dumps(value, ensure_ascii=False).encode()
            canonical = dump(value)
        except RecursionError as error:
            raise SavedError(self.path, f"{place} is nested too deeply") from error
        except UnicodeEncodeError as error:
            raise SavedError(self.path, f"{place} holds half a character") from error
        except json.JSONDecodeError as error:
            raise SavedError(self.path, f"{place} is no JSON (at character {error.pos:,})") from error
        except ValueError as error:
            raise SavedError(self.path, f"{place} is no result of a scan: {error}") from error
        return canonical, value


def _check_run(path: str, run: Run) -> None:
    """Refuse numbers that Python reads and no JSON may hold: what is made of the scan tells of its run, too."""
    try:
        dump(run.to_dict())
    except ValueError as error:
        raise SavedError(path, "the run is damaged") from error


def _check_kind(path: str, head: bytes) -> None:
    if head.startswith(_SQLITE):
        check_header(path)
    elif head and not head.lstrip().startswith(b"{"):
        raise SavedError(path, "is neither JSON Lines nor a store of a scan")


def _connect(path: str) -> sqlite3.Connection:
    """Open a store to read it: what it holds may call nothing and grow no value beyond a line."""
    name = Path(path).absolute().as_uri()
    if not name.startswith("file:///"):
        # A share of Windows; SQLite takes no host in a URI.
        name = name.replace("file://", "file:////", 1)
    # Where a scan was killed SQLite must be let roll back first, which read-only it cannot.
    mode = "rw" if os.path.exists(f"{path}-journal") else "ro"  # noqa: PTH110 - a name as given
    data = sqlite3.connect(f"{name}?mode={mode}", uri=True)
    try:
        data.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_LINE)
        data.execute("PRAGMA trusted_schema = OFF")
        data.execute("PRAGMA cell_size_check = ON")
        data.execute("PRAGMA query_only = ON")
    except BaseException:
        data.close()
        raise
    return data


def _words(error: Exception) -> str:
    if isinstance(error, FileProblem):
        return error.detail
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return f"the store is damaged: {error}"
