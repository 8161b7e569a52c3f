"""One result on its way into the outputs, and what can be told from its line without parsing it.

A line is a canonical ``pecdetect/result/1``: ASCII, no blanks between tokens, keys in the order of the contract. A
quote within a JSON string is always escaped, so that ``,"outcome":"`` can only be a key: searching for it is exact.
"""

from __future__ import annotations

import json
from json.decoder import scanstring  # type: ignore[attr-defined] # no type stub names it
from typing import TYPE_CHECKING, Any, Final, Protocol

from pecdetect.contract import RESULT_SCHEMA, dump, encodable, file_name

if TYPE_CHECKING:
    from pecdetect.record import Fingerprint

PREFIX: Final = f'{{"schema":"{RESULT_SCHEMA}","source":"'
"""How every line begins."""
_JUDGED: Final = ',"skipped":null,"error":null}'
_NO_ERROR: Final = ',"error":null}'
_OUTCOME: Final = ',"outcome":"'
_SHA256: Final = ',"sha256":"'
MAX_LINE: Final = 64 * 1024 * 1024
"""Characters in one line that are written or read back."""


class Judged(Protocol):
    """What a scan hands over for each item; may also carry ``sha256``, ``md5`` and ``sha1`` of its octets.

    One that was read back also carries ``result``, the line as JSON values.
    """

    @property
    def line(self) -> str:
        """The result as canonical JSON, without a newline."""

    @property
    def source(self) -> str:
        """What was judged, as the system names it."""

    @property
    def file(self) -> str | None:
        """The file on disk that holds it; None for the standard input."""


class Item:
    """A result and what goes with it."""

    __slots__ = ("_result", "file", "fingerprint", "line", "md5", "outcome", "sha1", "sha256", "source")

    def __init__(self, record: Judged, fingerprint: Fingerprint | None) -> None:
        """Raise ``ValueError`` for a line that is not canonical."""
        line = record.line
        if not line.startswith(PREFIX) or "\n" in line:
            raise ValueError("not a canonical line of results")
        if len(line) > MAX_LINE:
            line = _too_long(record.source)
        self.line = line
        self.source = file_name(record.source)
        self.file = None if record.file is None else file_name(record.file)
        self.fingerprint = fingerprint
        self.outcome, sha256 = told_by(line)
        self.sha256 = sha256 or getattr(record, "sha256", None)
        self.md5: str | None = getattr(record, "md5", None)
        self.sha1: str | None = getattr(record, "sha1", None)
        self._result: dict[str, Any] | None = getattr(record, "result", None)

    @property
    def result(self) -> dict[str, Any]:
        """The line as JSON values, parsed when it is first asked for."""
        if self._result is None:
            self._result = json.loads(self.line)
        return self._result


def told_by(line: str) -> tuple[str, str | None]:
    """Outcome of a canonical line, ``skipped`` or ``errors``; and SHA-256 of what was judged, where it has one."""
    if not line.endswith(_JUDGED) or (start := line.find(_OUTCOME)) < 0:
        return "skipped" if line.endswith(_NO_ERROR) else "errors", None
    start += len(_OUTCOME)
    outcome = line[start : line.index('"', start)]
    start = line.find(_SHA256)
    if start < 0:
        return outcome, None
    start += len(_SHA256)
    return outcome, line[start : start + 64]


def source_of(line: str) -> str | None:
    """Source that a line names; None for what is no canonical line."""
    if not line.startswith(PREFIX) or not line.endswith("}"):
        return None
    try:
        source, _ = scanstring(line, len(PREFIX))
    except ValueError:
        return None
    return encodable(source)


def _too_long(source: str) -> str:
    """Stand in for a line that nothing could read back."""
    problem = {"code": "result-too-large", "detail": f"the result is longer than {MAX_LINE:,} characters"}
    values = {
        "schema": RESULT_SCHEMA,
        "source": file_name(source),
        "verdict": None,
        "skipped": None,
        "error": problem,
    }
    return dump(values)
