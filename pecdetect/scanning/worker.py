"""A worker process: what the parent holds of it, and what runs in it."""

from __future__ import annotations

import ctypes
import gc
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
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, Protocol, TypeVar

from pecdetect.scanning.safe_start import start

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)

_FLUSH_SECONDS = 0.05
"""Results that a worker holds back for so long are lost with it, and judged again."""
_FLUSH_RESULTS = 64
_PIPE_OCTETS: Final = 1024 * 1024
"""What Linux grants everybody."""
_PIPE_WASTE: Final = 32 * 1024
"""Octets of it that may stay unused, since it is filled page by page."""
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_KEPT_OCTETS: Final = 64 * 1024 * 1024
"""Free memory that a worker does not give back."""
_KEPT_PIECE: Final = 32 * 1024 * 1024
"""Octets of one piece of it, at most: what glibc comes to by itself where pieces are large."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task has no result of its own."""

    code: str
    """``timed-out`` or ``crashed``."""
    detail: str
    """What happened, in words; the same in every run."""


class Work(Protocol[T_contra, R_co]):
    """What is done with a task. Travels to the workers, so it must be picklable and importable there."""

    def prepare(self) -> None:
        """Load what the work takes; called once in each worker, before the first task."""

    def __call__(self, task: T_contra, announce: Callable[[int], None], /) -> R_co:
        """Do it; ``announce`` tells the size of the task in octets, on which its time depends."""

    def failed(self, task: T_contra, failure: Failure, /) -> R_co:
        """Give the result of a task that ended its worker."""


class _Chunk(NamedTuple):
    """What was sent at once and is not all done."""

    first: int
    """Tasks that the worker was given before."""
    octets: int


class Worker(Generic[T]):
    """A process, the tasks that it was given, and what is known of its progress.

    It may be given a chunk while it has one: so it need not wait for the parent, which has others to look after.
    """

    __slots__ = (
        *("_chunks", "_given", "_refused", "_room", "_tasks", "begun", "busy_since", "outstanding", "position"),
        *("process", "received", "results", "since", "started"),
    )

    def __init__(self, work: Work[T, Any], memory: int | None, *, ahead: bool = True) -> None:
        """Start it; ``ahead``: where the system allows it has room for a chunk while it is busy. Raises ``OSError``."""
        context = get_context("spawn")
        self.begun = RawArray("Q", 2)
        """Tasks that it has begun, and the size of the last, as it says itself."""
        theirs_to_read, self._tasks = context.Pipe(duplex=False)
        self.results, theirs_to_write = context.Pipe()  # one way only; it holds more than a plain pipe does
        self._room = _widen(self._tasks) if ahead else 0
        arguments = (theirs_to_read, theirs_to_write, self.begun, work, memory)
        self.process = context.Process(target=_serve, args=arguments, daemon=True)
        try:
            start(self.process)
        except BaseException:
            if self.process.pid is not None:
                self.process.kill()
            self._tasks.close()
            self.results.close()
            raise
        finally:
            theirs_to_read.close()
            theirs_to_write.close()
        self.started = False
        """Whether it has said that it is ready."""
        self.outstanding: deque[tuple[int, T]] = deque()
        """Tasks without a result, in their order."""
        self._chunks: deque[_Chunk] = deque()
        self._given = 0
        self._refused = False
        """Whether the next tasks have no room until it is idle."""
        self.received = 0
        """Results so far."""
        self.position = 0
        """Tasks that it was seen to have begun."""
        self.since = self.busy_since = time.monotonic()

    @property
    def chunks(self) -> int:
        """Chunks that it has not done with."""
        return len(self._chunks)

    def room(self) -> int:
        """Octets that it can be sent while it is busy, without waiting for it."""
        if self._refused:
            return 0
        return self._room - sum([chunk.octets for chunk in self._chunks if self.begun[0] <= chunk.first])

    def give(self, chunk: list[tuple[int, T]]) -> bool:
        """Hand it a chunk: one that is idle reads it at once, one that is busy refuses what has no room."""
        octets = ForkingPickler.dumps([task for _, task in chunk])
        if not self._chunks:
            self.since = self.busy_since = time.monotonic()
        elif len(octets) > self.room():
            self._refused = True
            return False
        self._chunks.append(_Chunk(self._given, len(octets)))
        self._given += len(chunk)
        self.outstanding += chunk
        with suppress(OSError):  # it has just died, which is noticed where all deaths are
            self._tasks.send_bytes(octets)
        return True

    def hear(self) -> tuple[list[tuple[int, Any, int]], float | None]:
        """Take in what it says: number, result and octets of tasks, and the seconds that a task of a chunk took.

        The latter only where the chunk is done. Raises ``EOFError`` and ``OSError`` where it has died.
        """
        octets = self.results.recv_bytes()
        results, ended = ForkingPickler.loads(octets)
        share = len(octets) // max(len(results), 1)
        heard = [(self.outstanding.popleft()[0], result, share) for result in results]
        self.received += len(results)
        self.since = now = time.monotonic()
        if not ended:
            return heard, None
        self.started, self._refused = True, False
        if not self._chunks:
            return heard, None
        tasks = self.received - self._chunks.popleft().first
        seconds, self.busy_since = (now - self.busy_since) / tasks, now
        return heard, seconds

    def still_since(self, now: float) -> float:
        """When it was last seen to move."""
        if (position := int(self.begun[0])) != self.position:
            self.position, self.since = position, now
        return self.since

    def judges(self) -> bool:
        """Whether it is at a task, and not reading the next chunk, as far as was seen."""
        return bool(self._chunks) and self.position > self._chunks[0].first

    def kill(self) -> int:
        """End it; gives its exit code."""
        self.process.kill()
        self.process.join()
        code = self.process.exitcode or 0
        self.process.close()
        self._tasks.close()
        self.results.close()
        return code


