"""What a pool is given: the terms of its workers, and tasks whose result is known already.

These are apart from the pool so that a scan that needs no workers does not load ``multiprocessing``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

R = TypeVar("R")

MIB: Final = 1024 * 1024
TIMEOUT_SECONDS: Final = 10.0
"""How long a task may take by default, and ..."""
TIMEOUT_SECONDS_PER_MIB: Final = 5.0
"""... how much longer for each MiB of it."""


class PoolError(RuntimeError):
    """Worker processes cannot be started."""


@dataclass(frozen=True, slots=True)
class Done(Generic[R]):
    """Takes the place of a task whose result is known already."""

    result: R


@dataclass(frozen=True, slots=True)
class Terms:
    """What a pool grants its tasks."""

    jobs: int
    """Worker processes, at most."""
    timeout: float | None = None
    """Seconds for one task; None: by its size."""
    memory: int | None = None
    """Bytes of address space for a worker, if the system can bound it; None: no bound."""
    ordered: bool = True
    """Results in the order of their tasks; else as they are finished."""

    def seconds(self, size: int) -> float:
        """Time that a task of ``size`` bytes may take."""
        if self.timeout is not None:
            return self.timeout
        return TIMEOUT_SECONDS + TIMEOUT_SECONDS_PER_MIB * size / MIB
