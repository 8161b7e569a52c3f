"""The outputs of one scan: a file each, its kind told by its extension.

    with open_outputs(["case.sqlite", "case.csv"], Run.begin(...)) as outputs:
        for ... in ...:
            line = outputs.known(source, fingerprint)    # judged before, unchanged: not to be read again
            outputs.add(record, fingerprint)             # every item, in order, known or new
        outputs.finish()

Leaving the block without ``finish()`` (an exception, Ctrl-C) keeps what was added: ``.jsonl`` and ``.sqlite`` can be
gone on with, see :mod:`pecdetect.scanning.store.lines` and :mod:`pecdetect.scanning.store.store`; for the others see
:mod:`pecdetect.scanning.store.documents`.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol

from pecdetect.contract import file_name
from pecdetect.scanning.errors import OutputError, UnknownFormatError
from pecdetect.scanning.store.custody import Run, count, no_counts
from pecdetect.scanning.store.item import Item, told_by

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from pecdetect.record import Fingerprint
    from pecdetect.scanning.store.item import Judged

EXTENSIONS: Final = (".jsonl", ".sqlite", ".json", ".csv", ".parquet", ".html")
"""What an output may be; the first two can be gone on with."""
_MAY_PASS: Final = frozenset({"permission-denied", "not-found", "unreadable"})
"""Errors that are tried again: what was in the way need not have changed the file."""
_NO_MESSAGE: Final = "not-a-message"


class Output(Protocol):
    """One file."""

    path: str
    files: tuple[str, ...]
    proven: bool
    """Whether what it knows is what was written, without looking."""

    @property
    def remembers(self) -> bool:
        """Whether an earlier scan has left anything that may be used again."""

    def start(self) -> None:
        """Open it for writing."""

    def known(self, source: str, fingerprint: Fingerprint, sha256: str | None) -> str | None:
        """Give the line that an unchanged file has given before."""

    def add(self, item: Item) -> None:
        """Write one item, now or when as many have come together as are written at once."""

    def flush(self) -> None:
        """Write what is held back, where that takes no more than a moment."""

    def finish(self, run: Run) -> None:
        """Close it; all is there."""

    def abort(self, run: Run) -> None:
        """Close it; something is missing."""


def open_outputs(
    paths: Sequence[str | os.PathLike[str]], run: Run, *, delimiter: str = ",", resume: bool = True
) -> Outputs:
    """Open the outputs of a scan; each extension of ``paths`` is one of :data:`EXTENSIONS`.

    ``delimiter`` parts the cells of ``.csv``. With ``resume`` the lines of earlier scans into the same ``.jsonl`` and
    ``.sqlite`` are used again where nothing has changed; without, they are replaced.

    Raises ``OutputError`` (``UnknownFormatError``, ``ForeignFileError``, ``MissingExtraError``) before anything is
    changed where an output cannot be one, and ``OSError`` where it cannot be written.
    """
    names = [os.fspath(path) for path in paths]
    places = [os.path.realpath(name) for name in names]
    for name, place in zip(names, places, strict=True):
        if _extension(name) not in EXTENSIONS:
            known = ", ".join(EXTENSIONS)
            raise UnknownFormatError(name, f"an output ends in one of {known}")
        if places.count(place) > 1:
            raise OutputError(name, "is given twice")
    return Outputs([_output(name, run, delimiter, resume=resume) for name in names], run)


def _extension(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - names as they are given


def _output(name: str, run: Run, delimiter: str, *, resume: bool) -> Output:
    # Each is loaded where it is asked for: SQLite, csv and the rest cost time that JSON Lines alone need not pay.
    extension = _extension(name)
    if extension == ".jsonl":
        from pecdetect.scanning.store.lines import LinesOutput

        return LinesOutput(name, run, resume=resume)
    if extension == ".sqlite":
        from pecdetect.scanning.store.store import StoreOutput

        return StoreOutput(name, run, resume=resume)
    from pecdetect.scanning.store import documents

    if extension == ".csv":
        return documents.TableOutput(name, delimiter)
    kinds = {".json": documents.ArrayOutput, ".parquet": documents.ParquetOutput, ".html": documents.PageOutput}
    return kinds[extension](name)


class Outputs:
    """The open outputs of one scan; a context manager. May be used by several threads, one call at a time."""

    def __init__(self, outputs: Sequence[Output], run: Run) -> None:
        # What the report is read back from must be finished before it.
        self._outputs = sorted(outputs, key=lambda output: EXTENSIONS.index(_extension(output.path)))
        self._run = run
        self._counts = no_counts()
        self._lock = Lock()
        self._open: list[Output] = []
        self.files = frozenset(os.path.realpath(name) for output in outputs for name in output.files)
        """Every file that may be written: none of them is mail, should they lie in a folder that is scanned."""
        self._start()

    def _start(self) -> None:
        kept = next((o.path for o in self._outputs if _extension(o.path) in EXTENSIONS[:2]), None)
        try:
            for output in self._outputs:
                if hasattr(output, "kept_in"):
                    output.kept_in = kept
                output.start()
                self._open.append(output)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise

    @property
    def counts(self) -> dict[str, int]:
        """Counts of what was added: ``items``, and by outcome, ``skipped``, ``errors``."""
        return dict(self._counts)

    @property
    def remembers(self) -> bool:
        """Whether :meth:`known` may know anything at all: else files need not be looked at for it."""
        return any(output.remembers for output in self._open)

    def known(
        self, source: str, fingerprint: Fingerprint | None, *, named: bool = False, sha256: str | None = None
    ) -> str | None:
        """Give the line of an earlier scan, with the same settings, for a file that has not changed; else None.

        Unchanged is a file of the same name, size and time of change; ``sha256``, that of the whole ``fingerprint``'s
        file, is proof in their place. ``named``: see ``Candidate``; decides what becomes of what is no message.
        Errors that a change of permissions or a repaired disk may have mended are not known.
        """
        if fingerprint is None:
            return None
        name = file_name(source)
        with self._lock:
            for output in self._open:
                line = output.known(name, fingerprint, sha256)
                if line is not None and (output.proven or _sound(line, name)) and _usable(line, named=named):
                    return line
        return None

    def add(self, record: Judged, fingerprint: Fingerprint | None = None) -> None:
        """Write one item to all outputs. Raises ``OSError``, ``sqlite3.Error``; ``ValueError`` for a foreign line."""
        item = Item(record, fingerprint)
        with self._lock:
            for output in self._open:
                output.add(item)
            count(self._counts, item.outcome)

    def flush(self) -> None:
        """Write what is held back: for when nothing may come for a while. Raises ``OSError``, ``sqlite3.Error``."""
        with self._lock:
            for output in self._open:
                output.flush()

    def finish(self, run: Run | None = None, *, saved: bool = False) -> Run:
        """Close all outputs: everything is there. Gives the run as it was entered: ended now, with what was counted.

        ``run`` replaces the one that was opened with. With ``saved`` it ended, or did not, when it says so.
        """
        known = run or self._run
        ended = replace(known, counts=self.counts) if saved else known.end(self._counts, complete=True)
        while self._open:
            self._open[0].finish(ended)
            del self._open[0]
        return ended

    def _abort(self) -> None:
        ended = self._run.end(self._counts, complete=False)
        first: Exception | None = None
        for output in self._open:
            try:
                output.abort(ended)
            except Exception as error:  # noqa: BLE001 - the others must be closed too; raised below
                first = first or error
        self._open = []
        if first is not None:
            raise first

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what ``finish()`` has not. An error of that is not to hide the one that ended the scan."""
        try:
            self._abort()
        except Exception as problem:
            if error is None:
                raise
            error.add_note(f"while the outputs were closed: {problem}")


def _sound(line: str, source: str) -> bool:
    """Whether a line is a result, and of this source."""
    from pecdetect.scanning.store.validation import check_result  # for those who go on with a store

    try:
        return bool(check_result(json.loads(line))["source"] == source)
    except (ValueError, RecursionError):
        return False


def _usable(line: str, *, named: bool) -> bool:
    """Whether a line is what the file would give today."""
    outcome, _ = told_by(line)
    if outcome == "errors":
        return json.loads(line)["error"]["code"] not in _MAY_PASS
    if outcome == "skipped":
        return not named or json.loads(line)["skipped"]["code"] != _NO_MESSAGE
    return named or f'"decided_by":["{_NO_MESSAGE}"' not in line
