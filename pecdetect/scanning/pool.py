"""Worker processes that may crash, hang or run out of memory at the cost of one task each.

The parent gives each worker chunks of tasks over a pipe of its own, and hears how many of them it has begun through
memory they share; so it knows whom to blame when a worker dies or stands still. That worker is killed and
replaced, its tasks that were not judged are given out again, and nobody else notices.

An own pool, because the ready ones end more than they must: ``concurrent.futures`` and ``multiprocessing.Pool`` lose
the pool or wait for ever when a worker dies; pebble kills and replaces one worker, but its unit is the chunk (one
hanging file costs its neighbours, and a chunk of one costs more than a small message does), and it takes in all
tasks before it gives the first result. Processes are started by spawn on every system: the same everywhere, and safe
beside threads.
"""

from __future__ import annotations

import signal
import time
from collections import deque
from dataclasses import dataclass
from multiprocessing import connection
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from pecdetect.scanning.worker import Failure, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from pecdetect.scanning.worker import Work

T = TypeVar("T")
R = TypeVar("R")

MIB: Final = 1024 * 1024
TIMEOUT_SECONDS: Final = 10.0
"""What a task may take, and ..."""
TIMEOUT_SECONDS_PER_MIB: Final = 5.0
"""... what more for each MiB of it, where nobody says otherwise."""

_START_SECONDS = 60.0
"""What the start of a worker may take."""
_STARTS_MISSED = 3
"""Workers that end before they are ready, one after the other, until the pool gives up."""
_CHUNK_SECONDS = 0.1
"""Work that is given out at once: long beside the cost of giving it out, short beside a person's patience."""
_CHUNK_TASKS = 64
_CHUNK_OCTETS = MIB // 2
_LOOK_SECONDS = 0.25
"""How often the parent looks for workers that stand still."""
_AHEAD_TASKS = 1024
"""Tasks taken in beyond the last result that was given away ..."""
_AHEAD_OCTETS = 64 * MIB
"""... and octets of results that wait for an earlier one: what bounds memory."""
_AHEAD_WORKERS = _AHEAD_TASKS // _CHUNK_TASKS
"""So many workers take all of that in a chunk each: there is no second one for them, nor a wide pipe to hold it."""


class PoolError(RuntimeError):
    """Worker processes cannot be started."""


@dataclass(frozen=True, slots=True)
class Done(Generic[R]):
    """Stands among the tasks for one whose result is known already."""

    result: R


@dataclass(frozen=True, slots=True)
class Terms:
    """What a pool grants its tasks."""

    jobs: int
    """Worker processes, at most."""
    timeout: float | None = None
    """Seconds for one task; None: by its size."""
    memory: int | None = None
    """Octets of address space for a worker; None: no bound. Where the system cannot bound it there is none."""
    ordered: bool = True
    """Results in the order of their tasks; else as they are finished."""

    def seconds(self, size: int) -> float:
        """Time that a task of ``size`` octets may take."""
        if self.timeout is not None:
            return self.timeout
        return TIMEOUT_SECONDS + TIMEOUT_SECONDS_PER_MIB * size / MIB


def run(
    tasks: Iterable[T | Done[R]],
    work: Work[T, R],
    terms: Terms,
    carried: Callable[[T], int] = lambda _: 0,
    idle: Callable[[], None] = lambda: None,
) -> Generator[R, None, None]:
    """Give one result for each task. ``carried`` tells how many octets travel with a task.

    ``idle`` is called whenever every result that may be given was given, before the pool waits for more.

    Tasks are taken as they are needed, a bounded number ahead of the results. Workers end when the iterator is
    closed, whatever they are doing. Raises ``PoolError`` when no worker can be started.
    """
    pool = _Pool(tasks, work, terms, carried, idle)
    try:
        yield from pool.results()
    finally:
        pool.close()


