"""Worker processes that may crash, hang or run out of memory at the cost of one task each.

The parent gives each idle worker a chunk of tasks, and knows which of them it is at when it dies or is late. That
worker is replaced, the rest of its chunk is given out again, and no other task notices. A task whose worker died is
tried once more, because somebody else may have killed it (an administrator, the system when memory is short). The
second time the task is to blame.

The ready-made pools break a promise each: ``concurrent.futures`` and ``multiprocessing.Pool`` give up or wait for ever
when a worker dies, and workers of pebble and loky that hang outlive a parent that is killed. Processes are started by
spawn on every system: the same everywhere, and safe beside threads.
"""

from __future__ import annotations

import signal
import time
from collections import deque
from multiprocessing import connection
from typing import TYPE_CHECKING, Generic, TypeVar

from pecdetect.scanning.tasks import MIB, Done, PoolError
from pecdetect.scanning.worker import Failure, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from pecdetect.scanning.tasks import Terms
    from pecdetect.scanning.worker import Work

T = TypeVar("T")
R = TypeVar("R")

_START_SECONDS = 60.0
"""How long a worker may take to start."""
_STARTS_MISSED = 3
"""Workers that end before they are ready, one after the other, until the pool gives up."""
_CHUNK_SECONDS = 0.1
"""Chunks grow until they take this long: long beside the time that a worker waits for the next one."""
_CHUNK_TASKS = 128
_CHUNK_BYTES = MIB // 2
_LOOK_SECONDS = 0.25
"""How often the parent looks for workers that are late."""
_AHEAD_TASKS = 1024
"""Tasks taken in beyond the last result that was given away, at most, and ..."""
_AHEAD_BYTES = 64 * MIB
"""... bytes of results that wait for an earlier one: these bound the memory."""


def run(
    tasks: Iterable[T | Done[R]],
    work: Work[T, R],
    terms: Terms,
    carried: Callable[[T], int] = lambda _: 0,
    idle: Callable[[], None] = lambda: None,
) -> Generator[R, None, None]:
    """Give one result for each task. ``carried`` gives the bytes of content that a task contains.

    ``idle`` is called whenever all results that are ready were given, before the pool waits for more.

    Tasks are taken as they are needed, a bounded number ahead of the results. Workers end when the iterator is
    closed, whatever they are doing. Raises ``PoolError`` when no worker can be started.
    """
    pool = _Pool(tasks, work, terms, carried)
    try:
        while not pool.complete():
            pool.feed()
            if results := pool.due():
                yield from results
            elif pool.busy():
                idle()
                pool.listen()
    finally:
        pool.close()


