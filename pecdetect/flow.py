"""The whole flow, in one direction: bytes, message, findings, verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.detect.detect import detect
from pecdetect.detect.findings import Findings, Item
from pecdetect.detect.signed import open_signed
from pecdetect.limits import Limits
from pecdetect.loading import load
from pecdetect.parsing.opening import open_message
from pecdetect.policy.judge import judge
from pecdetect.profile import Profile

if TYPE_CHECKING:
    from pecdetect.loading import Readable
    from pecdetect.parsing.message import Message
    from pecdetect.verdict import Source, Verdict

_DEFAULT_LIMITS = Limits()
_DEFAULT_PROFILE = Profile()

SAFETY_NET = True
"""Whether a defect of ours becomes a finding (``internal-error``); the tests turn it off, and see every one."""


def classify(
    source: Readable,
    *,
    profile: Profile = _DEFAULT_PROFILE,
    limits: Limits = _DEFAULT_LIMITS,
    hash: bool = False,  # noqa: A002 - the name that the contract fixes
) -> Verdict:
    """Judge one saved e-mail: whether Dynamics 365 can synchronise it, and why.

    ``source`` is a path, bytes or an open binary file; ``hash`` asks for the SHA-256 of the file. Any bytes at
    all yield a verdict. Raises ``TypeError`` for a wrong argument and ``OSError`` for a path that cannot be read.
    """
    if not isinstance(profile, Profile) or not isinstance(limits, Limits):
        raise TypeError("profile must be a Profile and limits a Limits")
    data, origin = load(source, limits, with_hash=hash)
    return judge_octets(data, origin, profile, limits)


def judge_octets(data: bytes, origin: Source, profile: Profile, limits: Limits) -> Verdict:
    """Judge what was loaded from ``origin``. Never raises for content."""
    return judge(_find(data, origin, profile, limits), profile, origin)


def read(source: Readable, *, limits: Limits = _DEFAULT_LIMITS) -> Message:
    """Read one saved e-mail into a tree of parts without judging it.

    Raises ``TypeError`` for a wrong argument and ``OSError`` for a path that cannot be read; never for content.
    """
    data, origin = load(source, limits)
    return open_message(data, origin.size, limits)


def _find(data: bytes, origin: Source, profile: Profile, limits: Limits) -> Findings:
    """Read and detect; what goes wrong in there is a defect of ours and is reported as a finding."""
    try:
        worth_counting = 1024 * profile.max_attachment_kb
        message = open_message(data, origin.size, limits)
        findings = detect(message, open_signed(message), origin.name, worth_counting)
        message.release()
    except Exception as error:
        if not SAFETY_NET:
            raise
        item = Item("none", (), None, None, (), (), (), (), (), None)
        return Findings("unknown", origin.size, None, item, internal_error=f"{type(error).__name__}: {error}")
    else:
        return findings
