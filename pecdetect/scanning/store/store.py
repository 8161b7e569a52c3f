"""A scan as an SQLite database: every result in full, and in columns for questions in SQL (docs/store.md).

One file, also while it is written: changes are committed every second or every five hundred items, with SQLite's
rollback journal, so that a killed scan leaves what was committed. Values are bound, never put into a statement: text
from mail is data. The schema stands here once; a database whose tables were not made by it is refused.
"""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING, Final

from pecdetect.contract import dump
from pecdetect.scanning.errors import ForeignFileError, OutputError
from pecdetect.scanning.store.custody import COUNTED
from pecdetect.scanning.store.files import check_writable, head_of, part_of, remove, size_of
from pecdetect.scanning.store.rows import CHILDREN, ITEM_COLUMNS, child_rows, item_row

if TYPE_CHECKING:
    from pecdetect.record import Fingerprint
    from pecdetect.scanning.store.custody import Run
    from pecdetect.scanning.store.item import Item

APPLICATION_ID: Final = 0x50454344
"""``PECD``, in the header of the file (``PRAGMA application_id``)."""
SCHEMA_VERSION: Final = 1
"""``PRAGMA user_version``; a later version of pecdetect reads earlier ones or says that it does not."""

TABLES: Final = {
    "runs": """CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  version TEXT NOT NULL,
  rules TEXT NOT NULL,
  arguments TEXT NOT NULL,
  profile TEXT NOT NULL,
  limits TEXT NOT NULL,
  options TEXT NOT NULL,
  settings TEXT NOT NULL,
  started TEXT NOT NULL,
  ended TEXT,
  complete INTEGER NOT NULL DEFAULT 0,
  items INTEGER NOT NULL DEFAULT 0,
  blocked INTEGER NOT NULL DEFAULT 0,
  undetermined INTEGER NOT NULL DEFAULT 0,
  degraded INTEGER NOT NULL DEFAULT 0,
  syncs INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  errors INTEGER NOT NULL DEFAULT 0,
  CHECK (items = blocked + undetermined + degraded + syncs + skipped + errors)
)""",
    "items": """CREATE TABLE items (
  id INTEGER PRIMARY KEY,
  position INTEGER NOT NULL,
  judged_in INTEGER NOT NULL REFERENCES runs (id),
  seen_in INTEGER NOT NULL REFERENCES runs (id),
  source TEXT NOT NULL,
  file TEXT,
  file_size INTEGER,
  mtime_ns INTEGER,
  size INTEGER,
  sha256 TEXT,
  md5 TEXT,
  sha1 TEXT,
  container TEXT,
  kind TEXT,
  outcome TEXT,
  outcome_basis TEXT,
  decided_by TEXT,
  summary TEXT,
  channel TEXT,
  message_id TEXT,
  date TEXT,
  sender TEXT,
  sender_domain TEXT,
  recipients TEXT,
  subject TEXT,
  message_class TEXT,
  pec_type TEXT,
  pec_layout TEXT,
  pec_provider TEXT,
  pec_sender TEXT,
  pec_identifier TEXT,
  skipped TEXT,
  error TEXT,
  detail TEXT,
  result TEXT NOT NULL
)""",
    "reasons": """CREATE TABLE reasons (
  item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  code TEXT NOT NULL,
  effect TEXT NOT NULL,
  basis TEXT NOT NULL,
  decides INTEGER NOT NULL,
  title TEXT NOT NULL,
  detail TEXT NOT NULL,
  evidence TEXT NOT NULL,
  PRIMARY KEY (item_id, number)
) WITHOUT ROWID""",
    "attachments": """CREATE TABLE attachments (
  item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  part TEXT NOT NULL,
  name TEXT,
  type TEXT NOT NULL,
  size INTEGER,
  hidden_in TEXT,
  PRIMARY KEY (item_id, number)
) WITHOUT ROWID""",
    "parts": """CREATE TABLE parts (
  item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  section TEXT NOT NULL,
  stream TEXT,
  type TEXT NOT NULL,
  name TEXT,
  encoding TEXT NOT NULL,
  first INTEGER NOT NULL,
  past INTEGER NOT NULL,
  size INTEGER NOT NULL,
  PRIMARY KEY (item_id, number)
) WITHOUT ROWID""",
    "anomalies": """CREATE TABLE anomalies (
  item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  code TEXT NOT NULL,
  severity TEXT NOT NULL,
  part TEXT NOT NULL,
  stream TEXT,
  first INTEGER NOT NULL,
  past INTEGER NOT NULL,
  reading TEXT NOT NULL,
  PRIMARY KEY (item_id, number)
) WITHOUT ROWID""",
}
INDEXES: Final = {
    "items_source": "CREATE INDEX items_source ON items (source)",
    "items_sha256": "CREATE INDEX items_sha256 ON items (sha256)",
    "items_outcome": "CREATE INDEX items_outcome ON items (outcome, sender_domain)",
    "items_seen_in": "CREATE INDEX items_seen_in ON items (seen_in)",
    "items_judged_in": "CREATE INDEX items_judged_in ON items (judged_in)",
    "reasons_code": "CREATE INDEX reasons_code ON reasons (code, item_id)",
    "anomalies_code": "CREATE INDEX anomalies_code ON anomalies (code, item_id)",
}
_COMMIT_ITEMS: Final = 500
_COMMIT_SECONDS: Final = 1.0
_MAGIC: Final = b"SQLite format 3\0"


