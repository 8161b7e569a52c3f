"""JSON Lines as an output that can be interrupted at any moment, and gone on with.

Lines are written whole, none is held back while the scan waits for its workers, and they hold no clock. Which of them
may be used again is told by the custody log beside the file (:mod:`pecdetect.scanning.store.custody`): a line is, if
under the same settings (version, rules, profile, limits, options) it came from a file of the same name, size and time
of change. A file without such a log, made by redirecting the standard output say, is recognised and replaced, and
every message in it judged anew.

A scan hands over every item in its order, those that were known too. As long as each line is the one that stands in
the file already nothing is written; behind its end lines are appended. At the first line that differs a new file is
begun beside the old one, which takes its place when the scan is done. A scan that ends early puts into the new file
what of the old one was not reached, so that nothing is lost; one that was killed leaves that to the next.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from pecdetect.contract import RESULT_SCHEMA
from pecdetect.scanning.errors import ForeignFileError
from pecdetect.scanning.store.custody import CustodyLog, Run, custody_of, records
from pecdetect.scanning.store.files import (
    check_writable,
    complete_lines,
    open_to_append,
    part_of,
    put_in_place,
    remove,
    size_of,
    write_all,
)
from pecdetect.scanning.store.item import MAX_LINE, source_of
from pecdetect.scanning.store.settling import SettledAppender

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO

    from pecdetect.record import Fingerprint
    from pecdetect.scanning.store.item import Item


class LinesOutput:
    """Results as JSON Lines."""

    proven = True
    """The log holds a digest of every line."""

    def __init__(self, path: str, run: Run, *, resume: bool) -> None:
        """Look at what stands there; raises ``OutputError`` and changes nothing when it is not ours."""
        check_writable(path)
        for place in (path, part_of(path)):
            _check_first_line(place)
        self._has_log = os.path.exists(custody_of(path))  # noqa: PTH110 - names as they are given
        if self._has_log:
            next(records(custody_of(path)), None)
        self.path = path
        self.files: tuple[str, ...] = (path, custody_of(path), part_of(path))
        self._run = run
        self._resume = resume
        self._old: BinaryIO | None = None
        self._old_size = 0
        self._position = 0
        self._new: SettledAppender | None = None
        self._log: CustodyLog | None = None

    def start(self) -> None:
        """Read what an earlier scan left, and head the log with this one. Raises ``OSError``, ``OutputError``."""
        self._index = _Index()
        try:
            if self._resume:
                self._read()
            self._log = CustodyLog(custody_of(self.path), self._run)
            if not self._resume:
                self._old_size = size_of(self.path)
                self._new = SettledAppender(part_of(self.path), 0)
            elif self._old_size:
                self._old = open(self.path, "rb")  # noqa: PTH123, SIM115 - closed by finish() and abort()
            else:
                self._new = SettledAppender(self.path, 0)
        except BaseException:
            self._index.close()
            if self._log is not None:
                self._log.close()
            raise

    def _read(self) -> None:
        if size_of(part_of(self.path)):
            recover(self.path)
        if self._has_log:
            self._index.add_facts(custody_of(self.path), self._run)
        self._old_size = self._index.add_lines(self.path)

    @property
    def _rewriting(self) -> bool:
        return not self._resume or (self._old is not None and self._new is not None)

    @property
    def remembers(self) -> bool:
        """Whether an earlier scan has left anything that may be used again."""
        return self._resume and not self._index.empty

    def known(self, source: str, fingerprint: Fingerprint, sha256: str | None) -> str | None:
        """Give the line that a file has given before."""
        return self._index.known(self.path, source, fingerprint, sha256) if self._resume else None

    def add(self, item: Item) -> None:
        """Write a line, unless it stands there."""
        octets = item.line.encode("ascii") + b"\n"
        digest = digest_of(octets)
        if self._log is not None and not self._index.has_fact(digest, item.fingerprint):
            self._log.add(item, digest)
        if self._old is not None and self._new is None and not self._same(octets):
            self._turn_to_new()
        if self._new is not None:
            self._new.add(octets)

    def flush(self) -> None:
        """Write what is held back. Raises ``OSError``."""
        if self._log is not None:
            self._log.flush()
        if self._new is not None:
            self._new.flush()

    def _same(self, octets: bytes) -> bool:
        """Whether the next line of the old file is this one; then it is passed."""
        if self._old is None or self._position + len(octets) > self._old_size:
            return False
        if self._old.read(len(octets)) != octets:
            return False
        self._position += len(octets)
        return True

    def _turn_to_new(self) -> None:
        """Go on in a file: the old one behind its last line, else a new one that begins like it."""
        if self._old is None:
            return
        if self._position == self._old_size:
            self._old.close()
            self._old = None
            self._new = SettledAppender(self.path, self._old_size)
            return
        self._new = SettledAppender(part_of(self.path), 0)
        self._old.seek(0)
        left = self._position
        while left:
            octets = self._old.read(min(left, 1024 * 1024))
            self._new.add(octets)
            left -= len(octets)

    def finish(self, run: Run) -> None:
        """Put the file in place and end its log. Raises ``OSError``."""
        rewriting = self._rewriting
        if self._old is not None:
            self._old.close()
        if self._new is None:
            # All that is left behind the last line has vanished from the input.
            self._old = None
            self._new = SettledAppender(self.path, self._position)
        sha256 = self._new.finish()
        if rewriting:
            os.replace(part_of(self.path), self.path)  # noqa: PTH105 - names as they are given
        self._new = None
        self._index.close()
        if self._log is not None:
            self._log.end(run, sha256)

    def abort(self, run: Run) -> None:
        """Leave what was added, and what was not reached, as a valid file. Raises ``OSError``.

        Without ``resume`` a file that stood there before stays as it was.
        """
        with ExitStack() as left:  # the last first, and each whatever becomes of the others
            if self._log is not None:
                left.callback(self._log.end, run, None)
            left.callback(self._index.close)
            if self._rewriting:
                left.callback(self._leave_rewritten)
            for stream in (self._old, self._new):
                if stream is not None:
                    left.callback(stream.close)

    def _leave_rewritten(self) -> None:
        """Put the new file in place as far as it goes, with what of the old one it has not reached."""
        if self._new is None or self._new.failed:  # it is in place; or may not be on disk, where the old one is
            return
        if self._resume:
            recover(self.path)
        elif self._old_size:
            remove(part_of(self.path))
        else:
            os.replace(part_of(self.path), self.path)  # noqa: PTH105 - names as they are given


def recover(path: str) -> None:
    """Join what a scan that ended early has left: its new file, and what of the old one it had not reached.

    Only what stands in the new file counts as reached. Raises ``ForeignFileError`` for a line that is no result,
    ``OSError``.
    """
    with closing(_Index()) as index:
        for _, source, _ in _lines(part_of(path)):
            index.add_rewritten(source)
        with open_to_append(part_of(path), complete_lines(part_of(path))) as new:
            if os.path.exists(path):  # noqa: PTH110 - names as they are given
                for line, source, _ in _lines(path):
                    if not index.is_rewritten(source):
                        write_all(new, line)
            put_in_place(new, path)


def digest_of(octets: bytes) -> str:
    """What stands for a line in the log."""
    return blake2b(octets, digest_size=8).hexdigest()


def _check_first_line(path: str) -> None:
    """Raise ``ForeignFileError`` for a file that does not begin like one of ours."""
    start = f'{{"schema":"{RESULT_SCHEMA}","source":"'.encode()
    if not os.path.exists(path):  # noqa: PTH110 - names as they are given
        return
    with open(path, "rb") as stream:  # noqa: PTH123 - as above
        head = stream.read(len(start))
    if not start.startswith(head):
        raise ForeignFileError(path, "exists, and is no result of an earlier scan")


def _lines(path: str) -> Iterator[tuple[bytes, str, int]]:
    """Whole lines with their source and the offset behind them; a torn last one is left out."""
    end = 0
    with open(path, "rb") as stream:  # noqa: PTH123 - names as they are given
        for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE + 2), b""), 1):
            if not line.endswith(b"\n") and len(line) < MAX_LINE + 2:
                return
            source = source_of(line[:-1].decode("ascii", "replace"))
            if source is None:
                raise ForeignFileError(path, f"exists, and line {number:,} is no result of an earlier scan")
            end += len(line)
            yield line, source, end


_TABLES: Final = """
CREATE TABLE lines (source TEXT NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL, digest TEXT NOT NULL);
CREATE TABLE facts (digest TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT);
CREATE TABLE rewritten (source TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE INDEX lines_source ON lines (source);
CREATE INDEX facts_digest ON facts (digest);
"""
_KNOWN: Final = """SELECT l.start, l.length FROM lines l JOIN facts f USING (digest)
WHERE l.source = :source AND f.size = :size AND f.mtime_ns = :mtime_ns"""
_PROVEN: Final = """SELECT l.start, l.length FROM lines l JOIN facts f USING (digest)
WHERE l.source = :source AND f.sha256 = :sha256"""


class _Index:
    """What stands where in the file: a database without a name, which SQLite keeps on disk and removes itself."""

    def __init__(self) -> None:
        self.empty = True
        """Whether there is no fact, so that nothing is known."""
        self._connection: sqlite3.Connection | None = None

    @property
    def _data(self) -> sqlite3.Connection:
        if self._connection is None:
            import sqlite3  # for those who go on with a file

            # Whoever asks what is known may be another thread than the one that adds; Outputs holds a lock.
            self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.executescript(_TABLES)
            self._connection.execute("BEGIN")
        return self._connection

    def add_facts(self, log: str, run: Run) -> None:
        """Take what holds for this run's settings from its log. Raises ``ForeignFileError``, ``OSError``."""
        holds, settings = False, run.settings
        for record in records(log):
            if "run" in record:
                holds = _settings_of(record["run"]) == settings
            elif holds and (fact := _fact(record.get("item"))) is not None:
                self._data.execute("INSERT INTO facts VALUES (?, ?, ?, ?)", fact)
                self.empty = False

    def add_lines(self, path: str) -> int:
        """Take the lines of a file; gives the octets up to the end of the last. Raises ``ForeignFileError``."""
        end = 0
        if not os.path.exists(path):  # noqa: PTH110 - names as they are given
            return 0
        for line, source, end in _lines(path):
            row = (source, end - len(line), len(line), digest_of(line))
            self._data.execute("INSERT INTO lines VALUES (?, ?, ?, ?)", row)
        return end

    def known(self, path: str, source: str, fingerprint: Fingerprint, sha256: str | None) -> str | None:
        """Give the line of ``source`` that a file like this one gave."""
        if self.empty:
            return None
        size, mtime_ns = fingerprint[:2]
        values = {"source": source, "size": size, "mtime_ns": mtime_ns, "sha256": sha256}
        found = self._data.execute(_KNOWN if sha256 is None else _PROVEN, values).fetchone()
        if found is None:
            return None
        with open(path, "rb") as stream:  # noqa: PTH123 - names as they are given
            stream.seek(found[0])
            return stream.read(found[1] - 1).decode("ascii")

    def has_fact(self, digest: str, fingerprint: Fingerprint | None) -> bool:
        """Whether the log says already what a file was that gave this line."""
        if self.empty or fingerprint is None:
            return False
        query = "SELECT 1 FROM facts WHERE digest = ? AND size = ? AND mtime_ns = ?"
        return self._data.execute(query, (digest, *fingerprint[:2])).fetchone() is not None

    def add_rewritten(self, source: str) -> None:
        """Note that a source stands in the new file."""
        self._data.execute("INSERT OR IGNORE INTO rewritten VALUES (?)", (source,))

    def is_rewritten(self, source: str) -> bool:
        """Whether a source stands in the new file."""
        return self._data.execute("SELECT 1 FROM rewritten WHERE source = ?", (source,)).fetchone() is not None

    def close(self) -> None:
        """Remove it."""
        if self._connection is not None:
            self._connection.close()


def _settings_of(run: object) -> str | None:
    try:
        return Run.from_dict(run).settings
    except ValueError:
        return None


def _fact(item: object) -> tuple[str, int, int, str | None] | None:
    """Digest, size, time of change and SHA-256 of a log's item; None for one that proves nothing."""
    if not isinstance(item, dict):
        return None
    values: Mapping[str, object] = item
    digest, size, mtime_ns, sha256 = (values.get(name) for name in ("line", "size", "mtime_ns", "sha256"))
    if not isinstance(digest, str) or type(size) is not int or type(mtime_ns) is not int:
        return None
    if not 0 <= size < 2**63 or not -(2**63) <= mtime_ns < 2**63:
        return None
    return digest, size, mtime_ns, sha256 if isinstance(sha256, str) else None
