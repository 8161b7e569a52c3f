"""Work that misbehaves on demand, importable in a worker process."""

import os
import re
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from pecdetect.limits import Limits
from pecdetect.profile import Profile
from pecdetect.record import Record
from pecdetect.scanning.judge_one import JudgeOne
from pecdetect.scanning.sources.candidate import Candidate
from pecdetect.scanning.worker import Failure


def misbehave(how: str) -> None:
    """Do what ``how`` names; nothing for any other word."""
    if how == "hang":
        while True:
            time.sleep(60)
    if how == "stuck":
        re.match(r"(a+)+$", "a" * 40 + "b")  # in C, which lets no other thread run
    if how == "slow":
        time.sleep(0.3)
    if how == "exit":
        os._exit(3)
    if how == "crash":
        os.kill(os.getpid(), getattr(signal, "SIGSEGV", signal.SIGTERM))
        time.sleep(60)
    if how == "eat":
        eaten = []
        while True:
            eaten.append(bytes(64 * 1024 * 1024))
    if how == "raise":
        raise RuntimeError(how)


def sign(paper: Path) -> None:
    """Write down the number of this process and wait for it to be killed; nothing where another has done so."""
    if not paper.exists():
        paper.write_text(str(os.getpid()))
        time.sleep(60)


@dataclass(frozen=True)
class Echo:
    """Gives each task back, with the process that did it."""

    announced: int = 0

    def prepare(self) -> None:
        """Nothing to load."""

    def __call__(self, task: str, announce: Callable[[int], None], /) -> tuple[str, int]:
        """Misbehave, or answer."""
        announce(self.announced)
        how, _, paper = task.partition(" ")
        if how == "sign":
            sign(Path(paper))
        elif paper and how != "slow":
            with Path(paper).open("a") as tries:
                tries.write("tried\n")
        misbehave(how)
        if task == "threads":
            task = str(len([*Path("/proc/self/task").iterdir()]))
        return task, os.getpid()

    def failed(self, task: str, failure: Failure, /) -> tuple[str, int]:
        """Say how it failed."""
        return f"{task}: {failure.code}: {failure.detail}", 0


@dataclass(frozen=True)
class Unsignalled(Echo):
    """Its system sends no signal for a file."""

    threads: bool = True

    def prepare(self) -> None:
        """Have the system refuse, and where it is to have no threads either, them too."""
        try:
            import fcntl
        except ImportError:
            pass
        else:
            fcntl.fcntl = refuse  # type: ignore[assignment]
        if not self.threads:
            threading.Thread.start = no_thread  # type: ignore[method-assign, assignment]


def refuse(*_: object) -> int:
    """Not here."""
    raise OSError


def no_thread(_: threading.Thread) -> None:
    """As the standard library says it."""
    raise RuntimeError("can't start new thread")


@dataclass(frozen=True)
class Unstartable(Echo):
    """Ends the worker before it is ready."""

    def __setstate__(self, _: object) -> None:
        os._exit(9)

    def __getstate__(self) -> dict[str, int]:
        return {"announced": 0}


@dataclass(frozen=True)
class Hostile:
    """Judges as always, but for files whose name begins with the name of a misdeed."""

    judge: JudgeOne = field(default_factory=lambda: JudgeOne(Profile(), Limits()))

    def prepare(self) -> None:
        """As always."""
        self.judge.prepare()

    def __call__(self, candidate: Candidate, announce: Callable[[int], None], /) -> Record:
        """Misbehave, or judge."""
        misbehave(PurePath(candidate.source).name.partition("-")[0])
        return self.judge(candidate, announce)

    def failed(self, candidate: Candidate, failure: Failure, /) -> Record:
        """As always."""
        return self.judge.failed(candidate, failure)