class _Pool(Generic[T, R]):
    """The parent's side."""

    def __init__(
        self,
        tasks: Iterable[T | Done[R]],
        work: Work[T, R],
        terms: Terms,
        carried: Callable[[T], int],
        idle: Callable[[], None],
    ) -> None:
        self._tasks = iter(tasks)
        self._work = work
        self._terms = terms
        self._carried = carried
        self._idle = idle
        self._workers: list[Worker[T]] = []
        self._again: deque[tuple[int, T]] = deque()
        self._strikes: dict[int, int] = {}
        self._finished: dict[int, tuple[R, int]] = {}
        self._octets = 0
        self._taken = 0
        self._given = 0
        self._exhausted = False
        self._seconds = _CHUNK_SECONDS / 4
        self._measured = False
        """Whether these are seconds that a task took."""
        self._missed = 0

    def results(self) -> Iterator[R]:
        """Give out, wait, take in, until nothing is left."""
        while True:
            self._feed()
            yield from self._due()
            self._feed_ahead()
            yield from self._due()
            if not any(worker.chunks for worker in self._workers):
                if self._exhausted and not self._again and not self._finished:
                    return
                if not self._workers or any(worker.started for worker in self._workers):
                    continue  # nothing is under way: what is due is given away, so there is room for more
            self._idle()
            self._wait()

    def close(self) -> None:
        """End every worker."""
        while self._workers:
            self._workers.pop().kill()

    def _due(self) -> Iterator[R]:
        """What may be given away now."""
        if self._terms.ordered:
            while (found := self._finished.pop(self._given, None)) is not None:
                self._given += 1
                self._octets -= found[1]
                yield found[0]
            return
        while self._finished:
            result, octets = self._finished.pop(next(iter(self._finished)))
            self._given += 1
            self._octets -= octets
            yield result

    def _feed(self) -> None:
        """Give every idle worker a chunk, and start workers while there is more to do."""
        for worker in self._workers:
            if worker.started and not worker.chunks:
                chunk, _ = self._next_chunk()
                if chunk:
                    worker.give(chunk)
        starting = sum(not worker.started for worker in self._workers)
        while len(self._workers) < self._terms.jobs and not (starting and self._missed):
            # Not before there is something to do for it; and one at a time until one succeeds.
            while len(self._again) <= starting:
                if (task := self._pull()) is None:
                    return
                self._again.append(task)
            self._start()
            starting += 1

    def _feed_ahead(self) -> None:
        """Give each busy worker another chunk, where it need not wait long and nobody else could begin it now."""
        if not self._measured or self._seconds >= _CHUNK_SECONDS or self._exhausted:
            return
        if len(self._workers) < self._terms.jobs or not all(worker.started for worker in self._workers):
            return
        for worker in self._workers:
            room = worker.room()
            if worker.chunks != 1 or room <= _CHUNK_OCTETS:
                continue
            chunk, octets = self._next_chunk()
            if chunk and (octets > room or not worker.give(chunk)):
                self._again.extendleft(reversed(chunk))
                return

    def _start(self) -> None:
        try:
            ahead = self._terms.jobs < _AHEAD_WORKERS
            self._workers.append(Worker(self._work, self._terms.memory, ahead=ahead))
        except OSError as error:
            self._miss(error.strerror or str(error))

    def _miss(self, why: str) -> None:
        """Count a start that failed; the others go on alone, but somebody must be there."""
        self._missed += 1
        if self._missed >= _STARTS_MISSED and not any(worker.started for worker in self._workers):
            raise PoolError(f"no worker process can be started: {why}")

    def _next_chunk(self) -> tuple[list[tuple[int, T]], int]:
        """As many tasks as take about a tenth of a second, and the octets that travel with them."""
        wanted = max(1, min(_CHUNK_TASKS, int(_CHUNK_SECONDS / self._seconds)))
        chunk: list[tuple[int, T]] = []
        octets = 0
        while len(chunk) < wanted and octets < _CHUNK_OCTETS and (task := self._next_task()) is not None:
            chunk.append(task)
            octets += self._carried(task[1])
        return chunk, octets

    def _next_task(self) -> tuple[int, T] | None:
        """The next task for a worker; None when there is none, or too much waits for an earlier result."""
        return self._again.popleft() if self._again else self._pull()

    def _pull(self) -> tuple[int, T] | None:
        while not self._exhausted and self._taken - self._given < _AHEAD_TASKS and self._octets < _AHEAD_OCTETS:
            try:
                task = next(self._tasks)
            except StopIteration:
                self._exhausted = True
                return None
            index = self._taken
            self._taken += 1
            if not isinstance(task, Done):
                return index, task
            self._finished[index] = task.result, 0
        return None

    def _wait(self) -> None:
        """Take in what the workers say; look after those that say nothing."""
        channels = {worker.results: worker for worker in self._workers}
        ready: set[Any] = set(connection.wait(list(channels), _LOOK_SECONDS))
        for channel in ready:
            self._hear(channels[channel])
        now = time.monotonic()
        for worker in list(self._workers):
            if worker.results not in ready and (worker.chunks or not worker.started):
                self._look_at(worker, now)

    def _hear(self, worker: Worker[T]) -> None:
        try:
            heard, seconds = worker.hear()
        except (EOFError, OSError):
            self._died(worker)
            return
        for index, result, octets in heard:
            self._finished[index] = result, octets
            self._octets += octets
        if seconds is not None:
            self._seconds = max((3 * self._seconds + seconds) / 4, 1e-6)
            self._measured = True
        if worker.started:
            self._missed = 0

    def _look_at(self, worker: Worker[T], now: float) -> None:
        """End a worker that has stood still for longer than its task may take."""
        since = worker.still_since(now)
        allowed = self._terms.seconds(int(worker.begun[1])) if worker.judges() else _START_SECONDS
        if now - since <= allowed or worker.still_since(now) != since:
            return
        detail = f"not judged within {allowed:.0f} s" if allowed >= 1 else f"not judged within {allowed:g} s"
        self._replace(worker, Failure("timed-out", detail))

    def _died(self, worker: Worker[T]) -> None:
        worker.still_since(time.monotonic())
        self._replace(worker, None)

    def _replace(self, worker: Worker[T], failure: Failure | None) -> None:
        """Let a worker go. Its current task is to blame; what it had not begun, or not handed over, is done again."""
        self._workers.remove(worker)
        worker.process.join(0.2 if failure is None else 0)  # one that died may not be quite dead
        code = worker.kill()
        if failure is None:
            failure = Failure("crashed", f"the process that read it ended ({_ending(code)})")
        if not worker.chunks:
            if not worker.started:
                self._miss(failure.detail)
            return
        left = list(worker.outstanding)
        culprit = worker.position - 1 - worker.received
        if culprit < 0:  # it had begun none of these: nobody's fault, unless it happens again
            index = left[0][0] if left else -1
            self._strikes[index] = self._strikes.get(index, 0) + 1
            culprit = 0 if self._strikes[index] >= _STARTS_MISSED else -1
        if left and culprit >= 0:
            index, task = left.pop(culprit)
            self._finished[index] = self._work.failed(task, failure), 0
        self._again.extendleft(reversed(left))


def _ending(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"exit status {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
