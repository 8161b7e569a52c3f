"""Readers timed side by side in one process: A B C A B C ..., so that a busy machine slows all alike."""

from __future__ import annotations

import gc
import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from comparison.readers import Read

    Times = dict[str, list[float]]


def _seconds(read: Read, path: Path, repeat: int) -> float:
    start = time.perf_counter()
    for _ in range(repeat):
        read(path)
    return (time.perf_counter() - start) / repeat


def interleave(
    readers: Mapping[str, Read], path: Path, *, rounds: int, least: float, tell: Callable[[str], None]
) -> Times:
    """Seconds per message, by reader, one figure for each round.

    Quick readers repeat until one figure stands for ``least`` seconds of work.
    """
    repeats = {}
    for name, read in readers.items():
        once = _seconds(read, path, 1)  # warms caches and loads what is loaded on first use
        once = min(once, _seconds(read, path, 1)) if once < least else once
        repeats[name] = max(1, round(least / once))
    times: Times = {name: [] for name in readers}
    for number in range(rounds):
        tell(f"round {number + 1} of {rounds}")
        for name, read in readers.items():
            gc.collect()  # nobody pays for what the one before left behind
            times[name].append(_seconds(read, path, repeats[name]))
    return times


def ratio(times: Times, name: str, base: str) -> float:
    """Median over the rounds of how many times as long as ``base`` a reader took."""
    return statistics.median(one / other for one, other in zip(times[name], times[base], strict=True))
