"""What is done with one candidate, in this process or in a worker: load, judge, and say what became of it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pecdetect.contract import failed, judged, problem
from pecdetect.loading import load, load_bytes, open_file, read_file
from pecdetect.record import Fingerprint, Record, record_of
from pecdetect.scanning.sources.candidate import NO_MESSAGE, Candidate, Device, Whole, failure, skipped
from pecdetect.scanning.sources.reading import fingerprint_of_file, open_regular

if TYPE_CHECKING:
    from collections.abc import Callable

    from pecdetect.contract import Result, Source
    from pecdetect.limits import Limits
    from pecdetect.profile import Profile
    from pecdetect.scanning.worker import Failure

_STEP = 1024 * 1024
_Read = tuple[bytes, "Source", bytes | str]
"""What is judged, where it comes from, and all that was read (or the path of what is longer)."""


@dataclass(frozen=True, slots=True)
class JudgeOne:
    """The work of a scan: judges a candidate and makes its record."""

    profile: Profile
    limits: Limits
    hash: bool = True
    with_line: bool = True
    with_result: bool = False
    """Whether the record keeps the result itself."""
    digests: tuple[str, ...] = ()
    """Further digests of what was judged: ``md5``, ``sha1``."""

    def prepare(self) -> None:
        """Load what judging takes, so that it is no part of the time of the first message."""
        import_module("pecdetect.flow")

    def __call__(self, candidate: Candidate, announce: Callable[[int], None], /) -> Record:
        """Judge one candidate and keep what is needed of it. Never raises for what can happen to a file."""
        before = fingerprint_of(candidate)
        result, loaded = self._judge(candidate, announce)
        record = self._record(candidate.file, result, before)
        if not self.digests or not loaded:
            return record
        try:
            digests = digests_of(loaded, self.digests)
        except OSError as error:  # it was there a moment ago: better no digest than one of something else
            return self._record(candidate.file, failure(candidate.source, error), before)
        return replace(record, md5=digests.get("md5"), sha1=digests.get("sha1"))

    def failed(self, candidate: Candidate, why: Failure, /) -> Record:
        """Give the record of a candidate that ended its worker."""
        result = failed(candidate.source, problem(why.code, why.detail, **why.facts))
        return self._record(candidate.file, result, fingerprint_of(candidate))

    def unjudged(self, result: Result) -> Record:
        """Give the record of a result that was there without judging."""
        fingerprint = fingerprint_of_file(result.source)
        return self._record(None if fingerprint is None else result.source, result, fingerprint)

    def _record(self, file: str | None, result: Result, fingerprint: Fingerprint | None) -> Record:
        return record_of(
            result,
            file=file,
            fingerprint=fingerprint,
            with_line=self.with_line,
            with_result=self.with_result,
        )

    def _judge(self, candidate: Candidate, announce: Callable[[int], None]) -> tuple[Result, bytes | str]:
        """Judge one candidate, and give what was read: see ``_Read``; empty for a failure."""
        try:
            data, origin, loaded = self._read(candidate, announce)
            return self._result(candidate, data, origin), loaded
        except MemoryError:
            detail = "Reading it needs more memory than is allowed."
            return failed(candidate.source, problem("out-of-memory", detail)), b""
        except OSError as error:
            return failure(candidate.source, error), b""
        except Exception as error:  # noqa: BLE001 - a defect of ours costs one file, not the scan
            said = f"{type(error).__name__}: {error}"
            return failed(candidate.source, problem("internal-error", f"pecdetect failed: {said}", said=said)), b""

    def _read(self, candidate: Candidate, announce: Callable[[int], None]) -> _Read:
        """Read a candidate as far as it is judged; a file that is one message is opened once. Raises ``OSError``."""
        place = candidate.place
        if not isinstance(place, Whole):
            loaded = candidate.load(self.limits)
            announce(len(loaded))
            return *load(loaded, self.limits, with_hash=self.hash), loaded
        if place.content is not None:
            announce(len(place.content))
            data, origin = load_bytes(place.content, self.limits, with_hash=self.hash, path=place.path)
            return data, origin, place.content
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


def readable_once(candidate: Candidate) -> bool:
    """Whether a candidate must be judged in the parent: what can be read only once is lost with a worker."""
    return isinstance(candidate.place, Device)


def fingerprint_of(candidate: Candidate) -> Fingerprint | None:
    """Look at the file on disk before it is read; None where there is none, or none that stays as it is."""
    place = candidate.place
    if isinstance(place, Whole) and place.content is not None:
        return Fingerprint(len(place.content), place.mtime_ns)
    return None if candidate.file is None or readable_once(candidate) else fingerprint_of_file(candidate.file)


def digests_of(loaded: bytes | str, names: tuple[str, ...]) -> dict[str, str]:
    """Further digests of bytes or of a file, lower-case hex. Raises ``OSError``."""
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
