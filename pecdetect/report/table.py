"""Results as a table for a spreadsheet: one constant list of columns, and cells that only show.

A spreadsheet runs what looks like a formula, even in text from strangers. Each cell is escaped
(:mod:`pecdetect.report.escape`), clipped to what Excel holds, and guarded by an apostrophe where it begins like a
formula. Which character parts the cells depends on who opens the file: where a program takes another one than was
written, a cell begins in the middle of ours, and so what follows a comma, a semicolon or a bar is guarded too.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any, Final

from pecdetect.report.escape import escape
from pecdetect.report.flat import flat

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from pecdetect.contract import Pgp, Result, Rights, Smime, Verdict

COLUMNS: Final = (
    "source", "outcome", "decided_by", "summary", "subject", "sender", "sender_domain", "provider_domain",
    "from", "to", "cc", "date", "message_id", "kind", "container", "size", "sha256", "channel", "outcome_basis",
    "reasons", "remedies",
    "pec_type", "pec_layout", "pec_provider", "pec_sender", "pec_identifier", "pec_time", "pec_delivered_to",
    "smime", "pgp", "rights", "systems", "attachments", "attachment_names", "anomalies", "limits_hit",
    "skipped", "error", "detail",
)  # fmt: skip
"""In the order of the table; ``subject``, ``from`` ... are of the message, ``sender`` is the author, ``detail`` says
why there is no verdict."""

MAX_CELL: Final = 32_000
"""Characters in a cell; Excel holds 32,767."""
_STARTS: Final = "=+\\-@\u2212\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b\u207a\u207b\u207c\u208a\u208b\u208c"
"""Formula signs, and the full-width, small, raised and lowered forms that are read as such."""
_FORMULA: Final = re.compile(rf"^[\s'\"]*[{_STARTS}]")
_INNER: Final = re.compile(rf"([,;|][\s'\"]*)(?=[{_STARTS}])")
BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it Excel takes UTF-8 for the local code page."""


def write_header(stream: TextIO, delimiter: str = ",") -> None:
    """Write the byte order mark and the names of the columns."""
    stream.write(BYTE_ORDER_MARK)
    _writer(stream, delimiter).writerow(COLUMNS)


def write_row(stream: TextIO, result: Result, delimiter: str = ",") -> None:
    """Write one result."""
    _writer(stream, delimiter).writerow(cells(result))


def _writer(stream: TextIO, delimiter: str) -> Any:
    return csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")


def cells(result: Result) -> list[str]:
    """Give the cells of one result, harmless, in the order of :data:`COLUMNS`."""
    values = flat(result)
    if result.verdict is None:
        values["outcome"] = "skipped" if result.error is None else "error"
    else:
        values |= _found(result.verdict)
    return [cell(values.get(column)) for column in COLUMNS]


def cell(value: Any) -> str:
    """Make one value harmless; None is empty, a list is joined by ``; ``."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    text = value if isinstance(value, str) else "; ".join(value)
    more = len(text) - MAX_CELL
    if more > 0:
        text = text[:MAX_CELL]
    text = _INNER.sub(r"\1'", escape(text))
    # An escape is longer than what it stands for.
    text = f"{text[:MAX_CELL]} ... (cut off)" if more > 0 or len(text) > MAX_CELL else text
    return f"'{text}" if _FORMULA.match(text) else text


def _found(verdict: Verdict) -> dict[str, Any]:
    """Lists of the verdict in few words: what was found, each kind once."""
    attachments = verdict.attachments
    return {
        "reasons": [reason.code for reason in verdict.reasons],
        "remedies": _distinct(remedy for reason in verdict.reasons for remedy in reason.remedies),
        "smime": _kinds(verdict.smime),
        "pgp": _kinds(verdict.pgp),
        "rights": _kinds(verdict.rights),
        "systems": _distinct(entry.name for entry in verdict.systems),
        "attachments": len(attachments),
        "attachment_names": [entry.name for entry in attachments if entry.name],
        "anomalies": _distinct(entry.code for entry in verdict.anomalies),
        "limits_hit": _distinct(entry.name for entry in verdict.limits_hit),
    }


def _kinds(entities: Iterable[Smime | Pgp | Rights]) -> list[str]:
    """Kinds of protection and their positions, each once: ``encrypted (top)``."""
    return _distinct(f"{entity.kind} ({entity.position})" for entity in entities)


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
