"""Judge everything that some paths name, one result after the other."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pecdetect.flow import classify
from pecdetect.limits import Limits
from pecdetect.profile import Profile
from pecdetect.result import Problem, Result
from pecdetect.scanning.sources import STDIN, Candidate, expand, failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pecdetect.verdict import Verdict

_DEFAULT_LIMITS = Limits()
_DEFAULT_PROFILE = Profile()


def scan(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    profile: Profile = _DEFAULT_PROFILE,
    limits: Limits = _DEFAULT_LIMITS,
    hash: bool = False,  # noqa: A002 - the name that classify() has
) -> Iterator[Result]:
    """Judge files, folders (recursively, in a fixed order) and ``-``, the standard input; one path or several.

    Yields one result for each file met, in order: a verdict, or why it was skipped, or what went wrong. A file in
    a folder that is no message is skipped; a file that was named gets a verdict whatever it is. One bad file
    never stops the rest: the iterator raises nothing but ``TypeError`` for what is no path.
    """
    for found in expand([paths] if isinstance(paths, str | os.PathLike) else paths):
        if isinstance(found, Result):
            yield found
        else:
            yield _judge(found, profile, limits, with_hash=hash)


def _judge(candidate: Candidate, profile: Profile, limits: Limits, *, with_hash: bool) -> Result:
    try:
        verdict = _classify(candidate, profile, limits, with_hash=with_hash)
    except (OSError, MemoryError) as error:
        return failure(candidate.source, error)
    except Exception as error:  # noqa: BLE001 - a defect of ours costs one file, not the scan
        return Result(candidate.source, None, None, Problem("internal-error", f"{type(error).__name__}: {error}"))
    if not candidate.named and verdict.findings.no_message == "not-a-message":
        return Result(candidate.source, None, Problem("not-a-message", "holds no e-mail"), None)
    return Result(candidate.source, verdict, None, None)


def _classify(candidate: Candidate, profile: Profile, limits: Limits, *, with_hash: bool) -> Verdict:
    if candidate.source == STDIN:
        return classify(sys.stdin.buffer, profile=profile, limits=limits, hash=with_hash)
    if candidate.stream:
        with open(candidate.source, "rb") as stream:  # noqa: PTH123 - as named
            return classify(stream, profile=profile, limits=limits, hash=with_hash)
    return classify(candidate.source, profile=profile, limits=limits, hash=with_hash)
