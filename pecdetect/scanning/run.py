"""Judge everything that some paths name, in this process or in several, one result after the other."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias, TypeVar

from pecdetect.contract import Result
from pecdetect.record import Record, record_of, result_of
from pecdetect.scanning.duplicates import DuplicateIndex
from pecdetect.scanning.judge_one import JudgeOne, fingerprint_of, readable_once
from pecdetect.scanning.sources.candidate import Candidate
from pecdetect.scanning.sources.sources import expand
from pecdetect.scanning.tasks import Done, Terms
from pecdetect.settings import settings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from pecdetect.limits import Limits
    from pecdetect.profile import Profile
    from pecdetect.record import Fingerprint
    from pecdetect.scanning.worker import Work

R = TypeVar("R", Result, Record)

FEW: Final = 64
"""So many candidates are judged in this process where nobody says how many processes there are to be: starting one
takes as long as they do."""
_MOST_JOBS: Final = 60
"""What Windows can wait for at once, nearly."""
_GIB: Final = 1024**3


class Progress(NamedTuple):
    """How far a scan has come."""

    done: int
    """Results so far."""
    found: int
    """What was found to judge so far, results that needed no judging included."""
    complete: bool
    """Whether all was found: only then is ``found`` the total."""


Observer: TypeAlias = Callable[[Progress], None]
"""Called after each result, before it is handed out."""
Paths: TypeAlias = "str | os.PathLike[str] | Iterable[str | os.PathLike[str]]"


class Known(Protocol):
    """Gives the result that an unchanged file has given before: ``Outputs.known``."""

    def __call__(self, source: str, fingerprint: Fingerprint | None, *, named: bool) -> Result | None:
        """Give it; None where the file must be read."""


def scan(  # noqa: PLR0913 - one keyword for each thing that a caller may want otherwise
    paths: Paths,
    *,
    profile: Profile | None = None,
    limits: Limits | None = None,
    hash: bool = False,  # noqa: A002 - the name that classify() has
    jobs: int | None = 1,
    timeout: float | None = None,
    ordered: bool = True,
    observer: Observer | None = None,
    password: bytes | None = None,
    verify: None = None,
) -> Generator[Result, None, None]:
    """Judge files, folders, mailboxes and archives, recursively and in a fixed order; one path or several.

    Yields one result for each thing met: a verdict, or why it was skipped, or what went wrong. A file in a folder
    that is no message is skipped; one that was named gets a verdict whatever it is. ``-`` is the standard input.

    ``jobs`` worker processes judge; 1 judges in this process, None takes as many as there are processors unless
    there is little to do. A message that takes longer than ``timeout`` seconds (default: 10, and 5 more for each MiB)
    or whose worker dies twice costs that worker, which is replaced, and its own result is an error. ``timeout`` needs
    a worker, and gets one. With ``ordered=False`` results come as they are finished; then Message-IDs are not compared
    (``duplicate-message-id``), since which came first is not known. ``password`` opens encrypted zip members.

    Workers start by spawn and do not run the caller's main module, so that no ``if __name__ == "__main__"`` is
    needed. They end when the iterator does, or is closed. ``verify`` is reserved, as for :func:`classify`. One bad
    file never stops the rest. Raises ``TypeError`` and ``ValueError`` for wrong arguments, and, while it runs,
    ``PoolError`` where no worker can be started.
    """
    profile, limits = settings(profile, limits, verify)
    judge = JudgeOne(profile, limits, hash=hash, with_line=False, with_result=True)
    found = expand(_listed(paths), password=password, limits=limits)
    scan = _Scan(judge, jobs, _terms(jobs, timeout, limits, ordered=ordered))
    seen = DuplicateIndex(profile)
    mark: Callable[[Record], Result] = (lambda record: result_of(seen.mark(record))) if ordered else result_of
    return _handed_out(scan, found, mark, seen, observer)


def scan_records(  # noqa: PLR0913 - as above
    paths: Paths,
    *,
    profile: Profile | None = None,
    limits: Limits | None = None,
    with_line: bool = True,
    digests: tuple[str, ...] = (),
    known: Known | None = None,
    ignored: frozenset[str] = frozenset(),
    jobs: int | None = 1,
    timeout: float | None = None,
    ordered: bool = True,
    observer: Observer | None = None,
    password: bytes | None = None,
    work: Work[Candidate, Record] | None = None,
    idle: Callable[[], None] = lambda: None,
) -> Generator[Record, None, None]:
    """Do what :func:`scan` does, for those who write lines and count: records instead of verdicts, always hashed.

    ``known`` is asked before a candidate is judged; a result that it gives is taken as it is, except for the reason
    that depends on the rest of the scan. ``ignored`` are files (real paths) that are no input, wherever they lie. A
    record that was judged in this process carries its result. ``work`` replaces what judges, in tests. ``idle`` is
    called when nothing may come for a while: before this process waits for workers, or judges something itself.
    """
    profile, limits = settings(profile, limits, None)
    judge = JudgeOne(profile, limits, with_line=with_line, digests=digests)
    found = _without(expand(_listed(paths), password=password, limits=limits), ignored)
    scan = _Scan(judge, jobs, _terms(jobs, timeout, limits, ordered=ordered), work, known, idle)
    seen = DuplicateIndex(profile)
    return _handed_out(scan, found, seen.mark if ordered else _itself, seen, observer)


class _Scan:
    """Makes records of what was found."""

    def __init__(  # noqa: PLR0913, PLR0917 - one for each thing that the two scans have of their own
        self,
        judge: JudgeOne,
        jobs: int | None,
        terms: Terms,
        work: Work[Candidate, Record] | None = None,
        known: Known | None = None,
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._judge = judge
        self._jobs = jobs
        self._terms = terms
        self._work = work or judge
        self._judge_here = work or replace(judge, with_result=True)
        self._known = known
        self._idle = idle
        self.found = 0
        """What was found so far."""
        self.complete = False
        """Whether that is all."""

    def records(self, found: Iterator[Candidate | Result]) -> Generator[Record, None, None]:
        """Judge here what is little, or is to be judged here; the rest in workers."""
        tasks = self._tasks(found)
        if self._jobs is None and self._terms.timeout is None:
            first = list(islice(tasks, FEW + 1))
            few = len(first) <= FEW
            tasks = chain(first, tasks)
        else:
            few = self._jobs == 1 and self._terms.timeout is None
        if few:
            for task in tasks:
                yield task.result if isinstance(task, Done) else self._here(task)
            return
        # What can be read once only must not be lost with a worker.
        from pecdetect.scanning import pool

        kept = (Done(self._here(t)) if isinstance(t, Candidate) and readable_once(t) else t for t in tasks)
        with closing(pool.run(kept, self._work, self._terms, lambda task: task.carried, self._idle)) as records:
            yield from records

    def _tasks(self, found: Iterator[Candidate | Result]) -> Iterator[Candidate | Done[Record]]:
        """What is to be judged, and what needs no judging."""
        for each in found:
            self.found += 1
            if isinstance(each, Result):
                yield Done(self._judge.unjudged(each))
            elif self._known is not None and (record := _known(each, self._known)) is not None:
                yield Done(record)
            else:
                yield each
        self.complete = True

    def _here(self, candidate: Candidate) -> Record:
        self._idle()
        return self._judge_here(candidate, lambda _: None)


def _handed_out(
    scan: _Scan,
    found: Iterator[Candidate | Result],
    mark: Callable[[Record], R],
    seen: DuplicateIndex,
    observer: Observer | None,
) -> Generator[R, None, None]:
    """Pass results on, marked, and tell of each; the workers end, and what is on disk goes, when this is closed."""
    with closing(seen), closing(scan.records(found)) as records:
        for done, record in enumerate(records, 1):
            marked = mark(record)
            if observer is not None:
                observer(Progress(done, scan.found, scan.complete))
            yield marked


def _itself(record: Record) -> Record:
    return record


def _listed(paths: Paths) -> Iterable[str | os.PathLike[str]]:
    return [paths] if isinstance(paths, str | os.PathLike) else paths


def _terms(jobs: int | None, timeout: float | None, limits: Limits, *, ordered: bool) -> Terms:
    """Check what a caller can get wrong, and say what workers are granted."""
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int)):
        raise TypeError("jobs must be a whole number or None")
    if jobs is not None and jobs < 1:
        raise ValueError("jobs must be at least 1")
    if timeout is not None and not timeout > 0:
        raise ValueError("timeout must be more than 0 seconds")
    memory = max(_GIB, 6 * limits.message_bytes)
    return Terms(min(jobs or processors(), _MOST_JOBS), timeout, memory, ordered)


def processors() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _without(found: Iterator[Candidate | Result], ignored: frozenset[str]) -> Iterator[Candidate | Result]:
    """Leave out the outputs of this very scan."""
    names = {os.path.basename(path) for path in ignored}  # noqa: PTH119 - as they are given
    for each in found:
        file = each.source if isinstance(each, Result) else each.file
        if file is None or os.path.basename(file) not in names or os.path.realpath(file) not in ignored:  # noqa: PTH119
            yield each


def _known(candidate: Candidate, known: Known) -> Record | None:
    """Give the record that an earlier scan made of the same file."""
    fingerprint = fingerprint_of(candidate)
    result = None if fingerprint is None else known(candidate.source, fingerprint, named=candidate.named)
    if result is None:
        return None
    return record_of(result, file=candidate.file, fingerprint=fingerprint, with_result=True)
