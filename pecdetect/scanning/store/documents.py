"""Outputs that are one document: written beside, and put in place when they are done.

``.json``, ``.csv`` and ``.parquet`` of a scan that ends early hold what was judged until then, unless a finished one
of an earlier scan stands there: that stays. ``.html`` is written at the end, from what another output of the scan
has kept, or from a temporary file, so that memory stays flat until then.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from pecdetect.contract import RESULT_SCHEMA
from pecdetect.report import table
from pecdetect.scanning.errors import ForeignFileError, MissingExtraError, OutputError
from pecdetect.scanning.store.files import check_writable, create, head_of, part_of, put_in_place, remove, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from pecdetect.record import Fingerprint
    from pecdetect.scanning.store.custody import Run
    from pecdetect.scanning.store.item import Item


class DocumentOutput:
    """What the documents have in common."""

    proven = False
    remembers = False
    """A document cannot be gone on with."""

    def __init__(self, path: str) -> None:
        """Look at what stands there; raises ``OutputError`` and changes nothing when it is not ours."""
        check_writable(path)
        self._replaces = size_of(path) > 0
        if self._replaces and not self._is_ours(path):
            raise ForeignFileError(path, "exists, and was not written by pecdetect")
        self.path = path
        self.files: tuple[str, ...] = (path, part_of(path))
        self._stream: BinaryIO | None = None

    def _is_ours(self, path: str) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        """Create the file beside. Raises ``OSError``."""
        self._stream = create(part_of(self.path))
        self._open(self._stream)

    def known(self, source: str, fingerprint: Fingerprint, sha256: str | None) -> str | None:  # noqa: ARG002
        """Nothing is known."""
        return None

    def flush(self) -> None:
        """Nothing: a document is of use when it is finished."""

    def finish(self, run: Run) -> None:
        """Close the document and put it in place. Raises ``OSError``."""
        if self._stream is not None:
            self._close(run)
            put_in_place(self._stream, self.path)

    def abort(self, run: Run) -> None:
        """Keep what was added, unless that would replace a finished document. Raises ``OSError``."""
        if self._stream is None:
            return
        if self._replaces:
            self._stream.close()
            remove(part_of(self.path))
        else:
            self.finish(run)

    def _open(self, stream: BinaryIO) -> None:
        raise NotImplementedError

    def _close(self, run: Run) -> None:
        raise NotImplementedError

    def add(self, item: Item) -> None:
        """Write one item. Raises ``OSError``."""
        raise NotImplementedError


class ArrayOutput(DocumentOutput):
    """Results as one JSON array, one a line."""

    _opening = b"[\n"

    def _is_ours(self, path: str) -> bool:
        start = f'[\n{{"schema":"{RESULT_SCHEMA}",'.encode()
        return head_of(path, len(start)) in (start, b"[]\n")

    def _open(self, stream: BinaryIO) -> None:
        self._out = stream

    def add(self, item: Item) -> None:
        """Write one item. Raises ``OSError``."""
        self._out.write(self._opening + item.line.encode("ascii"))
        self._opening = b",\n"

    def _close(self, run: Run) -> None:  # noqa: ARG002 - for others
        self._out.write(b"[]\n" if self._opening == b"[\n" else b"\n]\n")


class TableOutput(DocumentOutput):
    """Results as a table of comma-separated values."""

    def __init__(self, path: str, delimiter: str) -> None:
        """Raise ``OutputError`` also for a delimiter that is none."""
        if len(delimiter) != 1 or delimiter.isalnum() or delimiter in "\"'\r\n\0 +-=@":
            raise OutputError(path, "the delimiter must be one character that can stand between cells: , ; | or a tab")
        super().__init__(path)
        self._delimiter = delimiter

    def _is_ours(self, path: str) -> bool:
        head = head_of(path, 4096).decode("utf-8", "replace").partition("\r\n")[0]
        separator = head[len(table.COLUMNS[0]) + 1 :][:1]
        return bool(separator) and head == table.BYTE_ORDER_MARK + separator.join(table.COLUMNS)

    def _open(self, stream: BinaryIO) -> None:
        # What is written ends up in the binary stream at once: that one is flushed and closed by put_in_place().
        self._text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
        table.write_header(self._text, self._delimiter)

    def add(self, item: Item) -> None:
        """Write one item. Raises ``OSError``."""
        table.write_row(self._text, item.result, self._delimiter)

    def _close(self, run: Run) -> None:  # noqa: ARG002 - for others
        # Else the wrapper would close the stream when it goes.
        self._text.detach()


_BATCH_ROWS: Final = 2_000
_BATCH_CHARACTERS: Final = 16 * 1024 * 1024


class ParquetOutput(DocumentOutput):
    """Results as Parquet, in batches."""

    def __init__(self, path: str) -> None:
        """Raise ``MissingExtraError`` where pyarrow is not installed."""
        if find_spec("pyarrow") is None:
            raise MissingExtraError(path, "Parquet needs pyarrow: pip install 'pecdetect[arrow]'")
        super().__init__(path)
        self._results: list[dict[str, Any]] = []
        self._characters = 0

    def _is_ours(self, path: str) -> bool:
        from pecdetect.report.arrow import is_ours

        return is_ours(path)

    def _open(self, stream: BinaryIO) -> None:
        from pecdetect.report import arrow

        self._writer = arrow.writer(stream)

    def add(self, item: Item) -> None:
        """Write one item. Raises ``OSError``."""
        self._results.append(item.result)
        self._characters += len(item.line)
        if len(self._results) >= _BATCH_ROWS or self._characters >= _BATCH_CHARACTERS:
            self._write()

    def _write(self) -> None:
        from pecdetect.report import arrow

        self._writer.write_batch(arrow.batch(self._results))
        self._results, self._characters = [], 0

    def _close(self, run: Run) -> None:  # noqa: ARG002 - for others
        if self._results:
            self._write()
        self._writer.close()


_MARK: Final = b"<!-- pecdetect/report/1 -->\n"


class PageOutput(DocumentOutput):
    """Results as an HTML report, written at the end."""

    kept_in: str | None = None
    """An output of the same scan, finished before this one, that the results are read back from."""

    def _is_ours(self, path: str) -> bool:
        return head_of(path, len(_MARK), max(0, size_of(path) - len(_MARK))) == _MARK

    def _open(self, stream: BinaryIO) -> None:
        self._out = stream
        folder = os.path.dirname(self.path) or "."  # noqa: PTH120 - names as they are given
        self._spool = None if self.kept_in else tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed at the end

    def add(self, item: Item) -> None:
        """Keep one item until the end. Raises ``OSError``."""
        if self._spool is not None:
            self._spool.write(item.line.encode("ascii") + b"\n")

    def _results(self) -> Iterator[dict[str, Any]]:
        if self._spool is not None:
            self._spool.seek(0)
            yield from map(json.loads, self._spool)
        elif self.kept_in is not None:
            from pecdetect.scanning.store.saved import Saved

            for stored in Saved(self.kept_in):
                yield stored.result

    def _close(self, run: Run) -> None:
        from pecdetect.report.html import write_report

        text = io.TextIOWrapper(self._out, "utf-8", newline="\n", write_through=True)
        write_report(self._results(), text, run={name: value for name, value in run.to_dict().items() if value})
        text.write("\n" + _MARK.decode())
        text.detach()
        if self._spool is not None:
            self._spool.close()

    def abort(self, run: Run) -> None:  # noqa: ARG002 - for others
        """Write no report of half a scan: whoever stops one does not want to wait for it."""
        if self._stream is not None:
            self._stream.close()
            if self._spool is not None:
                self._spool.close()
            remove(part_of(self.path))