class StoreOutput:
    """Results as an SQLite database."""

    proven = False

    def __init__(self, path: str, run: Run, *, resume: bool) -> None:
        """Look at what stands there; raises ``OutputError`` and changes nothing when it is not ours."""
        check_writable(path)
        check_header(path)
        # A database that is to be replaced stays until the new one is done.
        self._place = part_of(path) if not resume and size_of(path) else path
        self.path = path
        places = (path, part_of(path))
        self.files: tuple[str, ...] = (*places, *(f"{place}-journal" for place in places))
        self._run = run
        self._settings = run.settings
        self._resume = resume
        self._data: sqlite3.Connection | None = None
        self._run_id = 0
        self._position = 0
        self._uncommitted = 0
        self._committed_at = 0.0

    def start(self) -> None:
        """Open or create the database and enter the run. Raises ``OutputError``."""
        if self._place != self.path:
            remove(self._place)
        try:
            data = connect(self._place)
            try:
                self._run_id = self._enter_run(data)
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
        values = (run.version, run.rules, *map(dump, (list(run.arguments), run.profile, run.limits, run.options)))
        inserted = data.execute(
            "INSERT INTO runs (version, rules, arguments, profile, limits, options, settings, started)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, run.settings, run.started),
        )
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

    def known(self, source: str, fingerprint: Fingerprint, sha256: str | None) -> str | None:
        """Give the line that a file has given before, under the same settings."""
        if self._data is None or not self._resume:
            return None
        size, mtime_ns = fingerprint[:2]
        values = {"source": source, "settings": self._settings, "size": size, "mtime_ns": mtime_ns}
        query = _KNOWN if sha256 is None else _PROVEN
        found = self._data.execute(query, values | {"sha256": sha256}).fetchone()
        return found[0] if found is not None and isinstance(found[0], str) else None

    def add(self, item: Item) -> None:
        """Enter an item; what stands there for it is confirmed or replaced. Raises ``sqlite3.Error``."""
        data = self._data
        if data is None:
            return
        self._position += 1
        if not self._resume or not self._confirm(data, item):
            self._insert(data, item)
        self._uncommitted += 1
        if self._uncommitted >= _COMMIT_ITEMS:
            self._commit(data)
        else:
            self.flush()

    def flush(self) -> None:
        """Commit what was entered, once a second at most. Raises ``sqlite3.Error``."""
        due = time.monotonic() - self._committed_at > _COMMIT_SECONDS
        if due and self._uncommitted and self._data is not None:
            self._commit(self._data)

    def _confirm(self, data: sqlite3.Connection, item: Item) -> bool:
        """Take over a row that says the same; remove one that does not."""
        # A source may have been named twice: each time another row is taken.
        query = "SELECT id, result, file_size, mtime_ns, judged_in FROM items WHERE source = ? AND seen_in <> ?"
        row = data.execute(f"{query} ORDER BY position LIMIT 1", (item.source, self._run_id)).fetchone()
        if row is None:
            return False
        ident, line, size, mtime_ns, judged_in = row
        if line != item.line or not self._same_settings(data, judged_in):
            data.execute("DELETE FROM items WHERE id = ?", (ident,))
            return False
        if item.fingerprint is not None:
            size, mtime_ns = item.fingerprint[:2]
        data.execute(
            "UPDATE items SET position = ?, seen_in = ?, file_size = ?, mtime_ns = ?, md5 = coalesce(?, md5),"
            " sha1 = coalesce(?, sha1) WHERE id = ?",
            (self._position, self._run_id, size, mtime_ns, item.md5, item.sha1, ident),
        )
        return True

    def _same_settings(self, data: sqlite3.Connection, run_id: int) -> bool:
        row = data.execute("SELECT settings FROM runs WHERE id = ?", (run_id,)).fetchone()
        return row is not None and row[0] == self._settings

    def _insert(self, data: sqlite3.Connection, item: Item) -> None:
        row = (self._position, self._run_id, self._run_id, *item_row(item))
        ident = data.execute(_INSERT_ITEM, row).lastrowid or 0
        for table, rows in child_rows(item.result).items():
            if rows:
                data.executemany(_INSERT_CHILD[table], ((ident, number, *row) for number, row in enumerate(rows, 1)))

    def finish(self, run: Run) -> None:
        """Remove what has vanished, enter the end of the run, close. Raises ``sqlite3.Error``, ``OSError``."""
        if self._data is None:
            return
        self._data.execute("DELETE FROM items WHERE seen_in <> ?", (self._run_id,))
        self._end(self._data, run)
        if self._place != self.path:
            os.replace(self._place, self.path)  # noqa: PTH105 - names as they are given

    def abort(self, run: Run) -> None:
        """Keep what was added, enter that the run was not completed, close. Raises ``sqlite3.Error``."""
        if self._data is None:
            return
        self._end(self._data, run)
        if self._place != self.path:
            remove(self._place)

    def _end(self, data: sqlite3.Connection, run: Run) -> None:
        values = {"id": self._run_id, "ended": run.ended, "complete": run.complete, "items": run.counts.get("items", 0)}
        counts = {name: run.counts.get(name, 0) for name in COUNTED}
        data.execute(_UPDATE_RUN, values | counts)
        data.execute("COMMIT")
        data.close()
        self._data = None


