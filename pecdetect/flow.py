"""The whole flow, in one direction: bytes, message, findings, verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.detect.detect import detect
from pecdetect.limits import Limits
from pecdetect.loading import load
from pecdetect.parsing.opening import open_message
from pecdetect.policy.judge import judge
from pecdetect.profile import Profile

if TYPE_CHECKING:
    from pecdetect.loading import Readable
    from pecdetect.parsing.message import Message
    from pecdetect.verdict import Verdict

_DEFAULT_LIMITS = Limits()
_DEFAULT_PROFILE = Profile()


def classify(
    source: Readable,
    *,
    profile: Profile = _DEFAULT_PROFILE,
    limits: Limits = _DEFAULT_LIMITS,
    hash: bool = False,  # noqa: A002 - the name that the contract fixes
) -> Verdict:
    """Judge one saved e-mail: whether Dynamics 365 can synchronise it, and why.

    ``source`` is a path, octets or an open binary file; ``hash`` asks for the SHA-256 of the file. Any octets at
    all yield a verdict. Raises ``TypeError`` for a wrong argument and ``OSError`` for a path that cannot be read.
    """
    data, origin = load(source, limits, with_hash=hash)
    message = open_message(data, origin.size, limits)
    return judge(detect(message, origin.name, 1024 * profile.max_attachment_kb), profile, origin)


def read(source: Readable, *, limits: Limits = _DEFAULT_LIMITS) -> Message:
    """Read one saved e-mail into a tree of parts without judging it.

    Raises ``TypeError`` for a wrong argument and ``OSError`` for a path that cannot be read; never for content.
    """
    data, origin = load(source, limits)
    return open_message(data, origin.size, limits)
