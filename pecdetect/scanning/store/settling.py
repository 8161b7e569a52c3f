"""A file that grows is put on disk and summed up in the meantime, so that at its end there is little to wait for."""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from pecdetect.scanning.store.files import Appender, open_to_append

if TYPE_CHECKING:
    from io import FileIO

_STRIDE: Final = 8 * 1024 * 1024
"""Octets that are put on disk at once: often enough for little to be left, seldom enough to cost nothing."""
_PIECE: Final = 1024 * 1024
"""Octets that are read back at once."""


class SettledAppender(Appender):
    """Appends to a file that somebody else looks after meanwhile, and says at the end what stands in it."""

    __slots__ = ("_settling",)

    def __init__(self, path: str, size: int) -> None:
        """Open or create ``path``, to go on behind its first ``size`` octets. Raises ``OSError``."""
        super().__init__(open_to_append(path, size))
        try:
            self._settling = _Settling(self.stream, path)
        except BaseException:
            self.stream.close()
            raise

    @property
    def failed(self) -> bool:
        """Whether the system could not put on disk what was written: then nobody knows what of it stands there."""
        return self._settling.failed

    def flush(self) -> None:
        """Write what is held, as an ``Appender`` does. Raises ``OSError``, and what went wrong meanwhile."""
        super().flush()
        self._settling.written(self.stream.tell())

    def finish(self) -> str:
        """Write what is held, wait until all is on disk, and close; gives the SHA-256 of the file in lower-case hex.

        Raises ``OSError``, and what went wrong meanwhile; whoever gets it closes the file.
        """
        super().flush()
        sha256 = self._settling.finish()
        self.close()
        return sha256

    def close(self) -> None:
        """Write what is held and close the file, whatever happens. Raises as ``finish`` does."""
        try:
            super().flush()
        finally:
            try:
                self._settling.close()
            finally:
                self.stream.close()


class _Settling:
    """What becomes of a file, in a thread of its own once there is enough to do.

    It is read back: its SHA-256 is that of what stands there, not of what was meant to.
    """

    def __init__(self, writer: FileIO, path: str) -> None:
        self._writer = writer
        self._reader: FileIO = open(path, "rb", buffering=0)  # noqa: PTH123, SIM115 - names as given; close() closes it
        self._digest = hashlib.sha256()
        self._ends: SimpleQueue[int | None] = SimpleQueue()
        self._told = 0
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        """Set by the thread: a join that Ctrl-C breaks off leaves a thread that seems to have ended (CPython 3.11)."""
        self._left = False
        """Whether nobody wants the sum any more."""
        self._error: Exception | None = None
        """What the thread met, until it is raised: the system tells only once that it could not write."""
        self.failed = False

    def written(self, end: int) -> None:
        """Say that the file has ``end`` octets by now. Raises what the thread met."""
        self._check()
        if end - self._told < _STRIDE:
            return
        self._told = end
        if self._thread is None:
            thread = threading.Thread(target=self._run, daemon=True)
            with suppress(RuntimeError):  # no thread is to be had: then all is done at the end
                thread.start()
                self._thread = thread
        self._ends.put(end)

    def finish(self) -> str:
        """Put the rest on disk and sum it up. Raises ``OSError``, and what the thread met."""
        self._stop()
        self._check()
        self._settle(None)
        return self._digest.hexdigest()

    def close(self) -> None:
        """Leave the file as it is. Raises what the thread met, if nobody has heard of it."""
        self._left = True
        self._stop()
        self._reader.close()
        self._check()

    def _check(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _stop(self) -> None:
        self._ends.put(None)  # whatever is known of the thread: Ctrl-C may have come while it started
        if self._thread is not None:
            self._ended.wait()

    def _run(self) -> None:
        """Settle what there is whenever there is enough, in the thread."""
        try:
            for end in iter(self._ends.get, None):
                if self._ends.empty():  # else there is more by now, or no need
                    self._settle(end)
        except Exception as error:  # noqa: BLE001 - whoever writes next gets it
            self._error = error
        finally:
            self._ended.set()

    def _settle(self, end: int | None) -> None:
        """Sum up what stands there up to ``end``, or to the end of the file, and put it on disk."""
        try:
            while (wanted := _PIECE if end is None else min(_PIECE, end - self._reader.tell())) > 0:
                octets = self._reader.read(wanted)
                if not octets or self._left:
                    break
                self._digest.update(octets)
            os.fsync(self._writer.fileno())
        except Exception:
            self.failed = True
            raise
