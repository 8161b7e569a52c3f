"""Results as a table for a spreadsheet: one constant list of columns, and cells that only show.

A spreadsheet runs what looks like a formula, whoever wrote it. Each cell is escaped (:mod:`pecdetect.report.escape`),
clipped to what Excel holds, and guarded by an apostrophe where it begins like a formula. Which character parts the
cells depends on who opens the file: where a program takes another one than was written, a cell begins in the middle
of ours, and so what follows a comma, a semicolon or a bar is guarded too.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any, Final

from pecdetect.report.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TextIO

COLUMNS: Final = (
    "source", "outcome", "decided_by", "summary", "subject", "from", "to", "cc", "date", "message_id", "kind",
    "container", "size", "sha256", "channel", "outcome_basis", "reasons", "remedies",
    "pec_type", "pec_layout", "pec_provider", "pec_sender", "pec_identifier", "pec_time",
    "smime", "pgp", "rights", "systems", "attachments", "attachment_names", "anomalies", "limits_hit",
    "skipped", "error", "detail",
)  # fmt: skip
"""In the order of the table; ``subject``, ``from`` ... are of the message, ``detail`` says why there is no verdict."""

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


def write_row(stream: TextIO, result: Mapping[str, Any], delimiter: str = ",") -> None:
    """Write one result, a ``pecdetect/result/1`` as JSON values."""
    _writer(stream, delimiter).writerow(cells(result))


def _writer(stream: TextIO, delimiter: str) -> Any:
    return csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")


def cells(result: Mapping[str, Any]) -> list[str]:
    """Give the cells of one result, harmless, in the order of :data:`COLUMNS`."""
    values = {"source": result["source"], **_problem(result)}
    verdict = result["verdict"]
    if verdict is not None:
        values |= _judged(verdict) | _found(verdict)
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


def _problem(result: Mapping[str, Any]) -> dict[str, Any]:
    skipped, error = result["skipped"], result["error"]
    return {
        "outcome": "skipped" if skipped else "error" if error else None,
        "skipped": skipped and skipped["code"],
        "error": error and error["code"],
        "detail": (skipped or error or {}).get("detail"),
    }


def _judged(verdict: Mapping[str, Any]) -> dict[str, Any]:
    message, reasons = verdict["message"], verdict["reasons"]
    remedies = dict.fromkeys(remedy for reason in reasons for remedy in reason["remedies"])
    return {
        "outcome": verdict["outcome"],
        "outcome_basis": verdict["outcome_basis"],
        "decided_by": verdict["decided_by"],
        "summary": verdict["summary"],
        "channel": verdict["profile"]["channel"],
        "reasons": [reason["code"] for reason in reasons],
        "remedies": remedies,
        **{key: message[key] for key in ("subject", "from", "to", "cc", "date", "message_id", "kind")},
        "container": verdict["container"],
        "size": verdict["source"]["size"],
        "sha256": verdict["source"]["sha256"],
    }


def _found(verdict: Mapping[str, Any]) -> dict[str, Any]:
    pec, attachments = verdict["pec"] or {}, verdict["attachments"]
    names = ("type", "layout", "provider", "sender", "identifier", "time")
    return {
        **{f"pec_{name}": pec.get(name) for name in names},
        **{name: _kinds(verdict[name]) for name in ("smime", "pgp", "rights")},
        "systems": _distinct(entry["name"] for entry in verdict["systems"]),
        "attachments": len(attachments),
        "attachment_names": [entry["name"] for entry in attachments if entry["name"]],
        "anomalies": _distinct(entry["code"] for entry in verdict["anomalies"]),
        "limits_hit": _distinct(entry["name"] for entry in verdict["limits_hit"]),
    }


def _kinds(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Kinds of protection and where they stand, each once: ``encrypted (top)``."""
    return _distinct(f"{entry['kind']} ({entry['position']})" for entry in entries)


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
