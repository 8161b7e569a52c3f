"""What is done with one candidate, in this process or in a worker: load, judge, and say what became of it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from pecdetect.contract import Result, failed, judged, problem
from pecdetect.loading import load, load_octets, open_file, read_file
from pecdetect.record import Fingerprint, Record, record_of
from pecdetect.scanning.sources.candidate import NO_MESSAGE, Candidate, Device, Whole, failure, skipped
from pecdetect.scanning.sources.reading import fingerprint_of_file, open_regular

if TYPE_CHECKING:
    from collections.abc import Callable

    from pecdetect.contract import Source
    from pecdetect.limits import Limits
    from pecdetect.profile import Profile
    from pecdetect.scanning.worker import Failure

_STEP = 1024 * 1024
_Read = tuple[bytes, "Source", bytes | str]
"""What is judged, where it comes from, and all that was read (or the path of what is longer)."""


class Judged(NamedTuple):
    """What came of one candidate."""

    result: Result
    loaded: bytes | str = b""
    """The octets that were judged, or the path of the file where they are not all of it; empty for a failure."""


@dataclass(frozen=True, slots=True)
class JudgeResult:
    """Work for those who want the whole verdict."""

    profile: Profile
    limits: Limits
    hash: bool = False

    def __call__(self, candidate: Candidate, announce: Callable[[int], None], /) -> Result:
        """Judge one candidate. Never raises for what can happen to a file."""
        return self.judge(candidate, announce).result

    def prepare(self) -> None:
        """Load what judging takes, so that it is no part of the time of the first message."""
        import_module("pecdetect.flow")

    def judge(self, candidate: Candidate, announce: Callable[[int], None]) -> Judged:
        """Judge one candidate, and say what was read. A file that is one message is opened once."""
        try:
            data, origin, loaded = self._read(candidate, announce)
            return Judged(self._result(candidate, data, origin), loaded)
        except MemoryError:
            detail = "Reading it needs more memory than is allowed."
            return Judged(failed(candidate.source, problem("out-of-memory", detail)))
        except OSError as error:
            return Judged(failure(candidate.source, error))
        except Exception as error:  # noqa: BLE001 - a defect of ours costs one file, not the scan
            said = f"{type(error).__name__}: {error}"
            return Judged(failed(candidate.source, problem("internal-error", f"pecdetect failed: {said}", said=said)))

    def _read(self, candidate: Candidate, announce: Callable[[int], None]) -> _Read:
        """Read a candidate as far as it is judged. Raises ``OSError``."""
        place = candidate.place
        if not isinstance(place, Whole):
            loaded = candidate.load(self.limits)
            announce(len(loaded))
            return *load(loaded, self.limits, with_hash=self.hash), loaded
        if place.octets is not None:
            announce(len(place.octets))
            data, origin = load_octets(place.octets, self.limits, with_hash=self.hash, path=place.path)
            return data, origin, place.octets
        handle, status = open_file(place.path)
        try:
            announce(status.st_size)
            data, origin = read_file(handle, status, place.path, self.limits, with_hash=self.hash)
        finally:
            os.close(handle)
        return data, origin, data if len(data) == origin.size else place.path

    def _result(self, candidate: Candidate, data: bytes, origin: Source) -> Result:
        # Loaded where a message is judged: a process that has workers needs none of it.
        from pecdetect import flow

        verdict = flow.judge_bytes(data, origin, self.profile, self.limits)
        if not candidate.named and NO_MESSAGE[0] in verdict.decided_by:
            return skipped(candidate.source, *NO_MESSAGE)
        return judged(candidate.source, verdict)

    def failed(self, candidate: Candidate, why: Failure, /) -> Result:
        """Give the result of a candidate that ended its worker."""
        return failed(candidate.source, problem(why.code, why.detail))


@dataclass(frozen=True, slots=True)
class JudgeRecord:
    """Work for those who write lines and count."""

    judge: JudgeResult
    with_line: bool = True
    digests: tuple[str, ...] = ()
    """Further digests of what was judged: ``md5``, ``sha1``."""

    def prepare(self) -> None:
        """Load what judging takes."""
        self.judge.prepare()

    def __call__(self, candidate: Candidate, announce: Callable[[int], None], /) -> Record:
        """Judge one candidate and keep what is needed of it."""
        return self.record(candidate, announce, with_result=False)

    def record(self, candidate: Candidate, announce: Callable[[int], None], *, with_result: bool) -> Record:
        """Judge one candidate; ``with_result`` keeps the result itself, which is for use in this process only."""
        before = fingerprint_of(candidate)
        result, loaded = self.judge.judge(candidate, announce)
        record = record_of(
            result,
            file=candidate.file,
            fingerprint=before,
            with_line=self.with_line,
            with_result=with_result,
        )
        if not self.digests or not loaded:
            return record
        try:
            digests = digests_of(loaded, self.digests)
        except OSError as error:  # it was there a moment ago: better no digest than one of something else
            return record_of(failure(candidate.source, error), file=candidate.file, fingerprint=before)
        return replace(record, md5=digests.get("md5"), sha1=digests.get("sha1"))

    def failed(self, candidate: Candidate, why: Failure, /) -> Record:
        """Give the record of a candidate that ended its worker."""
        result = self.judge.failed(candidate, why)
        return record_of(result, file=candidate.file, fingerprint=fingerprint_of(candidate), with_line=self.with_line)


def readable_once(candidate: Candidate) -> bool:
    """Whether a candidate must be judged in the parent: what can be read only once is lost with a worker."""
    return isinstance(candidate.place, Device)


def fingerprint_of(candidate: Candidate) -> Fingerprint | None:
    """Look at the file on disk before it is read; None where there is none, or none that stays as it is."""
    place = candidate.place
    if isinstance(place, Whole) and place.octets is not None:
        return Fingerprint(len(place.octets), place.mtime_ns)
    return None if candidate.file is None or readable_once(candidate) else fingerprint_of_file(candidate.file)


def digests_of(loaded: bytes | str, names: tuple[str, ...]) -> dict[str, str]:
    """Further digests of octets or of a file, lower-case hex. Raises ``OSError``."""
    digests = [hashlib.new(name, usedforsecurity=False) for name in names]
    if isinstance(loaded, bytes):
        for digest in digests:
            digest.update(loaded)
    else:
        with open_regular(loaded) as stream:
            while piece := stream.read(_STEP):
                for digest in digests:
                    digest.update(piece)
    return {digest.name: digest.hexdigest() for digest in digests}
