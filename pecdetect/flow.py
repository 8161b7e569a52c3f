"""The whole flow, in one direction: bytes, message, findings, verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from pecdetect.contract import file_name
from pecdetect.detect.detect import detect
from pecdetect.detect.findings import Envelope, Findings
from pecdetect.detect.signed import open_signed
from pecdetect.loading import load
from pecdetect.parsing.opening import open_message
from pecdetect.policy.judge import judge
from pecdetect.settings import settings

if TYPE_CHECKING:
    from pecdetect.contract import Source, Verdict
    from pecdetect.limits import Limits
    from pecdetect.loading import Readable
    from pecdetect.parsing.message import Message
    from pecdetect.profile import Profile

SAFETY_NET = True
"""Whether a defect of ours becomes a finding (``internal-error``); the tests turn it off, and see every one."""


def classify(  # noqa: PLR0913 - one keyword for each thing that a caller may want otherwise
    source: Readable,
    *,
    name: str | None = None,
    profile: Profile | None = None,
    limits: Limits | None = None,
    hash: bool = False,  # noqa: A002 - the name that the contract fixes
    verify: None = None,
) -> Verdict:
    """Judge one saved e-mail: whether Dynamics 365 can synchronise it, and why.

    ``source`` is a path, bytes or an open binary file; ``name`` is the file name to use where the source has none.
    ``hash`` asks for the SHA-256 of the file. ``verify`` is reserved for the verification of signatures, which this
    version does not do. Any bytes at all yield a verdict. Raises ``TypeError`` for a wrong argument and ``OSError``
    for a path that cannot be read.
    """
    profile, limits = settings(profile, limits, verify)
    data, origin = load(source, limits, with_hash=hash)
    if name:
        origin = replace(origin, name=file_name(name))
    return judge_bytes(data, origin, profile, limits)


def judge_bytes(data: bytes, origin: Source, profile: Profile, limits: Limits) -> Verdict:
    """Judge what was loaded from ``origin``. Never raises for content."""
    return judge(find(data, origin, profile, limits), profile, origin)


def read(source: Readable, *, limits: Limits | None = None) -> Message:
    """Read one saved e-mail into a tree of parts without judging it.

    Raises ``TypeError`` for a wrong argument and ``OSError`` for a path that cannot be read; never for content.
    """
    _, limits = settings(None, limits, None)
    data, origin = load(source, limits)
    return open_message(data, origin.size, limits)


def find(data: bytes, origin: Source, profile: Profile, limits: Limits) -> Findings:
    """Read and detect; what goes wrong in there is a defect of ours and is reported as a finding."""
    try:
        worth_counting = 1024 * profile.max_attachment_kb
        message = open_message(data, origin.size, limits)
        findings = detect(message, open_signed(message), origin.name, worth_counting)
        message.release()
    except Exception as error:
        if not SAFETY_NET:
            raise
        return Findings(
            container="unknown",
            size=origin.size,
            no_message=None,
            envelope=Envelope("none"),
            internal_error=f"{type(error).__name__}: {error}",
        )
    else:
        return findings