def _widen(pipe: Connection) -> int:
    """Have a pipe hold a chunk that nobody reads yet; says how many octets it takes without anybody waiting."""
    if sys.platform != "linux":
        return 0
    import fcntl

    try:
        with suppress(OSError):  # the user has too many of them: then it stays as it is
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_OCTETS)
        return max(fcntl.fcntl(pipe.fileno(), fcntl.F_GETPIPE_SZ) - _PIPE_WASTE, 0)
    except (OSError, AttributeError):  # a sandbox that does not say, a Python that was built elsewhere
        return 0


def _serve(tasks: Connection, results: Connection, begun: Any, work: Work[Any, Any], memory: int | None) -> None:
    """Run in the worker: judge chunk after chunk until the parent goes away."""
    try:
        _settle(memory)
        _keep_memory()
        work.prepare()
        gc.freeze()  # what was loaded stays: to look through it again and again is for nothing
        _send(results, [], ended=True)
        chunk = tasks.recv()
        # Not sooner: whoever gives a chunk has written all that a worker starts with, and is heard ending only.
        _end_with_parent()
        while True:
            _judge_chunk(results, begun, work, chunk)
            chunk = tasks.recv()
    except (EOFError, OSError):
        os._exit(0)  # the parent is gone, or wants no more
    except BaseException:  # noqa: BLE001 - whatever it is: the parent knows whom to blame, a traceback helps nobody
        os._exit(70)


def _end_with_parent() -> None:
    """End when the parent is gone: a worker that hangs in a message does not hear it on its channel, and would stay."""
    parent = parent_process()
    if parent is None:
        return
    if _ends_with(parent.sentinel):
        if not parent.is_alive():  # it was gone before
            os._exit(0)
        return
    with suppress(RuntimeError):  # no thread is to be had: rather a worker that may outlive its parent than none
        threading.Thread(target=_wait_for_end, args=(parent,), daemon=True).start()


def _ends_with(sentinel: int) -> bool:
    """Have the system end this process when a pipe's other end is closed; says whether it does.

    A thread would not run while C code holds the interpreter's lock, and takes 72 MiB of the address space that is
    granted. Only Linux: elsewhere SIGIO is ignored unless it is handled, which takes the lock, too.
    """
    if sys.platform != "linux":
        return False
    import fcntl

    signal.signal(signal.SIGIO, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGIO})
    try:
        fcntl.fcntl(sentinel, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(sentinel, fcntl.F_SETFL, fcntl.fcntl(sentinel, fcntl.F_GETFL) | os.O_ASYNC)
    except OSError:
        return False
    return True


def _wait_for_end(parent: BaseProcess) -> None:
    parent.join()
    os._exit(0)


def _judge_chunk(channel: Connection, begun: Any, work: Work[Any, Any], chunk: list[Any]) -> None:
    def announce(size: int) -> None:
        begun[1] = size

    results: list[Any] = []
    flushed = time.monotonic()
    for position, task in enumerate(chunk, begun[0] + 1):
        if len(results) >= _FLUSH_RESULTS or (results and time.monotonic() - flushed > _FLUSH_SECONDS):
            _send(channel, results, ended=False)
            results = []
            flushed = time.monotonic()
        # In this order: so the next task may be taken for as large as the last, never the last for as small as it.
        begun[0] = position
        begun[1] = 0
        results.append(work(task, announce))
    _send(channel, results, ended=True)


def _send(channel: Connection, results: list[Any], *, ended: bool) -> None:
    channel.send_bytes(ForkingPickler.dumps((results, ended)))


def _keep_memory() -> None:
    """Keep what one chunk took for the next: given back, it would be handed out again page fault by page fault.

    Only glibc knows how (mallopt(3)); elsewhere things stay as they are.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _KEPT_OCTETS)
        mallopt(_M_MMAP_THRESHOLD, _KEPT_PIECE)


def _settle(memory: int | None) -> None:
    """Ignore Ctrl-C (the parent decides), write to no terminal, and take no more memory than is granted."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
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
        with suppress(ValueError, OSError):  # a lower bound stands already, or the system knows none
            resource.setrlimit(kind, (bound, bound))
