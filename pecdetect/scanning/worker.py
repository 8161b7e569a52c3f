"""A worker process: what its parent holds of it, and what runs in it.

They talk over one pipe. The parent sends a chunk, a list of tasks, to a worker that has none. The worker answers with
lists of results in the same order; the first, empty one says that it is ready. It counts the tasks that it has begun
in memory that both share, so the parent knows which task a worker was at when it dies or hangs.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.reduction import ForkingPickler
from multiprocessing.sharedctypes import RawArray
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from pecdetect.scanning.safe_start import start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from pecdetect.sentences import FactValue

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)

_SEND_SECONDS: Final = 0.05
"""How long a worker keeps results back, to send several at once. Should it die, these tasks are done again."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task has no result of its own."""

    code: str
    """``timed-out`` or ``crashed``."""
    detail: str
    """What happened, one sentence; the same in every run."""
    facts: Mapping[str, FactValue]
    """The raw values that ``detail`` is made of."""


class Work(Protocol[T_contra, R_co]):
    """What is done with a task. Workers receive a copy, so it must be picklable and importable there."""

    def prepare(self) -> None:
        """Load what the work needs; called once in each worker, before the first task."""

    def __call__(self, task: T_contra, announce: Callable[[int], None], /) -> R_co:
        """Do it; ``announce`` takes the size of the task in bytes, on which its time limit depends."""

    def failed(self, task: T_contra, failure: Failure, /) -> R_co:
        """Give the result of a task that ended its worker."""


# -- In the parent --


class Worker(Generic[T]):
    """A process, the tasks that it has, and how far it is with them."""

    def __init__(self, work: Work[T, Any], memory: int | None) -> None:
        """Start it. Raises ``OSError``."""
        context = get_context("spawn")
        self.channel, theirs = context.Pipe()
        self._progress = RawArray("Q", 2)
        """Tasks that it has begun, and the size of the last one: memory that the worker writes and the parent reads."""
        self._answered = 0
        """Tasks that it has given a result for."""
        self._seen = 0
        """Tasks that it was last seen to have begun, and ..."""
        self._since = self.given = time.monotonic()
        """... since when; and when it was given its chunk."""
        self.ready = False
        """Whether it has started."""
        self.tasks: deque[tuple[int, T]] = deque()
        """Numbers and tasks that have no result yet, in their order."""
        self._process = context.Process(target=_serve, args=(theirs, self._progress, work, memory), daemon=True)
        try:
            start(self._process)
        except BaseException:
            self.end()
            raise
        finally:
            theirs.close()

    def give(self, chunk: list[tuple[int, T]]) -> None:
        """Send a chunk to a worker that has nothing to do, and so reads it at once."""
        self.tasks.extend(chunk)
        self._since = self.given = time.monotonic()
        with suppress(OSError):  # it has just died, which is noticed when it is next listened to
            self.channel.send([task for _, task in chunk])

    def hear(self) -> list[tuple[int, Any, int]]:
        """Take in results: number of the task, result, bytes of the result on its way here.

        Raises ``EOFError`` or ``OSError`` if the process has died.
        """
        data = self.channel.recv_bytes()
        results = ForkingPickler.loads(data)
        self.ready = True
        self._since = time.monotonic()
        self._answered += len(results)
        return [(self.tasks.popleft()[0], result, len(data) // len(results)) for result in results]

    def current(self) -> int:
        """Which of its tasks it is at. Stays among them whatever a crash wrote."""
        return min(max(int(self._progress[0]) - self._answered, 1), len(self.tasks)) - 1

    def size(self) -> int:
        """Bytes of the task that it is at, if it has announced them."""
        return int(self._progress[1])

    def seconds(self) -> float:
        """How long it has been at the same task, or at its start, as far as was seen."""
        now = time.monotonic()
        if self._progress[0] != self._seen:
            self._seen, self._since = int(self._progress[0]), now
        return now - self._since

    def end(self, patience: float = 0) -> int:
        """Kill it, after so many seconds in which it may end by itself; gives its exit code."""
        self.channel.close()
        if self._process.pid is None:  # it never began
            return 0
        self._process.join(patience)
        self._process.kill()
        self._process.join()
        code = self._process.exitcode or 0
        self._process.close()
        return code


# -- In the worker --


def _serve(channel: Connection, progress: Any, work: Work[Any, Any], memory: int | None) -> None:
    """Do chunk after chunk until the parent goes away."""
    try:
        _settle(memory)
        work.prepare()
        channel.send([])
        chunk = channel.recv()
        # Not sooner: the pipe that tells of the parent's end is the one that brought what a process starts with.
        _end_with_parent()
        while True:
            _do(chunk, channel, progress, work)
            del chunk  # so that two of them are never in memory
            chunk = channel.recv()
    except (EOFError, OSError):
        os._exit(0)  # the parent is gone, or wants no more
    except BaseException:  # noqa: BLE001 - whatever it is: the parent knows whom to blame, a traceback helps nobody
        os._exit(70)


def _do(chunk: list[Any], channel: Connection, progress: Any, work: Work[Any, Any]) -> None:
    """Do the tasks of a chunk. Results are sent several at once, as each message costs both sides time."""

    def announce(size: int) -> None:
        progress[1] = size

    results: list[Any] = []
    sent = time.monotonic()
    for task in chunk:
        # In this order: so this task may be taken for as large as the last, never the last for as small as this.
        progress[0] += 1
        progress[1] = 0
        results.append(work(task, announce))
        if (now := time.monotonic()) - sent > _SEND_SECONDS:
            channel.send(results)
            results, sent = [], now
    if results:
        channel.send(results)


def _end_with_parent() -> None:
    """End when the parent does: a worker that hangs in a task would never read that its pipe is closed.

    Linux can send a signal when the other end of a pipe is closed; this ends even C code that holds the interpreter's
    lock. Elsewhere, where such a signal is ignored, a thread waits; it can only run once such C code is done.
    """
    parent = parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        import fcntl

        signal.signal(signal.SIGIO, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGIO})
        with suppress(OSError):  # in a sandbox
            fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, os.getpid())
            fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, fcntl.fcntl(parent.sentinel, fcntl.F_GETFL) | os.O_ASYNC)
            if not parent.is_alive():  # it was gone before
                os._exit(0)
            return
    with suppress(RuntimeError):  # no thread to be had: a worker that may outlive its parent is better than none
        threading.Thread(target=_wait_for_end, args=(parent,), daemon=True).start()


def _wait_for_end(parent: BaseProcess) -> None:
    parent.join()
    os._exit(0)


def _settle(memory: int | None) -> None:
    """Ignore Ctrl-C (the parent decides), write to no terminal, and take no more memory than is allowed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)
    try:
        import resource
    except ImportError:  # Windows
        return
    bounds = [(resource.RLIMIT_CORE, 0)]  # a core file would be a copy of the evidence
    if memory is not None and hasattr(resource, "RLIMIT_AS"):
        bounds.append((resource.RLIMIT_AS, memory))
    for kind, bound in bounds:
        with suppress(ValueError, OSError):  # there is a lower bound already, or the system knows none
            resource.setrlimit(kind, (bound, bound))
