"""One result on its way from where it was judged to the outputs: encoded once, with the values that are counted.

A verdict holds everything that was found in a message. A scan passes very many results from one process to another,
so only this is carried: small, and finished where the message was judged.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from pecdetect.columns import Columns, columns_of
from pecdetect.contract import Result, decode, encode, file_name


class Fingerprint(NamedTuple):
    """What tells, without reading it, that a file is the one that was read before."""

    size: int
    """Bytes."""
    mtime_ns: int
    """Time of the last change, nanoseconds since 1970."""


class Record(Struct, frozen=True, kw_only=True):
    """What is kept of one result."""

    source: str
    """What was examined, as :attr:`pecdetect.Result.source` has it."""
    file: str | None
    """The file on disk that holds it, its name as the system gives it; None for the standard input."""
    fingerprint: Fingerprint | None
    """Of ``file``, taken before it was read; None where it could not be."""
    line: bytes
    """The result as one line of JSON without its end; empty where nobody asked for it."""
    columns: Columns
    md5: str | None = None
    """Of the bytes that were judged, lower-case hexadecimal; only on request, like ``sha1``."""
    sha1: str | None = None
    result: Result | None = None
    """The result itself, only where it was judged in this very process."""

    @property
    def exact_source(self) -> str:
        """The source with the name of the file as the system gives it; :attr:`source` is for display."""
        shown = file_name(self.file or "")
        return f"{self.file}{self.source[len(shown) :]}" if self.file and self.source.startswith(shown) else self.source

    @property
    def is_member(self) -> bool:
        """Whether it comes out of a file that holds messages, an archive or a mailbox."""
        return self.file is not None and self.source != self.file and self.source != file_name(self.file)


def record_of(
    result: Result,
    *,
    file: str | None = None,
    fingerprint: Fingerprint | None = None,
    with_line: bool = True,
    with_result: bool = False,
) -> Record:
    """Make the record of a result. ``with_result`` keeps the result itself, for use within this process."""
    return Record(
        source=result.source,
        file=file,
        fingerprint=fingerprint,
        line=encode(result) if with_line else b"",
        columns=columns_of(result),
        result=result if with_result else None,
    )


def result_of(record: Record) -> Result:
    """Give the result of a record, decoded where it came from another process."""
    return decode(record.line) if record.result is None else record.result
