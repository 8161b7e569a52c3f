"""Exit codes: what a script learns without reading the output (docs/exit-codes.md)."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from pecdetect.contract import Outcome

if TYPE_CHECKING:
    from pecdetect.report.summary import Summary


class ExitCode(IntEnum):
    """Every code that the program ends with."""

    DONE = 0
    """All messages sync or are degraded, or ``--fail-on`` lets the rest pass."""
    BLOCKED = 1
    """At least one message is blocked."""
    UNREADABLE = 2
    """Wrong usage, or some input could not be read. Takes precedence over all the others."""
    NO_INPUT = 3
    """No message was found."""
    UNDETERMINED = 4
    """Nothing is blocked, something is undetermined."""
    DEGRADED = 5
    """Nothing is worse than degraded; with ``--fail-on degraded`` only."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C."""
    PIPE_CLOSED = 141
    """The reader of the output went away."""


EXIT_STATUS = """\b
Exit status:
  0  every message syncs or is degraded
  1  something is blocked
  4  nothing is blocked, something is undetermined
  5  something is degraded, with --fail-on degraded only
  2  usage error or unreadable input (takes precedence over all other codes)
  3  no message was found
"""
"""The codes of ``check``, as its help says them."""


class FailOn(StrEnum):
    """The mildest outcome that counts as failure."""

    BLOCKED = "blocked"
    UNDETERMINED = "undetermined"
    DEGRADED = "degraded"
    NEVER = "never"


_LADDER = (
    (Outcome.BLOCKED, ExitCode.BLOCKED),
    (Outcome.UNDETERMINED, ExitCode.UNDETERMINED),
    (Outcome.DEGRADED, ExitCode.DEGRADED),
)
_FAILURES = {
    FailOn.NEVER: _LADDER[:0],
    FailOn.BLOCKED: _LADDER[:1],
    FailOn.UNDETERMINED: _LADDER[:2],
    FailOn.DEGRADED: _LADDER,
}
"""Outcomes that count as failure, worst first."""


def exit_code(summary: Summary, fail_on: FailOn) -> ExitCode:
    """The code for what was found, whatever of it is shown."""
    if summary.errors:
        return ExitCode.UNREADABLE
    if not summary.messages:
        return ExitCode.NO_INPUT
    for outcome, code in _FAILURES[fail_on]:
        if summary.outcomes[outcome]:
            return code
    return ExitCode.DONE
