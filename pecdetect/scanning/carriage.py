"""Candidates and records on their way between processes: as plain tuples, which are pickled in half the time.

There is one of each for every message of a scan, and pickling a named tuple calls Python for its parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from pecdetect.record import Fingerprint, Record
from pecdetect.scanning.pool import Done
from pecdetect.scanning.pool import run as run_pool
from pecdetect.scanning.sources.candidate import Candidate, Whole

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from pecdetect.scanning.pool import Terms
    from pecdetect.scanning.worker import Failure, Work

_Packed: TypeAlias = "tuple[Any, ...] | Candidate"
"""A candidate that is a whole file, in one tuple; any other as it is."""

_OCTETS = 3 + Whole._fields.index("octets")
_FINGERPRINT = Record._fields.index("fingerprint")
_new_candidate: Callable[[tuple[Any, ...]], Candidate] = partial(tuple.__new__, Candidate)
_new_whole: Callable[[tuple[Any, ...]], Whole] = partial(tuple.__new__, Whole)
_new_record: Callable[[tuple[Any, ...]], Record] = partial(tuple.__new__, Record)
_new_fingerprint: Callable[[tuple[Any, ...]], Fingerprint] = partial(tuple.__new__, Fingerprint)


def run(
    tasks: Iterable[Candidate | Done[Record]],
    work: Work[Candidate, Record],
    terms: Terms,
    idle: Callable[[], None],
) -> Generator[Record, None, None]:
    """Do what :func:`pecdetect.scanning.pool.run` does."""
    packed: Iterator[_Packed | Done[Any]] = (task if isinstance(task, Done) else pack(task) for task in tasks)
    results = run_pool(packed, Carried(work), terms, _carried, idle)
    try:
        for result in results:
            yield result if isinstance(result, Record) else unpack_record(result)
    finally:
        results.close()


@dataclass(frozen=True, slots=True)
class Carried:
    """Work of which tasks and results travel as plain tuples."""

    work: Work[Candidate, Record]

    def prepare(self) -> None:
        """Load what it takes."""
        self.work.prepare()

    def __call__(self, task: _Packed, announce: Callable[[int], None], /) -> tuple[Any, ...]:
        """Do it."""
        return pack_record(self.work(unpack(task), announce))

    def failed(self, task: _Packed, failure: Failure, /) -> tuple[Any, ...]:
        """Give the record of a task that ended its worker."""
        return pack_record(self.work.failed(unpack(task), failure))


def _carried(task: _Packed) -> int:
    if isinstance(task, Candidate):
        return task.carried
    return len(task[_OCTETS] or b"")


def pack(candidate: Candidate) -> _Packed:
    """Give what is sent in place of a candidate."""
    source, named, file, place = candidate
    return (source, named, file, *place) if isinstance(place, Whole) else candidate


def unpack(packed: _Packed) -> Candidate:
    """Give the candidate again."""
    if isinstance(packed, Candidate):
        return packed
    return _new_candidate((*packed[:3], _new_whole(packed[3:])))


def pack_record(record: Record) -> tuple[Any, ...]:
    """Give what is sent in place of a record."""
    fingerprint = record.fingerprint
    return (*record[:_FINGERPRINT], fingerprint and tuple(fingerprint), *record[_FINGERPRINT + 1 :])


def unpack_record(packed: tuple[Any, ...]) -> Record:
    """Give the record again."""
    fingerprint = packed[_FINGERPRINT]
    return _new_record(
        (*packed[:_FINGERPRINT], fingerprint and _new_fingerprint(fingerprint), *packed[_FINGERPRINT + 1 :])
    )
