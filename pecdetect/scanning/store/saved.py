"""Saved scans as an input: ``.sqlite``, ``.jsonl`` and ``.json``, read back without believing them.

The first bytes of a file decide what it is. Every result is validated against the contract; one that is too large,
that is no JSON, or that is no result is an error that says which. Files are opened read-only.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from pecdetect.contract import ContractError, decode
from pecdetect.record import Fingerprint, record_of
from pecdetect.scanning.errors import FileProblem, SavedError
from pecdetect.scanning.store.files import head_of
from pecdetect.scanning.store.outputs import MAX_LINE
from pecdetect.scanning.store.run_record import COUNTED, Run
from pecdetect.scanning.store.store import check_header, check_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.record import Record

_SQLITE: Final = b"SQLite format 3\0"
_RUN_TEXTS: Final = ("version", "rules", "directory", "started", "ended")
_RUN_OBJECTS: Final = ("arguments", "environment", "profile", "limits", "options", "exports")


class Saved:
    """A saved scan: may be gone through more than once."""

    run: Run | None
    """The run that it comes from; None where nothing says so, as in ``.jsonl`` and ``.json``."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Look at the file; raises ``SavedError`` when it cannot be read or is no saved scan."""
        self.path = os.fspath(path)
        try:
            head = head_of(self.path, len(_SQLITE))
            self.is_store = head == _SQLITE
            """Whether it is a ``.sqlite``."""
            if self.is_store:
                check_header(self.path)
            self.run = self._run() if self.is_store else None
        except SavedError:
            raise
        except (OSError, sqlite3.Error, FileProblem) as error:
            raise SavedError(self.path, _words(error)) from error
        self._is_array = head.startswith(b"[")
        if head and not self.is_store and not head.startswith((b"[", b"{")):
            raise SavedError(self.path, "is no saved scan (.sqlite, .jsonl or .json)")

    def __iter__(self) -> Iterator[Record]:
        """Yield the results in the order of the scan. Raises ``SavedError`` where one cannot be read."""
        try:
            yield from self._rows() if self.is_store else self._lines()
        except SavedError:
            raise
        except (OSError, sqlite3.Error) as error:
            raise SavedError(self.path, _words(error)) from error

    def _run(self) -> Run | None:
        with closing(self._open()) as data:
            data.row_factory = sqlite3.Row
            row = data.execute("SELECT * FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        if row is None:
            return None
        values: dict[str, Any] = {name: row[name] for name in _RUN_TEXTS}
        try:
            values |= {name: msgspec.json.decode(row[name]) for name in _RUN_OBJECTS}
            counts = {name: row[name] for name in ("items", *COUNTED)}
            run = msgspec.convert(values | {"complete": row["complete"] == 1, "counts": counts}, Run)
        except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:
            raise SavedError(self.path, "the record of its run is damaged") from error
        return run if run.started else None

    def _open(self) -> sqlite3.Connection:
        data = _connect(self.path)
        try:
            check_tables(data, self.path)
        except BaseException:
            data.close()
            raise
        return data

    def _lines(self) -> Iterator[Record]:
        closed = not self._is_array
        with open(self.path, "rb") as stream:  # noqa: PTH123 - names as they are given
            for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE + 2), b""), 1):
                content = line.rstrip(b"\r\n")
                if self._is_array:
                    if content in (b"[", b"]", b"[]"):
                        closed = content != b"["
                        continue
                    content = content.removesuffix(b",")
                yield self._record(content, f"line {number:,}", None, None)
        if not closed:
            raise SavedError(self.path, "the array of results ends too early")

    def _rows(self) -> Iterator[Record]:
        columns = "result, file, file_size, mtime_ns, md5, sha1"
        with closing(self._open()) as data:
            query = f"SELECT {columns} FROM items ORDER BY position, id"  # noqa: S608 - fixed names
            for number, (line, file, size, mtime_ns, md5, sha1) in enumerate(data.execute(query), 1):
                place = f"item {number:,}"
                if not isinstance(line, str) or not all(isinstance(v, str | None) for v in (file, md5, sha1)):
                    raise SavedError(self.path, f"{place} is damaged")
                whole = type(size) is int and type(mtime_ns) is int
                record = self._record(line.encode(), place, file, Fingerprint(size, mtime_ns) if whole else None)
                yield replace(record, md5=md5, sha1=sha1)

    def _record(self, line: bytes, place: str, file: str | None, fingerprint: Fingerprint | None) -> Record:
        """Give a result as it would be written today."""
        if len(line) > MAX_LINE:
            raise SavedError(self.path, f"{place} is longer than {MAX_LINE:,} bytes")
        try:
            return record_of(decode(line), file=file, fingerprint=fingerprint, with_result=True)
        except ContractError as error:
            raise SavedError(self.path, f"{place} is no result of a scan: {error}") from error


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
