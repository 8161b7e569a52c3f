"""The outputs of one scan: a file each, its kind decided by its extension.

    with open_outputs(["case.sqlite", "case.csv"], Run.begin(...)) as outputs:
        for ... in ...:
            result = outputs.known(source, fingerprint)  # judged before and unchanged: need not be read again
            outputs.add(record)                          # every result, in order, known or new
        run = outputs.finish()

Leaving the block without ``finish()`` (an exception, Ctrl-C) keeps what was added. Only a scan into a
``.sqlite`` can be resumed (:mod:`pecdetect.scanning.store.store`); for the others see
:mod:`pecdetect.scanning.store.exports`.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from threading import Lock as ThreadLock
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from pecdetect.contract import failed, file_name, problem
from pecdetect.record import record_of, result_of
from pecdetect.scanning.errors import OutputError, UnknownFormatError
from pecdetect.scanning.store.files import Lock, lock_of
from pecdetect.scanning.store.run_record import count, no_counts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from pecdetect.contract import Result
    from pecdetect.record import Fingerprint, Record
    from pecdetect.scanning.store.exports import Export
    from pecdetect.scanning.store.run_record import Run
    from pecdetect.scanning.store.store import Store

EXTENSIONS: Final = (".sqlite", ".jsonl", ".json", ".csv", ".parquet", ".html")
"""What an output may be; a scan can go on from the first."""
MAX_LINE: Final = 64 * 1024 * 1024
"""Bytes of one result that are written or read back."""
_MAY_PASS: Final = frozenset({"permission-denied", "not-found", "unreadable"})
"""Errors that are tried again: their cause may have passed without a change of the file."""
_NO_MESSAGE: Final = "not-a-message"


def open_outputs(
    paths: Sequence[str | os.PathLike[str]], run: Run, *, delimiter: str = ",", resume: bool = True
) -> Outputs:
    """Open the outputs of a scan; each extension of ``paths`` is one of :data:`EXTENSIONS`.

    ``delimiter`` separates the cells of ``.csv``. With ``resume`` the results of earlier scans into the same
    ``.sqlite`` are used again where nothing has changed; without, they are replaced.

    Raises ``OutputError`` (``UnknownFormatError``, ``ForeignFileError``, ``MissingExtraError``) before anything is
    changed where a file cannot be an output, also where another scan is writing it, and ``OSError``.
    """
    names = [os.fspath(path) for path in paths]
    places = [os.path.realpath(name) for name in names]
    for name, place in zip(names, places, strict=True):
        if extension_of(name) not in EXTENSIONS:
            known = ", ".join(EXTENSIONS)
            raise UnknownFormatError(name, f"the name of an output ends in one of {known}")
        if places.count(place) > 1:
            raise OutputError(name, "is given twice")
    stores = [_store(name, run, resume=resume) for name in names if extension_of(name) == ".sqlite"]
    exports = [_export(name, delimiter) for name in names if extension_of(name) != ".sqlite"]
    return Outputs(stores, exports, run)


def extension_of(name: str) -> str:
    """Give the extension that decides what an output is."""
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - names as they are given


def _store(name: str, run: Run, *, resume: bool) -> Store:
    from pecdetect.scanning.store.store import Store  # SQLite costs time that not every scan need pay

    return Store(name, run, resume=resume)


def _export(name: str, delimiter: str) -> Export:
    from pecdetect.scanning.store import exports  # as above

    extension = extension_of(name)
    if extension == ".csv":
        return exports.TableExport(name, delimiter)
    kinds: dict[str, type[exports.LinesExport | exports.ArrayExport | exports.PageExport]] = {
        ".jsonl": exports.LinesExport,
        ".json": exports.ArrayExport,
        ".html": exports.PageExport,
    }
    return exports.ParquetExport(name) if extension == ".parquet" else kinds[extension](name)


class Outputs:
    """The open outputs of one scan; a context manager. May be used by several threads, one call at a time."""

    def __init__(self, stores: Sequence[Store], exports: Sequence[Export], run: Run) -> None:
        self._stores = list(stores)
        self._exports = list(exports)
        outputs: list[Store | Export] = [*stores, *exports]
        self._decodes = any(output.decodes for output in outputs)
        self._run = run
        self._counts = no_counts()
        self.sums: dict[str, str] = {}
        """SHA-256 of each export, by name, once it is complete."""
        self._lock = ThreadLock()
        self._locks = ExitStack()
        self._open: list[Store | Export] = []
        try:
            for output in outputs:
                self._locks.callback(Lock(output.path).release)
            for output in outputs:
                output.start()
                self._open.append(output)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        names = [name for output in self._open for name in (*output.files, lock_of(output.path))]
        self.files = frozenset(map(os.path.realpath, names))
        """Every file that may be written: none of them is mail, should it be in a folder that is scanned."""

    @property
    def counts(self) -> dict[str, int]:
        """Counts of what was added: ``items``, and by outcome, ``skipped``, ``errors``."""
        return dict(self._counts)

    @property
    def replaced_lines(self) -> str | None:
        """A ``.jsonl`` of an earlier scan that is replaced while there is nothing that the scan could go on from."""
        found = (export.path for export in self._exports if export.replaces and extension_of(export.path) == ".jsonl")
        return next(found, None) if not self._stores else None

    @property
    def remembers(self) -> bool:
        """Whether :meth:`known` may know anything at all: else files need not be examined for it."""
        return any(store.remembers for store in self._stores)

    def known(self, source: str, fingerprint: Fingerprint | None, *, named: bool = False) -> Result | None:
        """Give the result of an earlier scan, with the same settings, for a file that has not changed; else None.

        Unchanged is a file of the same name, size and time of change. ``named``: see ``Candidate``; decides what
        becomes of what is no message. Errors that a change of permissions or a repaired disk may have mended are not
        known.
        """
        if fingerprint is None:
            return None
        name = file_name(source)
        with self._lock:
            for store in self._stores:
                result = store.known(name, fingerprint)
                if result is not None and _usable(result, named=named):
                    return result
        return None

    def add(self, record: Record) -> None:
        """Write one result to all outputs. Raises ``OSError``, ``sqlite3.Error``."""
        if len(record.line) > MAX_LINE:
            record = _too_large(record)
        if self._decodes and record.result is None:
            record = replace(record, result=result_of(record))  # once for all outputs
        with self._lock:
            for output in self._open:
                output.add(record)
            count(self._counts, record.columns)

    def flush(self) -> None:
        """Write what is held back: for when nothing may come for a while. Raises ``OSError``, ``sqlite3.Error``."""
        with self._lock:
            for store in self._stores:
                store.flush()

    def finish(self, run: Run | None = None, *, saved: bool = False) -> Run:
        """Close all outputs: everything is there. Gives the run as it was entered: ended now, with what was counted.

        ``run`` replaces the one that was opened with. With ``saved`` it ended, or did not, when it says so. The
        exports are completed first, so that the store records their SHA-256.
        """
        known = run or self._run
        ended = replace(known, counts=self.counts) if saved else known.end(self._counts, complete=True)
        for export in self._exports:
            self.sums[file_name(export.path)] = export.finish(ended)
            self._open.remove(export)
        ended = replace(ended, exports=self.sums)
        for store in self._stores:
            store.finish(ended)
            self._open.remove(store)
        self._locks.close()
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
        self._locks.close()
        if first is not None:
            raise first

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what ``finish()`` has not. An error of that must not hide the one that ended the scan."""
        try:
            self._abort()
        except Exception as problem:
            if error is None:
                raise
            error.add_note(f"while the outputs were closed: {problem}")


def _usable(result: Result, *, named: bool) -> bool:
    """Whether a result is what the file would give today."""
    if result.error is not None:
        return result.error.code not in _MAY_PASS
    if result.skipped is not None:
        return not named or result.skipped.code != _NO_MESSAGE
    return named or result.verdict is None or _NO_MESSAGE not in result.verdict.decided_by


def _too_large(record: Record) -> Record:
    """Give the record that replaces one that nothing could read back."""
    detail = f"The result is larger than {MAX_LINE:,} bytes."
    result = failed(record.source, problem("result-too-large", detail, size=len(record.line), limit=MAX_LINE))
    return record_of(result, file=record.file, fingerprint=record.fingerprint)