_KNOWN: Final = """SELECT i.result FROM items i JOIN runs r ON r.id = i.judged_in WHERE i.source = :source
AND i.file_size = :size AND i.mtime_ns = :mtime_ns AND r.settings = :settings ORDER BY i.position"""
_PROVEN: Final = """SELECT i.result FROM items i JOIN runs r ON r.id = i.judged_in WHERE i.source = :source
AND i.sha256 = :sha256 AND r.settings = :settings ORDER BY i.position"""
_INSERT_ITEM: Final = (
    f"INSERT INTO items (position, judged_in, seen_in, {', '.join(ITEM_COLUMNS)})"  # noqa: S608 - fixed names
    f" VALUES ({', '.join('?' * (3 + len(ITEM_COLUMNS)))})"
)
_INSERT_CHILD: Final = {
    table: f"INSERT INTO {table} (item_id, number, {', '.join(columns)})"  # noqa: S608 - fixed names
    f" VALUES ({', '.join('?' * (2 + len(columns)))})"
    for table, columns in CHILDREN.items()
}
_UPDATE_RUN: Final = (
    "UPDATE runs SET ended = :ended, complete = :complete, items = :items, blocked = :blocked,"
    " undetermined = :undetermined, degraded = :degraded, syncs = :syncs, skipped = :skipped, errors = :errors"
    " WHERE id = :id"
)


def connect(path: str) -> sqlite3.Connection:
    """Open a database for a scan. Raises ``sqlite3.Error``."""
    # Whoever asks what is known may be another thread than the one that adds; Outputs holds a lock.
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


def check_tables(data: sqlite3.Connection, path: str) -> None:
    """Raise ``ForeignFileError`` unless the tables are those of this version, and nothing is triggered."""
    found = {name: (kind, sql) for name, kind, sql in data.execute("SELECT name, type, sql FROM sqlite_schema")}
    wrong = [name for name, sql in TABLES.items() if found.get(name) != ("table", sql)]
    if wrong or any(kind == "trigger" for kind, _ in found.values()):
        raise ForeignFileError(path, f"exists, and its tables are not those of a scan: {', '.join(wrong)}")
