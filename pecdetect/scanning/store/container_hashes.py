"""The files that hold several messages, with their SHA-256: rows of the store's table ``containers``.

Messages of a container are judged one by one, so that nobody else reads it as a whole. It is read here, in a thread,
while the scan goes on; a message needs far longer to be judged than its bytes to be hashed.
"""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Final, NamedTuple

from pecdetect.contract import file_name
from pecdetect.scanning.sources.reading import fingerprint_of_file, is_sparse, open_regular

if TYPE_CHECKING:
    import sqlite3
    from concurrent.futures import Future

    from pecdetect.record import Fingerprint

_STEP: Final = 1024 * 1024
_PENDING: Final = 1000
"""Containers that may wait; a scan that finds more waits for them, so that memory does not grow."""


class _Hashed(NamedTuple):
    sha256: str | None
    problem: str | None
    """Why there is none; None also where the scan was stopped."""


class Containers:
    """Enters the containers of one run."""

    def __init__(self, data: sqlite3.Connection, run: int) -> None:
        self._data = data
        self._run = run
        self._last: str | None = None
        self._stop = Event()
        self._thread = ThreadPoolExecutor(1, "pecdetect-containers")
        self._pending: deque[tuple[str, Future[_Hashed]]] = deque()

    def note(self, file: str, fingerprint: Fingerprint) -> None:
        """Enter a container when its first message comes. Raises ``sqlite3.Error``."""
        if file == self._last:
            return
        self._last = file
        path = file_name(file)
        query = "SELECT size, mtime_ns, sha256, seen_in FROM containers WHERE path = ?"
        *known, seen_in = self._data.execute(query, (path,)).fetchone() or (None,) * 4
        if seen_in == self._run:
            return
        if known[:2] == [*fingerprint] and known[2] is not None:
            self._data.execute("UPDATE containers SET seen_in = ? WHERE path = ?", (self._run, path))
            return
        self._data.execute(
            "INSERT OR REPLACE INTO containers (path, size, mtime_ns, hashed_in, seen_in) VALUES (?, ?, ?, ?, ?)",
            (path, *fingerprint, self._run, self._run),
        )
        self._pending.append((path, self._thread.submit(_hashed, file, fingerprint, self._stop)))
        while len(self._pending) > _PENDING:
            self._enter()

    def enter_finished(self) -> None:
        """Enter the sums that are known by now. Raises ``sqlite3.Error``."""
        while self._pending and self._pending[0][1].done():
            self._enter()

    def finish(self) -> None:
        """Wait for all sums, enter them, and remove the containers that this run did not meet."""
        while self._pending:
            self._enter()
        self._data.execute("DELETE FROM containers WHERE seen_in <> ?", (self._run,))
        self._thread.shutdown()

    def abort(self) -> None:
        """Stop hashing. What has no sum by now gets it from the next run."""
        self._stop.set()
        self._thread.shutdown()
        while self._pending:
            self._enter()

    def _enter(self) -> None:
        path, future = self._pending.popleft()
        self._data.execute("UPDATE containers SET sha256 = ?, problem = ? WHERE path = ?", (*future.result(), path))


def _hashed(path: str, fingerprint: Fingerprint, stop: Event) -> _Hashed:
    """Hash a file as it was when the scan read it."""
    digest = hashlib.sha256()
    try:
        if is_sparse(path):
            return _Hashed(None, "The file is nearly empty for its size; reading it would take too long.")
        with open_regular(path) as stream:
            while piece := stream.read(_STEP):
                digest.update(piece)
                if stop.is_set():
                    return _Hashed(None, None)
    except OSError as error:
        return _Hashed(None, f"The system cannot read it: {error.strerror or type(error).__name__}.")
    if fingerprint_of_file(path) != fingerprint:
        return _Hashed(None, "The file was changed while it was scanned.")
    return _Hashed(digest.hexdigest(), None)