class _Pool(Generic[T, R]):
    """The parent's side."""

    def __init__(
        self, tasks: Iterable[T | Done[R]], work: Work[T, R], terms: Terms, carried: Callable[[T], int]
    ) -> None:
        self._tasks = iter(tasks)
        self._work = work
        self._terms = terms
        self._carried = carried
        self._workers: list[Worker[T]] = []
        self._missed = 0
        """Starts that failed since the last one that did not."""
        self._chunks: deque[list[tuple[int, T]]] = deque()
        """What the next idle workers will be given."""
        self._chunk_tasks = 1
        self._most_tasks = max(1, min(_CHUNK_TASKS, _AHEAD_TASKS // (2 * terms.jobs)))
        self._died: set[int] = set()
        """Tasks whose worker has died once."""
        self._finished: dict[int, tuple[R, int]] = {}
        """Results that wait to be given away, and their bytes."""
        self._bytes = 0
        self._taken = 0
        self._given = 0
        self._exhausted = False

    def complete(self) -> bool:
        """Whether every task was taken and every result was given."""
        return self._exhausted and self._given == self._taken

    def busy(self) -> bool:
        """Whether a worker does something, or will when it has started."""
        return any(worker.tasks or (self._chunks and not worker.ready) for worker in self._workers)

    def feed(self) -> None:
        """Give every idle worker a chunk, start workers while there is more to do, and get the next chunks ready."""
        for worker in self._workers:
            if worker.ready and not worker.tasks and self._has_chunks(1):
                worker.give(self._chunks.popleft())
        starting = sum(not worker.ready for worker in self._workers)
        # After a failure one at a time, until one succeeds.
        while len(self._workers) < self._terms.jobs and not (starting and self._missed):
            if not self._has_chunks(starting + 1):
                return
            try:
                self._workers.append(Worker(self._work, self._terms.memory))
            except (OSError, AssertionError) as error:  # the latter from a process that may have no children
                self._miss(str(error))
            starting += 1
        self._has_chunks(self._terms.jobs)

    def due(self) -> list[R]:
        """Take out the results that may be given now."""
        results: list[R] = []
        while self._finished:
            index = self._given if self._terms.ordered else next(iter(self._finished))
            if index not in self._finished:
                break
            result, size = self._finished.pop(index)
            self._given += 1
            self._bytes -= size
            results.append(result)
        return results

    def listen(self) -> None:
        """Wait a moment for a worker to say something; replace the dead and the late."""
        heard = connection.wait([worker.channel for worker in self._workers], _LOOK_SECONDS)
        for worker in list(self._workers):
            if worker.channel in heard:
                self._hear(worker)
            elif not worker.ready and worker.seconds() > _START_SECONDS:
                self._replace(worker, _timed_out("started", _START_SECONDS))
            elif worker.tasks and worker.seconds() > (allowed := self._terms.seconds(worker.size())):
                self._replace(worker, _timed_out("judged", allowed))

    def close(self) -> None:
        """End every worker."""
        while self._workers:
            self._workers.pop().end()

    def _has_chunks(self, count: int) -> bool:
        """Whether so many chunks are ready, or can be made."""
        while len(self._chunks) < count:
            if not (chunk := self._new_chunk()):
                return False
            self._chunks.append(chunk)
        return True

    def _new_chunk(self) -> list[tuple[int, T]]:
        """Take tasks in, as many as make a chunk and as may be taken ahead of the results."""
        chunk: list[tuple[int, T]] = []
        size = 0
        while len(chunk) < self._chunk_tasks and size < _CHUNK_BYTES:
            if self._exhausted or self._taken - self._given >= _AHEAD_TASKS or self._bytes >= _AHEAD_BYTES:
                break
            try:
                task = next(self._tasks)
            except StopIteration:
                self._exhausted = True
                break
            if isinstance(task, Done):
                self._finished[self._taken] = task.result, 0
            else:
                chunk.append((self._taken, task))
                size += self._carried(task)
            self._taken += 1
        return chunk

    def _hear(self, worker: Worker[T]) -> None:
        """Take in what a worker says, and adapt the size of chunks when it has done one."""
        try:
            answers = worker.hear()
        except (EOFError, OSError):
            self._replace(worker, None)
            return
        if not answers:
            self._missed = 0  # it has started
        for index, result, size in answers:
            self._finished[index] = result, size
            self._bytes += size
        if answers and not worker.tasks:
            seconds = time.monotonic() - worker.given
            if seconds < _CHUNK_SECONDS / 2:
                self._chunk_tasks = min(2 * self._chunk_tasks, self._most_tasks)
            elif seconds > _CHUNK_SECONDS:
                self._chunk_tasks = max(self._chunk_tasks // 2, 1)

    def _replace(self, worker: Worker[T], failure: Failure | None) -> None:
        """Let go a worker that has died (None), or is to end for what its task did; give out again what it had left."""
        self._workers.remove(worker)
        code = worker.end(patience=0 if failure else 1)  # one that closed its pipe may not be quite dead
        if not worker.ready:
            self._miss(failure.detail if failure else _ending(code))
        if not worker.tasks:
            return
        index, task = worker.tasks[worker.current()]
        if failure is None and index not in self._died:
            self._died.add(index)
        else:
            failure = failure or _crashed(code)
            self._finished[index] = self._work.failed(task, failure), 0
            del worker.tasks[worker.current()]
        if worker.tasks:
            self._chunks.appendleft(list(worker.tasks))

    def _miss(self, why: str) -> None:
        """Count a start that failed. The other workers go on alone, but there must be one."""
        self._missed += 1
        if self._missed >= _STARTS_MISSED and not any(worker.ready for worker in self._workers):
            raise PoolError(f"no worker process can be started: {why}")


def _timed_out(what: str, seconds: float) -> Failure:
    shown = f"{seconds:.0f}" if seconds >= 1 else f"{seconds:g}"
    return Failure("timed-out", f"It was not {what} within {shown} seconds.", {"cause": what, "seconds": shown})


def _crashed(code: int) -> Failure:
    detail = f"The process that read it ended unexpectedly ({_ending(code)})."
    return Failure("crashed", detail, {"ending": _ending(code)})


def _ending(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"exit status {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
