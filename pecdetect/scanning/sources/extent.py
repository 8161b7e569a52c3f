"""How much there is to read: what a progress bar needs to know, and nothing else does."""

from __future__ import annotations

import os
import stat
from threading import Thread
from typing import TYPE_CHECKING

from pecdetect.contract import Result
from pecdetect.scanning.sources.folders import walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.record import Record


class Extent:
    """Bytes of all files that some paths name, added up beside the scan; and how far the scan is through them."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.total: int | None = None
        """Bytes in all; None while they are added up, and where they cannot be told."""
        self.done = 0
        """Bytes of the files that are through."""
        self._file: str | None = None
        self._size = self._inside = self._passed = 0
        self._paths = paths
        if "-" not in paths:
            Thread(target=self._add_up, daemon=True).start()

    def passed(self, record: Record) -> None:
        """Take note of a result. What lies in one file comes together."""
        if record.file is None or record.fingerprint is None:
            return
        if record.file != self._file:
            self._passed += self._size
            self._file, self._size, self._inside = record.file, record.fingerprint.size, 0
        self._inside += record.columns.size
        self.done = self._passed + min(self._inside, self._size)

    def _add_up(self) -> None:
        total = 0
        for path in self._paths:
            total += _size(path)
        self.total = total


def _size(path: str) -> int:
    """Bytes in a file, or in all files of a folder; 0 for what cannot be examined."""
    try:
        status = os.stat(path)  # noqa: PTH116 - as given
        if stat.S_ISDIR(status.st_mode):
            return sum(0 if isinstance(met, Result) else _size_of_file(met.path) for met in walk(path))
    except (OSError, ValueError):
        return 0
    return status.st_size


def _size_of_file(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - as given
    except OSError:
        return 0
