"""What comes of one file: a verdict, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pecdetect.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no verdict."""

    code: str
    """Kebab-case: ``not-a-message``, ``unreadable`` ..."""
    detail: str
    """What happened, in words."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of a scan. Exactly one of the last three fields is set."""

    source: str
    """What was examined: a path, or a path and the place in it (``export.zip!/inbox/7.eml``, ``box.mbox#4711``)."""
    verdict: Verdict | None = None
    """The judgement, where there was a message to judge."""
    skipped: Problem | None = None
    """Why it was left out: it is no message."""
    error: Problem | None = None
    """What kept it from being read."""

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON values: the frozen contract ``pecdetect/result/1``."""
        # Paid for only when asked.
        from pecdetect.contract import result_to_dict

        return result_to_dict(self)
