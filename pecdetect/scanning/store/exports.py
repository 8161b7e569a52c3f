"""Outputs that are one finished file: ``.jsonl``, ``.json``, ``.csv``, ``.parquet`` and ``.html``.

Each is written to a file of a random name beside its place, and replaces what is there when it is complete. Of a
scan that ends early ``.jsonl``, ``.json``, ``.csv`` and ``.parquet`` hold what was judged until then, unless a
complete one of an earlier scan is there: that one stays. The report is written at the end, from a temporary file of
results, so that memory does not grow with the scan.
"""

from __future__ import annotations

import io
import os
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from pecdetect.contract import decode
from pecdetect.record import result_of
from pecdetect.report import table
from pecdetect.scanning.errors import ForeignFileError, MissingExtraError, OutputError
from pecdetect.scanning.store.files import PartFile, check_writable, head_of, size_of

if TYPE_CHECKING:
    from typing import BinaryIO

    from pecdetect.contract import Result
    from pecdetect.record import Record
    from pecdetect.scanning.store.run_record import Run

_LINE: Final = b'{"schema":"pecdetect/result/1",'


class Export:
    """What the exports have in common."""

    decodes = False
    """Whether it needs results and not only their lines."""

    def __init__(self, path: str) -> None:
        """Look at what is there; raises ``OutputError`` and changes nothing when it is not ours."""
        check_writable(path)
        self.replaces = size_of(path) > 0
        """Whether an export of an earlier scan is there."""
        if self.replaces and not self._is_ours(path):
            raise ForeignFileError(path, "exists, and was not written by pecdetect")
        self.path = path
        self._file: PartFile | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Files that it writes."""
        return (self.path,) if self._file is None else (self.path, self._file.part)

    def start(self) -> None:
        """Create its file. Raises ``OSError``."""
        self._file = PartFile(self.path)
        self._open(self._file.stream)

    def finish(self, run: Run) -> str:
        """Complete the file and put it in place; gives its SHA-256. Raises ``OSError``."""
        if self._file is None:
            raise RuntimeError("an export must be started before it is finished")
        file, self._file = self._file, None
        try:
            self._close(run)
            return file.put_in_place()
        except BaseException:
            with suppress(OSError):  # the first error says more
                file.discard()
            raise

    def abort(self, run: Run) -> None:
        """Keep what was added, unless that would replace a complete export. Raises ``OSError``."""
        if self._file is None:
            return
        if self.replaces:
            self._file.discard()
        else:
            self.finish(run)

    def _is_ours(self, path: str) -> bool:
        raise NotImplementedError

    def _open(self, stream: BinaryIO) -> None:
        self._out = stream

    def _close(self, run: Run) -> None:
        """Write what ends the file."""

    def add(self, record: Record) -> None:
        """Write one result. Raises ``OSError``."""
        raise NotImplementedError


class LinesExport(Export):
    """Results as JSON Lines."""

    def _is_ours(self, path: str) -> bool:
        return head_of(path, len(_LINE)) == _LINE

    def add(self, record: Record) -> None:
        """Write one result. Raises ``OSError``."""
        self._out.write(record.line + b"\n")


class ArrayExport(Export):
    """Results as one JSON array, one a line."""

    _opening = b"[\n"

    def _is_ours(self, path: str) -> bool:
        return head_of(path, 2 + len(_LINE)) in (b"[\n" + _LINE, b"[]\n")

    def add(self, record: Record) -> None:
        """Write one result. Raises ``OSError``."""
        self._out.write(self._opening + record.line)
        self._opening = b",\n"

    def _close(self, run: Run) -> None:  # noqa: ARG002 - for others
        self._out.write(b"[]\n" if self._opening == b"[\n" else b"\n]\n")


class TableExport(Export):
    """Results as a table of comma-separated values."""

    decodes = True

    def __init__(self, path: str, delimiter: str) -> None:
        """Raise ``OutputError`` also for a delimiter that cannot be one."""
        if len(delimiter) != 1 or delimiter.isalnum() or delimiter in "\"'\r\n\0 +-=@":
            raise OutputError(path, "the delimiter must be one character between cells: , ; | or a tab")
        super().__init__(path)
        self._delimiter = delimiter

    def _is_ours(self, path: str) -> bool:
        head = head_of(path, 4096).decode("utf-8", "replace").partition("\r\n")[0]
        separator = head[len(table.COLUMNS[0]) + 1 :][:1]
        return bool(separator) and head == table.BYTE_ORDER_MARK + separator.join(table.COLUMNS)

    def _open(self, stream: BinaryIO) -> None:
        # What is written goes to the binary stream at once: that one is flushed and closed by the part file.
        self._text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
        table.write_header(self._text, self._delimiter)

    def add(self, record: Record) -> None:
        """Write one result. Raises ``OSError``."""
        table.write_row(self._text, result_of(record), self._delimiter)

    def _close(self, run: Run) -> None:  # noqa: ARG002 - for others
        self._text.detach()  # else the wrapper would close the stream when it goes


_BATCH_ROWS: Final = 2_000
_BATCH_BYTES: Final = 16 * 1024 * 1024


class ParquetExport(Export):
    """Results as Parquet, in batches."""

    decodes = True

    def __init__(self, path: str) -> None:
        """Raise ``MissingExtraError`` where pyarrow is not installed."""
        if find_spec("pyarrow") is None:
            raise MissingExtraError(path, "Parquet needs pyarrow: pip install 'pecdetect[arrow]'")
        super().__init__(path)
        self._results: list[Result] = []
        self._bytes = 0

    def _is_ours(self, path: str) -> bool:
        from pecdetect.report.arrow import is_ours

        return is_ours(path)

    def _open(self, stream: BinaryIO) -> None:
        from pecdetect.report import arrow

        self._writer = arrow.writer(stream)

    def add(self, record: Record) -> None:
        """Write one result. Raises ``OSError``."""
        self._results.append(result_of(record))
        self._bytes += len(record.line)
        if len(self._results) >= _BATCH_ROWS or self._bytes >= _BATCH_BYTES:
            self._write()

    def _write(self) -> None:
        from pecdetect.report import arrow

        self._writer.write_batch(arrow.batch(self._results))
        self._results, self._bytes = [], 0

    def _close(self, run: Run) -> None:  # noqa: ARG002 - for others
        if self._results:
            self._write()
        self._writer.close()


_MARK: Final = b"<!-- pecdetect/report/1 -->\n"


class PageExport(Export):
    """Results as an HTML report, written at the end."""

    def _is_ours(self, path: str) -> bool:
        return head_of(path, len(_MARK), max(0, size_of(path) - len(_MARK))) == _MARK

    def _open(self, stream: BinaryIO) -> None:
        self._out = stream
        folder = os.path.dirname(self.path) or "."  # noqa: PTH120 - names as they are given
        self._lines = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed at the end

    def add(self, record: Record) -> None:
        """Keep one result until the end. Raises ``OSError``."""
        self._lines.write(record.line + b"\n")

    def _close(self, run: Run) -> None:
        from pecdetect.report.html import write_report

        text = io.TextIOWrapper(self._out, "utf-8", newline="\n", write_through=True)
        shown = {name: value for name, value in run.to_dict().items() if value and name != "exports"}
        with self._lines as lines:
            lines.seek(0)
            write_report(map(decode, lines), text, run=shown)
        text.write("\n" + _MARK.decode())
        text.detach()

    def abort(self, run: Run) -> None:  # noqa: ARG002 - for others
        """Write no report of half a scan: who stops one does not want to wait for it."""
        if self._file is not None:
            try:
                self._lines.close()
            finally:
                self._file.discard()
