"""What is found in a message before it is judged: for tests of the detectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.flow import find
from pecdetect.limits import Limits
from pecdetect.loading import load
from pecdetect.profile import Profile

if TYPE_CHECKING:
    from pecdetect.detect.findings import Findings
    from pecdetect.loading import Readable


def findings_of(source: Readable, *, profile: Profile | None = None, limits: Limits | None = None) -> Findings:
    """Read a message and detect what is in it."""
    limits = limits or Limits()
    data, origin = load(source, limits)
    return find(data, origin, profile or Profile(), limits)
