"""A scan as an SQLite database: the one form that a scan goes on from (docs/store.md).

Every result is in it in full, and in columns for questions in SQL. Changes are committed every second or every five
hundred results, with SQLite's rollback journal, so that a killed scan leaves what was committed. Values are bound,
never put into a statement: text from mail is data. A database whose tables were not made by this schema is refused.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Final

from pecdetect.contract import ContractError, decode, json_text
from pecdetect.record import result_of
from pecdetect.scanning.errors import ForeignFileError, OutputError
from pecdetect.scanning.store.container_hashes import Containers
from pecdetect.scanning.store.files import check_writable, head_of, new_part, size_of
from pecdetect.scanning.store.run_record import COUNTED
from pecdetect.scanning.store.tables import INDEXES, INSERT_ITEM, TABLES, child_rows, item_row

if TYPE_CHECKING:
    from pecdetect.contract import Result
    from pecdetect.record import Fingerprint, Record
    from pecdetect.scanning.store.run_record import Run

APPLICATION_ID: Final = 0x50454344
"""``PECD``, in the header of the file (``PRAGMA application_id``)."""
SCHEMA_VERSION: Final = 1
"""``PRAGMA user_version``; a later version of pecdetect reads earlier ones or says that it does not."""
_COMMIT_ITEMS: Final = 500
_COMMIT_SECONDS: Final = 1.0
_MAGIC: Final = b"SQLite format 3\0"
_JOURNAL_MAGIC: Final = bytes.fromhex("d9d505f920a163d7")


class Store:
    """The database as an output."""

    decodes = True

    def __init__(self, path: str, run: Run, *, resume: bool) -> None:
        """Look at what is there; raises ``OutputError`` and changes nothing when it is not ours."""
        check_writable(path)
        check_header(path)
        _check_journal(path)
        self.path = path
        self._run = run
        self._settings = run.settings
        self._resume = resume
        # A database that is to be replaced stays until the new one is complete.
        self._part: str | None = None
        self._data: sqlite3.Connection | None = None
        self._run_id = 0
        self._position = 0
        self._uncommitted = 0
        self._committed_at = 0.0

    @property
    def files(self) -> tuple[str, ...]:
        """Files that it writes."""
        places = (self.path,) if self._part is None else (self.path, self._part)
        return (*places, *(f"{place}-journal" for place in places))

    def start(self) -> None:
        """Open or create the database and enter the run. Raises ``OutputError``, ``OSError``."""
        if not self._resume and size_of(self.path):
            self._part, handle = new_part(self.path)
            os.close(handle)
        try:
            data = _connect(self._part or self.path)
            try:
                self._run_id = self._enter_run(data)
                self._containers = Containers(data, self._run_id)
            except BaseException:
                data.close()
                raise
        except sqlite3.Error as error:
            raise OutputError(self.path, f"cannot be used as a store: {error}") from error
        self._data = data

    def _enter_run(self, data: sqlite3.Connection) -> int:
        run = self._run
        data.execute("BEGIN IMMEDIATE")
        if not data.execute("PRAGMA user_version").fetchone()[0]:
            _create(data)
        check_tables(data, self.path)
        values = {name: getattr(run, name) for name in ("version", "rules", "directory", "settings", "started")}
        values |= {name: json_text(getattr(run, name)) for name in _OBJECTS}
        inserted = data.execute(_INSERT_RUN, values)
        self._commit(data)
        return inserted.lastrowid or 0

    def _commit(self, data: sqlite3.Connection) -> None:
        data.execute("COMMIT")
        data.execute("BEGIN IMMEDIATE")
        self._uncommitted = 0
        self._committed_at = time.monotonic()

    @property
    def remembers(self) -> bool:
        """Whether an earlier scan has left anything that may be used again."""
        if self._data is None or not self._resume:
            return False
        return bool(self._data.execute("SELECT EXISTS (SELECT 1 FROM items)").fetchone()[0])

    def known(self, source: str, fingerprint: Fingerprint) -> Result | None:
        """Give the result that an unchanged file has given before, under the same settings."""
        if self._data is None:
            return None
        values = {"source": source, "size": fingerprint.size, "mtime_ns": fingerprint.mtime_ns}
        rows = self._data.execute(_KNOWN, values | {"settings": self._settings, "run": self._run_id}).fetchall()
        # Two results mean that two names are shown as one: which of the two this is, nobody can tell.
        if len(rows) != 1 or rows[0][0] is None:
            return None
        try:
            result = decode(rows[0][0])
        except ContractError:  # somebody has edited it: the message is judged again
            return None
        return result if result.source == source else None

    def add(self, record: Record) -> None:
        """Enter a result; the row of an earlier scan is confirmed or replaced. Raises ``sqlite3.Error``."""
        data = self._data
        if data is None:
            return
        self._position += 1
        if not self._resume or not self._confirm(data, record):
            self._insert(data, record)
        if record.is_member and record.file is not None and record.fingerprint is not None:
            self._containers.note(record.file, record.fingerprint)
        self._uncommitted += 1
        if self._uncommitted >= _COMMIT_ITEMS:
            self._containers.enter_finished()
            self._commit(data)
        else:
            self.flush()

    def flush(self) -> None:
        """Commit what was entered, once a second at most. Raises ``sqlite3.Error``."""
        due = time.monotonic() - self._committed_at > _COMMIT_SECONDS
        if due and self._uncommitted and self._data is not None:
            self._containers.enter_finished()
            self._commit(self._data)

    def _confirm(self, data: sqlite3.Connection, record: Record) -> bool:
        """Take over a row that says the same; remove one that does not."""
        # A source may have been named twice: each time another row is taken.
        row = data.execute(_EARLIER, (record.source, self._run_id)).fetchone()
        if row is None:
            return False
        ident, line, size, mtime_ns, judged_in = row
        if line != record.line or not self._same_settings(data, judged_in):
            data.execute("DELETE FROM items WHERE id = ?", (ident,))
            return False
        size, mtime_ns = record.fingerprint or (size, mtime_ns)
        data.execute(
            "UPDATE items SET position = ?, seen_in = ?, file_size = ?, mtime_ns = ?, md5 = coalesce(?, md5),"
            " sha1 = coalesce(?, sha1) WHERE id = ?",
            (self._position, self._run_id, size, mtime_ns, record.md5, record.sha1, ident),
        )
        return True

    def _same_settings(self, data: sqlite3.Connection, run_id: int) -> bool:
        row = data.execute("SELECT settings FROM runs WHERE id = ?", (run_id,)).fetchone()
        return row is not None and row[0] == self._settings

    def _insert(self, data: sqlite3.Connection, record: Record) -> None:
        row = (self._position, self._run_id, self._run_id, *item_row(record))
        ident = data.execute(INSERT_ITEM, row).lastrowid or 0
        for statement, rows in child_rows(result_of(record), ident):
            data.executemany(statement, rows)

    def finish(self, run: Run) -> None:
        """Remove what has vanished, enter the end of the run, close. Raises ``sqlite3.Error``, ``OSError``."""
        if self._data is None:
            return
        self._containers.finish()
        self._data.execute("DELETE FROM items WHERE seen_in <> ?", (self._run_id,))
        self._end(self._data, run)
        if self._part is not None:
            os.replace(self._part, self.path)  # noqa: PTH105 - names as they are given

    def abort(self, run: Run) -> None:
        """Keep what was added, enter that the run was not completed, close. Raises ``sqlite3.Error``, ``OSError``."""
        if self._data is None:
            return
        self._containers.abort()
        self._end(self._data, run)
        if self._part is not None:
            os.remove(self._part)  # noqa: PTH107 - as above

    def _end(self, data: sqlite3.Connection, run: Run) -> None:
        counts = {name: run.counts.get(name, 0) for name in ("items", *COUNTED)}
        values = {"id": self._run_id, "ended": run.ended, "complete": run.complete, "exports": json_text(run.exports)}
        self._data = None
        with closing(data):
            data.execute(_UPDATE_RUN, values | counts)
            data.execute("COMMIT")


_LINE: Final = "CASE typeof(result) WHEN 'text' THEN CAST(result AS BLOB) END"
"""A result as bytes: somebody may have written what is no text, or no UTF-8, and sqlite3 cannot hand that out."""
_KNOWN: Final = f"""SELECT DISTINCT {_LINE} FROM items i JOIN runs r ON r.id = i.judged_in WHERE i.source = :source
AND i.file_size = :size AND i.mtime_ns = :mtime_ns AND r.settings = :settings AND r.id <> :run LIMIT 2"""  # noqa: S608
_EARLIER: Final = f"""SELECT id, {_LINE}, file_size, mtime_ns, judged_in FROM items WHERE source = ? AND seen_in <> ?
ORDER BY position LIMIT 1"""  # noqa: S608 - fixed names, here and above
_OBJECTS: Final = ("arguments", "environment", "profile", "limits", "options")
_INSERT_RUN: Final = (
    "INSERT INTO runs (version, rules, arguments, directory, environment, profile, limits, options, settings, started)"
    " VALUES (:version, :rules, :arguments, :directory, :environment, :profile, :limits, :options, :settings, :started)"
)
_UPDATE_RUN: Final = (
    "UPDATE runs SET ended = :ended, complete = :complete, exports = :exports, items = :items, blocked = :blocked,"
    " undetermined = :undetermined, degraded = :degraded, syncs = :syncs, skipped = :skipped, errors = :errors"
    " WHERE id = :id"
)


def _connect(path: str) -> sqlite3.Connection:
    """Open a database for a scan. Raises ``sqlite3.Error``."""
    # What is known may be asked by another thread than the one that adds; Outputs holds a lock.
    data = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    # Nothing that a database brings with it may call a function.
    data.execute("PRAGMA trusted_schema = OFF")
    data.execute("PRAGMA foreign_keys = ON")
    data.execute("PRAGMA journal_mode = DELETE")
    return data


def _create(data: sqlite3.Connection) -> None:
    for statement in (*TABLES.values(), *INDEXES.values()):
        data.execute(statement)
    data.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    data.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def check_header(path: str) -> None:
    """Raise ``ForeignFileError`` for a file that is no store of ours; an empty one, or none, will do."""
    if not size_of(path):
        return
    head = head_of(path, 100)
    # SQLite file format, 1.3: user version at offset 60, application id at 68.
    ident, version = int.from_bytes(head[68:72], "big"), int.from_bytes(head[60:64], "big")
    if not head.startswith(_MAGIC) or ident != APPLICATION_ID:
        raise ForeignFileError(path, "exists, and is no store of an earlier scan")
    if version > SCHEMA_VERSION:
        raise ForeignFileError(path, f"is of version {version}, made by a later pecdetect")


def _check_journal(path: str) -> None:
    """Raise ``ForeignFileError`` for a file that SQLite would overwrite as its journal and did not write."""
    journal = f"{path}-journal"
    if not os.path.lexists(journal):
        return
    ours = os.path.isfile(journal) and not os.path.islink(journal)  # noqa: PTH113, PTH114 - names as they are given
    # A journal that was just begun, or is done with, has no header (SQLite file format, 3).
    if not ours or head_of(journal, 8) not in (_JOURNAL_MAGIC, bytes(8), b""):
        raise ForeignFileError(journal, "exists, and was not written by pecdetect")


def check_tables(data: sqlite3.Connection, path: str) -> None:
    """Raise ``ForeignFileError`` unless the tables are those of this version, and nothing is triggered."""
    found = {name: (kind, sql) for name, kind, sql in data.execute("SELECT name, type, sql FROM sqlite_schema")}
    wrong = [name for name, sql in TABLES.items() if found.get(name) != ("table", sql)]
    if wrong or any(kind == "trigger" for kind, _ in found.values()):
        raise ForeignFileError(path, f"exists, and its tables are not those of a scan: {', '.join(wrong)}")
