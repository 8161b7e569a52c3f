"""One result of a scan as other programs and the tables need it: its JSON line, and the few facts that are counted.

A verdict holds everything that was found in a message. A scan of a whole export passes so many of them from one
process to another that only this is carried: small, and finished where the message was judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pecdetect.contract import Outcome, Problem, Verdict


class Fingerprint(NamedTuple):
    """What tells, without reading it, that a file is the one that was read before."""

    size: int
    """Octets."""
    mtime_ns: int
    """Time of the last change, nanoseconds since 1970."""


class Record(NamedTuple):
    """What is kept of one result."""

    source: str
    """What was examined: a path, or a path and the place in it (``export.zip!/inbox/7.eml``)."""
    file: str | None
    """The file on disk that holds it; None for the standard input."""
    line: str
    """The result as JSON (``pecdetect/result/1``), pure ASCII, without a line end; "" where nobody asked for it."""
    outcome: Outcome | None = None
    """The outcome of the verdict; None where there is none."""
    decided_by: tuple[str, ...] = ()
    """Codes of the reasons that decided, strongest first."""
    codes: tuple[str, ...] = ()
    """Codes of all reasons, strongest first."""
    sender: str | None = None
    """Domain of the sender, lower case."""
    provider: str | None = None
    """Domain of the PEC provider, lower case."""
    date: str | None = None
    """Date of the message, ISO 8601."""
    subject: str | None = None
    """Subject for display, at most 200 characters; foreign text, not escaped."""
    message_id: str | None = None
    size: int = 0
    """Octets of the message."""
    sha256: str | None = None
    """Of the octets that were judged, lower-case hex, as ``md5`` and ``sha1``, which are there on request only."""
    md5: str | None = None
    sha1: str | None = None
    fingerprint: Fingerprint | None = None
    """Of ``file``, taken before it was read; None where it could not be."""
    skipped: Problem | None = None
    """Why it was left out: it is no message."""
    error: Problem | None = None
    """What kept it from being read."""
    verdict: Verdict | None = None
    """The whole verdict, only where the message was judged in this very process."""
