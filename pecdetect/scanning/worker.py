"""A worker process: what the parent holds of it, and what runs in it."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.reduction import ForkingPickler
from multiprocessing.sharedctypes import RawArray
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)

_FLUSH_SECONDS = 0.05
"""Results that a worker holds back for so long are lost with it, and judged again."""
_FLUSH_RESULTS = 64


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


class Worker(Generic[T]):
    """A process, the chunk that it was given, and what is known of its progress."""

    __slots__ = ("begun", "channel", "chunk", "given_at", "position", "process", "ready", "received", "since")

    def __init__(self, work: Work[T, Any], memory: int | None) -> None:
        context = get_context("spawn")
        self.begun = RawArray("Q", 2)
        self.channel, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, self.begun, work, memory), daemon=True)
        try:
            with _quiet_start():
                self.process.start()
        except BaseException:
            if self.process.pid is not None:
                self.process.kill()
            self.channel.close()
            raise
        finally:
            theirs.close()
        self.ready = False
        self.chunk: list[tuple[int, T]] = []
        self.received = 0
        self.position = 0
        self.since = self.given_at = time.monotonic()

    def give(self, chunk: list[tuple[int, T]]) -> None:
        """Hand it a chunk. It is waiting for one, so this does not block."""
        self.begun[0] = self.begun[1] = 0
        self.chunk, self.received, self.position, self.ready = chunk, 0, 0, False
        self.since = self.given_at = time.monotonic()
        with suppress(OSError):  # it has just died, which is noticed where all deaths are
            self.channel.send([task for _, task in chunk])

    def still_since(self, now: float) -> float:
        """When it was last seen to move."""
        if (position := int(self.begun[0])) != self.position:
            self.position, self.since = position, now
        return self.since

    def kill(self) -> int:
        """End it; gives its exit code."""
        self.process.kill()
        self.process.join()
        code = self.process.exitcode or 0
        self.process.close()
        self.channel.close()
        return code


@contextmanager
def _quiet_start() -> Iterator[None]:
    """Start a process that does not run the main module again, and does not hear Ctrl-C before it can ignore it.

    Workers need nothing of the main module: so a script without ``if __name__ == "__main__"`` works, and a notebook.
    """
    mask = getattr(signal, "pthread_sigmask", None)
    if mask is not None:
        # Whoever starts it takes the mask away (CPython 3.11), so not within.
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    before = mask(signal.SIG_BLOCK, {signal.SIGINT}) if mask is not None else None
    try:
        with _put_off():
            yield
    finally:
        sys.modules["__main__"] = main
        if mask is not None:
            mask(signal.SIG_SETMASK, before)


@contextmanager
def _put_off() -> Iterator[None]:
    """Put Ctrl-C off until a start is complete: half a start leaves a process that complains of it.

    The mask alone does not: it is this thread's, and a signal that another thread takes is handled in this one.
    """
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    heard: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda number, frame: heard.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if heard:
            handler(*heard[0])


def _serve(channel: Connection, begun: Any, work: Work[Any, Any], memory: int | None) -> None:
    """Run in the worker: judge chunk after chunk until the parent goes away."""
    try:
        _settle(memory)
        work.prepare()
        gc.freeze()  # what was loaded stays: to look through it again and again is for nothing
        _send(channel, [], ended=True)
        chunk = channel.recv()
        # Not sooner: whoever gives a chunk has written all that a worker starts with, and is heard ending only.
        _end_with_parent()
        while True:
            _judge_chunk(channel, begun, work, chunk)
            chunk = channel.recv()
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

    results = []
    flushed = time.monotonic()
    for position, task in enumerate(chunk, 1):
        begun[1] = 0
        begun[0] = position
        results.append(work(task, announce))
        if len(results) >= _FLUSH_RESULTS or time.monotonic() - flushed > _FLUSH_SECONDS:
            _send(channel, results, ended=False)
            results = []
            flushed = time.monotonic()
    _send(channel, results, ended=True)


def _send(channel: Connection, results: list[Any], *, ended: bool) -> None:
    channel.send_bytes(ForkingPickler.dumps((results, ended)))


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
